//! The prompt.

mod complete;
mod highlight;
mod hint;
mod history;
mod prompt;
mod validator;
mod vocabulary;

use std::env;
use std::io::{self, Write};

use linal::Session;
use reedline::{
    ColumnarMenu, Emacs, KeyCode, KeyModifiers, MenuBuilder, Reedline, ReedlineEvent, ReedlineMenu, Signal,
    default_emacs_keybindings,
};

use crate::args::Options;
use crate::exit::Exit;
use crate::interrupt::{Activity, Interrupt};
use crate::output::{self, Output};
use crate::run;
use crate::script::Script;
use complete::WordCompleter;
use highlight::SyntaxHighlighter;
use hint::FormHinter;
use prompt::LinalPrompt;
use validator::WholeStatements;
use vocabulary::Vocabulary;

const MENU: &str = "words";

/// Reads and runs statements until Ctrl-D, `exit` or `quit`.
///
/// # Errors
/// Those of the terminal.
pub fn run(session: &mut Session, options: &Options, interrupt: &Interrupt) -> io::Result<Exit> {
    let vocabulary = Vocabulary::new(session);
    let mut editor = editor(&vocabulary);
    greet()?;
    loop {
        interrupt.enter(Activity::Prompt);
        let signal = editor.read_line(&LinalPrompt);
        interrupt.clear();
        interrupt.enter(Activity::Other);
        match signal.map_err(io::Error::other)? {
            Signal::Success(text) if is_exit_command(&text) => return Ok(Exit::Success),
            Signal::Success(text) => {
                let mut output = Output::new(options, true);
                run::script(&Script::typed(text), session, options.keep_going, &mut output, interrupt)?;
                vocabulary.learn(session);
            }
            Signal::CtrlD => return Ok(Exit::Success),
            _ => {}
        }
    }
}

/// Reads statements of a server until Ctrl-D, `exit` or `quit`. Completion knows the language, and no names of the
/// server.
///
/// # Errors
/// Those of the terminal and of `run`.
#[cfg(feature = "server")]
pub fn read(mut run: impl FnMut(&str) -> io::Result<()>) -> io::Result<Exit> {
    let mut editor = editor(&Vocabulary::new(&linal::Engine::default().session()));
    greet()?;
    loop {
        match editor.read_line(&LinalPrompt).map_err(io::Error::other)? {
            Signal::Success(text) if is_exit_command(&text) => return Ok(Exit::Success),
            Signal::Success(text) => run(&text)?,
            Signal::CtrlD => return Ok(Exit::Success),
            _ => {}
        }
    }
}

fn greet() -> io::Result<()> {
    let version = env!("CARGO_PKG_VERSION");
    writeln!(
        io::stdout(),
        "linal {version}. HELP shows the statements, Tab completes, Ctrl-D or exit leaves."
    )
}

fn is_exit_command(text: &str) -> bool {
    let word = text.trim().trim_end_matches(';').trim_end();
    ["exit", "quit"].iter().any(|command| word.eq_ignore_ascii_case(command))
}

fn editor(vocabulary: &Vocabulary) -> Reedline {
    let mut keys = default_emacs_keybindings();
    let complete = vec![ReedlineEvent::Menu(MENU.to_owned()), ReedlineEvent::MenuNext];
    keys.add_binding(KeyModifiers::NONE, KeyCode::Tab, ReedlineEvent::UntilFound(complete));
    keys.add_binding(KeyModifiers::SHIFT, KeyCode::BackTab, ReedlineEvent::MenuPrevious);
    let menu = ColumnarMenu::default().with_name(MENU);
    let editor = Reedline::create()
        .with_validator(Box::new(WholeStatements))
        .with_highlighter(Box::new(SyntaxHighlighter::new(vocabulary.clone())))
        .with_completer(Box::new(WordCompleter::new(vocabulary.clone())))
        .with_hinter(Box::new(FormHinter::default()))
        .with_menu(ReedlineMenu::EngineCompleter(Box::new(menu)))
        .with_edit_mode(Box::new(Emacs::new(keys)))
        .with_partial_completions(true)
        .with_quick_completions(true)
        .use_bracketed_paste(true)
        .with_ansi_colors(output::colours(&io::stdout()));
    match history::open() {
        Ok(history) => editor.with_history(history),
        Err(message) => {
            output::report_error(&message, Exit::Success);
            editor
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_commands() {
        for (text, expected) in [("exit", true), (" QUIT ; ", true), ("SHOW exit", false), ("", false)] {
            assert_eq!(is_exit_command(text), expected, "{text}");
        }
    }
}
