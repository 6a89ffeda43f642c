//! Changes of rows, columns, names and tensors, alone or within transactions.

use linal::Code;
use rand::RngExt;
use rand::rngs::StdRng;

use super::super::random_text::{Condition, present, row, value};
use super::super::world::{Column, DEFAULT, Kind, State, Table, World};
use super::Action;

/// The full name of a dataset.
type Name = (String, String);

/// Above this number of rows a dataset is emptied before it grows again.
const MOST_ROWS: usize = 2500;

/// One of the changes. A world without datasets gets one.
pub fn any(world: &mut World, random: &mut StdRng, action: &mut Action) {
    let Some(name) = some(world.names(), random) else { return create(world, random, action) };
    match random.random_range(0..42) {
        0..=2 => create(world, random, action),
        3..=4 => drop_dataset(world, &name, action),
        5..=14 => insert(world, &name, random, action),
        15 => insert_wrong(world, &name, action),
        16 => insert_many(world, &name, action),
        17..=24 => update(world, &name, random, action),
        25..=29 => delete(world, &name, random, action),
        30..=31 => add_column(world, &name, random, action),
        32 => drop_column(world, &name, random, action),
        33..=34 => rename_column(world, &name, random, action),
        35..=36 => rename(world, &name, random, action),
        37..=38 => set_default(world, &name, random, action),
        _ => save_tensor(world, random, action),
    }
}

/// One of several, if there are any.
pub fn some<T>(mut all: Vec<T>, random: &mut StdRng) -> Option<T> {
    if all.is_empty() { None } else { Some(all.swap_remove(random.random_range(0..all.len()))) }
}

fn full((database, name): &Name) -> String {
    format!("`{database}`.{name}")
}

/// The state of a dataset that a statement changes.
fn changing<'w>(world: &'w mut World, name: &Name) -> &'w mut State {
    let table = world.table(name);
    table.is_touched = true;
    &mut table.now
}

fn column_name(world: &mut World) -> String {
    world.next_column += 1;
    format!("c{}", world.next_column)
}

/// A database and a name in it that no dataset has.
fn free(world: &World, database: Option<&str>, random: &mut StdRng) -> Option<Name> {
    let database = match database {
        Some(database) => database.to_string(),
        None => some(world.databases.keys().cloned().collect(), random)?,
    };
    let tables = &world.databases[&database].tables;
    let names = ["a", "b", "d", "e"].into_iter().filter(|name| !tables.contains_key(*name));
    some(names.collect(), random).map(|name| (database, name.to_string()))
}

fn column(name: String, kind: Kind) -> Column {
    Column { name, kind, default: "NULL".to_string() }
}

fn create(world: &mut World, random: &mut StdRng, action: &mut Action) {
    let Some(name) = free(world, None, random) else { return };
    let mut columns = vec![column("id".to_string(), Kind::Int)];
    for _ in 0..random.random_range(0..4) {
        let name = column_name(world);
        columns.push(column(name, Kind::ALL[random.random_range(0..3)]));
    }
    let optional = columns[1..].iter().map(|column| format!(", {}: {}?", column.name, column.kind.name()));
    action.push(format!("DATASET {} COLUMNS (id: Int{})", full(&name), optional.collect::<String>()));
    let table = Table { now: State { columns, rows: Vec::new() }, is_touched: true, ..Table::default() };
    world.database(&name.0).tables.insert(name.1, table);
}

fn drop_dataset(world: &mut World, name: &Name, action: &mut Action) {
    action.push(format!("DROP DATASET {}", full(name)));
    let database = world.database(&name.0);
    // What no commit has had does not come back.
    let table = database.tables.remove(&name.1);
    database.dropped.extend(table.and_then(Table::dropped));
}

fn insert(world: &mut World, name: &Name, random: &mut StdRng, action: &mut Action) {
    let count = [1, 1, 2, 20][random.random_range(0..4)];
    let first = world.next_id;
    world.next_id += count;
    let state = changing(world, name);
    let mut texts = Vec::new();
    for id in first..first + count {
        let (text, shown) = row(&state.columns, id, random);
        texts.push(text);
        state.rows.push(shown);
    }
    action.push(format!("INSERT INTO {} VALUES {}", full(name), texts.join(", ")));
}

/// The last row has no `id`, so that none is inserted.
fn insert_wrong(world: &mut World, name: &Name, action: &mut Action) {
    let id = world.next_id;
    world.table(name).is_touched = true;
    let statement = format!("INSERT INTO {} (id) VALUES ({id}), (NULL)", full(name));
    action.statements.push((statement, Some(Code::NotNull)));
}

/// More rows than the catalog keeps: they go to a segment.
fn insert_many(world: &mut World, name: &Name, action: &mut Action) {
    let count = 1100;
    let first = world.next_id;
    world.next_id += count;
    let state = changing(world, name);
    if state.rows.len() > MOST_ROWS {
        state.rows.clear();
        action.push(format!("DELETE FROM {}", full(name)));
        return;
    }
    for id in first..first + count {
        let mut row: Vec<String> = state.columns.iter().map(|column| column.default.clone()).collect();
        row[0] = id.to_string();
        state.rows.push(row);
    }
    let rows = format!("SELECT row + {first} FROM ROWS(ARANGE 0, {count})");
    action.push(format!("INSERT INTO {} (id) {rows}", full(name)));
}

