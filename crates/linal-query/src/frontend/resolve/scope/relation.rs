//! FROM: relations and their joins.

use linal_dataset::{Error, Result};
use linal_error::Code;
use sqlparser::ast as sql;

use super::aliases::Aliases;
use super::columns::{Column, Output, Outputs, Scopes, Visible};
use super::query::{Resolver, give_names, name_others, rename};
use super::tables::{MADE, outputs};
use super::unlisted::Unlisted;
use crate::frontend::ast_builder;
use crate::frontend::desugar::array_subquery;
use crate::frontend::resolve::call;

/// The sides of a join whose rows are preserved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Inner,
    Left,
    Right,
    Full,
    /// SEMI and ANTI joins, which return only the columns of the left side.
    LeftOnly,
    RightOnly,
}

/// Whether a join has merged columns.
pub(super) fn merges(operator: &sql::JoinOperator) -> bool {
    matches!(constraint(operator), Some((_, sql::JoinConstraint::Using(_) | sql::JoinConstraint::Natural)))
}

fn constraint(operator: &sql::JoinOperator) -> Option<(Kind, &sql::JoinConstraint)> {
    use sql::JoinOperator as J;
    Some(match operator {
        J::Join(constraint) | J::Inner(constraint) => (Kind::Inner, constraint),
        J::Left(constraint) | J::LeftOuter(constraint) => (Kind::Left, constraint),
        J::Right(constraint) | J::RightOuter(constraint) => (Kind::Right, constraint),
        J::FullOuter(constraint) => (Kind::Full, constraint),
        J::Semi(constraint) | J::LeftSemi(constraint) | J::Anti(constraint) | J::LeftAnti(constraint) => {
            (Kind::LeftOnly, constraint)
        }
        J::RightSemi(constraint) | J::RightAnti(constraint) => (Kind::RightOnly, constraint),
        _ => return None,
    })
}

fn constraint_mut(operator: &mut sql::JoinOperator) -> Option<&mut sql::JoinConstraint> {
    use sql::JoinOperator as J;
    match operator {
        J::Join(constraint)
        | J::Inner(constraint)
        | J::Left(constraint)
        | J::LeftOuter(constraint)
        | J::Right(constraint)
        | J::RightOuter(constraint)
        | J::FullOuter(constraint)
        | J::Semi(constraint)
        | J::LeftSemi(constraint)
        | J::Anti(constraint)
        | J::LeftAnti(constraint)
        | J::RightSemi(constraint)
        | J::RightAnti(constraint) => Some(constraint),
        _ => None,
    }
}

