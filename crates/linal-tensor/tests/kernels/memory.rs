//! Memory that is written again: never while somebody looks at it, and never beyond a limit. CI runs these under valgrind.

use linal_tensor::graph::{self, Leaf, Node, Program};
use linal_tensor::kernel::elementwise::BinaryOp;
use linal_tensor::{ExecutionContext, MemoryPool, Tensor};

use crate::vector;

/// `a + a`, over whatever tensor of the length it is given.
fn doubling(len: usize) -> Program {
    let a = Node::leaf(vector(&vec![0.0; len]), 0);
    let program = graph::compile(&graph::binary(BinaryOp::Add, &a, &a).unwrap());
    assert!(program.inputs().iter().all(|leaf| leaf.tag != Leaf::CONSTANT));
    program
}

fn numbers(len: usize, first: usize) -> Tensor {
    vector(&(first..first + len).map(|i| i as f64).collect::<Vec<_>>())
}

fn check(doubled: &Tensor, len: usize, first: usize) {
    let expected: Vec<f64> = (first..first + len).map(|i| 2.0 * i as f64).collect();
    assert!(doubled.to_vec::<f64>() == expected, "{len} numbers from {first}");
}

fn place(tensor: &Tensor) -> usize {
    tensor.arrow_buffer().as_ptr() as usize
}

#[test]
fn results_that_are_looked_at_stay() {
    let context = ExecutionContext::unlimited();
    for len in [0, 1, 100, 8192, 8193, 200_000] {
        let program = doubling(len);
        let run = |first: usize| program.run(&[&numbers(len, first)], &context).unwrap();
        let kept: Vec<Tensor> = (0..12).map(run).collect();
        // A view keeps all of it, too.
        let view = run(50).transpose();
        for first in 100..120 {
            check(&run(first), len, first);
        }
        kept.iter().enumerate().for_each(|(first, tensor)| check(tensor, len, first));
        check(&view, len, 50);
        context.forget_recent();
        kept.iter().enumerate().for_each(|(first, tensor)| check(tensor, len, first));
    }
}

#[test]
fn small_memory_is_written_again_once_it_is_free() {
    let context = ExecutionContext::unlimited();
    let program = doubling(128);
    let run = |first: usize| program.run(&[&numbers(128, first)], &context).unwrap();
    let (first, second) = (run(0), run(1));
    let free = place(&first);
    assert_ne!(free, place(&second));
    drop(first);
    let third = run(2);
    assert_eq!(place(&third), free);
    check(&second, 128, 1);
    check(&third, 128, 2);
}

#[test]
fn remembered_memory_is_charged_and_given_back() {
    let pool = MemoryPool::new(1 << 20);
    let context = ExecutionContext::new(pool.clone());
    for len in [10, 20, 30, 40, 50, 60] {
        drop(doubling(len).run(&[&numbers(len, 0)], &context).unwrap());
    }
    // The last few are remembered.
    assert_eq!(pool.used(), 8 * (30 + 40 + 50 + 60));
    context.forget_recent();
    assert_eq!(pool.used(), 0);
}

#[test]
fn large_memory_is_kept_and_gives_way() {
    const LEN: usize = 140_000;
    let pool = MemoryPool::new(10 << 20);
    let session = pool.child(10 << 20);
    let context = ExecutionContext::new(session.clone());
    let program = doubling(LEN);
    let run = |first: usize| program.run(&[&numbers(LEN, first)], &context).unwrap();
    let large = run(0);
    assert_eq!((pool.used(), pool.kept()), (8 * LEN, 0));
    drop(large);
    assert_eq!((pool.used(), pool.kept()), (0, 8 * LEN));
    let again = run(7);
    assert_eq!((pool.used(), pool.kept()), (8 * LEN, 0));
    check(&again, LEN, 7);
    drop(again);
    // More than what is left beside the kept block, in one step and by whoever asks.
    let other = pool.child(10 << 20);
    let reservation = other.reserve("test", (10 << 20) - 4096).unwrap();
    assert_eq!(pool.kept(), 0);
    drop(reservation);
    // A block that is larger than the part that may be kept is not.
    drop(doubling(200_000).run(&[&numbers(200_000, 0)], &context).unwrap());
    assert_eq!((pool.used(), pool.kept()), (0, 0));
    drop(run(1));
    pool.release_kept();
    assert_eq!(pool.kept(), 0);
}

#[test]
fn a_failed_result_leaves_nothing() {
    let pool = MemoryPool::new(1 << 20);
    let context = ExecutionContext::new(pool.clone());
    let a = Tensor::from_vec(vec![i64::MAX, 1], [2]).unwrap();
    let leaf = Node::leaf(a.clone(), 0);
    let program = graph::compile(&graph::binary(BinaryOp::Add, &leaf, &leaf).unwrap());
    let fine = Tensor::from_vec(vec![1i64, 2], [2]).unwrap();
    for _ in 0..10 {
        assert!(program.run(&[&a], &context).is_err());
        assert_eq!(program.run(&[&fine], &context).unwrap().to_vec::<i64>(), [2, 4]);
    }
    context.forget_recent();
    assert_eq!(pool.used(), 0);
}
