//! Many files, memory, cancellation, files that change.

use linal_store::{Code, MemoryPool, Progress, ReadContext, TableOptions, open_table, table_files};

use super::{folder, with_filename};
use crate::support::{describe, read, read_within};
use crate::tables::table;

#[test]
fn ten_thousand_files() {
    let folder = folder("many", &[]);
    for at in 0..10_000 {
        std::fs::write(folder.join(format!("{at:04}.csv")), "").unwrap();
    }
    let error = describe(table(&folder, &TableOptions::default()));
    assert_eq!(error, format!("E0403 bad_format: `{}` is empty", folder.join("0000.csv").display()));
    // Paths are charged.
    let (result, _) = read_within(300_000, |context| table_files(&folder, context));
    assert_eq!(result.unwrap_err().code(), Code::MemoryLimit);
    for at in 0..10_000 {
        std::fs::write(folder.join(format!("{at:04}.csv")), format!("a,b\n{at},x{at}\n")).unwrap();
    }
    let all = table(&folder, &TableOptions::default()).unwrap();
    assert_eq!((all.num_rows(), all.batches.len()), (10_000, 1));
    let rows: Result<usize, _> = read(|context| {
        open_table(&folder, &TableOptions::default(), context)?.map(|batch| Ok(batch?.num_rows())).sum()
    });
    assert_eq!(rows.unwrap(), 10_000);
    // All columns of text: notices are bounded.
    for at in 0..10_000 {
        std::fs::write(folder.join(format!("{at:04}.csv")), "a,b\n").unwrap();
    }
    let none = table(&folder, &TableOptions::default()).unwrap();
    assert_eq!((none.num_rows(), none.notices.len()), (0, 6));
    assert_eq!(none.notices[5], "9995 more notices of other files");
}

#[test]
fn memory_and_cancellation() {
    let rows: String =
        (0..30_000).map(|at| format!("{at},a text that is longer than a view {at}\n")).collect();
    let text = format!("i,t\n{rows}");
    let names: Vec<String> = (0..8).map(|at| format!("{at}.csv")).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (&**name, &*text)).collect();
    let folder = folder("memory", &files);
    let sum = |context: &ReadContext<'_>| -> Result<usize, _> {
        open_table(&folder, &with_filename(), context)?.map(|batch| Ok(batch?.num_rows())).sum()
    };
    let (rows, one) = read_within(usize::MAX, |context| {
        open_table(&folder.join("0.csv"), &with_filename(), context)?
            .map(|batch| Ok(batch?.num_rows()))
            .sum::<Result<usize, _>>()
    });
    assert_eq!(rows.unwrap(), 30_000);
    let (rows, all) = read_within(usize::MAX, sum);
    assert_eq!(rows.unwrap(), 240_000);
    assert!(all < one + 100_000, "{all} bytes for all files, {one} for one");
    let (whole, peak) =
        read_within(usize::MAX, |context| linal_store::read_table(&folder, &with_filename(), context));
    let whole = whole.unwrap();
    assert!(whole.memory.bytes() > 240_000 * 40 && peak < 4 * whole.memory.bytes(), "{peak}");
    let (failed, _) = read_within(whole.memory.bytes() / 2, |context| {
        linal_store::read_table(&folder, &with_filename(), context).map(|_| ())
    });
    assert_eq!(failed.unwrap_err().code(), Code::MemoryLimit);

    struct Stop;
    impl Progress for Stop {
        fn start(&self, _: &str, _: Option<u64>) {}
        fn advance(&self, _: u64) {}
        fn finish(&self) {}
        fn should_stop(&self) -> bool {
            true
        }
    }
    let pool = MemoryPool::new(usize::MAX);
    let stopped = table_files(&folder.join("*.csv"), &ReadContext::new(&pool, &Stop));
    assert_eq!(stopped.unwrap_err().code(), Code::Cancelled);
}

#[test]
fn a_file_that_changes() {
    let folder = folder("changes", &[("a.csv", "x\n1\n"), ("b.csv", "x\n2\n")]);
    let next = |text: &str| {
        std::fs::write(folder.join("b.csv"), "x\n2\n").unwrap();
        read(|context| {
            let mut stream = open_table(&folder, &TableOptions::default(), context)?;
            std::fs::write(folder.join("b.csv"), text).unwrap();
            stream.try_for_each(|batch| batch.map(|_| ()))
        })
    };
    assert_eq!(next("x\n3\n"), Ok(()));
    for text in ["x\n", "x\n1\n2\n", "x\ny\n", "x\n\"\"\n"] {
        assert_eq!(next(text).unwrap_err().code(), Code::Io, "{text}");
    }
}
