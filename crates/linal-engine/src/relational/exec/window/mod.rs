//! Window functions: a value for each row, computed from a frame of rows around it.
//!
//! DataFusion computes the aggregate of a frame that moves by taking back what left it. For floats that is wrong:
//! `1e17 + 0.6 - 1e17` is 0, and a NaN or an infinity never leaves again. The operator of this module folds the rows of each
//! frame and nothing else, so that a frame's value depends on its rows only.
//!
//! 1. [`planning`] runs while DataFusion plans an expression: it reads the frame, EXCLUDE included, and keeps what DataFusion has no
//!    words for in the function itself ([`framed`]).
//!    [`offsets`] works out the offsets of frames before, and finds those that the order cannot be measured with behind.
//! 2. [`node`] replaces DataFusion's logical windows after optimisation, and [`planner`] makes the operator of them.
//! 3. [`exec`] takes the rows in the order of the partitions; [`frame`] finds the frame of each row; [`function`] and [`aggregate`]
//!    compute over all partitions in one pass, since no frame reaches out of its partition.

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

pub(in crate::relational) use self::exec::tells_ties_apart;
pub(in crate::relational) use self::function::{row_number, window_functions};
pub(in crate::relational) use self::limit::push_down;
pub(in crate::relational) use self::node::replace;
pub(in crate::relational) use self::offsets::{check_ranges, write_out as write_out_offsets};
pub(in crate::relational) use self::places::check;
pub(in crate::relational) use self::planner::WindowPlanner;
pub(in crate::relational) use self::planning::{WindowFrames, exclude};
