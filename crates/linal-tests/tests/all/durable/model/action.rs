//! Random actions: their statements, and what they change in the model.

mod change;
mod whole;

use linal::Code;
use rand::RngExt;
use rand::rngs::StdRng;

use super::world::World;

pub use self::change::some;

/// Statements that make one commit or none, with the codes of their errors.
#[derive(Clone, Debug, Default)]
pub struct Action {
    pub statements: Vec<(String, Option<Code>)>,
}

impl Action {
    fn push(&mut self, statement: impl Into<String>) {
        self.statements.push((statement.into(), None));
    }
}

/// The next action, which the world has already seen.
pub fn next(world: &mut World, random: &mut StdRng) -> Action {
    let mut action = Action::default();
    match random.random_range(0..20) {
        0..=3 => whole::change(world, random, &mut action),
        4..=8 => transaction(world, random, &mut action),
        _ => change::any(world, random, &mut action),
    }
    world.committed();
    action
}

/// Several changes with COMMIT or ROLLBACK.
fn transaction(world: &mut World, random: &mut StdRng, action: &mut Action) {
    let mut next = world.clone();
    action.push("BEGIN");
    for _ in 0..random.random_range(1..6) {
        change::any(&mut next, random, action);
    }
    if random.random_range(0..4) == 0 {
        action.push("ROLLBACK");
    } else {
        action.push("COMMIT");
        *world = next;
    }
}
