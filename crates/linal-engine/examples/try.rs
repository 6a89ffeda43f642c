use linal_engine::{Engine, Outcome};
fn main() {
    let engine = Engine::default();
    let mut s = engine.session();
    let text = std::fs::read_to_string(std::env::args().nth(1).unwrap()).unwrap();
    for f in linal_lang::split(&text) {
        let f = match f { Ok(f) => f, Err(e) => { println!("split error {e}"); continue } };
        match s.execute_fragment(&text, f.span) {
            Ok(Outcome::Tensor { name, tensor }) => println!("{name}: {} {} {:?}", tensor.dtype(), tensor.shape(), linal_tensor::dispatch!(tensor.dtype(), T => format!("{:?}", tensor.to_vec::<T>()))),
            Ok(Outcome::Text(t)) => println!("{t}"),
            Ok(Outcome::Rows(r)) => println!("{r:?}"),
            Ok(_) => {}
            Err(e) => println!("{}", e.render(&text, Some("try.lnl"), false)),
        }
    }
}
