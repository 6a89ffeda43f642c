//! `ON CONFLICT DO UPDATE SET a = e WHERE c`: the rows that are there beside those that were to be inserted.

use linal_dataset::{Dataset, Result, Snapshot};
use linal_lang::Span;
use linal_lang::ast::relational::Scalar;
use linal_lang::sql::WalkMut;
use sqlparser::ast as sql;

use crate::context::QueryContext;
use crate::frontend::ast_builder;
use crate::frontend::dml::{Matched, collected_in_order};
use crate::planner::plan::{Given, Options};
use crate::scan::ROW_NUMBER;

/// The qualifier of the values that were to be inserted.
pub const EXCLUDED: &str = "excluded";

/// The value of a column that was to be inserted.
pub fn excluded(column: &str) -> sql::Expr {
    sql::Expr::CompoundIdentifier(vec![ast_builder::ident(EXCLUDED), ast_builder::ident(column)])
}

/// The new values of rows. `existing` and `excluded` have as many rows, which belong together; `name` qualifies the
/// columns of the first, which are meant by a name without a qualifier. Returns the numbers of the pairs that satisfy
/// the filter.
///
/// # Errors
/// Those of the query.
pub fn new_values(
    context: &mut QueryContext<'_>,
    [existing, excluded]: [Snapshot; 2],
    name: &str,
    filter: Option<&Scalar>,
    values: &[&Scalar],
    span: Span,
) -> Result<Matched> {
    let unqualified = |expr: &sql::Expr| qualified(expr, &existing, name);
    let row = |table: &str| {
        sql::Expr::CompoundIdentifier(vec![ast_builder::ident(table), ast_builder::ident(ROW_NUMBER)])
    };
    let mut items = vec![ast_builder::named(row(name), ROW_NUMBER)];
    for (at, value) in values.iter().enumerate() {
        items.push(ast_builder::named(unqualified(&value.sql), &format!("__{at}")));
    }
    let source = ast_builder::aliased(ast_builder::table_named(EXISTING), name);
    let mut select = ast_builder::select(items, source);
    let on = ast_builder::binary(row(name), sql::BinaryOperator::Eq, row(EXCLUDED));
    select.from[0].joins.push(sql::Join {
        relation: ast_builder::table_named(EXCLUDED),
        global: false,
        join_operator: sql::JoinOperator::Inner(sql::JoinConstraint::On(on)),
    });
    select.selection = filter.map(|filter| sql::Expr::Nested(Box::new(unqualified(&filter.sql))));
    let query = ast_builder::spanned(ast_builder::query(select), span, Vec::new());
    let given = [(EXISTING, existing.with_name(EXISTING)), (EXCLUDED, excluded.with_name(EXCLUDED))];
    let given = given.map(|(name, rows)| Given { name: name.into(), dataset: Dataset::new(rows) });
    let options = Options { row_numbers: true, given: given.into(), ..Options::default() };
    let (schema, batches) = context.run_query(&query, options)?;
    collected_in_order(&schema, &batches)
}

/// The name of the rows that are there, for the query only.
const EXISTING: &str = "__existing";

/// An expression whose bare names are columns of the dataset, since both sides have them.
fn qualified(expr: &sql::Expr, definition: &Snapshot, name: &str) -> sql::Expr {
    struct Qualify<'a>(&'a Snapshot, &'a str, usize);
    impl sql::VisitorMut for Qualify<'_> {
        type Break = ();

        fn pre_visit_query(&mut self, _: &mut sql::Query) -> std::ops::ControlFlow<()> {
            self.2 += 1;
            std::ops::ControlFlow::Continue(())
        }

        fn post_visit_query(&mut self, _: &mut sql::Query) -> std::ops::ControlFlow<()> {
            self.2 -= 1;
            std::ops::ControlFlow::Continue(())
        }

        fn post_visit_expr(&mut self, expr: &mut sql::Expr) -> std::ops::ControlFlow<()> {
            if let sql::Expr::Identifier(column) = expr
                && self.2 == 0
                && self.0.position(&column.value).is_some()
            {
                *expr = sql::Expr::CompoundIdentifier(vec![ast_builder::ident(self.1), column.clone()]);
            }
            std::ops::ControlFlow::Continue(())
        }
    }
    let mut expr = expr.clone();
    let _ = WalkMut::walk_mut(&mut expr, &mut Qualify(definition, name, 0));
    expr
}
