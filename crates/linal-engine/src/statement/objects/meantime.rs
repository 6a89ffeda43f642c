//! What other sessions have done to objects that a transaction uses, and it to objects that they use.
//!
//! DROP refuses an object that something uses, but sees only what was committed when it ran. So does a statement that
//! uses an object. Whoever of two transactions commits later compares both.

use std::sync::Arc;

use linal_dataset::catalog::Catalog;
use linal_dataset::objects::Object;
use linal_dataset::{Dataset, Error, Result, Snapshot};
use linal_error::Code;

use super::dependents::{User, listed, users_in};

/// Checks that nothing in `next`, which is about to be committed, uses an object that is gone. `base` is the catalog at the
/// begin of the transaction, `before` that of the last commit. `changed` are the datasets that are about to be published,
/// with their next snapshots.
///
/// # Errors
/// `E0605 conflict` with the object and what uses it.
pub(crate) fn check_dependencies(
    [base, before, next]: [&Catalog; 3],
    changed: &[(Arc<Dataset>, &Snapshot)],
) -> Result<()> {
    let definition = |dataset: &Dataset| {
        let next = changed.iter().find(|(known, _)| std::ptr::eq(&**known, dataset));
        next.map_or_else(|| dataset.definition(), |(_, next)| Arc::new(Snapshot::clone(next)))
    };
    // What this transaction drops, and others use since it has looked.
    for (database, object) in objects(before) {
        if next.find(database).is_some() && now(next, database, object).is_none() {
            let users = users(next, database, object, &definition);
            refuse(object, &users, "is used by", "of another session")?;
        }
    }
    // What others have dropped or replaced, and this transaction uses.
    for (database, object) in objects(base) {
        let now = now(before, database, object);
        let is_other = |now: &Arc<Object>| !Arc::ptr_eq(object, now) && object.written() != now.written();
        if before.find(database).is_none() || now.is_some_and(|now| !is_other(now)) {
            continue;
        }
        let mut added = users(next, database, object, &definition);
        let known = users(before, database, object, &Dataset::definition);
        added.retain(|user| !known.iter().any(|known| known.what() == user.what()));
        match now {
            None => refuse(object, &added, "was dropped by another session, and is used by", "")?,
            // A view or a default means what its names stand for when it is used.
            Some(_) => {
                added.retain(User::is_stored);
                refuse(object, &added, "was replaced by another session, and is used by", "")?;
            }
        }
    }
    Ok(())
}

fn objects(catalog: &Catalog) -> impl Iterator<Item = (&str, &Arc<Object>)> {
    catalog
        .databases()
        .filter(|database| database.has_objects())
        .flat_map(|database| database.objects().map(|object| (&*database.name, object)))
}

/// What a catalog has under the name of an object.
fn now<'c>(catalog: &'c Catalog, database: &str, object: &Object) -> Option<&'c Arc<Object>> {
    catalog.find(database)?.object(object.kind(), &object.name)
}

fn users(
    catalog: &Catalog,
    database: &str,
    object: &Object,
    definition: &dyn Fn(&Dataset) -> Arc<Snapshot>,
) -> Vec<User> {
    let mut users = Vec::new();
    for known in catalog.databases() {
        users_in(known, database, &object.name, object.kind(), Some(object), definition, &mut users);
    }
    users
}

fn refuse(object: &Object, users: &[User], what: &str, whose: &str) -> Result<()> {
    if users.is_empty() {
        return Ok(());
    }
    let message = format!("the {} `{}` {what} {} {whose}", object.kind().word(), object.name, listed(users));
    Err(Error::new(Code::Conflict, message.trim_end()).with_help("nothing was changed; run it again"))
}
