//! The text of EXPLAIN: a graph before and after each pass that changed it, and its program, with metrics if
//! it ran.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use rustc_hash::FxHashMap;

use super::distance_operand::DistanceOperand;
use super::fused::{FusedKernel, Opcode, Operand, Reduction};
use super::lower::lower;
use super::node::{Node, NodeRef, Op, topological};
use super::passes::PASSES;
use super::profile::{ProgramProfile, StepProfile};
use super::program::{Action, Program};
use crate::kernel::distance::DistanceOp;
use crate::{Bytes, DType, ExecutionContext, Result, Take};

/// The graph, the result of each pass that changed it, and the steps of its program. `name` maps the tag of a
/// leaf to its name.
pub fn explain(root: &NodeRef, name: &dyn Fn(u32) -> String) -> String {
    let (mut text, program) = rewrite_listing(root, name);
    text.push_str(&steps(&program, name, None));
    text.truncate(text.trim_end().len());
    text
}

/// As [`explain`], with the metrics of each step and of the program in a run over the tensors of the graph.
///
/// # Errors
/// As [`super::evaluate`].
pub fn explain_analyze(
    root: &NodeRef,
    name: &dyn Fn(u32) -> String,
    context: &ExecutionContext,
) -> Result<String> {
    let (mut text, program) = rewrite_listing(root, name);
    let profile = program.profile(context)?;
    text.push_str(&steps(&program, name, Some(&profile.steps)));
    text.push_str(&total(&profile));
    Ok(text)
}

/// The text of the graph and of each pass that changed it, and the program.
fn rewrite_listing(root: &NodeRef, name: &dyn Fn(u32) -> String) -> (String, Program) {
    let mut text = format!("graph:\n{}", listing(root, name));
    let mut current = root.clone();
    for pass in &PASSES {
        let next = (pass.run)(&current);
        let (before, after) = (listing(&current, name), listing(&next, name));
        if before != after {
            let _ = write!(text, "after {}:\n{after}", pass.name);
        }
        current = next;
    }
    text.push_str("program:\n");
    (text, lower(&current))
}

/// `total: 2 steps, time=15.2µs, written=48 bytes, peak memory=64 bytes`.
fn total(profile: &ProgramProfile) -> String {
    let time: Duration = profile.steps.iter().map(|step| step.time).sum();
    let bytes = Bytes(profile.steps.iter().map(|step| step.bytes).sum());
    let (count, steps) = (profile.steps.len(), if profile.steps.len() == 1 { "step" } else { "steps" });
    format!("total: {count} {steps}, time={time:?}, written={bytes}, peak memory={}", Bytes(profile.peak))
}

/// A line for each node: `%2 = %0 * %1: f64 [3]`.
fn listing(root: &NodeRef, name: &dyn Fn(u32) -> String) -> String {
    let mut numbers: FxHashMap<*const Node, String> = FxHashMap::default();
    let mut text = String::new();
    for node in topological(root) {
        let label = match node.op() {
            Op::Leaf(leaf) => name(leaf.tag),
            Op::Literal(scalar) => literal(*scalar),
            _ => {
                let label = format!("%{}", numbers.values().filter(|n| n.starts_with('%')).count());
                let inputs: Vec<&str> =
                    node.inputs().iter().map(|input| numbers[&Arc::as_ptr(input)].as_str()).collect();
                let _ = writeln!(
                    text,
                    "  {label} = {}: {} {}",
                    application(node.op(), &inputs),
                    node.dtype(),
                    node.shape()
                );
                label
            }
        };
        numbers.insert(Arc::as_ptr(&node), label);
    }
    if text.is_empty() {
        let _ = writeln!(text, "  {}: {} {}", numbers[&Arc::as_ptr(root)], root.dtype(), root.shape());
    }
    text
}

fn application(op: &Op, inputs: &[&str]) -> String {
    match (op, inputs) {
        (Op::Binary(_) | Op::Compare(_) | Op::Logical(_), [a, b]) => format!("{a} {} {b}", op.name()),
        (Op::MatMul, [a, b]) => format!("{a} @ {b}"),
        (Op::Index(takes), [a]) => indexed(a, takes),
        (Op::Reduce(_, Some(axis)), [a]) => format!("{} {a} AXIS {axis}", op.name()),
        _ => format!("{}({})", op.name(), inputs.join(", ")),
    }
}

/// An indexed operand, as in the language: `m[0, 1:3]`.
fn indexed(operand: &str, takes: &[Take]) -> String {
    let text = |take: &Take| match take {
        Take::All => "*".to_string(),
        Take::At(place) => place.to_string(),
        Take::Range { start, stop, step } => {
            let end = |end: &Option<i64>| end.map_or(String::new(), |end| end.to_string());
            let step = if *step == 1 { String::new() } else { format!(":{step}") };
            format!("{}:{}{step}", end(start), end(stop))
        }
    };
    format!("{operand}[{}]", takes.iter().map(text).collect::<Vec<_>>().join(", "))
}

