//! Runs a script and collects its output.

use linal::render::{Format, RenderOptions, render, session_notices};
use linal::{Engine, EngineOptions, Error, Fragment, Outcome, Session, SyntaxError, split};
use linal_lang::LineIndex;

use super::directory::Directory;
use super::script::Printed;
use super::{Script, Variant};

/// A session of a separate engine, with limits that do not depend on the machine.
pub fn session(threads: usize) -> (Engine, Session) {
    let engine = Engine::new(options(threads));
    let session = engine.session();
    (engine, session)
}

fn options(threads: usize) -> EngineOptions {
    EngineOptions { memory_limit: Some(2_000_000_000), threads: Some(threads), ..EngineOptions::default() }
}

/// A session for a variant.
fn session_of(variant: Variant, directory: Option<&Directory>) -> Result<(Engine, Session), String> {
    let partition_above = variant.partitions_all().then_some(0);
    let options = EngineOptions { partition_above, ..options(variant.threads()) };
    let engine = match directory {
        Some(directory) => Engine::open(directory.path(), options).map_err(|error| error.to_string())?,
        None => Engine::new(options),
    };
    let mut session = engine.session();
    if let Some(size) = variant.batch_size() {
        session.execute(&format!("SET batch_size = {size}")).map_err(|error| error.to_string())?;
    }
    Ok((engine, session))
}

/// The output of a run of a script.
pub(super) struct Run {
    pub printed: Vec<Printed>,
    pub failed: bool,
}

/// Datasets belong to the database and outlive a session: their memory must be released when they are
/// dropped.
fn drop_datasets(session: &mut Session) -> Result<(), String> {
    // A script may leave a transaction open.
    let _ = session.execute("ROLLBACK");
    drop_objects(session)?;
    let listed = session.execute("LIST DATASETS").map_err(|error| error.to_string())?;
    let Outcome::Rows(rows) = listed else { return Err("LIST DATASETS gave no rows".into()) };
    let mut left: Vec<String> = (0..rows.num_rows()).filter_map(|row| rows.text(row, 0)).collect();
    // A dataset that others refer to is dropped behind them.
    while !left.is_empty() {
        let (before, mut refused) = (left.len(), None);
        left.retain(|name| {
            let dropped = session.execute(&format!("DROP DATASET `{}`", name.replace('`', "``")));
            dropped.map_err(|error| refused = Some(error.to_string())).is_err()
        });
        if left.len() == before {
            return Err(refused.unwrap_or_default());
        }
    }
    Ok(())
}

/// Views, macros, sequences and types outlive a session, too, and a second run makes them anew.
fn drop_objects(session: &mut Session) -> Result<(), String> {
    let kinds = [("VIEWS", "VIEW"), ("MACROS", "MACRO"), ("SEQUENCES", "SEQUENCE"), ("TYPES", "TYPE")];
    for (all, one) in kinds {
        // A tensor of the script may have the name.
        let Ok(Outcome::Rows(rows)) = session.execute(&format!("SHOW {all}")) else { continue };
        for row in 0..rows.num_rows() {
            let name = rows.text(row, 0).unwrap_or_default().replace('`', "``");
            let statement = format!("DROP {one} IF EXISTS `{name}` CASCADE");
            session.execute(&statement).map_err(|error| error.to_string())?;
        }
    }
    Ok(())
}

/// Runs a script in a new engine.
///
/// # Errors
/// A violation of what holds for all scripts: a failed statement changed a name, or memory was not released.
pub(super) fn run(script: &Script, variant: Variant) -> Result<Run, String> {
    let directory = (script.has_directory || variant == Variant::Durable).then(Directory::new);
    let mut opened = open(script, variant, directory.as_ref())?;
    let mut run = Run { printed: Vec::new(), failed: false };
    for round in 0..variant.rounds() {
        if round > 0 && script.has_directory {
            return Err("a script with a directory skips the variant `twice`".to_string());
        }
        run = once(script, variant, &mut opened, directory.as_ref())?;
        if let Some(directory) = &directory {
            // A script may leave a transaction open.
            let _ = opened.session.execute("ROLLBACK");
            directory.compare(&mut opened.session)?;
        }
        drop_datasets(&mut opened.session)?;
    }
    let Opened { engine, session } = opened;
    drop(session);
    match engine.memory_used() {
        0 => Ok(run),
        bytes => Err(format!("{bytes} bytes are still in use after the session ended")),
    }
}

