//! SEARCH as a query: distances in ascending order, ties in row order.

use linal_dataset::Metric;
use linal_lang::ast::relational::{Query, Scalar, Search};
use sqlparser::ast as sql;

use super::ast_builder;
use super::resolve::call;
use crate::scan::{NORMS, ROW_NUMBER};
use crate::udf::COSINE_WITH_NORMS;

/// Whether the vector that is searched for is written as NULL.
pub fn is_null(vector: &Scalar) -> bool {
    matches!(&*vector.sql, sql::Expr::Value(value) if value.value == sql::Value::Null)
}

/// The names of the columns that a SEARCH adds to those of its dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResultNames {
    /// The column of distances.
    pub distance: String,
    /// The column of cosine similarities.
    pub score: String,
}

impl ResultNames {
    /// `distance` and `score`, each with a numeric suffix if the dataset has a column of that name.
    pub fn beside<'c>(columns: impl Iterator<Item = &'c str> + Clone) -> ResultNames {
        let is_taken = |name: &str| columns.clone().any(|column| column.eq_ignore_ascii_case(name));
        let free = |name: &str| {
            let numbered = (2..).map(|number| format!("{name}_{number}"));
            std::iter::once(name.to_string()).chain(numbered).find(|name| !is_taken(name)).unwrap_or_default()
        };
        ResultNames { distance: free("distance"), score: free("score") }
    }

    /// Notices about renamed columns.
    pub fn notices(&self, metric: Metric) -> Vec<String> {
        let own = [("distance", &self.distance), ("score", &self.score)];
        let shown = own.into_iter().filter(|(name, _)| *name == "distance" || metric == Metric::Cosine);
        let renamed = shown.filter(|(name, own)| name != own);
        renamed
            .map(|(name, own)| {
                format!("the dataset has a column `{name}`, so the {name} of the search is in `{own}`")
            })
            .collect()
    }
}

/// The query of a SEARCH. Its datasets need row numbers, whose column is the last before the metric's, and
/// the norms of the vectors if they are used.
pub fn query_of(search: &Search, metric: Metric, with_norms: bool, names: &ResultNames) -> Query {
    let vector = ast_builder::column(&search.column.name);
    let mut items = vec![ast_builder::everything()];
    items.extend(items_of(metric, vector.clone(), search.query.sql.as_ref().clone(), with_norms, names));
    let mut select = ast_builder::select(items, ast_builder::table(&search.table));
    let present = sql::Expr::IsNotNull(Box::new(vector));
    select.selection = Some(match &search.filter {
        Some(filter) => ast_builder::binary(filter.sql.as_ref().clone(), sql::BinaryOperator::And, present),
        None => present,
    });
    let mut query = ast_builder::query(select);
    let keys =
        [ast_builder::column(&names.distance), ast_builder::column(ROW_NUMBER)].map(ast_builder::ascending);
    query.order_by = Some(ast_builder::order_by(keys.into()));
    query.limit_clause = Some(ast_builder::limit(Some(search.limit.sql.as_ref().clone()), None));
    ast_builder::spanned(query, search.query.span, Vec::new())
}

/// The result columns of a metric: the distance, and for cosine the similarity as `score`.
fn items_of(
    metric: Metric,
    column: sql::Expr,
    query: sql::Expr,
    with_norms: bool,
    names: &ResultNames,
) -> Vec<sql::SelectItem> {
    use sql::BinaryOperator::Minus;
    match metric {
        Metric::Cosine => {
            let score = if with_norms {
                call(COSINE_WITH_NORMS, vec![column, ast_builder::column(NORMS), query])
            } else {
                call("cosine_sim", vec![column, query])
            };
            vec![
                ast_builder::named(
                    ast_builder::binary(ast_builder::integer(1), Minus, score.clone()),
                    &names.distance,
                ),
                ast_builder::named(score, &names.score),
            ]
        }
        Metric::L2 => {
            vec![ast_builder::named(call("distance", vec![column, query]), &names.distance)]
        }
        Metric::Dot => {
            let product = call("dot", vec![column, query]);
            vec![ast_builder::named(
                ast_builder::binary(ast_builder::integer(0), Minus, product),
                &names.distance,
            )]
        }
    }
}