impl Resolver<'_> {
    /// The columns of all relations of a FROM.
    pub(super) fn from(
        &mut self,
        from: &mut [sql::TableWithJoins],
        outer: Option<&Scopes<'_>>,
    ) -> Result<Visible> {
        let mut visible = Visible::default();
        for tables in from {
            let joined = self.joins(tables, &visible, outer)?;
            visible.extend(joined);
        }
        Ok(visible)
    }

    /// The columns of a relation and its joins; `before` is what a LATERAL may refer to as well.
    fn joins(
        &mut self,
        tables: &mut sql::TableWithJoins,
        before: &Visible,
        outer: Option<&Scopes<'_>>,
    ) -> Result<Visible> {
        let scope = Scopes { visible: before, select: self.current, aliases: Aliases::default(), outer };
        let mut left = self.factor(&mut tables.relation, &scope, outer)?;
        for join in &mut tables.joins {
            let outside =
                Scopes { visible: before, select: self.current, aliases: Aliases::default(), outer };
            let scope = Scopes {
                visible: &left,
                select: self.current,
                aliases: Aliases::default(),
                outer: Some(&outside),
            };
            let right = self.factor(&mut join.relation, &scope, outer)?;
            let last_key = if join.global { sql::BinaryOperator::GtEq } else { sql::BinaryOperator::Eq };
            left = self.join(left, right, (&mut join.join_operator, last_key), outer)?;
        }
        Ok(left)
    }

    fn join(
        &mut self,
        mut left: Visible,
        mut right: Visible,
        (operator, last_key): (&mut sql::JoinOperator, sql::BinaryOperator),
        outer: Option<&Scopes<'_>>,
    ) -> Result<Visible> {
        let Some((kind, _)) = constraint(operator) else {
            left.extend(right);
            return Ok(left);
        };
        let Some(constraint) = constraint_mut(operator) else { return Ok(left) };
        let keys = match constraint {
            sql::JoinConstraint::Using(columns) => {
                columns.iter().filter_map(|column| column.0.last()?.as_ident().cloned()).collect()
            }
            sql::JoinConstraint::Natural if left.is_open() || right.is_open() => {
                // DataFusion determines the common names of both sides.
                left.extend(right);
                return Ok(left);
            }
            sql::JoinConstraint::Natural => common_names(&left, &right),
            sql::JoinConstraint::On(condition) => {
                let mut both = left.clone();
                both.extend(right.clone());
                self.expression(condition, &both, Aliases::default(), outer)?;
                return Ok(joined(left, right, kind));
            }
            sql::JoinConstraint::None => return Ok(joined(left, right, kind)),
        };
        let condition = merge((&mut left, &mut right), &keys, kind, &last_key)?;
        *constraint =
            sql::JoinConstraint::On(condition.unwrap_or_else(|| sql::Expr::value(sql::Value::Boolean(true))));
        Ok(joined(left, right, kind))
    }

    /// The columns of one relation; `lateral` is the scope of a LATERAL.
    fn factor(
        &mut self,
        factor: &mut sql::TableFactor,
        lateral: &Scopes<'_>,
        outer: Option<&Scopes<'_>>,
    ) -> Result<Visible> {
        use sql::TableFactor as T;
        match factor {
            T::Table { name, alias, args: None, .. } => Ok(self.table(name, alias)),
            T::Derived { lateral: is_lateral, subquery, alias, .. } => {
                let around = if *is_lateral { Some(lateral) } else { outer };
                let mut outputs = self.query(subquery, around)?;
                let alias = alias.get_or_insert_with(|| {
                    self.made += 1;
                    table_alias(sql::Ident::with_quote('"', format!("{MADE}{}", self.made)))
                });
                if outputs.is_complete() {
                    array_subquery::check_columns(alias, outputs.columns.len())?;
                }
                give_names(alias, &mut outputs);
                Ok(Visible::of_table(vec![alias.name.clone()], &outputs))
            }
            T::NestedJoin { table_with_joins, alias: None } => {
                self.joins(table_with_joins, lateral.visible, outer)
            }
            T::NestedJoin { table_with_joins, alias: Some(alias) } => {
                let inner = self.joins(table_with_joins, lateral.visible, outer)?;
                let alias = alias.clone();
                let tables = table_with_joins.as_ref().clone();
                let (derived, visible) = aliased_join(tables, alias, &inner);
                if let Some(derived) = derived {
                    *factor = derived;
                }
                Ok(visible)
            }
            T::Table { alias, .. }
            | T::TableFunction { alias, .. }
            | T::Function { alias, .. }
            | T::UNNEST { alias, .. } => {
                let alias = alias.clone();
                let visible = of_function(factor, alias.as_ref());
                self.arguments(factor, lateral)?;
                Ok(visible)
            }
            _ => Ok(Visible { unlisted: Unlisted::any(), ..Visible::default() }),
        }
    }

    fn table(&self, name: &sql::ObjectName, alias: &mut Option<sql::TableAlias>) -> Visible {
        let mut outputs = match self.cte(name) {
            Some(outputs) => outputs.clone(),
            None => match (self.scope.tables)(name) {
                Some(schema) => outputs(&schema),
                None => Outputs::unknown(),
            },
        };
        outputs.has_row_ids &= self.scope.uses_row_ids;
        if crate::frontend::resolve::is_path(name) && alias.is_none() {
            // Its columns can be referred to only by a qualifier.
            *alias = name
                .0
                .last()
                .and_then(|part| part.as_ident())
                .map(|path| table_alias(sql::Ident::with_quote('"', &path.value)));
        }
        let table = match alias {
            Some(alias) => {
                if !alias.columns.is_empty() {
                    name_others(alias, &outputs);
                }
                rename(&mut outputs, &alias.columns);
                vec![alias.name.clone()]
            }
            None => name.0.iter().filter_map(|part| part.as_ident().cloned()).collect(),
        };
        Visible::of_table(table, &outputs)
    }
}

fn table_alias(name: sql::Ident) -> sql::TableAlias {
    sql::TableAlias { explicit: true, name, columns: Vec::new(), at: None }
}

/// The columns of a table function: those that its alias names.
fn of_function(function: &sql::TableFactor, alias: Option<&sql::TableAlias>) -> Visible {
    let unlisted = Unlisted::of_function(function, alias);
    let Some(alias) = alias else { return Visible { unlisted, ..Visible::default() } };
    let mut outputs = Outputs { unlisted, ..Outputs::default() };
    rename(&mut outputs, &alias.columns);
    Visible::of_table(vec![alias.name.clone()], &outputs)
}

/// `(t JOIN u USING (k)) AS j` as a query, in which each column occurs once.
fn aliased_join(
    tables: sql::TableWithJoins,
    alias: sql::TableAlias,
    inner: &Visible,
) -> (Option<sql::TableFactor>, Visible) {
    let mut outputs = Outputs { unlisted: inner.unlisted.clone(), ..Outputs::default() };
    outputs.columns.extend(
        inner.starred().map(|column| Output { name: column.name.clone(), fields: column.fields.clone() }),
    );
    rename(&mut outputs, &alias.columns);
    let visible = Visible::of_table(vec![alias.name.clone()], &outputs);
    if inner.is_open() {
        return (None, visible);
    }
    let items = inner.starred().map(super::wildcard::item).collect();
    let mut select = ast_builder::select(items, tables.relation);
    if let Some(from) = select.from.first_mut() {
        from.joins = tables.joins;
    }
    let derived = sql::TableFactor::Derived {
        lateral: false,
        subquery: Box::new(ast_builder::query(select)),
        alias: Some(alias),
        sample: None,
    };
    (Some(derived), visible)
}

