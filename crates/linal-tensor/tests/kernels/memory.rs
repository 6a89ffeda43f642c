//! Reused memory: never while it has other references, and never beyond a limit. CI runs these tests under
//! valgrind.

use linal_tensor::graph::{self, Leaf, Node, Program};
use linal_tensor::kernel::elementwise::BinaryOp;
use linal_tensor::{ExecutionContext, MemoryPool, Scalar, Take, Tensor};

use crate::vector;

/// `a + a` for tensors of a length.
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

fn address(tensor: &Tensor) -> usize {
    tensor.arrow_buffer().as_ptr() as usize
}

#[test]
fn buffers_with_references_are_not_reused() {
    let context = ExecutionContext::unlimited();
    for len in [0, 1, 100, 8192, 8193, 200_000] {
        let program = doubling(len);
        let run = |first: usize| program.run(&[&numbers(len, first)], &context).unwrap();
        let kept: Vec<Tensor> = (0..12).map(run).collect();
        // A view keeps the whole buffer.
        let view = run(50).transpose();
        for first in 100..120 {
            check(&run(first), len, first);
        }
        kept.iter().enumerate().for_each(|(first, tensor)| check(tensor, len, first));
        check(&view, len, 50);
        context.clear_reusable();
        kept.iter().enumerate().for_each(|(first, tensor)| check(tensor, len, first));
    }
}

#[test]
fn small_buffers_are_reused_when_unreferenced() {
    let context = ExecutionContext::unlimited();
    let program = doubling(128);
    let run = |first: usize| program.run(&[&numbers(128, first)], &context).unwrap();
    let (first, second) = (run(0), run(1));
    let free = address(&first);
    assert_ne!(free, address(&second));
    drop(first);
    let third = run(2);
    assert_eq!(address(&third), free);
    check(&second, 128, 1);
    check(&third, 128, 2);
}

#[test]
fn reusable_buffers_are_charged_and_released() {
    let pool = MemoryPool::new(1 << 20);
    let context = ExecutionContext::new(pool.clone());
    for len in [10, 20, 30, 40, 50, 60] {
        drop(doubling(len).run(&[&numbers(len, 0)], &context).unwrap());
    }
    // The last four are kept.
    assert_eq!(pool.used(), 8 * (30 + 40 + 50 + 60));
    context.clear_reusable();
    assert_eq!(pool.used(), 0);
}

#[test]
fn large_allocations_are_kept_until_memory_is_needed() {
    const LEN: usize = 140_000;
    let pool = MemoryPool::new(10 << 20);
    let session = pool.child(10 << 20);
    let context = ExecutionContext::new(session.clone());
    let program = doubling(LEN);
    let run = |first: usize| program.run(&[&numbers(LEN, first)], &context).unwrap();
    let large = run(0);
    assert_eq!((pool.used(), pool.free_list_bytes()), (8 * LEN, 0));
    drop(large);
    assert_eq!((pool.used(), pool.free_list_bytes()), (0, 8 * LEN));
    let again = run(7);
    assert_eq!((pool.used(), pool.free_list_bytes()), (8 * LEN, 0));
    check(&again, LEN, 7);
    drop(again);
    // A reservation of another pool that needs the memory of the free list.
    let other = pool.child(10 << 20);
    let reservation = other.reserve("test", (10 << 20) - 4096).unwrap();
    assert_eq!(pool.free_list_bytes(), 0);
    drop(reservation);
    // An allocation that exceeds the limit of the free list is freed.
    drop(doubling(200_000).run(&[&numbers(200_000, 0)], &context).unwrap());
    assert_eq!((pool.used(), pool.free_list_bytes()), (0, 0));
    drop(run(1));
    pool.clear_free_list();
    assert_eq!(pool.free_list_bytes(), 0);
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
    context.clear_reusable();
    assert_eq!(pool.used(), 0);
}

