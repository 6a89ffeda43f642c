//! `MERGE INTO t USING s ON e WHEN ..`: a query for each clause.
//!
//! Pairs of matching rows are those of a join, rows of the source without a match those of a left join whose right side
//! is NULL. A clause applies to the rows that satisfy its condition and none of the earlier clauses for rows of its kind.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{Field, SchemaRef};
use linal_dataset::{Dataset, Result};
use linal_lang::ast::merge::{Merge, MergeCondition, MergeWhen};
use linal_lang::ast::relational::{Query, Scalar};
use sqlparser::ast as sql;

use super::joined::{last_of_each, options};
use crate::context::QueryContext;
use crate::frontend::ast_builder;
use crate::frontend::dml::{Changed, Matched, collected};
use crate::planner::plan::Options;
use crate::scan::ROW_NUMBER;

/// The qualifier of a source that has no name.
const SOURCE: &str = "__source";

/// The changed dataset of a MERGE.
pub fn changed(merge: &Merge) -> Changed<'_> {
    Changed { table: &merge.table, alias: merge.alias.as_ref() }
}

/// The source of a MERGE under a name.
fn source(merge: &Merge) -> (sql::TableFactor, sql::Ident) {
    let mut source = (*merge.source).clone();
    let name = match &mut source {
        sql::TableFactor::Table { alias: Some(alias), .. }
        | sql::TableFactor::Derived { alias: Some(alias), .. }
        | sql::TableFactor::NestedJoin { alias: Some(alias), .. } => alias.name.clone(),
        sql::TableFactor::Table { name, .. } => {
            let last = name.0.last().and_then(|part| part.as_ident()).cloned();
            last.unwrap_or_else(|| ast_builder::ident(SOURCE))
        }
        sql::TableFactor::Derived { alias, .. } | sql::TableFactor::NestedJoin { alias, .. } => {
            *alias = Some(ast_builder::table_alias(SOURCE));
            ast_builder::ident(SOURCE)
        }
        _ => ast_builder::ident(SOURCE),
    };
    (source, name)
}

/// A column of the source.
pub fn source_column(merge: &Merge, column: &str) -> Scalar {
    Scalar { sql: Box::new(column_of_source(merge, column)), span: merge.source_span }
}

fn column_of_source(merge: &Merge, column: &str) -> sql::Expr {
    sql::Expr::CompoundIdentifier(vec![source(merge).1, ast_builder::ident(column)])
}

/// The names of the columns of the source.
///
/// # Errors
/// Those of planning it.
pub fn source_columns(context: &mut QueryContext<'_>, merge: &Merge) -> Result<Vec<String>> {
    let select = ast_builder::select(vec![ast_builder::everything()], source(merge).0);
    let planned = context.plan_query(&query(merge, select), Options::default())?;
    Ok(planned.schema.fields().iter().map(|field| field.name().clone()).collect())
}

fn query(merge: &Merge, select: sql::Select) -> Query {
    let mut query = ast_builder::query(select);
    query.with = merge.with.as_deref().cloned();
    ast_builder::spanned(query, merge.source_span, Vec::new())
}

/// The condition of a match.
fn condition(merge: &Merge) -> sql::Expr {
    match &merge.condition {
        MergeCondition::On(condition) => sql::Expr::Nested(condition.sql.clone()),
        MergeCondition::Using(columns) => {
            let equal = |column: &linal_lang::ast::Ident| {
                let own = changed(merge).column(&column.name);
                ast_builder::binary(own, sql::BinaryOperator::Eq, column_of_source(merge, &column.name))
            };
            let mut all = columns.iter().map(equal);
            let first = all.next().unwrap_or_else(|| sql::Expr::Value(sql::Value::Boolean(true).into()));
            all.fold(first, |left, right| ast_builder::binary(left, sql::BinaryOperator::And, right))
        }
    }
}

/// The rows that a clause applies to, in addition to what `select` has.
fn applies(merge: &Merge, clause: usize) -> Option<sql::Expr> {
    let when = merge.clauses[clause].when;
    let is_true =
        |condition: &sql::Expr| sql::Expr::IsTrue(Box::new(sql::Expr::Nested(Box::new(condition.clone()))));
    let earlier = merge.clauses[..clause].iter().filter(|other| other.when == when);
    let mut conditions = Vec::new();
    for other in earlier {
        let Some(condition) = &other.condition else {
            // The earlier clause takes all rows.
            return Some(sql::Expr::Value(sql::Value::Boolean(false).into()));
        };
        conditions.push(sql::Expr::IsNotTrue(Box::new(sql::Expr::Nested(condition.sql.clone()))));
    }
    conditions.extend(merge.clauses[clause].condition.as_ref().map(|condition| is_true(&condition.sql)));
    conditions.into_iter().reduce(|left, right| ast_builder::binary(left, sql::BinaryOperator::And, right))
}

