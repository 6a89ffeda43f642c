//! Statements that are no part of transactions.

use rand::RngExt;
use rand::rngs::StdRng;

use super::super::world::{DEFAULT, Database, World};
use super::Action;

/// One of them, or none when the world has nothing for it.
pub fn change(world: &mut World, random: &mut StdRng, action: &mut Action) {
    match random.random_range(0..12) {
        0..=2 => action.push("CHECKPOINT"),
        3..=5 => restore(world, random, action),
        6..=7 => undrop(world, random, action),
        8..=9 => expire(world, random, action),
        10 => create_database(world, random, action),
        _ => drop_database(world, random, action),
    }
}

fn restore(world: &mut World, random: &mut StdRng, action: &mut Action) {
    let Some(name) = super::change::some(world.names(), random) else { return };
    let table = world.table(&name);
    let Some(version) = super::change::some(table.readable(), random) else { return };
    table.now = table.versions[&version].clone();
    table.is_touched = true;
    action.push(format!("RESTORE DATASET `{}`.{} TO VERSION {version}", name.0, name.1));
}

fn undrop(world: &mut World, random: &mut StdRng, action: &mut Action) {
    let free = |contents: &Database| {
        let names = contents.dropped.keys().filter(|name| !contents.tables.contains_key(*name));
        names.cloned().collect::<Vec<_>>()
    };
    let dropped: Vec<(String, String)> = world
        .databases
        .iter()
        .flat_map(|(database, contents)| free(contents).into_iter().map(|name| (database.clone(), name)))
        .collect();
    let Some((database, name)) = super::change::some(dropped, random) else { return };
    action.push(format!("RESTORE DATASET `{database}`.{name}"));
    let contents = world.database(&database);
    if let Some(mut table) = contents.dropped.remove(&name) {
        table.is_touched = true;
        contents.tables.insert(name, table);
    }
}

fn expire(world: &mut World, random: &mut StdRng, action: &mut Action) {
    let Some(name) = super::change::some(world.names(), random) else { return };
    let keep = random.random_range(1..5);
    action.push(format!("EXPIRE VERSIONS `{}`.{} KEEP {keep}", name.0, name.1));
    let is_known = world.knows_versions;
    let table = world.table(&name);
    let last = table.last;
    table.versions.retain(|version, _| is_known && version + keep > last);
}

fn create_database(world: &mut World, random: &mut StdRng, action: &mut Action) {
    let name = ["lab", "shop"][random.random_range(0..2)];
    if !world.databases.contains_key(name) {
        action.push(format!("CREATE DATABASE {name}"));
        world.databases.insert(name.to_string(), Database::default());
    }
}

fn drop_database(world: &mut World, random: &mut StdRng, action: &mut Action) {
    let names = world.databases.keys().filter(|name| *name != DEFAULT).cloned().collect();
    if let Some(name) = super::change::some(names, random) {
        action.push(format!("DROP DATABASE {name}"));
        world.databases.remove(&name);
    }
}