/// Parallel fused kernels write every element: with and without registers, and with gathered inputs.
#[test]
fn large_results_are_written_whole() {
    const SIDE: usize = 1_100;
    let context = ExecutionContext::unlimited();
    let values: Vec<f64> = (0..SIDE * SIDE).map(|i| (i % 1_000_003) as f64).collect();
    let matrix = Tensor::from_vec(values.clone(), [SIDE, SIDE]).unwrap();
    let m = Node::leaf(matrix.clone(), 0);
    let transposed = graph::transpose(&m).unwrap();
    let other_way = graph::index(&m, &[Take::Range { start: None, stop: None, step: -1 }]).unwrap();
    let two = Node::leaf(Tensor::scalar(Scalar::F64(2.0)), 1);
    let twice = graph::binary(BinaryOp::Mul, &m, &two).unwrap();
    for (what, node, expected) in [
        (
            "one operation",
            twice.clone(),
            Box::new(|i: usize, _: usize| 2.0 * values[i]) as Box<dyn Fn(usize, usize) -> f64>,
        ),
        (
            "a transposed operand",
            graph::binary(BinaryOp::Sub, &twice, &transposed).unwrap(),
            Box::new(|i, turned| 2.0 * values[i] - values[turned]),
        ),
        (
            "a strided operand",
            graph::binary(BinaryOp::Add, &twice, &other_way).unwrap(),
            Box::new(|i, _| 2.0 * values[i] + values[(SIDE - 1 - i / SIDE) * SIDE + i % SIDE]),
        ),
    ] {
        let result = graph::evaluate(&node, &context).unwrap();
        let result = result.as_slice::<f64>().unwrap();
        assert_eq!(result.len(), SIDE * SIDE);
        for (i, &found) in result.iter().enumerate() {
            let turned = i % SIDE * SIDE + i / SIDE;
            assert_eq!(found, expected(i, turned), "{what}, element {i}");
        }
    }
}

/// Matrix products write every element, even with an inner size of 0, and read only their operands.
#[test]
fn products_are_written_whole() {
    let context = ExecutionContext::unlimited();
    for [stack, rows, inner, columns] in
        [[1, 3, 4, 5], [1, 1, 7, 1], [1, 4, 0, 3], [1, 0, 4, 3], [3, 5, 2, 6], [2, 70, 65, 67]]
    {
        let left: Vec<i64> = (0..stack * rows * inner).map(|i| i as i64 % 7 - 3).collect();
        let right: Vec<i64> = (0..stack * columns * inner).map(|i| i as i64 % 5 - 2).collect();
        let wide = |values: &[i64]| values.iter().map(|&x| x as f64).collect::<Vec<_>>();
        let at = |matrix: usize, row: usize, column: usize| -> i64 {
            (0..inner)
                .map(|k| {
                    left[(matrix * rows + row) * inner + k] * right[(matrix * columns + column) * inner + k]
                })
                .sum()
        };
        let expected: Vec<i64> = (0..stack * rows * columns)
            .map(|i| at(i / columns / rows, i / columns % rows, i % columns))
            .collect();
        let product = |a: Tensor, b: Tensor| {
            let b = graph::permute(&Node::leaf(b, 1), &[0, 2, 1]).unwrap();
            graph::evaluate(&graph::matmul(&Node::leaf(a, 0), &b).unwrap(), &context).unwrap()
        };
        let (a, b) = ([stack, rows, inner], [stack, columns, inner]);
        let whole =
            product(Tensor::from_vec(left.clone(), a).unwrap(), Tensor::from_vec(right.clone(), b).unwrap());
        assert_eq!(whole.to_vec::<i64>(), expected, "{stack} {rows} {inner} {columns}");
        let floats =
            product(Tensor::from_vec(wide(&left), a).unwrap(), Tensor::from_vec(wide(&right), b).unwrap());
        assert_eq!(floats.to_vec::<f64>(), wide(&expected), "{stack} {rows} {inner} {columns}");
    }
}