/// The query of a clause: row numbers of the dataset, unless it inserts, and values.
pub fn query_of(merge: &Merge, clause: usize, values: &[Scalar]) -> Query {
    let changed = changed(merge);
    let when = merge.clauses[clause].when;
    let mut items = Vec::new();
    if when != MergeWhen::NotMatched {
        items.push(ast_builder::named(changed.row_number(), ROW_NUMBER));
    }
    for (at, value) in values.iter().enumerate() {
        items.push(ast_builder::named((*value.sql).clone(), &format!("__{at}")));
    }
    if items.is_empty() {
        items.push(ast_builder::named(ast_builder::integer(1), "__0"));
    }
    let on = || sql::JoinConstraint::On(condition(merge));
    let join = |relation, join_operator| sql::Join { relation, global: false, join_operator };
    let mut filter = applies(merge, clause);
    let mut select = match when {
        MergeWhen::Matched => {
            let mut select = ast_builder::select(items, changed.source());
            select.from[0].joins.push(join(source(merge).0, sql::JoinOperator::Inner(on())));
            select
        }
        MergeWhen::NotMatched => {
            let mut select = ast_builder::select(items, source(merge).0);
            select.from[0].joins.push(join(changed.source(), sql::JoinOperator::Left(on())));
            let unmatched = sql::Expr::IsNull(Box::new(changed.row_number()));
            filter = Some(match filter {
                Some(filter) => ast_builder::binary(unmatched, sql::BinaryOperator::And, filter),
                None => unmatched,
            });
            select
        }
        MergeWhen::NotMatchedBySource => ast_builder::select(items, changed.source()),
    };
    select.selection = filter;
    query(merge, select)
}

/// The rows of the dataset that some row of the source matches, ascending.
///
/// # Errors
/// Those of the query.
pub fn matched(context: &mut QueryContext<'_>, merge: &Merge, dataset: &Arc<Dataset>) -> Result<Vec<usize>> {
    let changed = changed(merge);
    let items = vec![ast_builder::named(changed.row_number(), ROW_NUMBER)];
    let mut select = ast_builder::select(items, changed.source());
    let join_operator = sql::JoinOperator::Inner(sql::JoinConstraint::On(condition(merge)));
    select.from[0].joins.push(sql::Join { relation: source(merge).0, global: false, join_operator });
    let (schema, batches) = context.run_query(&query(merge, select), options(dataset))?;
    let columns = collected(&schema, &batches)?;
    Ok(last_of_each(&columns[0], &[])?.0)
}

/// The rows of the dataset that a clause changes, each once with the values of the last match.
///
/// # Errors
/// Those of the query.
pub fn changed_rows(
    context: &mut QueryContext<'_>,
    merge: &Merge,
    clause: usize,
    dataset: &Arc<Dataset>,
    values: &[Scalar],
) -> Result<Matched> {
    let (schema, batches) = context.run_query(&query_of(merge, clause, values), options(dataset))?;
    let columns = collected(&schema, &batches)?;
    let (rows, values) = last_of_each(&columns[0], &columns[1..])?;
    let fields = schema.fields()[1..].iter().map(|field| field.as_ref().clone());
    Ok(Matched { rows, columns: values.into_iter().zip(fields).collect::<Vec<(ArrayRef, Field)>>() })
}

/// The rows that a clause inserts.
///
/// # Errors
/// Those of the query.
pub fn inserted_rows(
    context: &mut QueryContext<'_>,
    merge: &Merge,
    clause: usize,
    dataset: &Arc<Dataset>,
    values: &[Scalar],
) -> Result<(SchemaRef, Vec<RecordBatch>)> {
    context.run_query(&query_of(merge, clause, values), options(dataset))
}

/// Removes the rows that `matched` has; both ascend.
pub fn without(found: Matched, matched: &[usize]) -> Result<Matched> {
    let keep: Vec<bool> = found.rows.iter().map(|row| matched.binary_search(row).is_err()).collect();
    let kept = arrow::array::BooleanArray::from(keep);
    let columns = found.columns.into_iter().map(|(values, field)| {
        let values = arrow::compute::filter(&values, &kept).map_err(linal_dataset::arrow_error)?;
        Ok((values, field))
    });
    let columns = columns.collect::<Result<_>>()?;
    let rows = found.rows.into_iter().filter(|row| matched.binary_search(row).is_err()).collect();
    Ok(Matched { rows, columns })
}

/// The first value of a column of texts, for the message of ERROR.
pub fn first_text(values: &ArrayRef) -> Option<String> {
    let texts = arrow::compute::cast(values, &arrow::datatypes::DataType::Utf8View).ok()?;
    let texts = texts.as_string_view_opt()?;
    (!texts.is_empty() && texts.is_valid(0)).then(|| texts.value(0).to_owned())
}
