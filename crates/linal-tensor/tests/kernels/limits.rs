//! Memory limits and cancellation.

use std::time::{Duration, Instant};

use linal_tensor::kernel::reduce::{ReduceOp, reduce};
use linal_tensor::kernel::unique::unique;
use linal_tensor::kernel::{Output, Value, concat, generate, normalize, scan, sort, stats};
use linal_tensor::{Cancellation, DType, Error, ExecutionContext, MemoryPool, Result, Shape, Tensor, View};

use crate::run_in;

type Kernel = for<'c> fn(&View<'_>, Output<'c>) -> Result<Value<'c>>;

/// Kernels whose result is as long as their input.
const LONG: [Kernel; 5] = [
    |view, output| sort::sort(std::slice::from_ref(view), view.shape(), DType::F64, output),
    |view, output| sort::argsort(std::slice::from_ref(view), view.shape(), DType::I64, output),
    |view, output| scan::cumsum(Some(0), std::slice::from_ref(view), view.shape(), DType::F64, output),
    |view, output| normalize::run(None, std::slice::from_ref(view), view.shape(), DType::F64, output),
    |view, output| concat::run(0, std::slice::from_ref(view), view.shape(), DType::F64, output),
];

/// Kernels whose result is short.
const SHORT: [Kernel; 3] = [
    |view, output| {
        reduce(ReduceOp::Stdev { population: true }, None, view, &Shape::scalar(), DType::F64, output)
    },
    |view, output| stats::histogram(10, std::slice::from_ref(view), &Shape::new(&[10]), DType::I64, output),
    |view, output| {
        let half = [0.5];
        let fraction = View {
            data: linal_tensor::Data::F64(&half),
            layout: linal_tensor::Layout::contiguous(Shape::scalar()),
        };
        stats::quantile(&[view.clone(), fraction], &Shape::scalar(), DType::F64, output)
    },
];

fn random(len: usize) -> Tensor {
    let generator = generate::Generator::Random { shape: Shape::new(&[len]), seed: 3, dtype: DType::F64 };
    let shape = Shape::new(&[len]);
    run_in(&ExecutionContext::unlimited(), |output| {
        generate::run(&generator, &[], &shape, DType::F64, output)
    })
    .unwrap()
}

#[test]
fn a_cancelled_statement_ends() {
    let a = random(200_000);
    let flag = Cancellation::new();
    let context = ExecutionContext::unlimited().with_cancellation(flag.clone());
    flag.cancel();
    for kernel in LONG.into_iter().chain(SHORT) {
        assert_eq!(run_in(&context, |output| kernel(&a.view(), output)).unwrap_err(), Error::Cancelled);
    }
    assert_eq!(unique(&a, &context).unwrap_err(), Error::Cancelled);
}

#[test]
fn a_sort_ends_soon_after_its_time_is_up() {
    let a = random(4_000_000);
    for kernel in LONG {
        let mut context = ExecutionContext::unlimited();
        context.start(Some(Duration::from_millis(1)));
        let start = Instant::now();
        let result = run_in(&context, |output| kernel(&a.view(), output));
        assert!(matches!(result, Err(Error::Timeout { .. })));
        // The bound allows for a busy machine and a build without optimisation; the goal is 50 ms.
        assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    }
}

#[test]
fn budgets_are_asked_first_and_returned() {
    let a = random(200_000);
    let pool = MemoryPool::new(1_000_000);
    let mut context = ExecutionContext::new(pool.clone());
    for kernel in LONG {
        let result = run_in(&context, |output| kernel(&a.view(), output));
        assert!(matches!(result, Err(Error::MemoryLimit { limit: 1_000_000, .. })), "{result:?}");
        context.start(None);
        assert!(pool.used() < 1_000_000);
    }
    assert!(matches!(unique(&a, &context), Err(Error::MemoryLimit { .. })));
}
