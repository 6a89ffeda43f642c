//! `BIND alias TO name`: an alias that follows its target.

use std::sync::Arc;

use linal_lang::ast::{Ident, ObjectName};

use crate::error::{Error, Result};
use crate::lineage::{Lineage, Step};
use crate::outcome::Outcome;
use crate::session::{Session, Value, Variable};

pub(super) fn run(session: &mut Session, alias: &Ident, target: &ObjectName) -> Result<Outcome> {
    let Some(target) = target.as_single() else {
        return Err(Error::not_yet("BIND to a column").at(target.span));
    };
    let (slot, variable) = session.variables.resolve(&target.name).map_err(|error| error.at(target.span))?;
    let lineage = variable.lineage.clone();
    let target_name: Arc<str> = variable.name.clone();
    let alias_slot = session.variables.slot(&alias.name);
    if slot == alias_slot {
        let message = format!("`{}` would be an alias of itself", alias.name);
        return Err(Error::new("E0305", "circular_alias", message).at(alias.span));
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
