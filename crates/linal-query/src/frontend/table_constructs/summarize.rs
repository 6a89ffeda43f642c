//! SUMMARIZE: a row of statistics for each column.
//!
//! All columns are aggregated in one pass, into one row; UNNEST numbers the columns, and each statistic is chosen by the
//! number. Names and types are those of DuckDB, whose statistics are texts, too.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field};
use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_store::{ColumnType, TensorType};
use linal_tensor::DType;
use sqlparser::ast as sql;

use super::{Expansion, text_query};
use crate::frontend::ast_builder;

/// The statistics in their order, each with the type of its column.
const STATISTICS: [(&str, &str); 10] = [
    ("min", "VARCHAR"),
    ("max", "VARCHAR"),
    ("approx_unique", "BIGINT"),
    ("avg", "VARCHAR"),
    ("std", "VARCHAR"),
    ("q25", "VARCHAR"),
    ("q50", "VARCHAR"),
    ("q75", "VARCHAR"),
    ("count", "BIGINT"),
    ("null_percentage", "DECIMAL(9, 2)"),
];

/// The statistics of tensors, which are there when a column has them.
const OF_TENSORS: [(&str, &str); 2] = [("dimension", "BIGINT"), ("mean_norm", "DOUBLE")];

/// Writes the SUMMARIZE out.
pub(super) fn write_out(expansion: &mut Expansion<'_, '_>, select: &mut sql::Select) -> Result<()> {
    let schema = expansion.columns(&select.from)?;
    if schema.fields().is_empty() {
        return Err(Error::new(Code::BadQuery, "there is no column to summarize"));
    }
    let has_tensors = schema.fields().iter().any(|field| TensorType::of(field).is_some());
    let of_tensors = if has_tensors { &OF_TENSORS[..] } else { &[] };
    let statistics: Vec<(&str, &str)> = STATISTICS.iter().chain(of_tensors).copied().collect();
    let fields: Vec<&Arc<Field>> = schema.fields().iter().collect();
    let text = query_text(&fields, &statistics);
    let mut source = ast_builder::select(vec![ast_builder::everything()], ast_builder::table_named(""));
    source.from = std::mem::take(&mut select.from);
    let query = text_query::parse(&text, ast_builder::query(source))?;
    *select = match *query.body {
        sql::SetExpr::Select(select) => *select,
        _ => return Err(Error::new(Code::InternalError, "a bug in linal: a SUMMARIZE that is no SELECT")),
    };
    Ok(())
}

fn query_text(fields: &[&Arc<Field>], statistics: &[(&str, &str)]) -> String {
    let columns: Vec<String> = (0..fields.len()).map(|at| format!("c{at}")).collect();
    let mut aggregates = Vec::new();
    for (at, field) in fields.iter().enumerate() {
        let kind = Kind::of(field);
        for (name, column_type) in statistics {
            let value = kind.statistic(name, &format!("c{at}")).unwrap_or_else(|| "NULL".to_owned());
            aggregates.push(format!("CAST({value} AS {column_type}) AS s{at}_{name}"));
        }
    }
    let numbers: Vec<String> = (0..fields.len()).map(|at| at.to_string()).collect();
    let choice = |value: &dyn Fn(usize) -> String| {
        let whens: Vec<String> =
            (0..fields.len()).map(|at| format!("WHEN {at} THEN {}", value(at))).collect();
        format!("CASE __column {} END", whens.join(" "))
    };
    let name = choice(&|at| text_query::text(fields[at].name()));
    let kind = choice(&|at| text_query::text(&ColumnType::of(fields[at]).to_string()));
    let mut items = vec![format!("{name} AS column_name"), format!("{kind} AS column_type")];
    for (name, _) in statistics {
        items.push(format!("{} AS {}", choice(&|at| format!("s{at}_{name}")), text_query::name(name)));
    }
    let source = text_query::SOURCE;
    let row = format!("SELECT {} FROM {source} AS s({})", aggregates.join(", "), columns.join(", "));
    let numbered =
        format!("SELECT *, CAST(unnest([{}]) AS Int) AS __column FROM ({row}) AS r", numbers.join(", "));
    format!("SELECT {} FROM ({numbered}) AS n", items.join(", "))
}

