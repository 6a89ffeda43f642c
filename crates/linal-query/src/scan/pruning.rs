//! Chunks of a directory that have no row that a filter keeps, by the statistics of their segments.

use std::collections::HashSet;
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use crate::tree::Tree;
use arrow::array::{Array, ArrayRef, BooleanArray, Float32Array, Float64Array, UInt64Array, new_null_array};
use arrow::compute::concat;
use arrow::datatypes::{DataType, Float32Type, Float64Type, SchemaRef};
use datafusion::catalog::Session;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{Column, DFSchema, Result, ScalarValue, pruning::PruningStatistics};
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, Operator};
use datafusion::physical_optimizer::pruning::{PruningPredicate, PruningPredicateBuilder};
use linal_dataset::{Chunk, ColumnValues, Snapshot};
use linal_store::database::ColumnStatistics;

use super::Read;
use crate::udf::key::KEY;

/// Whether a filter is one that statistics may decide: comparisons of columns with literals, and their
/// combinations.
pub(super) fn is_useful(filter: &Expr) -> bool {
    match filter {
        Expr::BinaryExpr(binary) => match binary.op {
            Operator::And | Operator::Or => is_useful(&binary.left) && is_useful(&binary.right),
            Operator::Eq
            | Operator::NotEq
            | Operator::Lt
            | Operator::LtEq
            | Operator::Gt
            | Operator::GtEq => is_plain(&binary.left) && is_plain(&binary.right),
            _ => false,
        },
        Expr::Between(between) => {
            [&between.expr, &between.low, &between.high].into_iter().all(|e| is_plain(e))
        }
        Expr::InList(list) => is_plain(&list.expr) && list.list.iter().all(is_plain),
        Expr::IsNull(operand) | Expr::IsNotNull(operand) => is_plain(operand),
        _ => false,
    }
}

/// A column, the normalized key of one, or a literal.
fn is_plain(expr: &Expr) -> bool {
    match expr {
        Expr::Column(_) | Expr::Literal(..) => true,
        Expr::ScalarFunction(call) if call.func.name() == KEY => call.args.iter().all(is_plain),
        _ => false,
    }
}

/// The predicate of a scan's filters; `None` when statistics cannot decide any of them.
///
/// # Errors
/// Internal errors only.
pub(super) fn predicate(
    state: &dyn Session,
    filters: &[Expr],
    schema: &SchemaRef,
) -> Result<Option<Arc<PruningPredicate>>> {
    let useful = filters.iter().filter(|filter| is_useful(filter)).cloned();
    let Some(filter) = conjunction(useful) else { return Ok(None) };
    // Bounds of floats are those of their keys.
    let filter = filter.transform_up(|expr| match &expr {
        Expr::ScalarFunction(call) if call.func.name() == KEY && call.args.len() == 1 => {
            Ok(Transformed::yes(call.args[0].clone()))
        }
        _ => Ok(Transformed::no(expr)),
    })?;
    let unqualified = filter.data.transform_up(|expr| match expr {
        Expr::Column(column) => Ok(Transformed::yes(Expr::Column(Column::from_name(column.name)))),
        other => Ok(Transformed::no(other)),
    })?;
    let physical =
        state.create_physical_expr(unqualified.data, &DFSchema::try_from(schema.as_ref().clone())?)?;
    Ok(PruningPredicateBuilder::new().with_file_schema(schema.clone()).build(physical))
}

/// The rows of the chunks that a predicate cannot exclude.
///
/// # Errors
/// Internal errors only.
pub(super) fn rows(
    predicate: Option<&PruningPredicate>,
    snapshot: &Snapshot,
    schema: &SchemaRef,
    reads: &[Read],
) -> Result<Vec<Range<usize>>> {
    let all = || std::iter::once(0..snapshot.rows).collect();
    let Some(predicate) = predicate.filter(|_| snapshot.is_stored()) else { return Ok(all()) };
    let chunks: Vec<&Chunk> = snapshot.chunks.iter().map(|chunk| chunk.as_ref()).collect();
    let mut kept = predicate.prune(&ChunkStatistics { chunks, schema, reads, detail: Detail::Segment })?;
    // The footers of the files that are left have the bounds of each row group.
    let left = snapshot.chunks.iter().zip(&kept).filter(|(_, is_kept)| **is_kept);
    let chunks: Vec<&Chunk> = left.map(|(chunk, _)| chunk.as_ref()).collect();
    let own = predicate.prune(&ChunkStatistics { chunks, schema, reads, detail: Detail::RowGroup })?;
    kept.iter_mut().filter(|is_kept| **is_kept).zip(own).for_each(|(is_kept, own)| *is_kept = own);
    let mut rows: Vec<Range<usize>> = Vec::new();
    let mut first = 0;
    for (chunk, is_kept) in snapshot.chunks.iter().zip(kept) {
        let end = first + chunk.rows();
        match rows.last_mut() {
            Some(last) if is_kept && last.end == first => last.end = end,
            _ if is_kept => rows.push(first..end),
            _ => {}
        }
        first = end;
    }
    Ok(rows)
}

