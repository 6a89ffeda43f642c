//! The frame of each row.

mod bounds;
mod calendar;
mod keys;
mod range;
mod spec;

pub(super) use bounds::{Frames, Layout, Pieces};
pub(super) use range::check_offsets;
pub(super) use spec::{Exclusion, FrameSpec, Units};
