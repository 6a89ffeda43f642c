//! Random statements against a plain model: vectors of rows. The engine is opened again in between, and versions
//! are read back. `LINAL_MODEL_STATEMENTS` makes it longer, `LINAL_SEED` repeats a run.

mod action;
mod compare;
mod random_text;
mod versions;
mod world;

pub use self::action::next;
pub use self::compare::compare;
pub use self::world::World;

use libtest_mimic::{Failed, Trial};
use linal::{Engine, Session};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::{Directory, variable};
use crate::harness::test;

pub fn trials() -> Vec<Trial> {
    vec![test("durable::model::random_statements_do_what_the_model_does", random_statements)]
}

fn random_statements() -> Result<(), Failed> {
    let seed = variable("LINAL_SEED", u64::from(std::process::id()));
    let statements = variable("LINAL_MODEL_STATEMENTS", 600);
    println!("LINAL_SEED={seed}");
    let mut run = Run::new(seed)?;
    while run.statements.len() < statements as usize {
        run.step().and_then(|()| run.look()).map_err(|failed| {
            let message = failed.message().unwrap_or_default();
            let from = run.statements.len().saturating_sub(LAST);
            format!("LINAL_SEED={seed}: {message}\nafter\n{}", shown(&run.statements[from..]))
        })?;
    }
    run.reopen()?;
    run.compare_all()
}

/// Statements, one a line, without the ends of long ones.
pub fn shown(statements: &[impl AsRef<str>]) -> String {
    let lines: Vec<String> = statements.iter().map(|text| format!("{:.160}", text.as_ref())).collect();
    lines.join("\n")
}

/// The number of statements that a failure shows.
const LAST: usize = 30;

struct Run {
    random: StdRng,
    directory: Directory,
    /// The engine and its session; `None` while the directory is closed.
    opened: Option<(Engine, Session)>,
    world: World,
    /// All that was executed.
    statements: Vec<String>,
}

impl Run {
    fn new(seed: u64) -> Result<Run, Failed> {
        let directory = Directory::new();
        let engine = directory.open()?;
        let session = engine.session();
        Ok(Run {
            random: StdRng::seed_from_u64(seed),
            directory,
            opened: Some((engine, session)),
            world: World::default(),
            statements: Vec::new(),
        })
    }

    fn session(&mut self) -> Result<&mut Session, Failed> {
        Ok(self.opened.as_mut().map(|(_, session)| session).ok_or("the directory is closed")?)
    }

    /// Runs an action, which is one commit or none.
    fn step(&mut self) -> Result<(), Failed> {
        let action = next(&mut self.world, &mut self.random);
        for (statement, code) in &action.statements {
            self.statements.push(statement.clone());
            let answer = self.session()?.execute(statement).map(drop);
            let answered = answer.as_ref().err().map(linal::Error::code);
            if answered != *code {
                return Err(format!("{statement}\n  gives {answer:?}, not {code:?}").into());
            }
        }
        let Some((_, session)) = &mut self.opened else { return Ok(()) };
        compare::some(&self.world, &self.world.touched(), session)?;
        versions::note(&mut self.world, session)
    }

    /// Compares a version, or opens the directory again.
    fn look(&mut self) -> Result<(), Failed> {
        if self.random.random_range(0..25) == 0 {
            // Mostly the next statements find what no statement has read yet.
            self.reopen()?;
            return if self.random.random_range(0..4) == 0 { self.compare_all() } else { Ok(()) };
        }
        let Some((_, session)) = &mut self.opened else { return Ok(()) };
        versions::compare_one(&self.world, session, &mut self.random)
    }

    fn reopen(&mut self) -> Result<(), Failed> {
        self.opened = None;
        self.directory.check()?;
        let engine = self.directory.open()?;
        let session = engine.session();
        self.opened = Some((engine, session));
        self.statements.push("# opened again".to_string());
        Ok(())
    }

    fn compare_all(&mut self) -> Result<(), Failed> {
        let Some((_, session)) = &mut self.opened else { return Ok(()) };
        compare(&self.world, session)?;
        versions::compare_all(&self.world, session)
    }
}