struct Opened {
    engine: Engine,
    session: Session,
}

fn open(script: &Script, variant: Variant, directory: Option<&Directory>) -> Result<Opened, String> {
    let (engine, mut session) = session_of(variant, directory)?;
    for (name, value) in &script.variables {
        session.set_variable(name, value);
    }
    Ok(Opened { engine, session })
}

fn once(
    script: &Script,
    variant: Variant,
    opened: &mut Opened,
    directory: Option<&Directory>,
) -> Result<Run, String> {
    let mut run = Run { printed: Vec::new(), failed: false };
    let places = Places::new(&script.text);
    let mut end = 0;
    for (fragment, line) in places.fragments {
        if let Ok(fragment) = &fragment {
            if script.reopens(end, fragment.span.start) {
                // The directory is closed before it is opened again.
                *opened = Opened { engine: Engine::default(), session: Engine::default().session() };
                *opened = open(script, variant, directory)?;
            }
            end = fragment.span.end;
        }
        let session = &mut opened.session;
        let before = session.names();
        let text = match result(script, variant, session, fragment) {
            Ok(outcome) => printed(&outcome, session)?,
            Err(error) => {
                run.failed = true;
                if session.names() != before {
                    return Err(format!("{}:{line}: a failed statement changed a name", script.name));
                }
                error.render(&script.text, Some(&script.name), false)
            }
        };
        run.printed.push(Printed { line, text });
    }
    Ok(run)
}

fn result(
    script: &Script,
    variant: Variant,
    session: &mut Session,
    fragment: Result<Fragment, SyntaxError>,
) -> Result<Outcome, Error> {
    let span = fragment?.span;
    let statement = span.text(&script.text);
    for _ in 1..variant.times(statement) {
        session.execute_fragment(&script.text, span)?;
    }
    match variant.prefix(statement) {
        "" => session.execute_fragment(&script.text, span),
        prefix => session.execute(&format!("{prefix}{statement}")),
    }
}

fn printed(outcome: &Outcome, session: &Session) -> Result<String, String> {
    let setting = |name: &str| session.setting(name).and_then(|value| value.parse().ok());
    let defaults = RenderOptions::default();
    let options = RenderOptions {
        max_rows: setting("max_rows").unwrap_or(defaults.max_rows),
        max_width: setting("max_width").unwrap_or(defaults.max_width),
        ..defaults
    };
    let mut out = Vec::new();
    render(outcome, Format::Table, &options, &mut out).map_err(|error| error.to_string())?;
    session_notices(session, &mut out).map_err(|error| error.to_string())?;
    String::from_utf8(out).map_err(|error| error.to_string())
}

/// The statements of a script, each with the line below which its output stands: its last line, unless
/// another statement continues there.
struct Places {
    fragments: Vec<(Result<Fragment, SyntaxError>, usize)>,
}

impl Places {
    fn new(text: &str) -> Places {
        let lines = LineIndex::new(text);
        let line = |at: usize| lines.line(at);
        let mut fragments: Vec<(Result<Fragment, SyntaxError>, usize)> = Vec::new();
        // From the last to the first, since a shared line belongs to the last statement.
        let mut next_start = text.len();
        let mut next_line = usize::MAX;
        for fragment in split(text).collect::<Vec<_>>().into_iter().rev() {
            let (start, own_end) = match &fragment {
                Ok(fragment) => (fragment.span.start, line(fragment.span.end)),
                // An error may be far before the start of the next statement.
                Err(error) => {
                    let start = text[..error.span.start].rfind('\n').map_or(0, |end| end + 1);
                    (start, last_line_of_code(text, start, next_start, &lines))
                }
            };
            let end =
                if next_line != usize::MAX && own_end >= line(next_start) { next_line } else { own_end };
            (next_start, next_line) = (start, end);
            fragments.push((fragment, end));
        }
        fragments.reverse();
        Places { fragments }
    }
}

/// The last line between two offsets that is neither blank nor a comment.
fn last_line_of_code(text: &str, start: usize, end: usize, lines: &LineIndex) -> usize {
    let first = lines.line(start);
    let between = text.get(start..end).unwrap_or_default().lines().enumerate();
    let is_code = |line: &str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    between.filter(|(_, line)| is_code(line)).map(|(offset, _)| first + offset).last().unwrap_or(first)
}
