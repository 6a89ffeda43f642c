//! `MERGE INTO`.

use sqlparser::ast as tree;

use super::super::cursor::{Parsed, Parser};
use crate::Span;
use crate::ast::merge::{Merge, MergeAction, MergeClause, MergeCondition, MergeWhen};
use crate::ast::relational::Relational;
use crate::token::Symbol;

/// Keywords that end an expression of a clause.
const ENDS: &[&str] = &["WHEN", "RETURNING"];

impl Parser<'_> {
    /// `MERGE INTO t [[AS] u] USING s ON e WHEN .. [RETURNING ..]`.
    pub(super) fn merge_statement(&mut self) -> Parsed<Relational> {
        self.advance()?;
        self.expect_word("INTO")?;
        let table = self.object_name("the dataset to merge into")?;
        let alias = self.table_alias(false, &["USING"])?;
        self.expect_word("USING")?;
        let source = self.select_from(&["ON", "USING", "WHEN"])?;
        let source_span = source.span;
        let tree::Query { body, .. } = *source.sql;
        let from = match *body {
            tree::SetExpr::Select(select) => select.from,
            _ => Vec::new(),
        };
        let [tree::TableWithJoins { relation, joins }] = from.as_slice() else {
            return Err(self.unexpected("one source").with_help("put several into a query in brackets"));
        };
        if !joins.is_empty() {
            return Err(self.unexpected("one source").with_help("put a join into a query in brackets"));
        }
        let source = Box::new(relation.clone());
        let condition = if self.take_word("ON")? {
            MergeCondition::On(self.scalar("a condition", &["WHEN"])?)
        } else {
            self.expect_word("USING")?;
            self.expect(Symbol::LParen, "`(`")?;
            MergeCondition::Using(self.ident_list()?)
        };
        let mut clauses = Vec::new();
        while self.at_word("WHEN") {
            clauses.push(self.merge_clause()?);
        }
        if clauses.is_empty() {
            return Err(self.unexpected("`WHEN MATCHED` or `WHEN NOT MATCHED`"));
        }
        let returning = self.returning()?;
        let with = None;
        let merge = Merge { with, table, alias, source, source_span, condition, clauses, returning };
        Ok(Relational::Merge(merge))
    }

    /// `WHEN [NOT] MATCHED [BY SOURCE | BY TARGET] [AND e] THEN action`.
    fn merge_clause(&mut self) -> Parsed<MergeClause> {
        let start = self.advance()?.span.start;
        let not = self.take_word("NOT")?;
        self.expect_word("MATCHED")?;
        let mut when = if not { MergeWhen::NotMatched } else { MergeWhen::Matched };
        if not && self.take_word("BY")? {
            if self.take_word("SOURCE")? {
                when = MergeWhen::NotMatchedBySource;
            } else {
                self.expect_word("TARGET")?;
            }
        }
        let condition =
            if self.take_word("AND")? { Some(self.scalar("a condition", &["THEN"])?) } else { None };
        self.expect_word("THEN")?;
        let action = self.merge_action()?;
        let span = Span::new(start, self.previous.span.end);
        if let Some(problem) = misplaced(when, &action) {
            return Err(crate::SyntaxError::new(crate::Code::UnexpectedToken, span, problem));
        }
        Ok(MergeClause { when, condition, action, span })
    }

    fn merge_action(&mut self) -> Parsed<MergeAction> {
        if self.take_word("UPDATE")? {
            return self.merge_update();
        }
        if self.take_word("INSERT")? {
            return self.merge_insert();
        }
        if self.take_word("DELETE")? {
            return Ok(MergeAction::Delete);
        }
        if self.take_word("DO")? {
            return self.expect_word("NOTHING").map(|_| MergeAction::Nothing);
        }
        if self.take_word("ERROR")? {
            let ends = self.at_end() || ENDS.iter().any(|word| self.at_word(word));
            let message = if ends { None } else { Some(self.scalar("a message", ENDS)?) };
            return Ok(MergeAction::Error(message));
        }
        Err(self.unexpected("`UPDATE`, `INSERT`, `DELETE`, `DO NOTHING` or `ERROR`"))
    }

    /// `[SET a = e, .. | SET * | BY NAME | BY POSITION]`, after UPDATE.
    fn merge_update(&mut self) -> Parsed<MergeAction> {
        if self.take_word("SET")? && !self.take(Symbol::Star)? {
            return self.assignments(ENDS).map(MergeAction::Update);
        }
        Ok(MergeAction::UpdateAll { by_name: self.by_name()?.unwrap_or(true) })
    }

    /// `[(columns)] VALUES (..)`, `DEFAULT VALUES`, `[*] [BY NAME]`, after INSERT.
    fn merge_insert(&mut self) -> Parsed<MergeAction> {
        if self.take_word("DEFAULT")? {
            return self.expect_word("VALUES").map(|_| MergeAction::InsertDefaults);
        }
        let columns = if self.take(Symbol::LParen)? { Some(self.ident_list()?) } else { None };
        if self.take_word("VALUES")? {
            self.expect(Symbol::LParen, "`(`")?;
            let mut values = Vec::new();
            loop {
                values.push(self.scalar("a value", &[])?);
                if !self.take(Symbol::Comma)? {
                    break;
                }
            }
            self.expect(Symbol::RParen, "`,` or `)`")?;
            return Ok(MergeAction::Insert { columns, values });
        }
        if columns.is_some() {
            return Err(self.unexpected("`VALUES`"));
        }
        self.take(Symbol::Star)?;
        Ok(MergeAction::InsertAll { by_name: self.by_name()?.unwrap_or(false) })
    }

    /// `[BY NAME | BY POSITION]`: whether columns are matched by name.
    pub(super) fn by_name(&mut self) -> Parsed<Option<bool>> {
        if !(self.at_word("BY")
            && (self.is_word(self.peek(), "NAME") || self.is_word(self.peek(), "POSITION")))
        {
            return Ok(None);
        }
        self.advance()?;
        let word = self.advance()?;
        Ok(Some(self.is_word(word, "NAME")))
    }
}

/// Why an action is not possible for the rows of its clause.
fn misplaced(when: MergeWhen, action: &MergeAction) -> Option<&'static str> {
    let inserts = matches!(
        action,
        MergeAction::Insert { .. } | MergeAction::InsertAll { .. } | MergeAction::InsertDefaults
    );
    let changes =
        matches!(action, MergeAction::Update(_) | MergeAction::UpdateAll { .. } | MergeAction::Delete);
    match when {
        MergeWhen::NotMatched if changes => {
            Some("WHEN NOT MATCHED has no row of the dataset to change; it takes INSERT or DO NOTHING")
        }
        MergeWhen::Matched | MergeWhen::NotMatchedBySource if inserts => {
            Some("the row is there; WHEN MATCHED and BY SOURCE take UPDATE, DELETE or DO NOTHING")
        }
        MergeWhen::NotMatchedBySource if matches!(action, MergeAction::UpdateAll { .. }) => {
            Some("a row that no row of the source matches takes UPDATE SET a = .., DELETE or DO NOTHING")
        }
        _ => None,
    }
}
