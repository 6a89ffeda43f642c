//! The frame of each row.

mod bounds;
mod calendar;
mod keys;
mod range;
mod spec;

pub(super) use self::bounds::{Frames, Layout, Pieces};
pub(super) use self::range::check_offsets;
pub(super) use self::spec::{Exclusion, FrameSpec, Units};
