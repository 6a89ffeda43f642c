//! Versions of datasets: their numbers, and what they have.

use std::collections::BTreeMap;

use libtest_mimic::Failed;
use linal::{Code, Session};
use rand::rngs::StdRng;

use super::super::directory::rows;
use super::action::some;
use super::compare::state;
use super::world::{State, World};
use crate::harness::ensure;

/// Notes the versions that an action has made: one for each dataset with other rows or columns, at most one for
/// each dataset that was named.
pub fn note(world: &mut World, session: &mut Session) -> Result<(), Failed> {
    for (database, contents) in &mut world.databases {
        for (name, table) in contents.tables.iter_mut().filter(|(_, table)| table.is_touched) {
            let name = format!("`{database}`.{name}");
            let last = listed(session, &name)?.keys().last().copied().unwrap_or(0);
            let has_changed = table.versions.get(&table.last) != Some(&table.now);
            let made = last.checked_sub(table.last).ok_or_else(|| format!("{name}: version {last}"))?;
            ensure(made == 1 || made == 0 && !has_changed, || {
                format!("{name}: version {last} after {}, changed: {has_changed}", table.last)
            })?;
            table.last = last;
            table.versions.insert(last, table.now.clone());
            table.is_touched = false;
        }
    }
    Ok(())
}

/// The versions of a dataset, with their numbers of rows.
fn listed(session: &mut Session, name: &str) -> Result<BTreeMap<u64, usize>, Failed> {
    let query = format!("LIST DATASET VERSIONS {name}");
    let mut versions = BTreeMap::new();
    for row in rows(session, &query)? {
        versions.insert(row[0].parse()?, row[3].parse()?);
    }
    Ok(versions)
}

/// Compares a version of a dataset.
pub fn compare_one(world: &World, session: &mut Session, random: &mut StdRng) -> Result<(), Failed> {
    let Some((database, name)) = some(world.names(), random) else { return Ok(()) };
    let table = &world.databases[&database].tables[&name];
    let version = some(table.readable(), random).ok_or("no version")?;
    one(session, &format!("`{database}`.{name}"), version, &table.versions[&version])
}

/// Compares all versions, and the list of them.
pub fn compare_all(world: &World, session: &mut Session) -> Result<(), Failed> {
    for (database, name) in world.names() {
        let table = &world.databases[&database].tables[&name];
        let name = format!("`{database}`.{name}");
        let expected: BTreeMap<u64, usize> =
            table.versions.iter().map(|(version, then)| (*version, then.rows.len())).collect();
        let versions = listed(session, &name)?;
        ensure(versions == expected, || format!("{name}: versions {versions:?}, not {expected:?}"))?;
        for (version, then) in &table.versions {
            one(session, &name, *version, then)?;
        }
    }
    Ok(())
}

fn one(session: &mut Session, name: &str, version: u64, then: &State) -> Result<(), Failed> {
    let query = format!("SELECT * FROM {name} AT VERSION {version}");
    if then.columns.is_empty() {
        let code = session.execute(&query).err().map(|error| error.code());
        return ensure(code == Some(Code::UnknownVersion), || format!("{query}: {code:?}"));
    }
    state(session, &query, then)
}
