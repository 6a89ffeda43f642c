//! Fused kernels: element-wise nodes that are computed together, block by block, in blocks that fit the L1
//! cache.
//!
//! Intermediates of a block are in registers (short arrays of one dtype), so `(a * b + c) / d - e` reads its
//! five inputs once and writes its result once. A single operation over contiguous operands uses no register.

use std::cell::RefCell;
use std::mem::MaybeUninit;

use arrow_buffer::Buffer;
use smallvec::SmallVec;

use super::fused_pair::FusedLoop;
use crate::kernel::copy::Runs;
use crate::kernel::elementwise::{self, BinaryOp, CompareOp, FusedBinary, LogicalOp, UnaryOp};
use crate::kernel::reduce::{BlockProducer, PRODUCER_BLOCK, ReduceOp, reduce, reduce_produced};
use crate::kernel::threads::CostClass;
use crate::kernel::{
    Arg, BLOCK, Block, BlockMut, NO_REGISTERS, Output, Register, RegisterFile, Source, TILE, Value,
    par_write, par_write_tiles,
};
use crate::{
    Complex32, Complex64, Control, DType, Data, ExecutionContext, FromData, Layout, Result, Scalar, Shape,
    View,
};

/// Where an instruction finds an operand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Operand {
    /// An input of the kernel.
    Load(usize),
    /// A register of the operand's dtype.
    Register(usize),
    /// A literal.
    Constant(Scalar),
}

/// What an instruction computes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Opcode {
    Unary(UnaryOp),
    Binary(BinaryOp),
    Compare(CompareOp),
    Logical(LogicalOp),
    Select,
    Complex,
    Cast,
}

/// One operation over a block.
#[derive(Clone, Debug)]
pub(super) struct Instruction {
    pub opcode: Opcode,
    /// The dtype of the operands (of the second and third for [`Opcode::Select`]).
    pub operand: DType,
    /// The dtype of the result.
    pub result: DType,
    pub args: SmallVec<[Operand; 3]>,
    /// The register of the result; the last instruction writes to the output instead.
    pub register: usize,
}

impl Instruction {
    /// The cost of an element.
    fn class(&self) -> CostClass {
        match self.opcode {
            Opcode::Unary(op) => op.class(self.operand),
            Opcode::Binary(op) => op.class(self.operand),
            Opcode::Compare(_) | Opcode::Logical(_) | Opcode::Select | Opcode::Complex | Opcode::Cast => {
                CostClass::Simple
            }
        }
    }
}

/// A kernel over all elements of a shape.
#[derive(Debug)]
pub(super) struct FusedKernel {
    pub shape: Shape,
    pub instructions: Vec<Instruction>,
    /// The loops that run the instructions.
    pub loops: SmallVec<[FusedLoop; 4]>,
    /// The number of registers of each dtype, in the order of [`crate::DTYPES`]. Those of strided inputs are
    /// added to it.
    pub registers: [usize; 6],
    /// The name of the operation, for memory errors.
    pub name: &'static str,
}

/// A reduction of the elements of a fused kernel.
#[derive(Debug)]
pub(super) struct Reduction {
    pub op: ReduceOp,
    pub axis: Option<usize>,
    /// The shape that is reduced: that of the kernel, or another one of equal length.
    pub shape: Shape,
}

/// Elements of a block of a kernel over more than a tile of elements. Each block of an input is read before
/// the next input is, and memory delivers longer blocks faster (five inputs of 10M f64: 20.0 ms in blocks of
/// 1,024 elements, 15.7 ms in blocks of 4,096). Over data in a cache longer blocks are slower. Results are
/// written through the caches: non-temporal stores took as long for f32, and a tenth longer for f64.
const LONG_BLOCK: usize = 4 * BLOCK;