/// A part of ranges: the rows from `start` to `stop` of all of them together.
pub(super) fn part(ranges: &[Range<usize>], start: usize, stop: usize) -> VecDeque<Range<usize>> {
    let mut before = 0;
    let mut parts = VecDeque::new();
    for range in ranges {
        let from = range.start + start.saturating_sub(before).min(range.len());
        let to = range.start + stop.saturating_sub(before).min(range.len());
        if from < to {
            parts.push_back(from..to);
        }
        before += range.len();
    }
    parts
}

/// The statistics of chunks; those of chunks in memory are unknown.
struct ChunkStatistics<'s> {
    chunks: Vec<&'s Chunk>,
    schema: &'s SchemaRef,
    reads: &'s [Read],
    detail: Detail,
}

/// What the statistics are about.
#[derive(Clone, Copy)]
enum Detail {
    /// The segment of a chunk, by the catalog.
    Segment,
    /// The chunk itself, by the footer of its file.
    RowGroup,
}

impl Detail {
    /// The statistics of a column of a chunk; unknown for one in memory, and for a file that cannot be read,
    /// which the scan reports.
    fn of(self, chunk: &Chunk, at: usize) -> Option<ColumnStatistics> {
        match (&chunk.columns()[at], self) {
            (ColumnValues::Stored(stored), Detail::Segment) => Some(stored.statistics()),
            (ColumnValues::Stored(stored), Detail::RowGroup) => stored.own_statistics().ok(),
            (ColumnValues::Memory(..), _) => None,
        }
    }
}

impl ChunkStatistics<'_> {
    /// One value for each chunk.
    fn collect(
        &self,
        column: &Column,
        bound: impl Fn(ColumnStatistics) -> Option<ArrayRef>,
    ) -> Option<ArrayRef> {
        let at = self.schema.index_of(&column.name).ok()?;
        let of_dataset = self.reads.get(at)?.column()?;
        let data_type = self.schema.field(at).data_type();
        let value = |chunk: &&Chunk| {
            let known = self.detail.of(chunk, of_dataset).and_then(|statistics| {
                let may_be_nan = statistics.contains_nan != Some(false);
                comparable(bound(statistics)?, may_be_nan)
            });
            let known = known.filter(|value| value.data_type() == data_type);
            known.unwrap_or_else(|| new_null_array(data_type, 1))
        };
        let values: Vec<ArrayRef> = self.chunks.iter().map(value).collect();
        let values: Vec<&dyn Array> = values.iter().map(|value| value.as_ref()).collect();
        concat(&values).ok()
    }
}

impl PruningStatistics for ChunkStatistics<'_> {
    fn min_values(&self, column: &Column) -> Option<ArrayRef> {
        self.collect(column, |statistics| statistics.min)
    }

    fn max_values(&self, column: &Column) -> Option<ArrayRef> {
        self.collect(column, |statistics| statistics.max)
    }

    fn num_containers(&self) -> usize {
        self.chunks.len()
    }

    /// Only that there are none: a number of NULLs is that of a segment, of which the chunk may be a part.
    fn null_counts(&self, column: &Column) -> Option<ArrayRef> {
        let at = self.reads.get(self.schema.index_of(&column.name).ok()?)?.column()?;
        let nulls =
            self.chunks.iter().map(|chunk| self.detail.of(chunk, at)?.nulls.filter(|&nulls| nulls == 0));
        Some(Arc::new(nulls.collect::<UInt64Array>()))
    }

    fn row_counts(&self) -> Option<ArrayRef> {
        None
    }

    fn contained(&self, _: &Column, _: &HashSet<ScalarValue>) -> Option<BooleanArray> {
        None
    }
}

/// A bound in the order of comparisons; `None` where that is another one.
fn comparable(bound: ArrayRef, may_be_nan: bool) -> Option<ArrayRef> {
    match bound.data_type() {
        // Bounds do not count NaN, and -0 is equal to 0.
        DataType::Float32 if !may_be_nan => {
            let values: &Float32Array = arrow::array::AsArray::as_primitive::<Float32Type>(&bound);
            Some(Arc::new(Float32Array::from_iter(values.iter().map(|value| value.map(|value| value + 0.0)))))
        }
        DataType::Float64 if !may_be_nan => {
            let values: &Float64Array = arrow::array::AsArray::as_primitive::<Float64Type>(&bound);
            Some(Arc::new(Float64Array::from_iter(values.iter().map(|value| value.map(|value| value + 0.0)))))
        }
        DataType::Float16 | DataType::Float32 | DataType::Float64 => None,
        _ => Some(bound),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_ranges() {
        let ranges = [0..10, 20..25, 30..40];
        assert_eq!(part(&ranges, 0, 25), [0..10, 20..25, 30..40]);
        assert_eq!(part(&ranges, 3, 12), [3..10, 20..22]);
        assert_eq!(part(&ranges, 12, 16), [22..25, 30..31]);
        assert!(part(&ranges, 5, 5).is_empty());
    }
}
