//! The math floor of linal: tensors over shared Arrow buffers, expression graphs and kernels.
//!
//! This crate does not know SQL, files, statements or async. Its parts, from the bottom:
//!
//! - [`DType`], [`Element`], [`Shape`], [`Layout`]: what an array is, and the views that move no data.
//! - [`Tensor`]: a dtype and a layout over a shared [`arrow_buffer::Buffer`].
//! - [`MemoryPool`], [`ExecutionContext`]: what a running statement may use, and how it is stopped.
//! - [`kernel`]: loops over slices.
//! - [`graph`]: expressions as immutable graphs, rewritten, lowered to a program and run through one door.
//! - [`signal`]: Fourier transforms, spectra and filters.

pub mod budget;
mod context;
mod dtype;
mod element;
mod error;
pub mod graph;
pub mod kernel;
mod layout;
pub mod raw;
mod shape;
pub mod signal;
mod tensor;

pub use budget::{MemoryPool, Reservation};
pub use context::{Cancellation, Control, Deadline, ExecutionContext};
pub use dtype::{DTYPES, DType, UnknownDType};
pub use element::{Element, Scalar};
pub use error::{Bytes, Error, Result};
pub use layout::{Layout, Take};
pub use num_complex::{Complex32, Complex64};
pub use shape::Shape;
pub use tensor::{Data, FromData, Tensor, View};
