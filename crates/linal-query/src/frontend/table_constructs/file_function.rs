//! Functions that read files as tables: `read_csv`, `read_parquet`, `read_json`, `read_npy`, `read_hdf5`, `read_text` and
//! `glob`. They are confined to the directories that statements may use, as paths in a FROM are.

use linal_bind::functions::{Reporter, read_error};
use linal_dataset::{Cell, Error, Result, RowSet};
use linal_error::Code;
use linal_store::{ColumnType, ReadContext, matching_files};
use sqlparser::ast as sql;

use super::file_options::FileOptions;
use super::{Expansion, literal, text_query};
use crate::frontend::ast_builder;
use crate::planner::files;

/// The functions by their name, each with the family of its options.
const FUNCTIONS: [(&str, &str); 14] = [
    ("glob", "glob"),
    ("parquet_scan", "parquet"),
    ("read_csv", "csv"),
    ("read_csv_auto", "csv"),
    ("read_hdf5", "hdf5"),
    ("read_json", "json"),
    ("read_json_auto", "json"),
    ("read_json_objects", "json"),
    ("read_ndjson", "json"),
    ("read_ndjson_auto", "json"),
    ("read_npy", "npy"),
    ("read_npz", "npz"),
    ("read_parquet", "parquet"),
    ("read_text", "text"),
];

/// The names of the functions.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    FUNCTIONS.iter().map(|(name, _)| *name)
}

/// Whether a lower-case name is one of the functions.
pub(super) fn is_function(name: &str) -> bool {
    FUNCTIONS.iter().any(|(known, _)| *known == name)
}

/// Replaces a call by the table of its files.
pub(super) fn write_out(
    expansion: &mut Expansion<'_, '_>,
    factor: &mut sql::TableFactor,
    name: &str,
) -> Result<()> {
    let sql::TableFactor::Table { alias, args: Some(args), .. } = factor else { return Ok(()) };
    let alias = alias.take().unwrap_or_else(|| ast_builder::table_alias(name));
    let family = FUNCTIONS.iter().find(|(known, _)| *known == name).map_or("", |(_, family)| family);
    let (paths, options) = arguments(name, family, &args.args)?;
    // A file may be another one the next time.
    expansion.is_repeatable = false;
    let mut relation = match family {
        "glob" => expansion.glob(&paths)?,
        "text" => expansion.texts(&paths)?,
        _ => expansion.files(name, &paths, &options)?,
    };
    if let sql::TableFactor::Table { alias: own, .. } | sql::TableFactor::Derived { alias: own, .. } =
        &mut relation
    {
        *own = Some(alias);
    }
    *factor = relation;
    Ok(())
}

/// The paths and options of a call.
fn arguments(name: &str, family: &str, args: &[sql::FunctionArg]) -> Result<(Vec<String>, FileOptions)> {
    let mut paths = None;
    let mut options = FileOptions::default();
    for arg in args {
        match arg {
            sql::FunctionArg::Named { name: option, arg: sql::FunctionArgExpr::Expr(value), .. } => {
                options.set(name, family, &option.value, value)?;
            }
            sql::FunctionArg::ExprNamed {
                name: sql::Expr::Identifier(option),
                arg: sql::FunctionArgExpr::Expr(value),
                ..
            } => options.set(name, family, &option.value, value)?,
            sql::FunctionArg::Unnamed(sql::FunctionArgExpr::Expr(sql::Expr::BinaryOp {
                left,
                op: sql::BinaryOperator::Eq,
                right,
            })) if matches!(left.as_ref(), sql::Expr::Identifier(_)) => {
                options.set(name, family, &left.to_string(), right)?;
            }
            sql::FunctionArg::Unnamed(sql::FunctionArgExpr::Expr(expr)) if paths.is_none() => {
                paths = literal::strings(expr);
            }
            _ => return Err(wrong(name)),
        }
    }
    paths.filter(|paths| !paths.is_empty()).map(|paths| (paths, options)).ok_or_else(|| wrong(name))
}

fn wrong(name: &str) -> Error {
    Error::new(Code::WrongArguments, format!("{name} takes a path or a list of paths, and named options"))
        .with_help(format!("as in {name}('data/*.csv')"))
}

impl Expansion<'_, '_> {
    /// The rows of files; those of several paths one after the other.
    fn files(&mut self, name: &str, paths: &[String], options: &FileOptions) -> Result<sql::TableFactor> {
        let mut union: Option<sql::SetExpr> = None;
        for path in paths {
            let (table, columns) = self.file(name, path, options)?;
            let select = of_file(table, &columns, options)?;
            let body = sql::SetExpr::Select(Box::new(select));
            union = Some(match union {
                None => body,
                Some(before) => sql::SetExpr::SetOperation {
                    left: Box::new(before),
                    op: sql::SetOperator::Union,
                    set_quantifier: sql::SetQuantifier::All,
                    right: Box::new(body),
                },
            });
        }
        let mut query = text_query::parsed("SELECT 1")?;
        if let Some(body) = union {
            *query.body = body;
        }
        Ok(sql::TableFactor::Derived { lateral: false, subquery: Box::new(query), alias: None, sample: None })
    }

