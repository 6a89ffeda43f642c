//! Appending, deleting and updating rows, small and large, in one commit or several.

use linal_store::database::{PROVISIONAL_ROW_ID, Scan};

use crate::support::*;

#[test]
fn rows_survive_a_restart_in_order() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let id = create(&store, "t");
    append(&store, id, &rows(0..3));
    append(&store, id, &rows(3..5000));
    append(&store, id, &rows(5000..5002));
    drop(store);
    let store = directory.open();
    let dataset = current(&store, id);
    assert_eq!(ids(&dataset), (0..5002).collect::<Vec<_>>());
    assert_eq!(row_ids(&dataset), (0..5002).collect::<Vec<_>>());
    assert_eq!(dataset.parts().unwrap().len(), 3);
    assert_eq!(dataset.version(), 4);
    assert_eq!(pairs(&dataset)[4], (4, None));
    assert_whole(&store);
}

#[test]
fn deleted_rows_are_gone_and_ids_stay() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let id = create(&store, "t");
    append(&store, id, &rows(0..5000));
    append(&store, id, &rows(5000..5010));
    let mut transaction = store.begin().unwrap();
    transaction.delete(id, &[0, 17, 4999, 5000, 5009]).unwrap();
    transaction.commit(Some("DELETE")).unwrap();
    let dataset = current(&store, id);
    let expected: Vec<i64> = (0..5010).filter(|id| ![0, 17, 4999, 5000, 5009].contains(id)).collect();
    assert_eq!(ids(&dataset), expected);
    assert_eq!(dataset.rows(), 5005);
    append(&store, id, &rows([9]));
    assert_eq!(row_ids(&current(&store, id)).last(), Some(&5010));
    assert_whole(&store);
}

#[test]
fn an_id_that_no_row_has_fails_the_commit() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let id = create(&store, "t");
    append(&store, id, &rows(0..5000));
    for missing in [5000, 9999] {
        let mut transaction = store.begin().unwrap();
        transaction.delete(id, &[3, missing]).unwrap();
        transaction.commit(None).unwrap_err();
    }
    assert_eq!(current(&store, id).rows(), 5000);
}

#[test]
fn small_updates_patch_rows_in_place_and_large_ones_rewrite() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let id = create(&store, "t");
    append(&store, id, &rows(0..5000));
    let mut transaction = store.begin().unwrap();
    transaction.update(id, &[1, 4000], &named([(-1, Some("a".into())), (-4000, None)])).unwrap();
    transaction.commit(Some("UPDATE")).unwrap();
    let dataset = current(&store, id);
    assert!(dataset.has_inline().unwrap());
    let mut expected: Vec<i64> = (0..5000).collect();
    (expected[1], expected[4000]) = (-1, -4000);
    assert_eq!(ids(&dataset), expected);

    let all: Vec<u64> = (0..3000).collect();
    let mut transaction = store.begin().unwrap();
    transaction.update(id, &all, &rows(10_000..13_000)).unwrap();
    transaction.commit(Some("UPDATE")).unwrap();
    let dataset = current(&store, id);
    assert!(!dataset.has_inline().unwrap());
    expected.splice(0..3000, 10_000..13_000);
    assert_eq!(ids(&dataset), expected);
    assert_eq!(row_ids(&dataset), (0..5000).collect::<Vec<_>>());
    assert_whole(&store);
}

#[test]
fn deleting_much_writes_the_segment_anew_and_deleting_all_ends_it() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let id = create(&store, "t");
    append(&store, id, &rows(0..5000));
    let odd: Vec<u64> = (0..5000).filter(|id| id % 2 == 1).collect();
    let mut transaction = store.begin().unwrap();
    transaction.delete(id, &odd).unwrap();
    transaction.commit(None).unwrap();
    let dataset = current(&store, id);
    assert!(!dataset.has_inline().unwrap());
    assert_eq!(ids(&dataset), (0..5000).step_by(2).collect::<Vec<_>>());
    assert_eq!(row_ids(&dataset), (0..5000).step_by(2).collect::<Vec<_>>());

    // Row ids are in the file now; single rows are found through them.
    let mut transaction = store.begin().unwrap();
    transaction.delete(id, &[0, 10]).unwrap();
    transaction.update(id, &[20], &rows([777])).unwrap();
    transaction.commit(None).unwrap();
    assert_eq!(ids(&current(&store, id))[..10], [2, 4, 6, 8, 12, 14, 16, 18, 777, 22]);
    assert_whole(&store);

    let left = row_ids(&current(&store, id));
    let mut transaction = store.begin().unwrap();
    transaction.delete(id, &left).unwrap();
    transaction.commit(None).unwrap();
    let dataset = current(&store, id);
    assert_eq!((dataset.rows(), dataset.parts().unwrap().len()), (0, 0));
    assert_whole(&store);
}

#[test]
fn a_transaction_changes_rows_that_it_has_appended() {
    let directory = TestDirectory::new();
    let store = directory.open();
    for count in [10i64, 3000] {
        let id = create(&store, &format!("t{count}"));
        append(&store, id, &rows(0..2));
        let mut transaction = store.begin().unwrap();
        let first = transaction.append(id, &rows(100..100 + count)).unwrap();
        assert_eq!(first, PROVISIONAL_ROW_ID);
        transaction.delete(id, &[1, first + 1]).unwrap();
        transaction.update(id, &[0, first + 2], &rows([50, 51])).unwrap();
        assert_eq!(transaction.append(id, &rows([9])).unwrap(), first + count as u64);
        transaction.delete(id, &[first + 3, first + count as u64]).unwrap();
        let commit = transaction.commit(None).unwrap();
        let expected: Vec<i64> = [50, 100, 51].into_iter().chain(104..100 + count).collect();
        let dataset = current(&store, id);
        assert_eq!(ids(&dataset), expected);
        assert_eq!(dataset.rows(), expected.len() as u64);
        assert_eq!(commit.datasets[0].rows, expected.len() as u64);
        assert_eq!(commit.datasets[0].first_row_id, 2);
        assert_whole(&store);
    }
}

