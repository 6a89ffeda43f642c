//! The rows of the smallest draws, of which there are as many as were asked for.

use arrow::array::{BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use datafusion::common::Result;
use linal_tensor::Reservation;

use super::spec::{Size, draw, greatest_draw};
use crate::error::external;
use crate::run::query_state::QueryState;

/// Rows from which on a percentage is estimated before the end.
const ESTIMATED_FROM: u64 = 100_000;

/// Rows that may be kept beyond those that are needed, before they are sorted out.
const SLACK: usize = 65_536;

/// Candidates for the sample, in the order of their rows.
pub(super) struct Reservoir {
    seed: u64,
    size: Size,
    /// The number of rows so far.
    rows: u64,
    /// Greater draws belong to no sample.
    greatest: Option<u64>,
    kept: Vec<(RecordBatch, Vec<u64>)>,
    count: usize,
    memory: Option<Reservation>,
}

impl Reservoir {
    pub fn new(seed: u64, size: Size) -> Reservoir {
        let greatest = Some(u64::MAX);
        Reservoir { seed, size, rows: 0, greatest, kept: Vec::new(), count: 0, memory: None }
    }

    /// Adds the next rows.
    ///
    /// # Errors
    /// When the statement must end, or its memory is exhausted.
    pub fn add(&mut self, batch: &RecordBatch, running: &QueryState) -> Result<()> {
        running.poll()?;
        let first = self.rows;
        self.rows += batch.num_rows() as u64;
        let draws: Vec<u64> = (first..self.rows).map(|row| draw(self.seed, row)).collect();
        self.keep(batch, draws, running)?;
        match self.size {
            Size::Rows(rows) => {
                let needed = usize::try_from(rows).unwrap_or(usize::MAX);
                if self.count > needed.saturating_mul(2).saturating_add(SLACK) {
                    self.sort_out(needed)?;
                }
            }
            Size::Percent(percent) if self.rows > ESTIMATED_FROM && self.greatest == Some(u64::MAX) => {
                let fraction = percent / 100.0;
                // Eight standard deviations above what is needed.
                let deviation = (fraction * (1.0 - fraction) / ESTIMATED_FROM as f64).sqrt();
                self.greatest = greatest_draw(fraction + 8.0 * deviation);
                self.drop_greater()?;
            }
            Size::Percent(_) => {}
        }
        Ok(())
    }

    fn keep(&mut self, batch: &RecordBatch, draws: Vec<u64>, running: &QueryState) -> Result<()> {
        let Some(greatest) = self.greatest else { return Ok(()) };
        let (batch, draws) =
            if greatest == u64::MAX { (batch.clone(), draws) } else { chosen(batch, &draws, greatest)? };
        if batch.num_rows() == 0 {
            return Ok(());
        }
        // A slice of a dataset is counted as its rows alone.
        let bytes: usize = batch
            .columns()
            .iter()
            .map(|column| column.to_data().get_slice_memory_size().unwrap_or_default())
            .sum::<usize>()
            + draws.len() * 8;
        let charged = match &mut self.memory {
            Some(memory) => memory.grow("sample", bytes),
            None => running.pool().reserve("sample", bytes).map(|memory| self.memory = Some(memory)),
        };
        charged.map_err(|error| external(linal_dataset::Error::from(error)))?;
        self.count += batch.num_rows();
        self.kept.push((batch, draws));
        Ok(())
    }

    /// Keeps the rows of the smallest draws.
    fn sort_out(&mut self, needed: usize) -> Result<()> {
        if self.count <= needed {
            return Ok(());
        }
        let mut draws: Vec<u64> = self.kept.iter().flat_map(|(_, draws)| draws.iter().copied()).collect();
        self.greatest = needed.checked_sub(1).map(|last| *draws.select_nth_unstable(last).1);
        self.drop_greater()
    }

    fn drop_greater(&mut self) -> Result<()> {
        let Some(greatest) = self.greatest else {
            self.kept.clear();
            self.count = 0;
            return Ok(());
        };
        for (batch, draws) in &mut self.kept {
            (*batch, *draws) = chosen(batch, draws, greatest)?;
        }
        self.kept.retain(|(batch, _)| batch.num_rows() > 0);
        self.count = self.kept.iter().map(|(batch, _)| batch.num_rows()).sum();
        Ok(())
    }

    /// The sample, in the order of its rows.
    ///
    /// # Errors
    /// Those of Arrow.
    pub fn finish(mut self) -> Result<Vec<RecordBatch>> {
        let needed = match self.size {
            Size::Rows(rows) => usize::try_from(rows).unwrap_or(usize::MAX),
            Size::Percent(percent) => (percent / 100.0 * self.rows as f64).round() as usize,
        };
        self.sort_out(needed)?;
        Ok(self.kept.into_iter().map(|(batch, _)| batch).collect())
    }
}

/// The rows of draws that are not greater.
fn chosen(batch: &RecordBatch, draws: &[u64], greatest: u64) -> Result<(RecordBatch, Vec<u64>)> {
    let is_chosen = BooleanArray::from_iter(draws.iter().map(|draw| Some(*draw <= greatest)));
    let draws = draws.iter().copied().filter(|draw| *draw <= greatest).collect();
    Ok((filter_record_batch(batch, &is_chosen)?, draws))
}
