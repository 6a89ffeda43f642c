//! `DROP SCHEMA`: a schema is a database.

use linal_dataset::{Error, Result, count};
use linal_error::Code;
use linal_lang::ast::Ident;
use linal_lang::ast::objects::Dependents;

use crate::outcome::Outcome;
use crate::session::Session;
use crate::statement::database;

/// Drops a database that has nothing in it, or with what it has.
pub(super) fn drop(
    session: &mut Session,
    name: &Ident,
    if_exists: bool,
    dependents: Dependents,
) -> Result<Outcome> {
    let catalog = session.catalog_view().catalog();
    if let Some(known) = catalog.find(&name.name).filter(|_| dependents != Dependents::Cascade) {
        let parts = [
            (known.datasets().count(), "dataset"),
            (known.objects().count(), "object"),
            (known.pipelines().count(), "pipeline"),
        ];
        let has: Vec<String> = parts
            .iter()
            .filter(|(number, _)| *number > 0)
            .map(|(number, what)| count(*number, what))
            .collect();
        if !has.is_empty() {
            let message = format!("the schema `{}` has {}", known.name, has.join(", "));
            let error = Error::new(Code::InUse, message).at(name.span);
            return Err(error.with_help("CASCADE drops them, too"));
        }
    }
    database::drop(session, name, if_exists)
}
