//! Functions of the host program.

use std::sync::Arc;

use linal_bind::functions::{HostCall, HostFunction, Registry};
use linal_dataset::{Error, Result, resolve_type};
use linal_error::Code;
use linal_lang::ast::Statement;
use linal_lang::ast::relational::{ColumnSpec, DatasetSource, Relational};
use linal_lang::{Span, parse_statement};
use linal_store::ColumnType;

use super::Session;

impl Session {
    /// Makes a function of the host one of queries and tensor statements of this session. Types are written as those of
    /// columns, such as `Float` or `Vector(3, f64)`. A query calls it with a batch of rows at a time, on any thread; a
    /// tensor statement with all elements.
    ///
    /// # Errors
    /// An unknown type; a name that is none, or that a function of the language has.
    pub fn register_function(
        &mut self,
        name: &str,
        inputs: &[&str],
        output: &str,
        call: Arc<HostCall>,
    ) -> Result<()> {
        let is_name = name.chars().all(|c| c.is_alphanumeric() || c == '_')
            && name.chars().next().is_some_and(|c| !c.is_numeric());
        if !is_name {
            return Err(Error::new(Code::ReservedName, format!("`{name}` is no name of a function")));
        }
        if Registry::global().find(name).is_some() {
            let message = format!("there is a function `{}` already", name.to_uppercase());
            return Err(Error::new(Code::NameExists, message));
        }
        let inputs = inputs.iter().map(|text| type_of(text)).collect::<Result<Vec<_>>>()?;
        let function = HostFunction::new(name, inputs, type_of(output)?, call);
        self.variables.add_host(function);
        self.plans.clear();
        self.cache.clear();
        Ok(())
    }
}

/// The type that a text names.
fn type_of(text: &str) -> Result<ColumnType> {
    let unknown = || Error::new(Code::UnknownType, format!("there is no type `{text}`"));
    let statement = format!("DATASET t COLUMNS (c: {text})");
    let parsed = parse_statement(&statement, Span::new(0, statement.len()), Registry::global());
    let Ok(Statement::Relational(relational)) = parsed else { return Err(unknown()) };
    let Relational::Create(create) = *relational else { return Err(unknown()) };
    let DatasetSource::Columns { columns, .. } = create.source else { return Err(unknown()) };
    let [ColumnSpec { type_name, .. }] = columns.as_slice() else { return Err(unknown()) };
    Ok(resolve_type(&type_name.name, &type_name.args).map_err(Error::without_span)?.column_type)
}
