//! The output of a step: an owned tensor, or scratch of the arena of the statement.

use std::mem::MaybeUninit;

use crate::kernel::Register;
use crate::kernel::threads::CostClass;
use crate::{DType, Data, ExecutionContext, FromData, Layout, Result, Shape, Tensor, View};

/// The largest intermediates in the arena. Larger ones are owned, so they are freed after their last use.
const ARENA_BYTES: usize = 1 << 20;

/// An input of an element-wise kernel: a buffer and a layout.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The whole buffer.
    pub data: Data<'a>,
    /// Shape, strides and offset of the elements.
    pub layout: &'a Layout,
}

/// A value of a running program.
#[derive(Debug)]
pub enum Value<'a> {
    /// A borrowed input of the program.
    Input(&'a Tensor),
    /// An owned tensor.
    Owned(Tensor),
    /// Scratch of the arena of the statement.
    Scratch(View<'a>),
}

impl<'a> Value<'a> {
    /// The elements.
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

    /// The buffer as elements of its Rust type.
    pub fn data(&self) -> Data<'_> {
        match self {
            Value::Input(tensor) => tensor.data(),
            Value::Owned(tensor) => tensor.data(),
            Value::Scratch(view) => view.data,
        }
    }

    /// The buffer and a borrowed layout.
    #[inline]
    pub fn source(&self) -> Source<'_> {
        match self {
            Value::Input(tensor) => tensor.source(),
            Value::Owned(tensor) => tensor.source(),
            Value::Scratch(view) => Source { data: view.data, layout: &view.layout },
        }
    }

    /// The same elements with another layout.
    pub fn with_layout(&self, layout: Layout) -> Value<'a> {
        match self {
            Value::Input(tensor) => Value::Owned(tensor.with_layout(layout)),
            Value::Owned(tensor) => Value::Owned(tensor.with_layout(layout)),
            Value::Scratch(view) => Value::Scratch(view.with_layout(layout)),
        }
    }
}

/// The output of a step.
#[derive(Clone, Copy)]
pub struct Output<'c> {
    /// The running statement.
    pub context: &'c ExecutionContext,
    /// Whether the value outlives the program.
    pub keep: bool,
    /// The name of the operation, for memory errors.
    pub operation: &'static str,
}

impl<'c> Output<'c> {
    /// Writes a row-major array of `shape` with one call of `fill`, which returns the block it was given,
    /// initialised.
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

    /// A row-major copy of a value, or the value itself if it is contiguous.
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
