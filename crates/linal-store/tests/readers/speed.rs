//! How fast whole files are read and streamed. Run by hand, optimised:
//! `CARGO_PROFILE_DEV_OPT_LEVEL=3 cargo test -p linal-store --test readers -- speed --ignored --nocapture`.

use std::time::Instant;

use linal_store::{TableOptions, write_table};

use crate::tables::{file, table};

#[test]
#[ignore = "it measures, and judges nothing"]
fn speed_of_whole_files() {
    let mut text = String::from("id,x,name,day\n");
    for row in 0..2_000_000 {
        text.push_str(&format!("{row},{}.25,name of row {row},2020-02-{:02}\n", row % 1000, row % 28 + 1));
    }
    let csv = file("speed.csv", &text);
    let whole = table(&csv, &TableOptions::default()).expect("a table");
    let paths = ["csv.gz", "jsonl", "parquet", "arrow"].map(|extension| csv.with_extension(extension));
    for path in &paths {
        write_table(path, &whole.schema, &whole.batches).expect("written");
    }
    for path in std::iter::once(&csv).chain(&paths) {
        let mut best = [f64::MAX; 2];
        for _ in 0..5 {
            let start = Instant::now();
            let read = table(path, &TableOptions::default()).expect("a table");
            best[0] = best[0].min(start.elapsed().as_secs_f64());
            assert_eq!(read.num_rows(), 2_000_000);
            best[1] = best[1].min(streamed(path));
        }
        println!("{}: whole {:.3} s, stream {:.3} s", path.display(), best[0], best[1]);
    }
}

fn streamed(path: &std::path::Path) -> f64 {
    let start = Instant::now();
    let rows: usize = crate::support::read(|context| {
        let stream = linal_store::open_table(path, &TableOptions::default(), context)?;
        stream.map(|batch| Ok(batch?.num_rows())).sum()
    })
    .expect("rows");
    assert_eq!(rows, 2_000_000);
    start.elapsed().as_secs_f64()
}
