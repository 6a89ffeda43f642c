//! Where a step's result goes: an owned tensor, or the statement's arena.

use std::mem::MaybeUninit;

use crate::kernel::Register;
use crate::kernel::threads::CostClass;
use crate::{DType, Data, ExecutionContext, FromData, Layout, Result, Shape, Tensor, View};

/// Intermediates up to this size live in the arena; larger ones are owned, so that they are freed after their last use.
const ARENA_BYTES: usize = 1 << 20;

/// What an element-wise pass reads: elements, and where they lie.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The whole buffer.
    pub data: Data<'a>,
    /// Shape, strides and offset of the elements that count.
    pub layout: &'a Layout,
}

/// A value while a program runs.
#[derive(Debug)]
pub enum Value<'a> {
    /// An input of the program, borrowed.
    Input(&'a Tensor),
    /// A tensor of its own, or a view of one.
    Owned(Tensor),
    /// Scratch of the statement's arena.
    Scratch(View<'a>),
}

impl<'a> Value<'a> {
    /// The elements, to read.
    pub fn view(&self) -> View<'_> {
        match self {
            Value::Input(tensor) => tensor.view(),
            Value::Owned(tensor) => tensor.view(),
            Value::Scratch(view) => view.clone(),
        }
    }

    /// The layout.
    pub fn layout(&self) -> &Layout {
        match self {
            Value::Input(tensor) => tensor.layout(),
            Value::Owned(tensor) => tensor.layout(),
            Value::Scratch(view) => &view.layout,
        }
    }

    /// The data under its Rust type.
    pub fn data(&self) -> Data<'_> {
        match self {
            Value::Input(tensor) => tensor.data(),
            Value::Owned(tensor) => tensor.data(),
            Value::Scratch(view) => view.data,
        }
    }

    /// Data and layout, to read without a copy of the layout.
    #[inline]
    pub fn source(&self) -> Source<'_> {
        match self {
            Value::Input(tensor) => tensor.source(),
            Value::Owned(tensor) => tensor.source(),
            Value::Scratch(view) => Source { data: view.data, layout: &view.layout },
        }
    }

    /// The same elements under another layout.
    pub fn with_layout(&self, layout: Layout) -> Value<'a> {
        match self {
            Value::Input(tensor) => Value::Owned(tensor.with_layout(layout)),
            Value::Owned(tensor) => Value::Owned(tensor.with_layout(layout)),
            Value::Scratch(view) => Value::Scratch(view.with_layout(layout)),
        }
    }
}

/// Where the result of a step is written.
#[derive(Clone, Copy)]
pub struct Output<'c> {
    /// The running statement.
    pub context: &'c ExecutionContext,
    /// Whether the value outlives the program.
    pub keep: bool,
    /// The operation's name, for budget errors.
    pub operation: &'static str,
}

impl<'c> Output<'c> {
    /// Writes a row-major array of `shape` with one call of `fill`, which returns the block it was given, initialised.
    pub fn produce<T: Register>(
        self,
        shape: &Shape,
        fill: impl FnOnce(&mut [MaybeUninit<T>]) -> Result<&mut [T]>,
    ) -> Result<Value<'c>> {
        let len = shape.len();
        if self.keep || len * size_of::<T>() > ARENA_BYTES {
            let buffer = self.context.write_buffer::<T, _>(self.operation, len, fill)?;
            return Ok(Value::Owned(Tensor::from_buffer(T::DTYPE, shape.clone(), buffer)));
        }
        let block = self.context.scratch::<T>(self.operation, len)?;
        let written: &'c [T] = crate::uninit::fill_block(block, fill)?;
        Ok(Value::Scratch(View {
            data: <T as FromData>::wrap(written),
            layout: Layout::contiguous(shape.clone()),
        }))
    }

    /// A row-major copy of a view, or the value itself when it is contiguous already.
    pub fn contiguous(self, value: &Value<'c>) -> Result<Value<'c>> {
        if value.layout().is_contiguous() {
            return Ok(value.with_layout(value.layout().clone()));
        }
        let view = value.view();
        crate::dispatch!(view.dtype(), T => self.copy::<T>(&view))
    }

    /// A row-major copy of a view.
    pub fn copy<T: Register>(self, view: &View<'_>) -> Result<Value<'c>> {
        let control = self.context.control();
        self.produce::<T>(view.shape(), |out| {
            crate::kernel::par_write_tiles(
                self.context,
                CostClass::Gather.cost_of(T::DTYPE),
                out,
                |start, tile| {
                    control.poll()?;
                    Ok(crate::kernel::copy::gather(view, start, tile))
                },
            )
        })
    }

    /// The dtype-erased form of [`Output::copy`].
    pub fn copy_any(self, view: &View<'_>) -> Result<Value<'c>> {
        let dtype: DType = view.dtype();
        crate::dispatch!(dtype, T => self.copy::<T>(view))
    }
}
