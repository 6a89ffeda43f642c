//! Functions that read tensors from files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_store::{NoProgress, Progress, ReadContext, ReadError, TableOptions};
use linal_tensor::graph::NodeRef;
use linal_tensor::{Control, Tensor};

use super::confinement;
use super::{Category, Columns, Example, FunctionDef};
use crate::binder::Args;

pub(super) const FUNCTIONS: &[FunctionDef] = &[
    FunctionDef {
        name: "READ_CSV",
        aliases: &[],
        category: Category::Files,
        pattern: "READ_CSV(path, [header], [columns], [skip], [delimiter])",
        doc: "The numbers of a CSV file (`.tsv`, `.gz` and `.zst` too) as a matrix of rows and columns, or as a vector when there is one column; i64 when all are integers, else f64; an integer that f64 would round is an error. The first line is a header when it has text over a column of numbers, or as `header => true` or `false` says; `columns => 'a,b'` reads these columns only, `skip => n` leaves out the first n lines, `delimiter => ';'` separates cells by semicolons.",
        example: Example {
            script: "SHOW SHAPE READ_CSV('examples/data/seattle-weather.csv', columns => 'temp_max,temp_min')",
            output: "[1461, 2]",
        },
        columns: Columns::Never,
        evaluate: read_csv,
    },
    FunctionDef {
        name: "READ_NPY",
        aliases: &[],
        category: Category::Files,
        pattern: "READ_NPY(path)",
        doc: "The array of a NumPy file, in its shape; whole numbers of other widths come in as i64, f16 as f32.",
        example: Example {
            script: "SHOW READ_NPY('examples/data/small.npy')",
            output: "[[1, 2, 3],\n [4, 5, 6]]",
        },
        columns: Columns::Never,
        evaluate: |args| {
            let path = path(args)?;
            read(args, "path", |context| linal_store::read_npy(&path, context))
        },
    },
    FunctionDef {
        name: "READ_NPZ",
        aliases: &[],
        category: Category::Files,
        pattern: "READ_NPZ(path, name)",
        doc: "One array of a NumPy archive.",
        example: Example {
            script: "SHOW READ_NPZ('examples/data/small.npz', 'weights')",
            output: "[0.5, 0.25, 0.25]",
        },
        columns: Columns::Never,
        evaluate: |args| {
            let (path, name) = (path(args)?, args.text("name")?);
            read(args, "name", |context| linal_store::read_npz(&path, &name, context))
        },
    },
    FunctionDef {
        name: "READ_HDF5",
        aliases: &[],
        category: Category::Files,
        pattern: "READ_HDF5(path, dataset)",
        doc: "One dataset of an HDF5 file, named by its path within the file, such as `strain/Strain`.",
        example: Example {
            script: "SHOW READ_HDF5('examples/data/small.h5', 'grid/values')",
            output: "[[1.5, 2.5],\n [3.5, 4.5]]",
        },
        columns: Columns::Never,
        evaluate: |args| {
            let (path, dataset) = (path(args)?, args.text("dataset")?);
            read(args, "dataset", |context| linal_store::read_hdf5(&path, &dataset, context))
        },
    },
];

/// The access of statements to files, with the receiver of their progress.
#[derive(Clone, Default)]
pub struct FileAccess {
    /// Receives the progress of long reads.
    pub progress: Option<Arc<dyn Progress + Send + Sync>>,
    /// The directories that files must be below; `None` for any file.
    pub roots: Option<Arc<[PathBuf]>>,
}

impl FileAccess {
    /// Whether statements may use the files of certain directories only.
    pub fn is_confined(&self) -> bool {
        self.roots.is_some()
    }

    /// The path of a file that a statement names. Links and `..` are resolved before it is compared with the
    /// directories; a relative path is also looked up below each of them.
    ///
    /// # Errors
    /// `E0802 forbidden` for a path outside of the directories.
    pub fn locate(&self, path: &str) -> Result<PathBuf> {
        match &self.roots {
            None => Ok(PathBuf::from(path)),
            Some(roots) => confinement::locate(Path::new(path), roots),
        }
    }
}

/// The file of a call.
fn path(args: &mut Args<'_, '_>) -> Result<PathBuf> {
    let path = args.text("path")?;
    args.binder.files.locate(&path).map_err(|error| error.at(args.span_of("path")))
}

fn read_csv(args: &mut Args<'_, '_>) -> Result<NodeRef> {
    let path = path(args)?;
    let mut options = TableOptions { header: args.flag("header")?, ..TableOptions::default() };
    if let Some(columns) = args.text_option("columns")? {
        options.fields = Some(columns.split(',').map(|c| c.trim().to_string()).collect());
    }
    if let Some(skip) = args.count_option("skip")? {
        options.skip = skip;
    }
    options.delimiter = args.choice("delimiter", &[",", ";", "|", "\\t"], delimiter)?;
    read(args, "columns", |context| linal_store::read_csv(&path, &options, context))
}

/// A delimiter of one byte; `\t` is a tab.
fn delimiter(text: &str) -> Option<u8> {
    match text.as_bytes() {
        b"\\t" => Some(b'\t'),
        [b'"' | b'\n' | b'\r'] => None,
        [byte] => Some(*byte),
        _ => None,
    }
}

/// Reads a file while binding, since its contents determine the shape. The statement is not cached. `part` is
/// the parameter that selects a part of the file.
fn read(
    args: &mut Args<'_, '_>,
    part: &str,
    reader: impl FnOnce(&ReadContext<'_>) -> std::result::Result<Tensor, ReadError>,
) -> Result<NodeRef> {
    args.binder.cacheable = false;
    let context = args.binder.context;
    let reporter = Reporter { shown: args.binder.files.progress.as_deref(), control: context.control() };
    let tensor = reader(&ReadContext::new(context.pool(), &reporter)).map_err(|error| {
        // A reader that was stopped does not know the reason; the context does.
        context.poll().err().map_or_else(|| read_error(error), Error::from)
    });
    let tensor = tensor.map_err(|error| {
        let part_is_missing = error.is(Code::NameNotFound) && args.has(part);
        error.at(args.span_of(if part_is_missing { part } else { "path" }))
    });
    Ok(args.constant(tensor?))
}

/// Converts a reader's error to one of a statement.
pub fn read_error(error: ReadError) -> Error {
    let converted = Error::new(error.code(), error.to_string());
    match error.help() {
        Some(help) => converted.with_help(help),
        None => converted,
    }
}

/// Forwards progress to its receiver, and cancellation to the reader.
pub struct Reporter<'r> {
    /// The receiver, if there is one.
    pub shown: Option<&'r (dyn Progress + Send + Sync)>,
    /// Says when the statement must end.
    pub control: &'r Control,
}

impl Reporter<'_> {
    fn target(&self) -> &dyn Progress {
        match self.shown {
            Some(progress) => progress,
            None => &NoProgress,
        }
    }
}

impl Progress for Reporter<'_> {
    fn start(&self, what: &str, total_bytes: Option<u64>) {
        self.target().start(what, total_bytes);
    }

    fn advance(&self, bytes: u64) {
        self.target().advance(bytes);
    }

    fn finish(&self) {
        self.target().finish();
    }

    fn should_stop(&self) -> bool {
        self.control.poll().is_err()
    }
}
