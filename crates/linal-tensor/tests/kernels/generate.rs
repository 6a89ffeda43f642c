use linal_tensor::graph::{self, Kernel, NodeRef};
use linal_tensor::kernel::generate::{self, Generator, arange_len};
use linal_tensor::{DType, ExecutionContext, Scalar, Shape, Tensor};

use crate::{assert_close, run_in};

fn made(generator: &Generator) -> Tensor {
    made_by(generator, 1)
}

fn node(generator: &Generator) -> linal_tensor::Result<NodeRef> {
    graph::kernel(Kernel::Generate(generator.clone()), &[])
}

fn made_by(generator: &Generator, threads: usize) -> Tensor {
    let node = node(generator).unwrap();
    let context = ExecutionContext::unlimited().with_threads(threads);
    run_in(&context, |output| generate::run(generator, &[], node.shape(), node.dtype(), output)).unwrap()
}

fn arange(start: Scalar, stop: Scalar, step: Scalar) -> Tensor {
    let len = arange_len(start, stop, step).unwrap();
    made(&Generator::Arange { start, step, len })
}

#[test]
fn ranges() {
    use Scalar::{F64, I64};
    assert_eq!(arange(I64(0), I64(5), I64(2)).to_vec::<i64>(), [0, 2, 4]);
    assert_eq!(arange(I64(5), I64(0), I64(-2)).to_vec::<i64>(), [5, 3, 1]);
    assert_eq!(arange(I64(5), I64(0), I64(1)).to_vec::<i64>(), []);
    assert_eq!(arange(F64(0.0), F64(1.0), F64(0.25)).to_vec::<f64>(), [0.0, 0.25, 0.5, 0.75]);
    assert_eq!(arange(I64(1), F64(2.0), F64(0.5)).to_vec::<f64>(), [1.0, 1.5]);
    let ends = [i64::MIN, i64::MAX];
    assert_eq!(
        arange(I64(ends[0]), I64(ends[1]), I64(i64::MAX)).to_vec::<i64>(),
        [i64::MIN, -1, i64::MAX - 1]
    );
}

#[test]
fn ranges_without_an_answer() {
    use Scalar::{F64, I64};
    let message = |start, stop, step| arange_len(start, stop, step).unwrap_err().to_string();
    assert_eq!(message(I64(0), I64(5), I64(0)), "ARANGE: the step is 0");
    assert_eq!(message(F64(0.0), F64(f64::NAN), F64(1.0)), "ARANGE: NaN is not finite");
    assert_eq!(
        message(F64(0.0), F64(1e300), F64(1e-300)),
        "ARANGE: 0.0 to 1e300 in steps of 1e-300 has too many elements"
    );
}

#[test]
fn equally_spaced_numbers() {
    let linspace =
        |start, stop, n| made(&Generator::Linspace { start, stop, n, dtype: DType::F64 }).to_vec::<f64>();
    assert_eq!(linspace(0.0, 1.0, 5), [0.0, 0.25, 0.5, 0.75, 1.0]);
    assert_eq!(linspace(2.0, 3.0, 1), [2.0]);
    assert_eq!(linspace(2.0, 3.0, 0), []);
    assert_eq!(linspace(0.0, 0.1, 4)[3], 0.1);
}

#[test]
fn the_identity() {
    assert_eq!(made(&Generator::Eye { n: 2, dtype: DType::F64 }).to_vec::<f64>(), [1.0, 0.0, 0.0, 1.0]);
    assert_eq!(
        made(&Generator::Eye { n: 2, dtype: DType::Bool }).to_vec::<bool>(),
        [true, false, false, true]
    );
    assert!(made(&Generator::Eye { n: 0, dtype: DType::I64 }).is_empty());
}

#[test]
fn random_numbers_depend_on_the_seed_alone() {
    let shape = Shape::new(&[1_000_000]);
    for generator in [
        |shape, seed| Generator::Random { shape, seed, dtype: DType::F64 },
        |shape, seed| Generator::Randn { shape, seed, dtype: DType::F64 },
    ] {
        let one = made_by(&generator(shape.clone(), 7), 1).to_vec::<f64>();
        assert!(one == made_by(&generator(shape.clone(), 7), 4).to_vec::<f64>());
        assert!(one != made_by(&generator(shape.clone(), 8), 1).to_vec::<f64>());
        assert!(one[..100] == made_by(&generator(Shape::new(&[10, 10]), 7), 1).to_vec::<f64>()[..]);
    }
}

#[test]
fn random_numbers_have_their_distribution() {
    let n = 1_000_000;
    let shape = Shape::new(&[n]);
    let moments = |values: &[f64]| {
        let mean = values.iter().sum::<f64>() / n as f64;
        let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n as f64;
        [mean, variance]
    };
    let uniform =
        made(&Generator::Random { shape: shape.clone(), seed: 1, dtype: DType::F64 }).to_vec::<f64>();
    assert!(uniform.iter().all(|x| (0.0..1.0).contains(x)));
    let normal = made(&Generator::Randn { shape, seed: 1, dtype: DType::F64 }).to_vec::<f64>();
    // Five standard errors of each estimate.
    let [mean, variance] = moments(&uniform);
    assert!((mean - 0.5).abs() < 1.5e-3 && (variance - 1.0 / 12.0).abs() < 4e-4, "{mean} {variance}");
    let [mean, variance] = moments(&normal);
    assert!(mean.abs() < 5e-3 && (variance - 1.0).abs() < 7.1e-3, "{mean} {variance}");
    let above_one = normal.iter().filter(|x| **x > 1.0).count() as f64 / n as f64;
    assert!((above_one - 0.158_655).abs() < 2e-3);
    assert_close(&[uniform.iter().copied().fold(0.0, f64::max).round()], &[1.0]);
}

#[test]
fn dtypes_that_are_not_made() {
    let generator = Generator::Random { shape: Shape::new(&[2]), seed: 0, dtype: DType::I64 };
    assert_eq!(node(&generator).unwrap_err().to_string(), "RANDOM takes f32 or f64, not i64");
    let generator = Generator::Linspace { start: 0.0, stop: f64::INFINITY, n: 2, dtype: DType::F64 };
    assert_eq!(node(&generator).unwrap_err().to_string(), "LINSPACE: the ends 0.0 and inf must be finite");
}
