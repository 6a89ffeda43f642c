//! Durability as users see it: through sessions of engines with a database directory, and through the command
//! line. The store has tests of its own.

mod appends;
mod crash;
mod directory;
mod format;
mod isolation;
mod loads;
mod model;
mod objects;
mod packages;
mod processes;
mod reopening;
mod saved;
mod stopped;

use libtest_mimic::Trial;

use self::directory::Directory;

pub fn trials() -> Vec<Trial> {
    let groups = [
        appends::trials(),
        crash::trials(),
        format::trials(),
        isolation::trials(),
        loads::trials(),
        model::trials(),
        objects::trials(),
        packages::trials(),
        processes::trials(),
        reopening::trials(),
        saved::trials(),
        stopped::trials(),
    ];
    groups.into_iter().flatten().collect()
}

/// A number from the environment.
fn variable(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}
