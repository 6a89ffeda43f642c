//! The rows of an answer, read once from a stream or kept.
//!
//! Rows that are fetched are given away and their memory is freed; what needs them all (Arrow, a length, a display)
//! collects those that are left, and keeps them.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Arc, Mutex};

use arrow::array::{
    Array as _, ArrayRef, AsArray, BooleanArray, Int64Array, RecordBatch, StructArray, make_array,
};
use arrow::compute::{cast, concat};
use arrow::datatypes::{DataType, Field, Int64Type, SchemaRef, TimeUnit};
use linal::render::{Format, RenderOptions, render};
use linal::{ColumnType, Outcome, RowSet, column_to_tensor};
use pyo3::prelude::*;
use pyo3::sync::MutexExt;
use pyo3::types::{PyCapsule, PyList, PyTuple};
use pyo3_arrow::ffi::{ArrayIterator, to_stream_pycapsule};

use crate::error::{bug, raise};
use crate::import::arrow_error;
use crate::joined;
use crate::objects;
use crate::pipe::Pipe;
use crate::shared::Shared;
use crate::tensor::Array;
use crate::wait::{Ticket, wait};

/// The compiled part of `linal.Result` and `linal.Dataset`.
#[pyclass(frozen, module = "linal._linal")]
pub struct Rows {
    schema: SchemaRef,
    notices: Vec<String>,
    shared: Option<Arc<Shared>>,
    state: Mutex<State>,
}

struct State {
    /// Rows that are there and not given away, but for the first ones of the first batch.
    batches: VecDeque<RecordBatch>,
    /// Rows of the first batch that were given away: a slice for each row would take longer than the row.
    taken: usize,
    /// The other rows of a query that is running.
    pipe: Option<Arc<Pipe>>,
    /// Whether any rows were given away.
    is_read: bool,
}

impl State {
    /// Rows that are all there.
    fn of(batches: Vec<RecordBatch>) -> State {
        State { batches: batches.into(), taken: 0, pipe: None, is_read: false }
    }

    /// Leaves out what was given away, so that `batches` are the rows that are left.
    fn trim(&mut self) {
        let taken = std::mem::take(&mut self.taken);
        if let Some(first) = self.batches.front_mut().filter(|_| taken > 0) {
            *first = first.slice(taken, first.num_rows() - taken);
        }
    }
}

impl Drop for State {
    fn drop(&mut self) {
        if let Some(pipe) = &self.pipe {
            pipe.release(true);
        }
    }
}

impl Rows {
    /// Rows that are all there.
    pub fn new(
        schema: SchemaRef,
        batches: Vec<RecordBatch>,
        notices: Vec<String>,
        shared: Arc<Shared>,
    ) -> Rows {
        let state = State::of(batches);
        Rows { schema, notices, shared: Some(shared), state: Mutex::new(state) }
    }

    /// Rows of no connection.
    pub fn detached(schema: SchemaRef, batches: Vec<RecordBatch>) -> Rows {
        let state = State::of(batches);
        Rows { schema, notices: Vec::new(), shared: None, state: Mutex::new(state) }
    }

    /// Rows of a query that is running.
    pub fn open(schema: SchemaRef, pipe: Arc<Pipe>, shared: Arc<Shared>) -> Rows {
        let mut state = State::of(Vec::new());
        state.pipe = Some(pipe);
        Rows { schema, notices: Vec::new(), shared: Some(shared), state: Mutex::new(state) }
    }

    /// Waits for more rows of the query; false when there are none.
    fn more(&self, py: Python<'_>, state: &mut State) -> PyResult<bool> {
        let (Some(pipe), Some(shared)) = (state.pipe.clone(), &self.shared) else { return Ok(false) };
        let ticket = Ticket::new(shared.cancellation.clone());
        ticket.begin();
        let taken = wait(py, &ticket, None, |patience| pipe.take(patience));
        let batches = match taken {
            Ok(Ok(batches)) => batches,
            Ok(Err(error)) => {
                state.pipe = None;
                let raised = raise(py, &error, "", None);
                let cause = shared.take_raised();
                if cause.is_some() {
                    raised.set_cause(py, cause);
                }
                return Err(raised);
            }
            Err(raised) => {
                pipe.release(true);
                state.pipe = None;
                return Err(raised);
            }
        };
        if batches.is_empty() {
            state.pipe = None;
            return Ok(false);
        }
        state.batches.extend(batches);
        Ok(true)
    }

    fn collect<'s>(&'s self, py: Python<'_>) -> PyResult<std::sync::MutexGuard<'s, State>> {
        let mut state = self.lock(py)?;
        while self.more(py, &mut state)? {}
        Ok(state)
    }

    /// The state, whose batches are the rows that are left.
    fn lock<'s>(&'s self, py: Python<'_>) -> PyResult<std::sync::MutexGuard<'s, State>> {
        let mut state = self.state.lock_py_attached(py).map_err(bug)?;
        state.trim();
        Ok(state)
    }

    /// The columns, and all rows that are left, which are kept.
    pub fn all(&self, py: Python<'_>) -> PyResult<(SchemaRef, Vec<RecordBatch>)> {
        let state = self.collect(py)?;
        Ok((self.schema.clone(), state.batches.iter().cloned().collect()))
    }