/// An input, by its layout.
enum Load<'a> {
    /// Contiguous elements, from an offset in their buffer.
    Contiguous(Data<'a>, usize),
    /// One element, broadcast.
    Scalar(Scalar),
    /// Any other layout: gathered block by block into a register.
    Strided(Box<View<'a>>, usize),
    /// A transposed matrix: gathered tile by tile, since a gathered block would read a cache line for each
    /// element.
    Transposed(Box<View<'a>>, usize),
}

thread_local! {
    /// The registers of each thread, which are reused by all kernels.
    static REGISTERS: RefCell<RegisterFile> = RefCell::default();
}

impl FusedKernel {
    /// Runs the kernel over its inputs, which broadcast to its shape.
    pub fn run<'c>(&self, inputs: &[Source<'_>], dtype: DType, output: Output<'c>) -> Result<Value<'c>> {
        crate::dispatch!(dtype, T => self.run_typed::<T>(inputs, output))
    }

    /// As [`FusedKernel::run`], for a result that outlives the program.
    pub fn buffer(&self, inputs: &[Source<'_>], context: &ExecutionContext) -> Result<Buffer> {
        let (loads, registers) = self.loads(inputs);
        let kernel = BoundKernel { fused: self, loads: &loads, registers, control: context.control() };
        crate::dispatch!(self.dtype(), T => {
            context.write_buffer::<T, _>(self.name, self.shape.len(), |out| kernel.compute_all(context, out))
        })
    }

    fn run_typed<'c, T: Register>(&self, inputs: &[Source<'_>], output: Output<'c>) -> Result<Value<'c>> {
        let (loads, registers) = self.loads(inputs);
        let kernel = BoundKernel { fused: self, loads: &loads, registers, control: output.context.control() };
        output.produce::<T>(&self.shape, |out| kernel.compute_all(output.context, out))
    }

    /// Reduces the elements of the kernel, as elements of the shape of the reduction, block by block: only
    /// the result is written to memory.
    pub fn reduce<'c>(
        &self,
        reduction: &Reduction,
        inputs: &[Source<'_>],
        result: (DType, &Shape),
        output: Output<'c>,
    ) -> Result<Value<'c>> {
        let Reduction { op, axis, shape } = reduction;
        self.with_producer(inputs, output, |producer, reads_panels| {
            if axis.is_none() || !reads_panels {
                return reduce_produced(*op, *axis, producer, (self.dtype(), shape), result, output);
            }
            let whole = self.run(inputs, self.dtype(), Output { keep: false, ..output })?;
            let view = whole.view().with_layout(Layout::contiguous(shape.clone()));
            reduce(*op, *axis, &view, result.1, result.0, output)
        })
    }

    /// Calls `run` with the producer of the elements, and with whether an input is a transposed matrix. A
    /// tile of such an input is gathered into the registers of the thread, so the elements must be produced
    /// tile by tile, without other kernels in between.
    pub fn with_producer<R>(
        &self,
        inputs: &[Source<'_>],
        output: Output<'_>,
        run: impl FnOnce(&dyn BlockProducer, bool) -> R,
    ) -> R {
        let (loads, registers) = self.loads(inputs);
        let kernel = BoundKernel { fused: self, loads: &loads, registers, control: output.context.control() };
        run(&kernel, kernel.reads_panels())
    }

    /// The dtype of the elements.
    pub fn dtype(&self) -> DType {
        match self.instructions.last() {
            Some(last) => last.result,
            None => unreachable!("a kernel has at least one instruction"),
        }
    }

    /// The inputs by their layouts, and the number of registers including those of strided inputs.
    #[inline]
    fn loads<'v>(&self, inputs: &[Source<'v>]) -> (SmallVec<[Load<'v>; 3]>, [usize; 6]) {
        let (mut loads, mut registers) = (SmallVec::new(), self.registers);
        // Pushed one by one: for the few inputs of most kernels, `collect` into a `SmallVec` takes longer.
        for input in inputs {
            loads.push(self.load(input, &mut registers));
        }
        (loads, registers)
    }

    #[inline]
    fn load<'v>(&self, input: &Source<'v>, registers: &mut [usize; 6]) -> Load<'v> {
        let Source { data, layout } = *input;
        let same_shape = layout.shape() == &self.shape;
        if same_shape && layout.is_contiguous() {
            return Load::Contiguous(data, layout.offset());
        }
        if layout.is_scalar() && !layout.is_empty() {
            let scalar = crate::dispatch!(data.dtype(), T => {
                let slice = <T as FromData>::slice(&data);
                slice.map(|s| crate::Element::to_scalar(s[layout.offset()]))
            });
            if let Some(scalar) = scalar {
                return Load::Scalar(scalar);
            }
        }
        let layout = if same_shape { layout.clone() } else { layout.broadcast_to(&self.shape) };
        // Boxed, so that the common contiguous loads stay small and fast to move.
        let view = Box::new(View { data, layout });
        let register = next_register(registers, data.dtype());
        if same_shape && view.len() > BLOCK && is_transposed(&view.layout) {
            return Load::Transposed(view, register);
        }
        Load::Strided(view, register)
    }
}