#[test]
fn truncate_then_append_replaces_all_rows() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let id = create(&store, "t");
    append(&store, id, &rows(0..3000));
    append(&store, id, &rows(0..3));
    let mut transaction = store.begin().unwrap();
    transaction.append(id, &rows(5..4000)).unwrap();
    transaction.truncate(id).unwrap();
    transaction.append(id, &rows([1, 2])).unwrap();
    transaction.commit(None).unwrap();
    assert_eq!(ids(&current(&store, id)), [1, 2]);
    assert_whole(&store);
}

#[test]
fn a_dropped_transaction_leaves_nothing() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let id = create(&store, "t");
    let mut transaction = store.begin().unwrap();
    transaction.append(id, &rows(0..2_000_000)).unwrap();
    drop(transaction);
    assert_eq!(current(&store, id).rows(), 0);
    assert_whole(&store);
}

#[test]
fn a_scan_reads_chosen_columns_and_rows() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let id = create(&store, "t");
    append(&store, id, &rows(0..300_000));
    append(&store, id, &rows(300_000..300_010));
    let mut transaction = store.begin().unwrap();
    transaction.delete(id, &[5, 299_999]).unwrap();
    transaction.update(id, &[7], &rows([-7])).unwrap();
    transaction.commit(None).unwrap();
    let wanted = vec![0..1, 4..9, 200_000..200_002, 299_998..300_003, 900_000..900_001];
    let scan = Scan { columns: Some(vec![1, 2, 1]), row_ids: Some(wanted), batch_rows: 3 };
    let mut found = Vec::new();
    for batch in current(&store, id).scan(&scan).unwrap() {
        let batch = batch.unwrap();
        assert_eq!(batch.rows.num_columns(), 3);
        assert_eq!(batch.rows.num_rows(), batch.row_ids.len());
        found.extend(batch.row_ids.iter());
    }
    assert_eq!(found, [0, 4, 6, 7, 8, 200_000, 200_001, 299_998, 300_000, 300_001, 300_002]);
    let none = Scan::columns([]);
    let counted: usize =
        current(&store, id).scan(&none).unwrap().map(|batch| batch.unwrap().rows.num_rows()).sum();
    assert_eq!(counted, 300_008);
}

#[test]
fn parts_have_statistics() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let id = create(&store, "t");
    append(&store, id, &rows(10..5000));
    let dataset = current(&store, id);
    let part = &dataset.parts().unwrap()[0];
    assert!(part.is_plain() && part.has_dense_ids());
    let statistics = part.statistics(1).unwrap();
    use arrow::array::AsArray;
    use arrow::datatypes::Int64Type;
    let value =
        |bound: &Option<arrow::array::ArrayRef>| bound.as_ref().unwrap().as_primitive::<Int64Type>().value(0);
    assert_eq!((value(&statistics.min), value(&statistics.max)), (10, 4999));
    assert_eq!(statistics.nulls, Some(0));
    assert_eq!(part.statistics(2).unwrap().nulls, Some(998));
}

/// Rows with other values that are made when they are written: in a segment and in the catalog, while compaction writes the
/// same rows.
#[test]
fn rows_that_are_made_when_they_are_written() {
    let meanwhile = Meanwhile::default();
    let directory = TestDirectory::new();
    let store = meanwhile.open(&directory);
    let id = create(&store, "t");
    append(&store, id, &rows(0..5000));
    append(&store, id, &rows(5000..5010));
    let mut transaction = store.begin().unwrap();
    transaction.delete(id, &[7]).unwrap();
    transaction.commit(None).unwrap();
    let ids_before = row_ids(&current(&store, id));

    let made = |numbers: Vec<i64>| -> linal_store::database::UpdatedRows {
        std::sync::Arc::new(move || Ok(rows(numbers.iter().copied())))
    };
    let mut transaction = store.begin().unwrap();
    transaction.delete(id, &[3000]).unwrap();
    let first: Vec<i64> = (0..7).chain(8..1000).map(|number| -number - 1).collect();
    transaction.update_streamed(id, vec![0..7, 8..1000], made(first)).unwrap();
    let second: Vec<i64> = (4000..5010).map(|number| -number - 1).collect();
    transaction.update_streamed(id, std::iter::once(4000..5010).collect(), made(second)).unwrap();
    assert!(transaction.update_streamed(id, std::iter::once(5009..5010).collect(), made(vec![1])).is_err());
    assert!(transaction.delete(id, &[1]).is_err());
    let writer = store.clone();
    meanwhile.plan(move || assert!(writer.compact(id, true).unwrap()));
    transaction.commit(None).unwrap();
    assert!(meanwhile.has_happened());

    let expected = |number: i64| if (1000..4000).contains(&number) { number } else { -number - 1 };
    let left = |number: &i64| ![7, 3000].contains(number);
    let expected: Vec<i64> = (0..5010).filter(left).map(expected).collect();
    assert_eq!(ids(&current(&store, id)), expected);
    let kept: Vec<u64> = ids_before.into_iter().filter(|id| *id != 3000).collect();
    assert_eq!(row_ids(&current(&store, id)), kept);
    assert_whole(&store);

    // A row too few is found before anything is changed.
    let mut transaction = store.begin().unwrap();
    transaction.update_streamed(id, std::iter::once(0..3).collect(), made(vec![1, 2])).unwrap();
    assert!(transaction.commit(None).is_err());
    assert_eq!(ids(&current(&store, id)), expected);
    assert_whole(&store);
}
