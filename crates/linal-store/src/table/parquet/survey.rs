//! What decides on the types of columns: from statistics where they suffice, otherwise from the rows.

use arrow::datatypes::Field;
use parquet::arrow::ProjectionMask;

use super::file::ParquetFile;
use super::{memory, size};
use crate::error::Result;
use crate::progress::ReadContext;
use crate::table::OPERATION;
use crate::table::normalize::{Facts, Losses, Survey, catch_failure};

impl ParquetFile {
    /// The facts of all columns; timestamps of 96 bits are compared in both of their units.
    pub(super) fn survey(&mut self, context: &ReadContext<'_>) -> Result<Survey> {
        let mut survey = Survey::new(self.places.len());
        for group in self.groups() {
            self.check(group)?;
            survey.rows = survey.rows.saturating_add(usize::try_from(group.num_rows()).unwrap_or(0));
        }
        let mut unknown = Vec::new();
        for (at, facts) in survey.columns.iter_mut().enumerate() {
            match self.statistics(at) {
                Some(known) => *facts = known,
                None => unknown.push(at),
            }
        }
        if !unknown.is_empty() {
            self.scan(&unknown, &mut survey, context)?;
        }
        Ok(survey)
    }

    /// The facts of a column without reading it.
    fn statistics(&self, at: usize) -> Option<Facts> {
        let field: &Field = self.schema.field(at);
        let is_exact = self.int96.as_ref().is_none_or(|int96| !int96.has(at));
        if !is_exact || Losses::depend_on_values(field.data_type()) {
            return None;
        }
        if !field.is_nullable() {
            return Some(Facts::default());
        }
        let mut nulls = 0u64;
        let mut is_nested = false;
        for group in self.groups() {
            for (_, chunk) in self.chunks(group).filter(|(root, _)| *root == self.places[at]) {
                let column = chunk.column_descr();
                is_nested |= column.max_rep_level() > 0 || column.max_def_level() > 1;
                nulls = nulls.saturating_add(chunk.statistics()?.null_count_opt()?);
            }
        }
        // A list or a record that is NULL counts among its values, and so does a NULL within.
        let decides = nulls == 0 || !is_nested;
        decides.then_some(Facts { nulls: nulls > 0, ..Facts::default() })
    }

    /// Reads columns for their facts.
    fn scan(&mut self, columns: &[usize], survey: &mut Survey, context: &ReadContext<'_>) -> Result<()> {
        let mut int96 = self.int96.take();
        let roots: Vec<usize> = columns.iter().map(|&at| self.places[at]).collect();
        let mask = ProjectionMask::roots(self.metadata.parquet_schema(), roots.iter().copied());
        let size_of = |group| {
            let chunks = self.chunks(group).filter(|(root, _)| roots.contains(root));
            chunks.fold(0u64, |sum, (_, chunk)| {
                sum.saturating_add(u64::try_from(chunk.compressed_size()).unwrap_or(0))
            })
        };
        let total = self.groups().iter().map(size_of).fold(0u64, u64::saturating_add);
        let _watch = context.start_read(&format!("{} (types)", self.source.label), Some(total));
        for (at, group) in self.groups().iter().enumerate() {
            let chunks =
                || self.chunks(group).filter(|(root, _)| roots.contains(root)).map(|(_, chunk)| chunk);
            let rows = size::batch_rows(chunks(), usize::try_from(group.num_rows()).unwrap_or(0));
            let _working = context.pool.reserve(OPERATION, size::working(chunks()))?;
            let mut reader = self.reader(at, &self.metadata, &mask, rows)?;
            let mut nanoseconds = match &int96 {
                Some(int96) => Some(self.reader(at, &int96.metadata, &int96.mask, rows)?),
                None => None,
            };
            while let Some(batch) = catch_failure(&self.place, || reader.next().transpose())? {
                context.poll()?;
                let _held = context.pool.reserve(OPERATION, memory(&batch))?;
                for (&column, array) in columns.iter().zip(batch.columns()) {
                    survey.columns[column].inspect(array);
                }
                if let (Some(int96), Some(nanoseconds)) = (&mut int96, &mut nanoseconds)
                    && let Some(exact) = catch_failure(&self.place, || nanoseconds.next().transpose())?
                {
                    catch_failure(&self.place, || int96.compare_within(columns, &batch, &exact))?;
                }
            }
            context.progress.advance(size_of(group));
        }
        self.int96 = int96;
        Ok(())
    }
}