/// What can be said of a column.
enum Kind {
    Integer,
    Float,
    Decimal,
    Time { is_date: bool },
    Ordered,
    Tensor { elements: usize, rank: usize, has_norm: bool },
    Other,
}

impl Kind {
    fn of(field: &Field) -> Kind {
        if let Some(tensor) = TensorType::of(field) {
            return Kind::Tensor {
                elements: tensor.len(),
                rank: tensor.shape.rank(),
                has_norm: matches!(tensor.dtype, DType::F32 | DType::F64 | DType::I64),
            };
        }
        match field.data_type() {
            DataType::Decimal128(..) | DataType::Decimal256(..) => Kind::Decimal,
            kind if kind.is_integer() => Kind::Integer,
            kind if kind.is_floating() => Kind::Float,
            DataType::Date32 => Kind::Time { is_date: true },
            DataType::Timestamp(_, None) => Kind::Time { is_date: false },
            DataType::Boolean
            | DataType::Utf8
            | DataType::LargeUtf8
            | DataType::Utf8View
            | DataType::Time64(_)
            | DataType::Timestamp(_, Some(_)) => Kind::Ordered,
            _ => Kind::Other,
        }
    }

    /// The expression of a statistic over a column; `None` if there is none.
    fn statistic(&self, name: &str, column: &str) -> Option<String> {
        let quantile = |value: &str| match name {
            "q25" => Some(format!("__quartile({value}, 0.25)")),
            "q50" => Some(format!("__quartile({value}, 0.5)")),
            "q75" => Some(format!("__quartile({value}, 0.75)")),
            _ => None,
        };
        match (name, self) {
            ("count", _) => Some("COUNT(*)".to_owned()),
            ("null_percentage", _) => {
                let share = format!("100.0 * (COUNT(*) - COUNT({column})) / COUNT(*)");
                Some(format!("CASE WHEN COUNT(*) > 0 THEN ROUND({share}, 2) END"))
            }
            ("min", Kind::Integer | Kind::Float | Kind::Decimal | Kind::Time { .. } | Kind::Ordered) => {
                Some(format!("MIN({column})"))
            }
            ("max", Kind::Integer | Kind::Float | Kind::Decimal | Kind::Time { .. } | Kind::Ordered) => {
                Some(format!("MAX({column})"))
            }
            // DataFusion's function takes no floats.
            ("approx_unique", Kind::Float) => {
                Some(format!("COALESCE(APPROX_DISTINCT(CAST({column} AS VARCHAR)), 0)"))
            }
            ("approx_unique", _) => Some(format!("COALESCE(APPROX_DISTINCT({column}), 0)")),
            ("avg", Kind::Integer | Kind::Float | Kind::Decimal) => Some(format!("AVG({column})")),
            ("std", Kind::Integer | Kind::Float | Kind::Decimal) => Some(format!("STDDEV({column})")),
            ("q25" | "q50" | "q75", Kind::Integer | Kind::Float | Kind::Decimal) => {
                let quantile = quantile(&format!("CAST({column} AS DOUBLE)"))?;
                let is_integer = matches!(self, Kind::Integer);
                Some(if is_integer { format!("CAST(ROUND({quantile}) AS BIGINT)") } else { quantile })
            }
            ("avg", Kind::Time { .. }) => Some(format!("TO_TIMESTAMP(AVG(DATE_PART('epoch', {column})))")),
            ("q25" | "q50" | "q75", Kind::Time { is_date }) => {
                let epoch = quantile(&format!("DATE_PART('epoch', {column})"))?;
                // A day is the nearest one.
                let epoch = if *is_date { format!("ROUND({epoch} / 86400) * 86400") } else { epoch };
                let moment = format!("TO_TIMESTAMP({epoch})");
                Some(if *is_date { format!("CAST({moment} AS DATE)") } else { moment })
            }
            ("dimension", Kind::Tensor { elements, .. }) => Some(elements.to_string()),
            ("mean_norm", Kind::Tensor { rank, has_norm: true, .. }) => {
                let vector = if *rank > 1 { format!("FLATTEN({column})") } else { column.to_owned() };
                Some(format!("AVG(L2_NORM({vector}))"))
            }
            _ => None,
        }
    }
}