/// Adds a register of a dtype, and returns its index.
pub(super) fn next_register(registers: &mut [usize; 6], dtype: DType) -> usize {
    let count = &mut registers[dtype as usize];
    *count += 1;
    *count - 1
}

/// A fused kernel bound to its inputs; shared by the threads that run it.
struct BoundKernel<'p> {
    fused: &'p FusedKernel,
    loads: &'p [Load<'p>],
    registers: [usize; 6],
    control: &'p Control,
}

impl BoundKernel<'_> {
    /// Computes all elements.
    #[inline]
    fn compute_all<'o, T: Register>(
        &self,
        context: &ExecutionContext,
        out: &'o mut [MaybeUninit<T>],
    ) -> Result<&'o mut [T]> {
        if out.len() <= BLOCK {
            return self.compute_tile(0, out);
        }
        let cost = self.cost();
        if self.reads_panels() {
            // A tile has enough rows to be gathered as a panel.
            return par_write_tiles(context, cost, out, |start, tile| self.compute_tile(start, tile));
        }
        par_write(context, cost, out, |start, part| self.compute_tile(start, part))
    }

    /// Whether an input is a transposed matrix, which is gathered tile by tile.
    fn reads_panels(&self) -> bool {
        self.loads.iter().any(|load| matches!(load, Load::Transposed(..)))
    }

    /// Computes the elements from `start` on, at most a tile of them. Polls once.
    fn compute_tile<'o, T: Register>(
        &self,
        start: usize,
        out: &'o mut [MaybeUninit<T>],
    ) -> Result<&'o mut [T]> {
        self.control.poll()?;
        if self.registers == [0; 6] {
            return self.write_result(None, BlockPosition { start, in_tile: 0 }, out, &NO_REGISTERS);
        }
        REGISTERS.with(|registers| {
            // A kernel never runs while another computes a block on this thread, so the borrow cannot fail.
            let mut registers = registers.borrow_mut();
            let size = if self.fused.shape.len() > TILE { LONG_BLOCK } else { BLOCK };
            self.ensure(&mut registers, out.len().min(size));
            self.gather_tile(start, out.len(), &mut registers);
            crate::uninit::write_chunks(out, size, |at, block| {
                self.compute_block(BlockPosition { start: start + at, in_tile: at }, block, &mut registers)
            })
        })
    }

    /// Gathers a tile of the transposed inputs.
    fn gather_tile(&self, start: usize, len: usize, registers: &mut RegisterFile) {
        for load in self.loads {
            if let Load::Transposed(view, register) = load {
                crate::dispatch!(view.dtype(), U => gather::<U>(view, start, len, *register, registers));
            }
        }
    }

    /// Picoseconds per element of the instructions and of gathering strided inputs.
    fn cost(&self) -> usize {
        let computed = self
            .fused
            .instructions
            .iter()
            .map(|instruction| instruction.class().cost_of(instruction.operand));
        let gathered = self.loads.iter().map(|load| match load {
            Load::Strided(view, _) | Load::Transposed(view, _) => CostClass::Gather.cost_of(view.dtype()),
            Load::Contiguous(..) | Load::Scalar(_) => 0,
        });
        computed.chain(gathered).sum()
    }

    fn ensure(&self, file: &mut RegisterFile, len: usize) {
        for (dtype, &count) in crate::DTYPES.iter().zip(&self.registers) {
            if count > 0 {
                crate::dispatch!(*dtype, T => file.ensure::<T>(count, len));
            }
        }
    }

    fn compute_block<'o, T: Register>(
        &self,
        position: BlockPosition,
        out: &'o mut [MaybeUninit<T>],
        file: &mut RegisterFile,
    ) -> Result<&'o mut [T]> {
        let len = out.len();
        for load in self.loads {
            if let Load::Strided(view, register) = load {
                crate::dispatch!(view.dtype(), U => gather::<U>(view, position.start, len, *register, file));
            }
        }
        let Some((last, before)) = self.fused.loops.split_last() else {
            unreachable!("a kernel has at least one instruction")
        };
        for fused_loop in before {
            let inner = self.fused_operand(fused_loop);
            self.run_unfused(fused_loop, inner, position, len, file)?;
            let result = self.fused.instructions[fused_loop.last].result;
            crate::dispatch!(result, U => self.write_register::<U>(fused_loop.last, inner, position, len, file))?;
        }
        let inner = self.fused_operand(last);
        self.run_unfused(last, inner, position, len, file)?;
        self.write_result(inner, position, out, file)
    }

    /// The operand index of the inner result, if both instructions run in one loop: all operands must be
    /// arrays, since fused loops have no variant for scalars.
    #[inline]
    fn fused_operand(&self, fused_loop: &FusedLoop) -> Option<usize> {
        let inner = fused_loop.inner?;
        let both = &self.fused.instructions[fused_loop.last - 1..=fused_loop.last];
        let is_scalar = |arg: &Operand| match arg {
            Operand::Load(index) => matches!(self.loads[*index], Load::Scalar(_)),
            Operand::Register(_) | Operand::Constant(_) => false,
        };
        (!both.iter().flat_map(|instruction| &instruction.args).any(is_scalar)).then_some(inner)
    }

    /// Runs the first of two instructions that cannot run in one loop. `inner` is the result of
    /// [`BoundKernel::fused_operand`].
    fn run_unfused(
        &self,
        fused_loop: &FusedLoop,
        inner: Option<usize>,
        position: BlockPosition,
        len: usize,
        file: &mut RegisterFile,
    ) -> Result<()> {
        if fused_loop.inner.is_none() || inner.is_some() {
            return Ok(());
        }
        let first = fused_loop.last - 1;
        let result = self.fused.instructions[first].result;
        crate::dispatch!(result, U => self.write_register::<U>(first, None, position, len, file))
    }

    /// Runs the last instruction, with the one before it if both run in one loop.
    #[inline]
    fn write_result<'o, T: Register>(
        &self,
        inner: Option<usize>,
        position: BlockPosition,
        out: &'o mut [MaybeUninit<T>],
        file: &RegisterFile,
    ) -> Result<&'o mut [T]> {
        let interpreter = BlockInterpreter { kernel: self, file, position, len: out.len() };
        // A graph of a single tensor is not lowered to a kernel, so there is an instruction.
        let written = interpreter.run(self.fused.instructions.len() - 1, inner, T::block(out))?;
        Ok(T::unwrap(written).unwrap_or_else(|| unreachable!("a kernel writes its own dtype")))
    }

    fn write_register<U: Register>(
        &self,
        instruction: usize,
        inner: Option<usize>,
        position: BlockPosition,
        len: usize,
        file: &mut RegisterFile,
    ) -> Result<()> {
        let target = self.fused.instructions[instruction].register;
        let mut register = file.take::<U>(target);
        let interpreter = BlockInterpreter { kernel: self, file, position, len };
        let out = crate::uninit::as_uninit(&mut register[..len]);
        let result = interpreter.run(instruction, inner, U::block(out)).map(|_| ());
        file.put(target, register);
        result
    }
}

