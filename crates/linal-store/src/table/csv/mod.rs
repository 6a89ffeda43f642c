//! CSV and similar formats: as a table, with types inferred from the whole file, or as one tensor of numbers.

mod cell;
mod cells;
mod column;
mod delimiter;
mod files;
mod head;
mod header;
mod infer;
mod numbers;
mod read;
mod rows;
mod scan;
mod stream;
mod survey;

pub(super) use self::delimiter::delimiter;
pub(super) use self::files::CsvFiles;
pub use self::numbers::{parse as parse_csv, read_csv};
pub(super) use self::read::read;
pub(super) use self::stream::open;
