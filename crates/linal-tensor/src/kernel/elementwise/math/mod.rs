//! Functions of elements without branches, tables and calls, so that loops over them become SIMD code.
//!
//! All of them use fused multiply-add (`mul_add`), which gives the same bits at every SIMD level.
#![allow(clippy::excessive_precision, reason = "coefficients are as published")]

mod bits;
mod exp;
mod log;
mod pow;
mod rem;
mod tanh;
mod trig;

pub(super) use exp::Exponential;
pub(super) use log::Logarithm;
pub(super) use pow::Power;
pub(super) use rem::Remainder;
pub(super) use tanh::Tanh;
pub(super) use trig::Trigonometric;
