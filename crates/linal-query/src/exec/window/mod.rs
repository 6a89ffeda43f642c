//! Window functions: a value for each row, computed from a frame of rows around it.
//!
//! DataFusion computes the aggregate of a sliding frame by retracting the rows that left it. For floats that
//! is wrong: `1e17 + 0.6 - 1e17` is 0, and a NaN or an infinity is never retracted. The operator of this
//! module only folds the rows of each frame, so that a frame's value depends on its rows alone.
//!
//! 1. [`planning`] runs while DataFusion plans an expression: it reads the frame, including EXCLUDE, and
//!    stores what DataFusion cannot express in the function itself ([`framed`]). [`offsets`] evaluates the
//!    offsets of frames before that, and afterwards rejects those that cannot be added to the window's order.
//! 2. [`node`] replaces DataFusion's logical windows after optimization, and [`planner`] plans their
//!    operator.
//! 3. [`exec`] reads the rows in the order of the partitions; [`frame`] computes the frame of each row;
//!    [`function`] and [`aggregate`] compute over all partitions in one pass, since no frame crosses a
//!    partition.

mod aggregate;
mod call;
mod exec;
mod frame;
mod framed;
mod function;
mod keys;
mod limit;
mod node;
mod offsets;
mod places;
mod planner;
mod planning;
mod rows;

pub(crate) use self::exec::tells_ties_apart;
pub(crate) use self::framed::with_aggregate;
pub(crate) use self::function::{row_number, window_functions};
pub(crate) use self::limit::push_down;
pub(crate) use self::node::replace;
pub(crate) use self::offsets::{check_ranges, write_out as write_out_offsets};
pub(crate) use self::places::check;
pub(crate) use self::planner::WindowPlanner;
pub(crate) use self::planning::{WindowFrames, exclude};