fn literal(scalar: crate::Scalar) -> String {
    match scalar {
        crate::Scalar::Bool(x) => x.to_string(),
        crate::Scalar::I64(x) => x.to_string(),
        crate::Scalar::F32(x) => format!("{x:?}"),
        crate::Scalar::F64(x) => format!("{x:?}"),
        crate::Scalar::C64(z) => z.to_string(),
        crate::Scalar::C128(z) => z.to_string(),
    }
}

/// A line for each step: `$1 = fused { out = a + b }: f64 [3]`, with its metrics if there is a profile.
fn steps(program: &Program, name: &dyn Fn(u32) -> String, profiles: Option<&[StepProfile]>) -> String {
    let mut text = String::new();
    let value = |id: usize| match program.inputs.get(id) {
        Some(leaf) => name(leaf.tag),
        None => format!("${}", id - program.inputs.len() + 1),
    };
    for (i, step) in program.steps.iter().enumerate() {
        let inputs: Vec<String> = step.inputs.iter().map(|&id| value(id)).collect();
        let what = match &step.action {
            Action::Fused(fused) => fused_text(fused, &inputs),
            Action::FusedReduce(fused, Reduction { op, axis, .. }) => {
                let axis = axis.map_or_else(String::new, |axis| format!(" AXIS {axis}"));
                format!("{}{axis} of {}", op.name(), fused_text(fused, &inputs))
            }
            Action::Distance(op, operands) => distance_text(*op, operands, &inputs),
            Action::View(op) => {
                let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
                format!("view: {}", application(op, &inputs))
            }
            Action::Literal(scalar) => literal(*scalar),
            _ => format!("{}({})", step.name(), inputs.join(", ")),
        };
        let metrics = profiles.and_then(|profiles| profiles.get(i)).map_or_else(String::new, metrics);
        let _ = writeln!(text, "  ${} = {what}: {} {}{metrics}", i + 1, step.dtype, step.shape);
    }
    if program.steps.is_empty() {
        text.push_str("  shares the tensor\n");
    }
    text
}

/// The metrics, in the format of those of query plans.
fn metrics(profile: &StepProfile) -> String {
    let StepProfile { elements, time, bytes } = *profile;
    format!(", metrics=[elements={elements}, time={time:?}, written={}]", Bytes(bytes))
}

/// `DISTANCE(a, fused { out = b * c })`.
fn distance_text(op: DistanceOp, [a, b]: &[DistanceOperand; 2], inputs: &[String]) -> String {
    let (left, right) = inputs.split_at(a.reads());
    let operand = |operand: &DistanceOperand, inputs: &[String]| match operand {
        DistanceOperand::Value => inputs.join(", "),
        DistanceOperand::Fused(fused, _) => fused_text(fused, inputs),
    };
    format!("{}({}, {})", op.name(), operand(a, left), operand(b, right))
}

fn fused_text(fused: &FusedKernel, inputs: &[String]) -> String {
    let mut text = String::from("fused {");
    // Registers are numbered by dtype. Their names are offset by the number of registers of the dtypes
    // before, so they are unique.
    let name = |dtype: DType, register: usize| {
        let before: usize = fused.registers[..dtype as usize].iter().sum();
        format!("r{}", before + register)
    };
    for (i, instruction) in fused.instructions.iter().enumerate() {
        let args: Vec<String> = instruction
            .args
            .iter()
            .enumerate()
            .map(|(place, arg)| match arg {
                Operand::Load(load) => inputs[*load].clone(),
                Operand::Register(register) => {
                    let condition = instruction.opcode == Opcode::Select && place == 0;
                    name(if condition { DType::Bool } else { instruction.operand }, *register)
                }
                Operand::Constant(scalar) => literal(*scalar),
            })
            .collect();
        let target = if i + 1 == fused.instructions.len() {
            "out".to_string()
        } else {
            name(instruction.result, instruction.register)
        };
        let separator = if i == 0 { " " } else { "; " };
        let _ = write!(text, "{separator}{target} = {}", instruction_text(instruction.opcode, &args));
    }
    text.push_str(" }");
    text
}

fn instruction_text(opcode: Opcode, args: &[String]) -> String {
    let name = match opcode {
        Opcode::Unary(op) => op.name(),
        Opcode::Binary(op) => op.name(),
        Opcode::Compare(op) => op.name(),
        Opcode::Logical(op) => op.name(),
        Opcode::Select => "WHERE",
        Opcode::Complex => "COMPLEX",
        Opcode::Cast => "CAST",
    };
    match (opcode, args) {
        (Opcode::Binary(_) | Opcode::Compare(_) | Opcode::Logical(_), [a, b]) => format!("{a} {name} {b}"),
        _ => format!("{name}({})", args.join(", ")),
    }
}