/// The common column names of a NATURAL join.
fn common_names(left: &Visible, right: &Visible) -> Vec<sql::Ident> {
    let mut names: Vec<sql::Ident> = Vec::new();
    for column in left.starred().filter(|column| column.is_bare) {
        let is_known = names.iter().any(|known| known.value == column.name);
        if right.named(&column.name).next().is_some() && !is_known {
            names.push(sql::Ident::with_quote('"', &column.name));
        }
    }
    names
}

/// The columns visible after a join of a kind.
fn joined(mut left: Visible, right: Visible, kind: Kind) -> Visible {
    match kind {
        Kind::LeftOnly => left,
        Kind::RightOnly => right,
        Kind::Inner | Kind::Left | Kind::Right | Kind::Full => {
            left.extend(right);
            left
        }
    }
}

/// Merges the columns of both sides under each name; returns their equality, `None` for no columns. The last columns
/// of an ASOF JOIN are compared by `last_key`.
fn merge(
    (left, right): (&mut Visible, &mut Visible),
    keys: &[sql::Ident],
    kind: Kind,
    last_key: &sql::BinaryOperator,
) -> Result<Option<sql::Expr>> {
    let mut equal: Option<sql::Expr> = None;
    for (number, key) in keys.iter().enumerate() {
        let name = key.value.to_lowercase();
        let at_left = only(left, key, "left")?;
        let at_right = only(right, key, "right")?;
        let one = value_at(left, at_left, key);
        let other = value_at(right, at_right, key);
        let is_last = number + 1 == keys.len();
        let operator = if is_last { last_key.clone() } else { sql::BinaryOperator::Eq };
        let condition = ast_builder::binary(one.clone(), operator, other.clone());
        equal = Some(match equal {
            Some(before) => ast_builder::binary(before, sql::BinaryOperator::And, condition),
            None => condition,
        });
        let value = match kind {
            Kind::Right => other,
            Kind::Inner | Kind::Left | Kind::LeftOnly | Kind::RightOnly => one,
            Kind::Full => call("coalesce", vec![one, other]),
        };
        if matches!(kind, Kind::LeftOnly | Kind::RightOnly) {
            continue;
        }
        if let Some(column) = at_right.and_then(|at| right.columns.get_mut(at)) {
            column.is_bare = false;
            column.is_starred = false;
        }
        put_merged(
            left,
            at_left,
            Column {
                name,
                table: Vec::new(),
                value,
                is_bare: true,
                is_starred: true,
                is_merged: true,
                fields: None,
                is_hidden: false,
            },
        );
    }
    Ok(equal)
}

/// The index of the only column of a name; `None` for one of a relation whose columns are unknown.
fn only(side: &Visible, key: &sql::Ident, which: &str) -> Result<Option<usize>> {
    let name = key.value.to_lowercase();
    let mut found =
        side.columns.iter().enumerate().filter(|(_, column)| column.is_bare && column.name == name);
    let error = match (found.next(), found.next()) {
        (Some((at, _)), None) => return Ok(Some(at)),
        (None, _) if side.is_open() => return Ok(None),
        (None, _) => {
            let message =
                format!("USING names `{}`, and the {which} side of the join has no such column", key.value);
            Error::new(Code::UnknownName, message).suggest(&name, side.known_names())
        }
        (Some(_), Some(_)) => Error::new(
            Code::AmbiguousName,
            format!(
                "USING names `{}`, and more than one table on the {which} side of the join has it",
                key.value
            ),
        )
        .with_help("write the condition with ON and the tables' names"),
    };
    Err(match linal_lang::sql::span(key.span) {
        Some(place) => error.at(place),
        None => error,
    })
}

fn value_at(side: &Visible, at: Option<usize>, key: &sql::Ident) -> sql::Expr {
    match at.and_then(|at| side.columns.get(at)) {
        Some(column) => column.value.clone(),
        // It is a column of the only relation with unknown columns.
        None => {
            let mut parts = side.tables.last().cloned().unwrap_or_default();
            parts.push(key.clone());
            sql::Expr::CompoundIdentifier(parts)
        }
    }
}

/// Puts the merged column at the position of the left side's.
fn put_merged(left: &mut Visible, at: Option<usize>, merged: Column) {
    match at.and_then(|at| left.columns.get_mut(at)) {
        Some(column) if column.is_merged => *column = merged,
        Some(column) => {
            column.is_bare = false;
            column.is_starred = false;
            left.columns.insert(at.unwrap_or_default(), merged);
        }
        None => left.columns.push(merged),
    }
}
