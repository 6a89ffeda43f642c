//! Packages of datasets: a folder with the rows of a dataset and what describes them, for others to read.
//!
//! | file | contents |
//! | --- | --- |
//! | `manifest.json` | format, name, number of rows, version, metadata, and size and SHA-256 of the other files |
//! | `schema.json` | the columns: name, type, nullability, default, expression |
//! | `stats.json` | for each column: NULLs, minimum and maximum |
//! | `lineage.json` | the steps that the rows come from |
//! | `data.parquet` | the rows |
//! | `SHA256SUMS` | the SHA-256 of the manifest, as `sha256sum` reads it; packages of older versions have none |

mod read;
pub mod sums;
mod verify;
mod write;

pub use self::read::{PackageEntry, list, read};
pub(crate) use self::verify::is_package;
pub use self::verify::{verify, verify_file};
pub use self::write::{write, write_rows};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use serde_json::Value;

/// The value of `format` in a manifest.
const FORMAT: &str = "linal-package/1";

const MANIFEST: &str = "manifest.json";
const DATA: &str = "data.parquet";
const SUMS: &str = "SHA256SUMS";

/// The files besides the manifest and the rows.
const DESCRIPTIONS: [&str; 3] = ["schema.json", "stats.json", "lineage.json"];

/// The contents of a package.
#[derive(Clone, Debug)]
pub struct Package {
    /// The name of the dataset.
    pub name: String,
    /// Its version.
    pub version: u64,
    /// The metadata of the dataset, an object of strings.
    pub metadata: Value,
    /// The columns, of the program above.
    pub columns: Value,
    /// The statistics, of the program above.
    pub stats: Value,
    /// The lineage, of the program above.
    pub lineage: Value,
    /// The schema of the rows.
    pub schema: SchemaRef,
    /// The rows, in order.
    pub batches: Vec<RecordBatch>,
}
