//! Segment reduction against adding rows one by one.

use linal_tensor::kernel::segment_reduce::{SegmentOp, SegmentReducer};
use linal_tensor::{DType, Data};

const OPS: [SegmentOp; 5] =
    [SegmentOp::Sum, SegmentOp::Mean, SegmentOp::Min, SegmentOp::Max, SegmentOp::Moments];

/// The definition: each row is added to its group, in order.
fn naive(
    op: SegmentOp,
    values: &[f64],
    rows: &[(usize, usize)],
    groups: usize,
    width: usize,
) -> (Vec<f64>, Vec<f64>) {
    let (mut floats, mut squares) = (vec![0.0; groups * width], vec![0.0; groups * width]);
    let mut counts = vec![0.0; groups];
    for &(row, group) in rows {
        counts[group] += 1.0;
        for i in 0..width {
            let (x, slot) = (values[row * width + i], &mut floats[group * width + i]);
            let before = *slot;
            *slot = match op {
                _ if counts[group] == 1.0 => x,
                SegmentOp::Sum | SegmentOp::Mean => before + x,
                SegmentOp::Min => {
                    if x < before || before.is_nan() {
                        x
                    } else {
                        before
                    }
                }
                SegmentOp::Max => {
                    if x > before || x.is_nan() {
                        x
                    } else {
                        before
                    }
                }
                SegmentOp::Moments => before + (x - before) * (1.0 / counts[group]),
            };
            if op == SegmentOp::Moments && counts[group] > 1.0 {
                squares[group * width + i] += (x - before) * (x - *slot);
            }
        }
    }
    (floats, squares)
}

fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|x| if x.is_nan() { 1 } else { x.to_bits() }).collect()
}

#[test]
fn rows_of_few_and_of_many_groups() {
    for (rows, groups, width) in
        [(1, 1, 3), (9, 1, 5), (100, 3, 17), (100, 90, 17), (20_000, 7, 2), (9_000, 6_000, 1)]
    {
        let mut singles: Vec<f32> = (0..rows * width).map(|i| (i as f32 * 0.7).sin() * 100.0).collect();
        singles[rows * width / 2] = f32::NAN;
        let doubles: Vec<f64> = singles.iter().map(|x| f64::from(*x)).collect();
        // Some rows are skipped, as with filters, and some are repeated.
        let taken: Vec<(usize, usize)> = (0..rows)
            .filter(|row| row % 5 != 4)
            .flat_map(|row| vec![(row, row * 7919 % groups); 1 + usize::from(row % 11 == 0)])
            .collect();
        for op in OPS {
            let (floats, squares) = naive(op, &doubles, &taken, groups, width);
            for values in [Data::F32(&singles), Data::F64(&doubles)] {
                let mut found = SegmentReducer::new(op, values.dtype(), width);
                found.grow(groups);
                let (first, later) = taken.split_at(taken.len() / 3);
                found.add(&values, first.iter().copied()).unwrap();
                found.add(&values, later.iter().copied()).unwrap();
                assert_eq!(bits(&found.floats), bits(&floats), "{op:?} of {rows} rows in {groups} groups");
                if op == SegmentOp::Moments {
                    assert_eq!(bits(&found.squares), bits(&squares), "{rows} rows in {groups} groups");
                }
                let count = |group| taken.iter().filter(|(_, of)| *of == group).count() as i64;
                assert_eq!(found.counts, (0..groups).map(count).collect::<Vec<_>>());
            }
        }
    }
}

#[test]
fn means_of_integers_and_booleans() {
    let (integers, truths) = ([1i64, 2, 3, 4], [true, false, true, true]);
    let rows = [(0, 0), (1, 1), (2, 0), (3, 1)];
    let mut mean = SegmentReducer::new(SegmentOp::Mean, DType::I64, 1);
    mean.grow(2);
    mean.add(&Data::I64(&integers), rows.into_iter()).unwrap();
    assert_eq!(mean.floats, [4.0, 6.0]);
    let mut mean = SegmentReducer::new(SegmentOp::Mean, DType::Bool, 1);
    mean.grow(2);
    mean.add(&Data::Bool(&truths), rows.into_iter()).unwrap();
    assert_eq!(mean.floats, [2.0, 1.0]);
}
