//! Jobs and schedules: `SUBMIT JOB`, `CANCEL JOB`, `CREATE SCHEDULE`, `ALTER SCHEDULE`, `DROP SCHEDULE`, and their lists.

use super::cursor::{Parsed, Parser};
use crate::ast::{Body, CreateSchedule, JobListing, JobStatement, Moments, Statement, SubmitJob, Text};
use crate::token::{Symbol, Token, TokenKind};
use crate::{Code, Dialect, Span, SyntaxError, lexer, split};

/// Greatest nesting of one DO in another. A job may submit jobs, but hardly deeper.
const MAX_BODIES: usize = 4;

fn statement(statement: JobStatement) -> Statement {
    Statement::Job(Box::new(statement))
}

impl Parser<'_> {
    /// `SUBMIT JOB [KEY 'k'] [PRIORITY n] [RETRIES n] [TIMEOUT '10s'] DO ( ... )`.
    pub(super) fn submit_statement(&mut self) -> Parsed<Statement> {
        self.advance()?;
        self.expect_keyword("JOB")?;
        let (mut key, mut priority, mut retries, mut timeout) = (None, None, None, None);
        while !self.at_word("DO") {
            if key.is_none() && self.take_word("KEY")? {
                key = Some(self.text_value("a key in quotes", "write `KEY 'nightly'`")?);
            } else if priority.is_none() && self.take_word("PRIORITY")? {
                priority = Some(self.small_number("a priority from 0 to 9")?);
            } else if retries.is_none() && self.take_word("RETRIES")? {
                retries = Some(self.small_number("a number of retries")?);
            } else if timeout.is_none() && self.take_word("TIMEOUT")? {
                timeout = Some(self.text_value("a time in quotes", "write `TIMEOUT '10s'`")?);
            } else {
                let words = ["DO", "KEY", "PRIORITY", "RETRIES", "TIMEOUT"];
                return Err(
                    self.unexpected_keyword("`KEY`, `PRIORITY`, `RETRIES`, `TIMEOUT` or `DO`", &words)
                );
            }
        }
        let body = self.body()?;
        Ok(statement(JobStatement::Submit(SubmitJob { key, priority, retries, timeout, body })))
    }

    /// `CANCEL JOB 'id'`.
    pub(super) fn cancel_statement(&mut self) -> Parsed<Statement> {
        self.advance()?;
        self.expect_keyword("JOB")?;
        Ok(statement(JobStatement::Cancel { id: self.job_id()? }))
    }

    /// Whether `SHOW` is followed by a list of jobs or schedules. A tensor may have any of these names.
    pub(super) fn is_job_listing(&self, word: Token, after: Token) -> bool {
        let alone = after.kind == TokenKind::End;
        let is = |name: &str| self.is_word(word, name);
        alone && (is("JOBS") || is("SCHEDULES"))
            || is("JOB") && matches!(after.kind, TokenKind::Str | TokenKind::Int)
            || is("SCHEDULE") && self.is_word(after, "RUNS")
    }

    /// `SHOW JOBS`, `SHOW JOB 'id'`, `SHOW SCHEDULES`, `SHOW SCHEDULE RUNS name`.
    pub(super) fn show_jobs(&mut self) -> Parsed<Statement> {
        self.advance()?;
        let listing = if self.take_word("JOBS")? {
            JobListing::Jobs
        } else if self.take_word("SCHEDULES")? {
            JobListing::Schedules
        } else if self.take_word("JOB")? {
            JobListing::Job(self.job_id()?)
        } else {
            self.expect_word("SCHEDULE")?;
            self.expect_word("RUNS")?;
            JobListing::Runs(self.ident("a schedule")?)
        };
        Ok(statement(JobStatement::Show(listing)))
    }

    /// Whether `CREATE` is followed by `[OR REPLACE] SCHEDULE`.
    pub(super) fn creates_schedule(&self) -> bool {
        let mut ahead = self.lexer;
        let mut next_is = |word: &str| ahead.next_token().is_ok_and(|token| self.is_word(token, word));
        self.is_word(self.peek(), "SCHEDULE") || next_is("OR") && next_is("REPLACE") && next_is("SCHEDULE")
    }

    /// `CREATE [OR REPLACE] SCHEDULE name EVERY '5m' | CRON '..' [ZONE '..'] [MISSED policy] DO ( ... )`.
    pub(super) fn create_schedule(&mut self) -> Parsed<Statement> {
        self.advance()?;
        let replaces = self.take_word("OR")? && self.take_word("REPLACE")?;
        self.expect_word("SCHEDULE")?;
        let name = self.ident("a name for the schedule")?;
        let moments = self.moments()?;
        let missed =
            if self.take_word("MISSED")? { Some(self.ident("`skip`, `once` or `all`")?) } else { None };
        let body = self.body()?;
        let create = CreateSchedule { name, replaces, moments, missed, body };
        Ok(statement(JobStatement::CreateSchedule(create)))
    }

    fn moments(&mut self) -> Parsed<Moments> {
        if self.take_word("EVERY")? {
            return self.text_value("a time in quotes", "write `EVERY '5m'`").map(Moments::Every);
        }
        if !self.take_word("CRON")? {
            return Err(self.unexpected_keyword("`EVERY` or `CRON`", &["EVERY", "CRON"]));
        }
        let expression = self.text_value("a cron expression in quotes", "write `CRON '0 3 * * *'`")?;
        let zone = if self.take_word("ZONE")? {
            Some(self.text_value("a time zone in quotes", "write `ZONE 'Europe/Berlin'`")?)
        } else {
            None
        };
        Ok(Moments::Cron { expression, zone })
    }

    /// `ALTER SCHEDULE name PAUSE | RESUME`; every other ALTER is relational.
    pub(super) fn alter_top(&mut self) -> Parsed<Statement> {
        if self.is_word(self.peek(), "DATABASE") {
            return self.alter_database();
        }
        if !self.is_word(self.peek(), "SCHEDULE") {
            return self.alter_relational();
        }
        self.advance()?;
        self.advance()?;
        let name = self.ident("the schedule to alter")?;
        let pauses = self.take_word("PAUSE")?;
        if !pauses && !self.take_word("RESUME")? {
            return Err(self.unexpected_keyword("`PAUSE` or `RESUME`", &["PAUSE", "RESUME"]));
        }
        Ok(statement(JobStatement::AlterSchedule { name, pauses }))
    }

    /// `DROP SCHEDULE [IF EXISTS] name`.
    pub(super) fn drop_schedule(&mut self) -> Parsed<Statement> {
        let (name, if_exists) = self.drop_target("the schedule to drop")?;
        Ok(statement(JobStatement::DropSchedule { name, if_exists }))
    }

    /// `DO ( statements )`. What is wrong with one of them is an error now.
    fn body(&mut self) -> Parsed<Body> {
        self.expect_keyword("DO")?;
        let open = self.token;
        if !self.at(Symbol::LParen) {
            return Err(self
                .unexpected("`(`")
                .with_help("the statements stand in brackets: `DO ( SELECT 1 )`"));
        }
        if self.bodies >= MAX_BODIES {
            let message = format!("a DO stands within more than {MAX_BODIES} others");
            return Err(SyntaxError::new(Code::NestingTooDeep, open.span, message));
        }
        let close = self.closing()?;
        let inner = Span::new(open.span.end, close.span.start);
        let statements = self.statements_within(inner)?;
        if statements.is_empty() {
            return Err(SyntaxError::new(
                Code::UnexpectedToken,
                close.span,
                "expected a statement, found `)`",
            ));
        }
        self.resume_after(close)?;
        Ok(Body { text: whole_lines(inner.text(self.source)).into(), span: inner, statements })
    }

    /// The bracket that closes the current one.
    fn closing(&self) -> Parsed<Token> {
        let mut lexer = self.lexer_at_token();
        let mut depth = 0usize;
        loop {
            let token = lexer.next_token()?;
            match token.kind {
                TokenKind::Symbol(Symbol::LParen) => depth += 1,
                TokenKind::Symbol(Symbol::RParen) if depth == 1 => return Ok(token),
                TokenKind::Symbol(Symbol::RParen) => depth -= 1,
                TokenKind::End => {
                    let message = "this `(` is never closed";
                    return Err(SyntaxError::new(Code::UnbalancedBracket, self.token.span, message));
                }
                _ => {}
            }
        }
    }

    fn statements_within(&self, inner: Span) -> Parsed<Vec<Statement>> {
        let moved = |span: Span| Span::new(span.start + inner.start, span.end + inner.start);
        let mut statements = Vec::new();
        for fragment in split(inner.text(self.source)) {
            let span =
                moved(fragment.map_err(|error| SyntaxError { span: moved(error.span), ..error })?.span);
            let mut parser = Parser::new(self.source, span, self.patterns, Dialect::Linal)?;
            parser.bodies = self.bodies + 1;
            statements.push(parser.whole_statement(span)?);
        }
        Ok(statements)
    }

    /// The id of a job: a text, or the number that it is made of.
    fn job_id(&mut self) -> Parsed<Text> {
        if self.token.kind == TokenKind::Int {
            let token = self.advance()?;
            return Ok(Text { text: self.text(token).into(), span: token.span });
        }
        self.text_value("the id of a job in quotes", "SHOW JOBS lists them")
    }

    fn small_number(&mut self, expected: &str) -> Parsed<(u64, Span)> {
        if self.token.kind != TokenKind::Int {
            return Err(self.unexpected(expected));
        }
        let token = self.advance()?;
        Ok((lexer::integer(self.source, token)?, token.span))
    }

    fn text_value(&mut self, expected: &str, help: &str) -> Parsed<Text> {
        match self.token.kind {
            // A quoted name is what `"x"` is in the other dialect.
            TokenKind::Str | TokenKind::QuotedName => {
                let token = self.advance()?;
                Ok(Text { text: lexer::unquote_doubled(self.text(token)).into(), span: token.span })
            }
            _ => Err(self.unexpected(expected).with_help(help)),
        }
    }
}

/// A text without blank lines before and blanks after it. The blanks that its first line begins with stay: a line
/// that is indented deeper would continue the statement.
fn whole_lines(text: &str) -> &str {
    let blank = text.len() - text.trim_start().len();
    let start = text[..blank].rfind('\n').map_or(0, |at| at + 1);
    text[start..].trim_end()
}