fn gather<U: Register>(view: &View<'_>, start: usize, len: usize, register: usize, file: &mut RegisterFile) {
    let mut block = file.take::<U>(register);
    if block.len() < len {
        block.resize(len, U::default());
    }
    crate::kernel::copy::gather_into(view, start, &mut block[..len]);
    file.put(register, block);
}

/// Whether a tile of a layout is gathered as a panel.
fn is_transposed(layout: &crate::Layout) -> bool {
    Runs::new(layout, 0).panel(0, layout.shape().len().min(TILE)).is_some()
}

impl BlockProducer for BoundKernel<'_> {
    fn cost(&self) -> usize {
        BoundKernel::cost(self)
    }

    fn prepare(&self, start: usize, len: usize) {
        if self.registers != [0; 6] {
            REGISTERS.with(|registers| {
                let mut registers = registers.borrow_mut();
                self.ensure(&mut registers, len.min(PRODUCER_BLOCK));
                self.gather_tile(start, len, &mut registers);
            });
        }
    }

    fn write(&self, start: usize, out: BlockMut<'_>) -> Result<()> {
        self.control.poll()?;
        let position = BlockPosition { start, in_tile: start % TILE };
        REGISTERS.with(|registers| {
            let mut registers = registers.borrow_mut();
            crate::dispatch!(out.dtype(), T => self.compute_block::<T>(position, out.of(), &mut registers).map(|_| ()))
        })
    }
}

