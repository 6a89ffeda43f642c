//! `nextval('s')` and `currval('s')`.

use std::sync::Arc;

use linal_dataset::objects::Definition;
use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_lang::ast::objects::ObjectKind;
use sqlparser::ast as sql;

use super::home::{Home, Objects};
use super::used::{UsedObjects, UsedSequence};
use crate::frontend::resolve::call;
use crate::udf::sequence::{CURRVAL, NEXTVAL};

/// The prefix of the function that a call of this name becomes.
pub(super) fn prefix(name: &str) -> Option<&'static str> {
    let known = [("nextval", NEXTVAL), ("currval", CURRVAL)];
    known.into_iter().find(|(word, _)| word.eq_ignore_ascii_case(name)).map(|(_, prefix)| prefix)
}

/// The call with the number of its sequence.
///
/// # Errors
/// `E0310 wrong_arguments` unless the argument is the name in quotes; `E0304 unknown_name`.
pub(super) fn numbered(
    prefix: &str,
    function: &sql::Function,
    objects: &Objects<'_, '_>,
    home: &Home,
    used: &mut UsedObjects,
) -> Result<sql::Expr> {
    let name = argument(function).ok_or_else(|| {
        let word = function.name.to_string().to_uppercase();
        let message = format!("{word} takes the name of a sequence in quotes");
        Error::new(Code::WrongArguments, message).with_help(format!("write `{word}('s')`"))
    })?;
    let parts: Vec<&str> = name.split('.').map(|part| part.trim_matches(['"', '`'])).collect();
    let found = objects.find(ObjectKind::Sequence, &parts, home);
    let Some(found) = found else { return Err(objects.unknown(ObjectKind::Sequence, &name)) };
    let Definition::Sequence(sequence) = &found.object.definition else {
        return Err(objects.unknown(ObjectKind::Sequence, &name));
    };
    let known = used.sequences.iter().position(|known| Arc::ptr_eq(&known.sequence, sequence));
    let number = known.unwrap_or_else(|| {
        let (name, sequence) = (found.object.name.clone(), sequence.clone());
        used.sequences.push(UsedSequence { name, sequence });
        used.sequences.len() - 1
    });
    Ok(call(&format!("{prefix}{number}"), Vec::new()))
}

/// The name in quotes; PostgreSQL casts it to `regclass`.
fn argument(function: &sql::Function) -> Option<String> {
    let sql::FunctionArguments::List(list) = &function.args else { return None };
    let [sql::FunctionArg::Unnamed(sql::FunctionArgExpr::Expr(value))] = list.args.as_slice() else {
        return None;
    };
    text_of(value)
}

fn text_of(value: &sql::Expr) -> Option<String> {
    match value {
        sql::Expr::Cast { expr, data_type, .. } if data_type.to_string().eq_ignore_ascii_case("regclass") => {
            text_of(expr)
        }
        sql::Expr::Nested(inner) => text_of(inner),
        sql::Expr::Value(value) => match &value.value {
            sql::Value::SingleQuotedString(text) | sql::Value::DoubleQuotedString(text) => Some(text.clone()),
            _ => None,
        },
        _ => None,
    }
}
