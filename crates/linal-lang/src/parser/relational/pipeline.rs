//! Pipelines.

use super::super::cursor::{Parsed, Parser};
use crate::ast::Statement;
use crate::ast::relational::{Pipeline, PipelineStep, Relational};
use crate::sql::{self, Clauses};
use crate::token::Symbol;
use crate::{Code, Span, SyntaxError};
use sqlparser::keywords::Keyword;

/// Keywords that end a step.
const STEP_END: &[&str] = &["THEN"];
/// Clauses of a selecting step.
const SELECTING: &[Keyword] = &[Keyword::SELECT, Keyword::GROUP, Keyword::HAVING];

impl Parser<'_> {
    pub(in super::super) fn define_pipeline(&mut self) -> Parsed<Statement> {
        self.parse_relational(Self::define_pipeline_rule)
    }

    /// `DEFINE PIPELINE p AS step THEN step ...`.
    fn define_pipeline_rule(&mut self) -> Parsed<Relational> {
        self.advance()?;
        self.advance()?;
        let name = self.ident("a name for the pipeline")?;
        self.expect_word("AS")?;
        let start = self.token.span.start;
        let (mut steps, mut texts) = (Vec::new(), Vec::new());
        loop {
            let begin = self.token.span.start;
            steps.push(self.pipeline_step()?);
            texts.push(Span::new(begin, self.previous.span.end).text(self.source).into());
            if !self.take_word("THEN")? {
                break;
            }
        }
        let text = Span::new(start, self.previous.span.end).text(self.source).into();
        if !self.at_end() {
            return Err(self.unexpected("THEN or the end of the statement"));
        }
        Ok(Relational::DefinePipeline(Pipeline { name, text, steps, texts }))
    }

    fn pipeline_step(&mut self) -> Parsed<PipelineStep> {
        if self.at_word("SELECT") || self.at_word("GROUP") {
            return self.select_step();
        }
        if self.take_word("WHERE")? || self.take_word("FILTER")? {
            return self.scalar("a condition", STEP_END).map(PipelineStep::Where);
        }
        if self.take_word("ORDER")? {
            self.expect_word("BY")?;
            let (converted, span) = self.converted(STEP_END, false)?;
            return sql::order_by(self.input(&converted, span)).map(PipelineStep::OrderBy);
        }
        if self.take_word("LIMIT")? {
            return self.scalar("a number", STEP_END).map(PipelineStep::Limit);
        }
        if self.take_word("OFFSET")? {
            return self.scalar("a number", STEP_END).map(PipelineStep::Offset);
        }
        if self.take_word("DISTINCT")? {
            return Ok(PipelineStep::Distinct);
        }
        if self.take_word("NORMALIZE")? {
            return self.ident("the column to normalize").map(PipelineStep::Normalize);
        }
        if self.take_word("COMPUTE")? {
            let column = self.ident("the column to compute")?;
            self.expect(Symbol::Eq, "`=`")?;
            return Ok(PipelineStep::Compute { column, value: self.scalar("an expression", STEP_END)? });
        }
        Err(self.unexpected("a step")
            .with_help("steps are SELECT, WHERE, ORDER BY, LIMIT, OFFSET, DISTINCT, NORMALIZE, COMPUTE, GROUP BY .. SELECT"))
    }

    /// `SELECT items` or `GROUP BY keys SELECT items [HAVING e]`.
    fn select_step(&mut self) -> Parsed<PipelineStep> {
        let start = self.token.span.start;
        let (converted, span) = self.converted(STEP_END, false)?;
        let clauses = Clauses::split(converted)?;
        if let Some(other) = clauses.first_not_in(SELECTING) {
            let message = format!("expected THEN, found `{}`", other.text(self.source));
            return Err(SyntaxError::new(Code::UnexpectedToken, other, message)
                .with_help("each step of a pipeline does one thing; put THEN between two"));
        }
        if !clauses.has(Keyword::SELECT) {
            return Err(self.unexpected("SELECT after GROUP BY"));
        }
        let ordered = clauses.ordered(start);
        let (select, items) = sql::select(self.input(&ordered, span))?;
        Ok(PipelineStep::Select { select, items })
    }

    /// `APPLY PIPELINE p ON t [INTO u]`.
    pub(super) fn apply_statement(&mut self) -> Parsed<Relational> {
        self.advance()?;
        self.expect_word("PIPELINE")?;
        let name = self.ident("the pipeline to apply")?;
        if !self.take_word("TO")? {
            self.expect_word("ON")?;
        }
        let table = self.object_name("the dataset to apply it on")?;
        Ok(Relational::ApplyPipeline { name, table, into: self.into()? })
    }
}
