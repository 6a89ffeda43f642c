//! The math floor of linal: tensors over shared Arrow buffers, expression graphs and kernels.
//!
//! This crate does not know SQL, files, statements or async. Its parts, from the bottom:
//!
//! - [`DType`], [`Element`], [`Shape`], [`Layout`]: dtypes, shapes, and the views that copy no element.
//! - [`Tensor`]: a dtype and a layout over a shared [`arrow_buffer::Buffer`].
//! - [`MemoryPool`], [`ExecutionContext`]: the memory limit of a running statement, its deadline and its
//!   cancellation.
//! - [`kernel`]: loops over slices.
//! - [`graph`]: expressions as immutable graphs, which are rewritten, lowered to a program and run.
//! - [`signal`]: Fourier transforms, spectra and filters.
//! - [`GenerationCache`]: the bounded cache of plans, programs and patterns, here and in the crates above.

pub mod budget;
mod context;
mod dtype;
mod element;
mod error;
mod generation_cache;
pub mod graph;
pub mod kernel;
mod layout;
mod shape;
pub mod signal;
mod strided;
mod tensor;
pub mod uninit;

pub use budget::{MemoryPool, Reclaim, Reservation};
pub use context::{Cancellation, Control, Deadline, ExecutionContext};
pub use dtype::{DTYPES, DType, UnknownDType};
pub use element::{Element, Scalar};
pub use error::{Bytes, Error, Result};
pub use generation_cache::GenerationCache;
pub use layout::{Layout, Take};
pub use num_complex::{Complex32, Complex64};
pub use shape::Shape;
pub use tensor::{Data, FromData, Tensor, View};
