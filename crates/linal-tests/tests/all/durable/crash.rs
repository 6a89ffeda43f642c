//! The command line is killed at random moments: what it has acknowledged is there whole, everything else is absent
//! whole, and the directory has no faults. `LINAL_CRASHES` is the number of kills, `LINAL_SEED` repeats a run.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;
use std::time::Duration;

use libtest_mimic::{Failed, Trial};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::directory::{linal, program};
use super::model::{World, compare, next, shown};
use super::{Directory, variable};
use crate::harness::{ensure, test};

pub fn trials() -> Vec<Trial> {
    let missing = program().is_none();
    vec![test("durable::crash::kills_lose_nothing_acknowledged", kills).with_ignored_flag(missing)]
}

/// The actions of one script. A process runs it to its end when it is not killed before.
const ACTIONS: usize = 60;

/// What the script prints after an action.
const DONE: &str = "acknowledged ";

fn kills() -> Result<(), Failed> {
    let kills = variable("LINAL_CRASHES", 15);
    let seed = variable("LINAL_SEED", u64::from(std::process::id()));
    println!("LINAL_SEED={seed}");
    let mut crashes = Crashes {
        random: StdRng::seed_from_u64(seed),
        directory: Directory::new(),
        aside: Directory::new(),
        world: World { knows_versions: false, ..World::default() },
        acknowledged: 0,
    };
    fs::create_dir_all(crashes.aside.path())?;
    for kill in 0..kills {
        crashes.kill().map_err(|failed| {
            format!("LINAL_SEED={seed}, kill {kill}: {}", failed.message().unwrap_or_default())
        })?;
    }
    ensure(crashes.acknowledged > 0, || "no action came to its end".into())
}

struct Crashes {
    random: StdRng,
    directory: Directory,
    /// For the script and for backups.
    aside: Directory,
    world: World,
    /// Number of acknowledged actions of all processes.
    acknowledged: usize,
}

impl Crashes {
    /// Runs a script in a process, kills it, and looks at what it has left.
    fn kill(&mut self) -> Result<(), Failed> {
        let (script, worlds) = self.script();
        let done = self.run(&script).map_err(|failed| {
            let lines: Vec<&str> = script.lines().collect();
            format!("{}\nin\n{}", failed.message().unwrap_or_default(), shown(&lines))
        })?;
        self.acknowledged += done;
        self.check()?;
        let mut session = self.directory.open()?.session();
        let mut differences = Vec::new();
        // The action after the last acknowledged one may have come to its end, too.
        for world in worlds[done..].iter().take(2) {
            match compare(world, &mut session) {
                Ok(()) => {
                    self.world = world.clone();
                    // The action after it may have been an expiry, which rows do not tell.
                    if let Some(next) = worlds.get(done + 1) {
                        self.world.forget_versions_unknown_to(next);
                    }
                    return Ok(());
                }
                Err(difference) => differences.push(difference.message().unwrap_or_default().to_string()),
            }
        }
        let last = script.find(&format!("{DONE}{done}'")).unwrap_or(0);
        let then: Vec<&str> = script[last..].lines().skip(1).take(12).collect();
        let differences = differences.join("\nor: ");
        Err(format!("after {done} actions: {differences}\nthen came\n{}", shown(&then)).into())
    }

    /// Random actions, each with a query after it that prints its number; and the worlds before and after each.
    fn script(&mut self) -> (String, Vec<World>) {
        let mut world = self.world.clone();
        let mut worlds = vec![world.clone()];
        let mut script = String::new();
        for number in 1..=ACTIONS {
            let action = next(&mut world, &mut self.random);
            let statements = action.statements.iter().filter(|(_, error)| error.is_none());
            statements.for_each(|(statement, _)| script.extend([statement, "\n"]));
            if self.random.random_range(0..20) == 0 {
                let target = self.aside.path().join(number.to_string());
                script.push_str(&format!("BACKUP DATABASE default TO '{}'\n", target.display()));
            }
            script.push_str(&format!("SELECT '{DONE}{number}' AS done\n"));
            worlds.push(world.clone());
        }
        (script, worlds)
    }

    /// Runs a script and kills it. Returns the number of the last action that was acknowledged.
    fn run(&mut self, script: &str) -> Result<usize, Failed> {
        let file = self.aside.path().join("script.lnl");
        fs::write(&file, script)?;
        let mut child = Command::new(program().ok_or("the program `linal` was not built")?)
            .args(["run", "--format", "csv", "--data"])
            .args([self.directory.path(), file.as_path()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut output = BufReader::new(child.stdout.take().ok_or("no output")?);
        let wanted = self.random.random_range(0..ACTIONS);
        let mut done = acknowledged(&mut output, wanted);
        let pause = if wanted == 0 { 400_000 } else { 25_000 };
        thread::sleep(Duration::from_micros(self.random.random_range(0..pause)));
        child.kill()?;
        // What it has printed before it was killed counts.
        done = done.max(acknowledged(&mut output, usize::MAX));
        self.remove_backups();
        ended(child).map(|()| done)
    }

    fn remove_backups(&self) {
        for number in 1..=ACTIONS {
            let _ = fs::remove_dir_all(self.aside.path().join(number.to_string()));
        }
    }

    fn check(&self) -> Result<(), Failed> {
        // A process that was killed while it made the directory leaves nothing to check.
        drop(self.directory.open()?);
        let checked = linal(&["check", &self.directory.path().display().to_string()])?;
        let text = String::from_utf8_lossy(&checked.stdout).into_owned();
        ensure(checked.status.success() && text == "no faults\n", || {
            format!("linal check: {text} {checked:?}")
        })
    }
}

/// Reads lines until a number is acknowledged, or to the end. Returns the last one.
fn acknowledged(output: &mut BufReader<ChildStdout>, wanted: usize) -> usize {
    let mut done = 0;
    while done < wanted {
        let mut line = String::new();
        match output.read_line(&mut line) {
            Ok(0) | Err(_) => break,
            Ok(_) => {}
        }
        let whole = line.strip_suffix('\n').and_then(|line| line.strip_prefix(DONE));
        let number = whole.and_then(|number| number.parse().ok());
        done = number.unwrap_or(done);
    }
    done
}

/// Fails when the process has ended by itself and with an error.
fn ended(mut child: Child) -> Result<(), Failed> {
    let status = child.wait()?;
    let mut errors = String::new();
    if let Some(mut stderr) = child.stderr.take() {
        stderr.read_to_string(&mut errors)?;
    }
    ensure(status.code().is_none_or(|code| code == 0), || format!("{status}: {errors}"))
}
