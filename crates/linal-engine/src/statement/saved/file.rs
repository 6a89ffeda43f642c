//! Tensors and pipelines in files of their own.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use linal_bind::functions::{Registry, read_error};
use linal_dataset::lineage::{Lineage, Step};
use linal_dataset::{Error, Result, arrow_error, row_major};
use linal_error::Code;
use linal_lang::ast::FilePath;
use linal_lang::ast::relational::Relational;
use linal_lang::ast::{Ident, Statement};
use linal_lang::{Span, parse_statement};
use linal_store::package::sums;
use linal_store::{NoProgress, ReadContext, TableFormat, read_npy, read_zarr, tensor_to_column, write_table};
use linal_tensor::Shape;

use super::{define, package, pipeline, tensor};
use crate::outcome::Outcome;
use crate::session::Session;

/// Writes a tensor as an array: to a path whose extension is the format, such as `.npy` or `.zarr`, or below the folder of the database.
pub(super) fn save_tensor(session: &mut Session, name: &Ident, path: Option<&FilePath>) -> Result<Outcome> {
    let target = place(session, name, path, ("tensors", "npy"))?;
    let (tensor, _) = tensor(session, name)?;
    let whole = if tensor.layout().is_contiguous() { tensor } else { row_major(&tensor, &session.pool)? };
    // NumPy has arrays without axes, and a file of columns has not: a number is an array of one.
    let whole =
        if whole.shape().rank() == 0 { whole.reshape(&Shape::new(&[1])).unwrap_or(whole) } else { whole };
    let Some((column_type, array)) = tensor_to_column(&whole) else {
        return Err(Error::new(Code::InternalError, "a bug in linal: a tensor that is no column"));
    };
    let schema = Arc::new(Schema::new(vec![column_type.field("value", false)]));
    let batch = RecordBatch::try_new(schema.clone(), vec![array]).map_err(arrow_error)?;
    let span = path.map_or(name.span, |path| path.span);
    write_table(&target, &schema, &[batch]).map_err(|error| read_error(error).at(span))?;
    Ok(Outcome::Done(format!("saved the tensor {}", name.name)))
}

/// Reads a tensor from a NumPy file, or the array at the root of a Zarr store.
pub(super) fn load_tensor(session: &mut Session, name: &Ident, path: Option<&FilePath>) -> Result<Outcome> {
    let source = path_of(session, name, path, ("tensors", "npy"))?;
    let span = path.map_or(name.span, |path| path.span);
    let context = ReadContext::new(&session.pool, &NoProgress);
    let is_zarr = matches!(TableFormat::from_path(&source), Ok(TableFormat::Zarr));
    let read = if is_zarr { read_zarr(&source, "", &context) } else { read_npy(&source, &context) };
    let tensor = read.map_err(|error| read_error(error).at(span))?;
    let step = Step { name: (&*name.name).into(), text: format!("LOAD TENSOR {}", name.name).into() };
    Ok(define(session, name, tensor, Lineage::new(Arc::new(step), []), (false, None)))
}

/// Writes the text of a pipeline.
pub(super) fn save_pipeline(session: &Session, name: &Ident, path: Option<&FilePath>) -> Result<Outcome> {
    let target = place(session, name, path, ("pipelines", "lnl"))?;
    let pipeline = pipeline::find(session, name)?;
    let text = format!("DEFINE PIPELINE `{}` AS {}\n", pipeline.name.name, pipeline.text);
    write_with_sum(&target, &text, path.is_none()).map_err(|error| cannot(&target, "written", &error))?;
    Ok(Outcome::Done(format!("saved the pipeline {}", pipeline.name.name)))
}

/// Writes a file; one of the database gets its checksum beside it, which `linal check` compares.
fn write_with_sum(target: &Path, text: &str, is_of_database: bool) -> std::io::Result<()> {
    std::fs::write(target, text)?;
    let name = target.file_name().map(|name| name.to_string_lossy().into_owned());
    match name.filter(|_| is_of_database) {
        Some(name) => {
            let sum = target.with_file_name(format!("{name}.{}", sums::EXTENSION));
            std::fs::write(sum, sums::line(&name, text.as_bytes()))
        }
        None => Ok(()),
    }
}

/// Defines the pipeline of a file under a name.
pub(super) fn load_pipeline(session: &mut Session, name: &Ident, path: Option<&FilePath>) -> Result<Outcome> {
    let source = path_of(session, name, path, ("pipelines", "lnl"))?;
    let span = path.map_or(name.span, |path| path.span);
    let text = std::fs::read_to_string(&source).map_err(|error| cannot(&source, "read", &error).at(span))?;
    let text = text.trim_end();
    let parsed = parse_statement(text, Span::new(0, text.len()), Registry::global());
    let wrong = || Error::new(Code::BadFormat, "the file is not the definition of a pipeline").at(span);
    let Ok(Statement::Relational(relational)) = parsed else { return Err(wrong()) };
    let Relational::DefinePipeline(mut definition) = *relational else { return Err(wrong()) };
    definition.name.name = name.name.clone();
    pipeline::define(session, &definition)
}

fn path_of(
    session: &Session,
    name: &Ident,
    path: Option<&FilePath>,
    (kind, extension): (&str, &str),
) -> Result<PathBuf> {
    match path {
        Some(path) => session.files.locate(&path.text).map_err(|error| error.at(path.span)),
        None => {
            let file = format!("{}.{extension}", package::file_name(&name.name));
            Ok(package::folder(session).join(kind).join(file))
        }
    }
}

/// The path of a file that is written; its folder is made for an object without a path.
fn place(session: &Session, name: &Ident, path: Option<&FilePath>, kind: (&str, &str)) -> Result<PathBuf> {
    let target = path_of(session, name, path, kind)?;
    if let (None, Some(parent)) = (path, target.parent()) {
        std::fs::create_dir_all(parent).map_err(|error| cannot(parent, "made", &error))?;
    }
    Ok(target)
}

fn cannot(path: &Path, what: &str, error: &std::io::Error) -> Error {
    let code = if error.kind() == std::io::ErrorKind::NotFound { Code::FileNotFound } else { Code::Io };
    Error::new(code, format!("'{}' cannot be {what}: {error}", path.display()))
}
