//! Which pairs of adjacent instructions of a fused kernel run in one loop.

use smallvec::SmallVec;

use super::fused::{Instruction, Opcode, Operand};
use crate::DType;
use crate::kernel::elementwise::has_fused_loop;

/// A loop over a block: one instruction, or two adjacent ones.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct FusedLoop {
    /// The index of the only or the last instruction.
    pub last: usize,
    /// The operand index of the result of the first instruction in the last one, if the loop runs two.
    pub inner: Option<usize>,
}

/// The loops that run instructions, in order.
pub(super) fn fused_loops(instructions: &[Instruction]) -> SmallVec<[FusedLoop; 4]> {
    let mut loops = SmallVec::new();
    let mut at = 0;
    while at < instructions.len() {
        let inner = inner_operand(instructions, at);
        at += if inner.is_some() { 2 } else { 1 };
        loops.push(FusedLoop { last: at - 1, inner });
    }
    loops
}

/// The operand index of the result of an instruction in the next one, if both can run in one loop.
fn inner_operand(instructions: &[Instruction], at: usize) -> Option<usize> {
    let [first, last, rest @ ..] = &instructions[at..] else { return None };
    let (first_args, last_args) = (fusable_operands(first)?, fusable_operands(last)?);
    let result = Operand::Register(first.register);
    let index = last_args.iter().position(|arg| *arg == result)?;
    let is_alone = last_args[1 - index] != result && last.operand == first.operand;
    // The loop writes the register of the second instruction, so the first one must not read it.
    let is_last = rest.is_empty();
    let reads_target = !is_last && first_args.contains(&Operand::Register(last.register));
    (is_alone && !reads_target && !is_read(rest, first)).then_some(index)
}

/// The operands of an instruction that has fused loops. Instructions with a literal have none: literals are
/// not read from memory.
fn fusable_operands(instruction: &Instruction) -> Option<&[Operand]> {
    let Opcode::Binary(op) = instruction.opcode else { return None };
    let is_float = matches!(instruction.operand, DType::F32 | DType::F64);
    let has_literals = instruction.args.iter().any(|arg| matches!(arg, Operand::Constant(_)));
    (is_float && instruction.operand == instruction.result && has_fused_loop(op) && !has_literals)
        .then_some(instruction.args.as_slice())
}

/// Whether instructions read the result of another one, before its register is overwritten.
fn is_read(instructions: &[Instruction], of: &Instruction) -> bool {
    for (i, instruction) in instructions.iter().enumerate() {
        // Registers are numbered by dtype, so an equal number of another dtype prevents a fusion that would
        // be valid.
        if instruction.args.contains(&Operand::Register(of.register)) {
            return true;
        }
        let is_last = i + 1 == instructions.len();
        if !is_last && instruction.result == of.result && instruction.register == of.register {
            return false;
        }
    }
    false
}
