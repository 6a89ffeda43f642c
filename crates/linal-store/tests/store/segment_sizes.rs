//! The sizes of segments, and the memory of the rows that become one.

use std::sync::Arc;

use arrow::array::{FixedSizeListArray, Float32Array, Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Field};
use linal_store::TensorType;
use linal_store::database::{Column, OpenOptions, Part, Store};
use linal_tensor::{DType, MemoryPool};

use crate::support::*;

/// A batch of ids and vectors of this many floats.
fn wide(range: std::ops::Range<i64>, width: usize) -> RecordBatch {
    let count = (range.end - range.start) as usize;
    let flat = Float32Array::from_iter_values(
        (0..count * width).map(|at| (range.start as usize * width + at) as f32),
    );
    let item = Arc::new(Field::new_list_field(DataType::Float32, true));
    let vectors = FixedSizeListArray::new(item, width as i32, Arc::new(flat), None);
    batch(vec![Arc::new(Int64Array::from_iter_values(range)), Arc::new(vectors)])
}

#[test]
fn segments_follow_the_memory_that_is_left() {
    const WIDTH: usize = 64;
    let columns = || {
        vec![
            Column::new(Field::new("id", DataType::Int64, false)),
            Column::new(TensorType::vector(WIDTH, DType::F32).field("v", true)),
        ]
    };
    // 26 MB in batches of 2.6 MB, for which twice as much is charged.
    let load = |memory: Option<Arc<MemoryPool>>| {
        let directory = TestDirectory::new();
        let store = Store::open(directory.path(), &OpenOptions { memory, ..OpenOptions::default() }).unwrap();
        let mut stage = store.stage(None, columns()).unwrap();
        for at in 0..10 {
            stage.append(&wide(at * 10_000..at * 10_000 + 10_000, WIDTH)).unwrap();
        }
        let rows = stage.finish().unwrap();
        let dataset = rows.read(0).unwrap();
        let parts = dataset.parts().unwrap();
        assert_eq!(dataset.read().unwrap().columns(), wide(0..100_000, WIDTH).columns());
        parts.iter().map(Part::rows).collect::<Vec<_>>()
    };
    assert_eq!(load(None), [100_000]);
    let pool = MemoryPool::new(24 << 20);
    let sizes = load(Some(pool.clone()));
    assert!(sizes.len() > 1, "{sizes:?}");
    assert_eq!(pool.used(), 0);
    assert!(pool.peak() > 8 << 20, "rows are charged");
    // With no memory at all, a segment has 8 MiB: 31,000 rows.
    let sizes = load(Some(MemoryPool::new(0)));
    let (_, full) = sizes.split_last().unwrap();
    assert!(full.len() > 1 && full.iter().all(|rows| (31_000..62_000).contains(rows)), "{sizes:?}");
}

#[test]
fn a_batch_that_is_larger_than_a_segment_becomes_several() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let columns = vec![
        Column::new(Field::new("id", DataType::Int64, false)),
        Column::new(TensorType::vector(4096, DType::F32).field("v", true)),
    ];
    let mut stage = store.stage(None, columns).unwrap();
    // 164 MB.
    stage.append(&wide(0..10_000, 4096)).unwrap();
    let rows = stage.finish().unwrap();
    let dataset = rows.read(0).unwrap();
    let sizes: Vec<u64> = dataset.parts().unwrap().iter().map(Part::rows).collect();
    assert_eq!(sizes.iter().sum::<u64>(), 10_000);
    assert_eq!(sizes.len(), 2, "{sizes:?}");
    let last = dataset.parts().unwrap()[1].vector_slice(2, sizes[1] - 1..sizes[1]).unwrap().unwrap();
    assert_eq!(&last, &wide(9999..10_000, 4096).column(1).slice(0, 1));
}