    /// Takes the next rows: some of a batch.
    fn next_rows(&self, py: Python<'_>, at_most: usize) -> PyResult<Option<(RecordBatch, Range<usize>)>> {
        let mut state = self.state.lock_py_attached(py).map_err(bug)?;
        loop {
            let start = state.taken;
            let Some(first) = state.batches.front() else {
                if !self.more(py, &mut state)? {
                    return Ok(None);
                }
                continue;
            };
            let (rows, batch) = (first.num_rows(), first.clone());
            let end = rows.min(start.saturating_add(at_most));
            state.taken = end;
            if end == rows {
                state.batches.pop_front();
                state.taken = 0;
            }
            if start < end {
                state.is_read = true;
                return Ok(Some((batch, start..end)));
            }
        }
    }

    /// The values of a column as one array: that of the only chunk, or of chunks that lie one behind the other.
    fn joined(&self, py: Python<'_>, at: usize) -> PyResult<ArrayRef> {
        let state = self.collect(py)?;
        let parts: Vec<ArrayRef> = state.batches.iter().map(|batch| batch.column(at).clone()).collect();
        drop(state);
        if let Some(array) = joined::adjacent(&parts) {
            return Ok(array);
        }
        let parts: Vec<&dyn arrow::array::Array> = parts.iter().map(|part| part.as_ref()).collect();
        if parts.is_empty() {
            return Ok(arrow::array::new_empty_array(self.schema.field(at).data_type()));
        }
        py.detach(|| concat(&parts)).map_err(|error| arrow_error(py, &error))
    }

    /// Takes the next rows, as tuples.
    fn tuples<'py>(&self, py: Python<'py>, count: usize) -> PyResult<Bound<'py, PyList>> {
        let (mut made, mut left) = (Vec::new(), count);
        while left > 0 {
            // A fetch of millions of rows takes longer than Ctrl-C may. Rows that were taken are made before the next look.
            py.check_signals()?;
            let Some((batch, rows)) = self.next_rows(py, left)? else { break };
            left -= rows.len();
            objects::add_rows(py, &batch, rows, &mut made)?;
        }
        PyList::new(py, made)
    }
}

#[pymethods]
impl Rows {
    /// The names of the columns.
    #[getter]
    fn columns(&self) -> Vec<String> {
        self.schema.fields().iter().map(|field| field.name().clone()).collect()
    }

    /// The types of the columns, as the language writes them.
    #[getter]
    fn types(&self) -> Vec<String> {
        self.schema.fields().iter().map(|field| ColumnType::of(field).to_string()).collect()
    }

    /// Sentences about the answer.
    #[getter]
    fn notices(&self) -> Vec<String> {
        self.notices.clone()
    }

    /// The number of rows that are left.
    fn count(&self, py: Python<'_>) -> PyResult<usize> {
        Ok(self.collect(py)?.batches.iter().map(RecordBatch::num_rows).sum())
    }

    /// The number of rows that are left, when it is known without reading them.
    fn known_count(&self, py: Python<'_>) -> PyResult<Option<usize>> {
        let state = self.lock(py)?;
        let count = state.batches.iter().map(RecordBatch::num_rows).sum();
        Ok(state.pipe.is_none().then_some(count))
    }