/// The position of a block.
#[derive(Clone, Copy)]
struct BlockPosition {
    /// The index of its first element, in logical order.
    start: usize,
    /// The index of its first element in its tile.
    in_tile: usize,
}

/// Runs the instructions of a kernel over one block.
struct BlockInterpreter<'b> {
    kernel: &'b BoundKernel<'b>,
    file: &'b RegisterFile,
    position: BlockPosition,
    len: usize,
}

impl<'b> BlockInterpreter<'b> {
    #[inline]
    fn arg<T: Register>(&self, operand: Operand) -> Arg<'b, T> {
        match operand {
            Operand::Register(index) => Arg::Slice(self.file.read(index, 0, self.len)),
            Operand::Constant(scalar) => splat(scalar),
            Operand::Load(index) => match &self.kernel.loads[index] {
                Load::Scalar(scalar) => splat(*scalar),
                Load::Strided(_, register) => Arg::Slice(self.file.read(*register, 0, self.len)),
                Load::Transposed(_, register) => {
                    Arg::Slice(self.file.read(*register, self.position.in_tile, self.len))
                }
                Load::Contiguous(data, offset) => Arg::Slice(self.contiguous(data, *offset)),
            },
        }
    }

    #[inline]
    fn contiguous<T: Register>(&self, data: &Data<'b>, offset: usize) -> &'b [T] {
        let Some(elements) = T::slice(data) else {
            unreachable!("an input of {} read as {}", data.dtype(), T::DTYPE)
        };
        let start = offset + self.position.start;
        &elements[start..start + self.len]
    }

    /// Runs an instruction, together with the one before it if `inner` is given.
    #[inline]
    fn run<'o>(&self, at: usize, inner: Option<usize>, out: BlockMut<'o>) -> Result<Block<'o>> {
        let instruction = &self.kernel.fused.instructions[at];
        match (inner, instruction.operand) {
            (Some(inner), DType::F32) => Ok(self.fused_binary::<f32>(at, inner, out)),
            (Some(inner), _) => Ok(self.fused_binary::<f64>(at, inner, out)),
            (None, _) => self.execute(instruction, out),
        }
    }

    fn fused_binary<'o, T: FusedBinary>(&self, at: usize, inner: usize, out: BlockMut<'o>) -> Block<'o> {
        let [first, last] = [at - 1, at].map(|at| &self.kernel.fused.instructions[at]);
        let slice = |operand: Operand| match self.arg::<T>(operand) {
            Arg::Slice(slice) => slice,
            Arg::Splat(_) => unreachable!("fused loops read arrays"),
        };
        let operands = [slice(first.args[0]), slice(first.args[1]), slice(last.args[1 - inner])];
        let (Opcode::Binary(op), Opcode::Binary(outer)) = (first.opcode, last.opcode) else {
            unreachable!("fused loops are arithmetic")
        };
        let written = T::fused_binary(op, outer, inner == 0, operands, out.of());
        T::written(written.unwrap_or_else(|| unreachable!("{op:?} and {outer:?} have a loop")))
    }

    fn execute<'o>(&self, instruction: &Instruction, out: BlockMut<'o>) -> Result<Block<'o>> {
        let args = &instruction.args;
        match instruction.opcode {
            Opcode::Unary(op) => self.unary(op, instruction.operand, args[0], out),
            Opcode::Binary(op) => self.binary(op, instruction.operand, args[0], args[1], out),
            Opcode::Compare(op) => self.compare(op, instruction.operand, args[0], args[1], out),
            Opcode::Logical(op) => {
                let (a, b) = (self.arg(args[0]), self.arg(args[1]));
                Ok(bool::written(elementwise::logical(op, a, b, out.of())))
            }
            Opcode::Select => crate::dispatch!(instruction.operand, T => {
                let (a, b) = (self.arg::<T>(args[1]), self.arg::<T>(args[2]));
                Ok(T::written(elementwise::select(self.arg(args[0]), a, b, out.of())))
            }),
            Opcode::Complex => Ok(self.complex(instruction.operand, args[0], args[1], out)),
            Opcode::Cast => self.cast(instruction.operand, args[0], out),
        }
    }

    fn binary<'o>(
        &self,
        op: BinaryOp,
        dtype: DType,
        a: Operand,
        b: Operand,
        out: BlockMut<'o>,
    ) -> Result<Block<'o>> {
        macro_rules! run {
            ($type:ty) => {
                elementwise::binary::<$type>(op, self.arg(a), self.arg(b), out.of()).map(<$type>::written)
            };
        }
        match dtype {
            DType::F64 => run!(f64),
            DType::F32 => run!(f32),
            DType::I64 => run!(i64),
            DType::C64 => run!(Complex32),
            DType::C128 => run!(Complex64),
            DType::Bool => unreachable!("Booleans are promoted to numbers before arithmetic"),
        }
    }

    fn compare<'o>(
        &self,
        op: CompareOp,
        dtype: DType,
        a: Operand,
        b: Operand,
        out: BlockMut<'o>,
    ) -> Result<Block<'o>> {
        crate::dispatch!(dtype, T => {
            elementwise::compare::<T>(op, self.arg(a), self.arg(b), out.of()).map(bool::written)
        })
    }

    fn unary<'o>(&self, op: UnaryOp, dtype: DType, a: Operand, out: BlockMut<'o>) -> Result<Block<'o>> {
        macro_rules! run {
            ($type:ty) => {
                elementwise::unary::<$type>(op, self.arg(a), out.of()).map(<$type>::written)
            };
        }
        match (op, dtype) {
            (UnaryOp::Not, _) => Ok(bool::written(elementwise::not(self.arg(a), out.of()))),
            (UnaryOp::IsNan, dtype) => Ok(crate::dispatch!(dtype, T => {
                bool::written(elementwise::is_nan::<T>(self.arg(a), out.of()))
            })),
            (UnaryOp::Real | UnaryOp::Imag | UnaryOp::Abs | UnaryOp::Phase, DType::C64) => {
                elementwise::decompose::<f32, Complex32>(op, self.arg(a), out.of()).map(f32::written)
            }
            (UnaryOp::Real | UnaryOp::Imag | UnaryOp::Abs | UnaryOp::Phase, DType::C128) => {
                elementwise::decompose::<f64, Complex64>(op, self.arg(a), out.of()).map(f64::written)
            }
            (_, DType::F64) => run!(f64),
            (_, DType::F32) => run!(f32),
            (_, DType::I64) => run!(i64),
            (_, DType::C64) => run!(Complex32),
            (_, DType::C128) => run!(Complex64),
            (_, DType::Bool) => unreachable!("Booleans are promoted to numbers before arithmetic"),
        }
    }

    fn complex<'o>(&self, dtype: DType, re: Operand, im: Operand, out: BlockMut<'o>) -> Block<'o> {
        match dtype {
            DType::F32 => {
                Complex32::written(elementwise::complex(self.arg::<f32>(re), self.arg(im), out.of()))
            }
            _ => Complex64::written(elementwise::complex(self.arg::<f64>(re), self.arg(im), out.of())),
        }
    }

    fn cast<'o>(&self, from: DType, a: Operand, out: BlockMut<'o>) -> Result<Block<'o>> {
        crate::dispatch!(out.dtype(), R => crate::dispatch!(from, A => {
            elementwise::cast::<A, R>(self.arg(a), out.of()).map(R::written)
        }))
    }
}

pub(super) fn splat<'b, T: Register>(scalar: Scalar) -> Arg<'b, T> {
    match T::from_scalar(scalar) {
        Some(value) => Arg::Splat(value),
        None => unreachable!("a constant of {} read as {}", scalar.dtype(), T::DTYPE),
    }
}