fn update(world: &mut World, name: &Name, random: &mut StdRng, action: &mut Action) {
    let condition = Condition::new(world.next_id, random);
    let state = changing(world, name);
    let at = random.random_range(0..state.columns.len());
    if at == 0 {
        return;
    }
    let column = state.columns[at].clone();
    let set = value(column.kind, random);
    let counts = column.kind == Kind::Int && random.random_range(0..2) == 0;
    let expression = if counts { format!("id * 3 + {}", set.literal) } else { set.literal };
    for row in state.rows.iter_mut().filter(|row| condition.holds(row)) {
        row[at] = if counts { counted(&row[0], &set.shown) } else { set.shown.clone() };
    }
    action.push(format!("UPDATE {} SET {} = {expression}{}", full(name), column.name, condition.clause()));
}

/// `id * 3 + value`.
fn counted(id: &str, value: &str) -> String {
    match (id.parse::<i64>(), value.parse::<i64>()) {
        (Ok(id), Ok(value)) => (id * 3 + value).to_string(),
        _ => "NULL".to_string(),
    }
}

fn delete(world: &mut World, name: &Name, random: &mut StdRng, action: &mut Action) {
    let condition = Condition::new(world.next_id, random);
    changing(world, name).rows.retain(|row| !condition.holds(row));
    action.push(format!("DELETE FROM {}{}", full(name), condition.clause()));
}

fn add_column(world: &mut World, name: &Name, random: &mut StdRng, action: &mut Action) {
    let mut column = column(column_name(world), Kind::ALL[random.random_range(0..3)]);
    let has_default = column.kind != Kind::Vector && random.random_range(0..2) == 0;
    let default = has_default.then(|| present(column.kind, random));
    let clause = default.as_ref().map(|value| format!(" DEFAULT {}", value.literal)).unwrap_or_default();
    let (spelled, kind) = (&column.name, column.kind.name());
    action.push(format!("ALTER DATASET {} ADD COLUMN {spelled}: {kind}{clause}", full(name)));
    if let Some(default) = default {
        column.default = default.shown;
    }
    let state = changing(world, name);
    state.rows.iter_mut().for_each(|row| row.push(column.default.clone()));
    state.columns.push(column);
}

/// Another default, or none any more, which no row notices that is there.
fn set_default(world: &mut World, name: &Name, random: &mut StdRng, action: &mut Action) {
    let Some(at) = some_column(world, name, random) else { return };
    let column = &mut changing(world, name).columns[at];
    let spelled = format!("ALTER TABLE {} ALTER COLUMN {}", full(name), column.name);
    if column.kind == Kind::Vector || random.random_range(0..3) == 0 {
        column.default = "NULL".to_string();
        action.push(format!("{spelled} DROP DEFAULT"));
    } else {
        let default = present(column.kind, random);
        column.default = default.shown;
        action.push(format!("{spelled} SET DEFAULT {}", default.literal));
    }
}

/// The position of a column other than `id`.
fn some_column(world: &mut World, name: &Name, random: &mut StdRng) -> Option<usize> {
    some((1..world.table(name).now.columns.len()).collect(), random)
}

fn drop_column(world: &mut World, name: &Name, random: &mut StdRng, action: &mut Action) {
    let Some(at) = some_column(world, name, random) else { return };
    let state = changing(world, name);
    let column = state.columns.remove(at);
    state.rows.iter_mut().for_each(|row| drop(row.remove(at)));
    action.push(format!("ALTER DATASET {} DROP COLUMN {}", full(name), column.name));
}

fn rename_column(world: &mut World, name: &Name, random: &mut StdRng, action: &mut Action) {
    let Some(at) = some_column(world, name, random) else { return };
    let to = column_name(world);
    let column = &mut changing(world, name).columns[at];
    action.push(format!("ALTER DATASET {} RENAME COLUMN {} TO {to}", full(name), column.name));
    column.name = to;
}

fn rename(world: &mut World, name: &Name, random: &mut StdRng, action: &mut Action) {
    let Some((database, to)) = free(world, Some(&name.0), random) else { return };
    action.push(format!("ALTER DATASET {} RENAME TO {to}", full(name)));
    let tables = &mut world.database(&database).tables;
    if let Some(mut table) = tables.remove(&name.1) {
        table.is_touched = true;
        tables.insert(to, table);
    }
}

/// Saved tensors are those of the database `default`, which sessions begin in.
fn save_tensor(world: &mut World, random: &mut StdRng, action: &mut Action) {
    debug_assert!(world.databases.contains_key(DEFAULT));
    let name = ["x", "y"][random.random_range(0..2)];
    let values: Vec<i64> = (0..random.random_range(1..5)).map(|_| random.random_range(-9..10)).collect();
    action.push(format!("LET {name} = {values:?}"));
    action.push(format!("SAVE TENSOR {name}"));
    let elements: Vec<f64> = values.iter().map(|value| *value as f64).collect();
    world.tensors.insert(name.to_string(), format!("{elements:?}"));
}
