//! The table of several files is that of their rows in one.

use linal_store::TableOptions;
use proptest::prelude::*;

use super::folder;
use crate::streams::collected;
use crate::tables::{show, table};

/// A cell of a column that infers to various types.
fn cell() -> impl Strategy<Value = &'static str> {
    let cells = [
        "1",
        "-7",
        "2.5",
        "",
        "true",
        "2020-01-01",
        "2020-01-01 10:00",
        "x",
        "007",
        "9223372036854775808",
        "nan",
    ];
    prop::sample::select(cells.to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Rows in several files are the rows of one file: same types, same values, in the same order.
    #[test]
    fn files_are_their_concatenation(
        kinds in prop::collection::vec(prop::collection::vec(cell(), 1..3), 3),
        rows in prop::collection::vec((0usize..4, prop::array::uniform3(any::<prop::sample::Index>())), 0..12),
        swapped in prop::collection::vec(any::<bool>(), 4),
    ) {
        let folder = folder("property", &[]);
        let names = ["a", "b", "c"];
        let line = |cells: &[&str], swap: bool| {
            let mut cells = cells.to_vec();
            if swap {
                cells.reverse();
            }
            format!("{}\n", cells.join(","))
        };
        let mut texts: Vec<String> = swapped.iter().map(|&swap| line(&names, swap)).collect();
        let mut all = line(&names, false);
        for file in 0..4 {
            for (_, at) in rows.iter().filter(|(to, _)| *to == file) {
                let cells: Vec<&str> = kinds.iter().zip(at).map(|(kind, at)| *at.get(kind)).collect();
                texts[file] += &line(&cells, swapped[file]);
                all += &line(&cells, false);
            }
        }
        std::fs::write(folder.join("all.csv"), &all).unwrap();
        let options = TableOptions { header: Some(true), fields: Some(names.map(str::to_string).to_vec()), ..TableOptions::default() };
        let expected = show(&table(&folder.join("all.csv"), &options).unwrap());
        std::fs::create_dir(folder.join("parts")).unwrap();
        for (at, text) in texts.iter().enumerate() {
            std::fs::write(folder.join(format!("parts/{at}.csv")), text).unwrap();
        }
        let path = folder.join("parts/*.csv");
        prop_assert_eq!(&show(&table(&path, &options).unwrap()), &expected);
        prop_assert_eq!(&show(&collected(&path, &options).unwrap()), &expected);
    }

    /// The same for JSON.
    #[test]
    fn files_of_objects_are_their_concatenation(
        rows in prop::collection::vec((0usize..3, prop::sample::select(vec![
            "1", "2.5", "null", "true", "\"x\"", "\"2020-01-01\"", "\"NaN\"", "18446744073709551615",
        ])), 1..10),
    ) {
        let folder = folder("property-json", &[]);
        let mut texts = vec![String::new(); 3];
        for (file, value) in &rows {
            texts[*file] += &format!("{{\"k\": 1, \"v\": {value}}}\n");
        }
        std::fs::write(folder.join("all.jsonl"), texts.concat()).unwrap();
        std::fs::create_dir(folder.join("parts")).unwrap();
        for (at, text) in texts.iter().enumerate() {
            std::fs::write(folder.join(format!("parts/{at}.jsonl")), text).unwrap();
        }
        let options = TableOptions::default();
        let expected = show(&table(&folder.join("all.jsonl"), &options).unwrap());
        prop_assert_eq!(&show(&table(&folder.join("parts"), &options).unwrap()), &expected);
        prop_assert_eq!(&show(&collected(&folder.join("parts"), &options).unwrap()), &expected);
    }
}
