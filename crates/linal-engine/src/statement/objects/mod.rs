//! Views, macros, sequences, types, schemas and comments.

mod comment;
mod dependents;
mod drop;
mod list;
mod macros;
mod meantime;
mod place;
mod rename;
mod schema;
mod sequence;
mod types;
mod view;

pub(super) use self::comment::{of_column as comment_of_column, of_dataset as comment_of_dataset};
pub(super) use self::dependents::{drop_dependents_of_dataset, forget_comment, rename_comment};
pub(crate) use self::meantime::check_dependencies;
pub(super) use self::types::declared_type;
pub(crate) use self::view::named as named_view;

use linal_bind::QueryValue;
use linal_dataset::Result;
use linal_lang::ast::objects::ObjectStatement;

use crate::outcome::Outcome;
use crate::session::Session;

/// Executes a statement about an object.
pub(super) fn run(
    session: &mut Session,
    statement: &ObjectStatement,
    values: &[QueryValue],
    text: &str,
) -> Result<Outcome> {
    let outcome = match statement {
        ObjectStatement::CreateView(create) => view::create(session, create),
        ObjectStatement::CreateMacro(create) => macros::create(session, create),
        ObjectStatement::CreateSequence(create) => sequence::create(session, create),
        ObjectStatement::CreateType(create) => types::create(session, create),
        ObjectStatement::Drop { kind, name, if_exists, dependents } => {
            drop::run(session, *kind, name, *if_exists, *dependents)
        }
        ObjectStatement::Rename { kind, name, if_exists, to } => {
            rename::run(session, *kind, name, *if_exists, to)
        }
        ObjectStatement::Comment { target, text } => comment::run(session, target, text.as_deref()),
        ObjectStatement::List(kind) => return list::run(session, *kind, values, text),
        ObjectStatement::DropSchema { name, if_exists, dependents } => {
            schema::drop(session, name, *if_exists, *dependents)
        }
    };
    // Plans and programs of this session may have the old definition written out; other sessions see that the
    // catalog has changed.
    session.forget_plans();
    outcome
}
