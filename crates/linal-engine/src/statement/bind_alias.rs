//! `BIND alias TO name`: an alias that follows its target.

use std::sync::Arc;

use linal_bind::{DatasetRef, Target, Value, Variable};
use linal_dataset::lineage::{Lineage, Step};
use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_lang::ast::{Ident, ObjectName};

use super::attach;
use crate::outcome::Outcome;
use crate::session::Session;

pub(super) fn run(session: &mut Session, alias: &Ident, target: &ObjectName) -> Result<Outcome> {
    if let Some(value) = of_dataset(session, target)? {
        let text: Vec<&str> = target.parts.iter().map(|part| &*part.name).collect();
        let text = text.join(".");
        attach::bind(session, alias, value, format!("alias of {text}"));
        return Ok(Outcome::Done(format!("{} follows {text}", alias.name)));
    }
    let target = target.parts.last().unwrap_or(alias);
    let (slot, variable) = session.variables.resolve(&target.name).map_err(|error| error.at(target.span))?;
    let lineage = variable.lineage.clone();
    let target_name: Arc<str> = variable.name.clone();
    let alias_slot = session.variables.slot(&alias.name);
    if slot == alias_slot {
        let message = format!("`{}` would be an alias of itself", alias.name);
        return Err(Error::new(Code::CircularAlias, message).at(alias.span));
    }
    let step = Arc::new(Step { name: (&*alias.name).into(), text: format!("alias of {target_name}").into() });
    session.variables.set(
        alias_slot,
        Variable {
            name: step.name.clone(),
            lineage: Lineage::new(step, [lineage]),
            value: Value::Alias(target.name.as_ref().into()),
            strict: false,
            spectrum_length: None,
        },
    );
    Ok(Outcome::Done(format!("{} follows {target_name}", alias.name)))
}

/// The dataset or column of a name: `ds`, `ds.column`, `db.ds`, `db.ds.column`. `None` for the name of a
/// tensor.
fn of_dataset(session: &Session, target: &ObjectName) -> Result<Option<Value>> {
    let locate = |database: Option<&str>, name: &str| {
        session
            .catalog_view()
            .locate(&session.variables, database, name)
            .map_err(|error| error.at(target.span))
    };
    let reference =
        |found: &Target| DatasetRef { database: found.database.clone(), name: found.dataset.name() };
    match target.parts.as_slice() {
        [name] => {
            let tensor = session.variables.find(&name.name).is_some();
            if tensor && session.variables.dataset_alias(&name.name).is_none() {
                return Ok(None);
            }
            Ok(locate(None, &name.name)?.map(|found| Value::Dataset(reference(&found))))
        }
        [base, name] => match locate(None, &base.name)? {
            Some(found) => column(&found, reference(&found), name).map(Some),
            None => Ok(Some(Value::Dataset(reference(&session.dataset(target)?)))),
        },
        [database, base, name] => {
            let view = session.catalog_view();
            let found = view.find(&session.variables, Some(&database.name), &base.name);
            let found = found.map_err(|error| error.at(target.span))?;
            column(&found, reference(&found), name).map(Some)
        }
        _ => Err(Error::new(Code::UnknownName, "a column is named `dataset.column`").at(target.span)),
    }
}

fn column(found: &Target, dataset: DatasetRef, name: &Ident) -> Result<Value> {
    let definition = found.dataset.definition();
    let at = definition.column(&name.name).map_err(|error| error.at(name.span))?;
    Ok(Value::Column(dataset, definition.columns[at].name.clone()))
}