    /// Takes the next rows, as tuples; all that are left without a number.
    #[pyo3(signature = (count=None))]
    fn fetch<'py>(&self, py: Python<'py>, count: Option<usize>) -> PyResult<Bound<'py, PyList>> {
        self.tuples(py, count.unwrap_or(usize::MAX))
    }

    /// Takes the next row, as a tuple; None at the end.
    fn fetch_row<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyTuple>>> {
        let Some((batch, rows)) = self.next_rows(py, 1)? else { return Ok(None) };
        let mut made = Vec::new();
        objects::add_rows(py, &batch, rows, &mut made)?;
        Ok(made.pop())
    }

    /// Takes the rows of the next batch, as tuples; an empty list at the end.
    fn fetch_batch<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let mut made = Vec::new();
        if let Some((batch, rows)) = self.next_rows(py, 1024)? {
            objects::add_rows(py, &batch, rows, &mut made)?;
        }
        PyList::new(py, made)
    }

    /// The first rows that are left, as tuples, without taking them.
    fn peek<'py>(&self, py: Python<'py>, count: usize) -> PyResult<Bound<'py, PyList>> {
        let mut state = self.lock(py)?;
        let there = |state: &State| state.batches.iter().map(RecordBatch::num_rows).sum::<usize>();
        while there(&state) < count && self.more(py, &mut state)? {}
        let batches: Vec<RecordBatch> = state.batches.iter().cloned().collect();
        drop(state);
        let (mut made, mut left) = (Vec::new(), count);
        for batch in batches {
            let rows = batch.num_rows().min(left);
            objects::add_rows(py, &batch, 0..rows, &mut made)?;
            left -= rows;
        }
        PyList::new(py, made)
    }

    /// Leaves out the next rows.
    fn skip(&self, py: Python<'_>, count: usize) -> PyResult<()> {
        let mut left = count;
        while left > 0 {
            let Some((_, rows)) = self.next_rows(py, left)? else { return Ok(()) };
            left -= rows.len();
        }
        Ok(())
    }

    /// All rows that are left, as an Arrow stream; they are kept.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let (schema, batches) = self.all(py)?;
        let field = Field::new_struct("", schema.fields().clone(), false);
        let arrays = batches.into_iter().map(|batch| Ok(Arc::new(StructArray::from(batch)) as ArrayRef));
        let reader = Box::new(ArrayIterator::new(arrays, field.into()));
        to_stream_pycapsule(py, reader, requested_schema).map_err(PyErr::from)
    }

    /// A column as an Array, over its memory when that is one piece; None when it has NULL or no numbers.
    fn tensor(&self, py: Python<'_>, at: usize) -> PyResult<Option<Array>> {
        let array = self.joined(py, at)?;
        let shared = self.shared.clone().unwrap_or_else(Shared::fallback);
        let tensor = column_to_tensor(self.schema.field(at), &array).ok();
        Ok(tensor.map(|tensor| Array::new(tensor.into(), shared)))
    }

    /// The numbers of a column that has NULL, over its memory, and which of them are NULL; None when it has no
    /// numbers.
    fn masked(&self, py: Python<'_>, at: usize) -> PyResult<Option<(Array, Array)>> {
        let (array, field) = (self.joined(py, at)?, self.schema.field(at));
        let numbers = matches!(
            ColumnType::of(field),
            ColumnType::Bool | ColumnType::Int | ColumnType::Float | ColumnType::Real
        );
        let Some(nulls) = array.nulls().filter(|_| numbers) else { return Ok(None) };
        let mask = BooleanArray::new(!nulls.inner(), None);
        let plain = array.to_data().into_builder().nulls(None).build().map_err(bug)?;
        let flags = Field::new("", DataType::Boolean, true);
        let tensors = (column_to_tensor(field, &make_array(plain)), column_to_tensor(&flags, &mask));
        let (Ok(values), Ok(mask)) = tensors else { return Ok(None) };
        let shared = self.shared.clone().unwrap_or_else(Shared::fallback);
        Ok(Some((Array::new(values.into(), shared.clone()), Array::new(mask.into(), shared))))
    }

    /// The days, or parts of seconds, since 1970 of a column of dates or timestamps, the least integer for NULL, as
    /// NumPy has them, and NumPy's name of their unit; None for any other column. Timestamps with a zone are others.
    fn ticks(&self, py: Python<'_>, at: usize) -> PyResult<Option<(Array, &'static str)>> {
        let array = self.joined(py, at)?;
        let unit = match array.data_type() {
            DataType::Date32 => "D",
            DataType::Timestamp(TimeUnit::Second, None) => "s",
            DataType::Timestamp(TimeUnit::Millisecond, None) => "ms",
            DataType::Timestamp(TimeUnit::Microsecond, None) => "us",
            DataType::Timestamp(TimeUnit::Nanosecond, None) => "ns",
            _ => return Ok(None),
        };
        let ticks = cast(&array, &DataType::Int64).map_err(|error| arrow_error(py, &error))?;
        let mut ticks: Int64Array = ticks.as_primitive::<Int64Type>().clone();
        if ticks.null_count() > 0 {
            ticks = Int64Array::from_iter_values(ticks.iter().map(|tick| tick.unwrap_or(i64::MIN)));
        }
        let tensor =
            column_to_tensor(&Field::new("", DataType::Int64, true), &ticks).map_err(|_| bug("ticks"))?;
        let shared = self.shared.clone().unwrap_or_else(Shared::fallback);
        Ok(Some((Array::new(tensor.into(), shared), unit)))
    }

    /// The values of a column, as a list.
    fn values<'py>(&self, py: Python<'py>, at: usize) -> PyResult<Bound<'py, PyList>> {
        objects::list(py, self.schema.field(at), &self.joined(py, at)?)
    }

    /// Whether rows were taken.
    #[getter]
    fn is_read(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.lock(py)?.is_read)
    }

    /// The rows that are left as a table of text, abridged in the middle beyond this many rows; they are kept.
    #[pyo3(signature = (rows=None))]
    fn text(&self, py: Python<'_>, rows: Option<usize>) -> PyResult<String> {
        let (schema, batches) = self.all(py)?;
        let mut options = RenderOptions::default();
        if let Some(rows) = rows {
            options.max_rows = rows;
        }
        let mut text = Vec::new();
        let outcome = Outcome::Rows(RowSet::new(schema, batches));
        render(&outcome, Format::Table, &options, &mut text).map_err(bug)?;
        String::from_utf8(text).map_err(bug)
    }

    /// A copy that is read on its own; the rows are shared.
    fn again(&self, py: Python<'_>) -> PyResult<Rows> {
        let (schema, batches) = self.all(py)?;
        let state = Mutex::new(State::of(batches));
        Ok(Rows { schema, notices: self.notices.clone(), shared: self.shared.clone(), state })
    }
}