    /// A path as a table, and the names of its columns.
    fn file(
        &mut self,
        name: &str,
        path: &str,
        options: &FileOptions,
    ) -> Result<(sql::TableFactor, Vec<String>)> {
        let file = files::open_with(self.context, path, &options.table)?;
        let (schema, rows, notices, source) = file.into_parts()?;
        self.notices.extend(notices);
        let columns = schema.fields().iter().map(|field| field.name().clone()).collect();
        Ok((self.given_table(name, source, rows), columns))
    }

    fn paths(&self, patterns: &[String]) -> Result<Vec<String>> {
        let mut found = Vec::new();
        for pattern in patterns {
            let located = self.context.files.locate(pattern)?;
            let files = self.context.files;
            let control = self.context.execution.control();
            let reporter = Reporter { shown: files.progress.as_deref(), control };
            let context = ReadContext::new(self.context.execution.pool(), &reporter);
            for path in matching_files(&located, &context).map_err(read_error)? {
                let path = path.to_string_lossy().into_owned();
                // Links among the files lead anywhere.
                self.context.files.locate(&path)?;
                found.push(path);
            }
        }
        Ok(found)
    }

    /// The paths that match.
    fn glob(&mut self, patterns: &[String]) -> Result<sql::TableFactor> {
        let rows: Vec<Vec<Cell>> =
            self.paths(patterns)?.into_iter().map(|path| vec![Cell::String(path)]).collect();
        self.made("glob", RowSet::from_rows(&[("file", ColumnType::String)], &rows))
    }

    /// The contents of files.
    fn texts(&mut self, patterns: &[String]) -> Result<sql::TableFactor> {
        let mut rows = Vec::new();
        let mut memory = Vec::new();
        for path in self.paths(patterns)? {
            let failed = |error: &dyn std::fmt::Display| {
                Error::new(Code::Io, format!("`{path}` cannot be read as text: {error}"))
            };
            let bytes = std::fs::metadata(&path).map_err(|error| failed(&error))?.len();
            let size = usize::try_from(bytes).unwrap_or(usize::MAX);
            memory.push(self.context.execution.pool().reserve("text", size).map_err(Error::from)?);
            let content = std::fs::read_to_string(&path).map_err(|error| failed(&error))?;
            let size = Cell::Int(i64::try_from(bytes).unwrap_or(i64::MAX));
            rows.push(vec![Cell::String(path.clone()), Cell::String(content), size]);
        }
        let columns =
            [("filename", ColumnType::String), ("content", ColumnType::String), ("size", ColumnType::Int)];
        self.made("read_text", RowSet::from_rows(&columns, &rows))
    }
}

/// The columns of a file under the names and types of the options.
fn of_file(table: sql::TableFactor, columns: &[String], options: &FileOptions) -> Result<sql::Select> {
    let names: Vec<&String> = if options.columns.is_empty() {
        options.names.iter().collect()
    } else {
        options.columns.iter().map(|(name, _)| name).collect()
    };
    if names.is_empty() && options.types.is_empty() {
        return Ok(ast_builder::select(vec![ast_builder::everything()], table));
    }
    let most = names.len().max(options.types.iter().filter(|(name, _)| name.is_none()).count());
    if most > columns.len() {
        let message = format!("the file has {} columns, and {most} are named", columns.len());
        return Err(Error::new(Code::WrongArguments, message));
    }
    let is_column = |name: &str| columns.iter().any(|column| column.eq_ignore_ascii_case(name));
    let unknown = options.types.iter().filter_map(|(name, _)| name.as_deref()).find(|name| !is_column(name));
    if let Some(name) = unknown {
        let error = Error::new(Code::UnknownName, format!("the file has no column `{name}`"));
        return Err(error.suggest(name, columns.iter().map(String::as_str)));
    }
    let mut items = Vec::new();
    for (at, column) in columns.iter().enumerate() {
        let of_column = |(number, (name, _)): &(usize, &(Option<String>, String))| match name {
            Some(name) => name.eq_ignore_ascii_case(column),
            None => *number == at,
        };
        let kind = options.types.iter().enumerate().find(of_column).map(|(_, (_, kind))| kind);
        let mut item = ast_builder::column(column);
        if let Some(kind) = kind.or(options.columns.get(at).map(|(_, kind)| kind)) {
            item = cast(item, kind)?;
        }
        items.push(ast_builder::named(item, names.get(at).copied().unwrap_or(column)));
    }
    Ok(ast_builder::select(items, table))
}

/// A value as a type that is given by a text.
fn cast(value: sql::Expr, kind: &str) -> Result<sql::Expr> {
    let query = text_query::parsed(&format!("SELECT CAST(NULL AS {kind})"))
        .map_err(|_| Error::new(Code::WrongArguments, format!("`{kind}` is no type")))?;
    if let sql::SetExpr::Select(select) = *query.body
        && let Some(sql::SelectItem::UnnamedExpr(sql::Expr::Cast { kind, data_type, array, format, .. })) =
            select.projection.into_iter().next()
    {
        return Ok(sql::Expr::Cast { kind, expr: Box::new(value), data_type, array, format });
    }
    Err(Error::new(Code::WrongArguments, format!("`{kind}` is no type")))
}
