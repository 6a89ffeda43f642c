//! Calls of macros: which overload, and which argument is which parameter.

use linal_dataset::objects::Macro;
use linal_dataset::{Error, Result, same_name};
use linal_error::Code;
use sqlparser::ast as sql;

use super::super::generated_columns;
use super::named_type;

/// The arguments of a call.
#[derive(Default)]
pub(super) struct Arguments {
    positional: Vec<sql::Expr>,
    named: Vec<(sql::Ident, sql::Expr)>,
}

impl Arguments {
    /// The arguments of a list.
    ///
    /// # Errors
    /// `E0310 wrong_arguments` for `*`; `E0124 misplaced_argument` for a positional one after a named one.
    pub fn of(args: &[sql::FunctionArg], what: &str) -> Result<Arguments> {
        let mut arguments = Arguments::default();
        for arg in args {
            match arg {
                sql::FunctionArg::Unnamed(sql::FunctionArgExpr::Expr(value))
                    if arguments.named.is_empty() =>
                {
                    arguments.positional.push(value.clone());
                }
                sql::FunctionArg::Named { name, arg: sql::FunctionArgExpr::Expr(value), .. }
                | sql::FunctionArg::ExprNamed {
                    name: sql::Expr::Identifier(name),
                    arg: sql::FunctionArgExpr::Expr(value),
                    ..
                } => {
                    if arguments.named.iter().any(|(known, _)| same_name(&known.value, &name.value)) {
                        let message = format!("`{}` is given twice", name.value);
                        return Err(Error::new(Code::MisplacedArgument, message));
                    }
                    arguments.named.push((name.clone(), value.clone()));
                }
                sql::FunctionArg::Unnamed(sql::FunctionArgExpr::Expr(_)) => {
                    let message = "positional arguments come before named ones";
                    return Err(Error::new(Code::MisplacedArgument, message));
                }
                _ => {
                    let message = format!("{what} takes expressions");
                    return Err(Error::new(Code::WrongArguments, message));
                }
            }
        }
        Ok(arguments)
    }
}

/// The body that a call means, and the value of each parameter by its lower-case name.
///
/// # Errors
/// `E0310 wrong_arguments` with the overloads.
pub(super) fn bound<'m>(
    definition: &'m Macro,
    name: &str,
    arguments: Arguments,
) -> Result<(&'m str, Vec<(String, sql::Expr)>)> {
    let named: Vec<&str> = arguments.named.iter().map(|(name, _)| &*name.value).collect();
    let overload = definition.overload(name, arguments.positional.len(), &named)?;
    let mut positional = arguments.positional.into_iter();
    let mut values = Vec::with_capacity(overload.parameters.len());
    for parameter in &overload.parameters {
        let named = || {
            let is_it = |(name, _): &&(sql::Ident, sql::Expr)| same_name(&name.value, &parameter.name);
            arguments.named.iter().find(is_it).map(|(_, value)| value.clone())
        };
        let value = match positional.next().or_else(named) {
            Some(value) => value,
            None => match &parameter.default {
                Some(default) => *generated_columns::parse(default)?.sql,
                None => return Err(Error::new(Code::InternalError, "a bug in linal: a missing argument")),
            },
        };
        let value = match &parameter.type_name {
            Some(type_name) => cast(value, named_type::data_type(type_name)?),
            None => value,
        };
        values.push((parameter.name.to_lowercase(), value));
    }
    Ok((&overload.body, values))
}

/// `CAST(value AS data_type)`.
fn cast(value: sql::Expr, data_type: sql::DataType) -> sql::Expr {
    sql::Expr::Cast {
        kind: sql::CastKind::Cast,
        expr: Box::new(value),
        data_type,
        array: false,
        format: None,
    }
}
