//! Lowering of a graph to a program: element-wise nodes are fused to kernels, every other node is a step.

use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use super::distance_operand::DistanceOperand;
use super::fused::{FusedKernel, Instruction, Opcode, Operand, Reduction, next_register};
use super::fused_pair;
use super::node::{Leaf, Node, NodeRef, Op, topological};
use super::program::{Action, Program, Step, ValueId};
use crate::DType;
use crate::kernel::distance::DistanceOp;

/// Lowers a graph. Shared nodes run once.
pub(super) fn lower(root: &NodeRef) -> Program {
    let order = topological(root);
    let roots = fusion_roots(&order, root);
    let fusable = fusable(&order);
    let mut lowering = Lowering::default();
    // Inputs are numbered before all steps.
    for node in &order {
        if let Op::Leaf(leaf) = node.op() {
            lowering.add_input(node, leaf);
        }
    }
    let input_count = lowering.inputs.len();
    for node in &order {
        let key = key(node);
        let is_inlined = is_inlined(node) && !roots.contains_key(&key);
        if matches!(node.op(), Op::Leaf(_)) || is_inlined || fusable.contains(&key) {
            continue;
        }
        let step = match fusable_into(node).filter(|(_, producer)| fusable.contains(&self::key(producer))) {
            Some((reduction, producer)) => {
                let (fused, inputs) = lowering.fused(producer, &roots);
                Step::new(Action::FusedReduce(fused, reduction), inputs, node)
            }
            None => lowering.step(node, &roots, &fusable),
        };
        lowering.ids.insert(key, input_count + lowering.steps.len());
        lowering.steps.push(step);
    }
    let output = lowering.ids[&key(root)];
    mark_last_uses(&mut lowering.steps, output, input_count);
    Program::new(lowering.inputs, lowering.steps, output)
}

type Key = *const Node;

fn key(node: &NodeRef) -> Key {
    std::sync::Arc::as_ptr(node)
}

/// Whether a node is part of the kernel that uses it, unless it is a root: element-wise nodes and literals.
fn is_inlined(node: &NodeRef) -> bool {
    node.op().is_elementwise() || matches!(node.op(), Op::Literal(_))
}

/// The roots of fused kernels, which have a value of their own: the root of the graph, operands of other
/// steps, operands of kernels over a broader shape, and nodes that two kernels share.
fn fusion_roots(order: &[NodeRef], root: &NodeRef) -> FxHashMap<Key, ()> {
    let mut roots = FxHashMap::default();
    // The kernel of each node, identified by its root.
    let mut owner: FxHashMap<Key, Key> = FxHashMap::default();
    roots.insert(key(root), ());
    owner.insert(key(root), key(root));
    for node in order.iter().rev() {
        let is_fused = node.op().is_elementwise();
        let kernel = owner.get(&key(node)).copied().filter(|_| is_fused);
        for input in node.inputs().iter().filter(|input| input.op().is_elementwise()) {
            let same_kernel = kernel.filter(|_| input.shape() == node.shape());
            match (same_kernel, owner.get(&key(input)).copied()) {
                (Some(kernel), None) => {
                    owner.insert(key(input), kernel);
                }
                (Some(kernel), Some(other)) if kernel == other => {}
                _ => {
                    roots.insert(key(input), ());
                    owner.insert(key(input), key(input));
                }
            }
        }
        if !is_fused {
            for input in node.inputs().iter().filter(|input| matches!(input.op(), Op::Literal(_))) {
                roots.insert(key(input), ());
            }
        }
    }
    roots
}

/// The element-wise nodes that only a reduction or a distance reads, with reshapes in between: they are fused
/// into it.
fn fusable(order: &[NodeRef]) -> FxHashSet<Key> {
    let mut readers: FxHashMap<Key, usize> = FxHashMap::default();
    for input in order.iter().flat_map(|node| node.inputs()) {
        *readers.entry(key(input)).or_default() += 1;
    }
    let mut fusable = FxHashSet::default();
    for node in order {
        // A correlation reads its operands twice.
        if let (Op::Distance(op), operands) = (node.op(), node.inputs())
            && *op != DistanceOp::Pearson
        {
            let single_use =
                |operand: &&NodeRef| operand.op().is_elementwise() && readers[&key(operand)] == 1;
            fusable.extend(operands.iter().filter(single_use).map(key));
        }
    }
    for (node, (_, producer)) in order.iter().filter_map(|node| Some((node, fusable_into(node)?))) {
        // The nodes from the reduction down to the producer.
        let mut between = vec![key(producer)];
        between.extend(node.inputs().iter().map(key).filter(|input| *input != key(producer)));
        if between.iter().all(|node| readers[node] == 1) {
            fusable.extend(between);
        }
    }
    fusable
}

/// A reduction, and the element-wise node that can be fused into it.
///
/// Elements are produced in logical order, which a reshape in between does not change.
fn fusable_into(node: &NodeRef) -> Option<(Reduction, &NodeRef)> {
    let (Op::Reduce(op, axis), [input]) = (node.op(), node.inputs()) else { return None };
    let producer = match (input.op(), input.inputs()) {
        (Op::Reshape, [producer]) => producer,
        _ => input,
    };
    let reduction = Reduction { op: *op, axis: *axis, shape: input.shape().clone() };
    (producer.op().is_elementwise() && op.reads_once(*axis, input.shape())).then_some((reduction, producer))
}

#[derive(Default)]
struct Lowering {
    inputs: Vec<Leaf>,
    steps: Vec<Step>,
    ids: FxHashMap<Key, ValueId>,
}

impl Lowering {
    fn add_input(&mut self, node: &NodeRef, leaf: &Leaf) {
        // Two leaves of one variable are one input.
        let known = self.inputs.iter().position(|other| other.tag == leaf.tag && same_tensor(other, leaf));
        let id = known.unwrap_or_else(|| {
            self.inputs.push(leaf.clone());
            self.inputs.len() - 1
        });
        self.ids.insert(key(node), id);
    }

    fn step(&self, node: &NodeRef, roots: &FxHashMap<Key, ()>, fusable: &FxHashSet<Key>) -> Step {
        if node.op().is_elementwise() {
            return self.fused_step(node, roots);
        }
        if let (Op::Distance(op), [a, b]) = (node.op(), node.inputs()) {
            let ((a, mut inputs), (b, right)) =
                (self.distance_operand(a, roots, fusable), self.distance_operand(b, roots, fusable));
            inputs.extend(right);
            return Step::new(Action::Distance(*op, [a, b]), inputs, node);
        }
        let action = match node.op() {
            Op::Reduce(op, axis) => Action::Reduce(*op, *axis),
            Op::MatMul => Action::MatMul,
            Op::Kernel(kernel) => Action::Kernel(kernel.clone()),
            Op::Literal(scalar) => Action::Literal(*scalar),
            view => Action::View(view.clone()),
        };
        let inputs = node.inputs().iter().map(|input| self.ids[&key(input)]).collect();
        Step::new(action, inputs, node)
    }

    /// An operand of a distance, and the values that it reads.
    fn distance_operand(
        &self,
        node: &NodeRef,
        roots: &FxHashMap<Key, ()>,
        fusable: &FxHashSet<Key>,
    ) -> (DistanceOperand, SmallVec<[ValueId; 2]>) {
        if !fusable.contains(&key(node)) {
            return (DistanceOperand::Value, SmallVec::from_slice(&[self.ids[&key(node)]]));
        }
        let (fused, inputs) = self.fused(node, roots);
        (DistanceOperand::Fused(Box::new(fused), inputs.len()), inputs)
    }

    fn fused_step(&self, root: &NodeRef, roots: &FxHashMap<Key, ()>) -> Step {
        let (fused, inputs) = self.fused(root, roots);
        Step::new(Action::Fused(fused), inputs, root)
    }

    /// The kernel that computes an element-wise node and all nodes that are inlined into it, and the values
    /// that it reads.
    fn fused(&self, root: &NodeRef, roots: &FxHashMap<Key, ()>) -> (FusedKernel, SmallVec<[ValueId; 2]>) {
        let members = members(root, roots);
        let mut builder = FusedKernelBuilder::new(&members, root);
        for member in &members {
            builder.add(member, &self.ids);
        }
        let fused = FusedKernel {
            shape: root.shape().clone(),
            loops: fused_pair::fused_loops(&builder.instructions),
            instructions: builder.instructions,
            registers: builder.registers,
            name: root.op().name(),
        };
        (fused, builder.inputs)
    }
}

fn same_tensor(a: &Leaf, b: &Leaf) -> bool {
    a.tensor.shares_memory_with(&b.tensor) && a.tensor.layout() == b.tensor.layout()
}

impl Step {
    fn new(action: Action, inputs: SmallVec<[ValueId; 2]>, node: &NodeRef) -> Step {
        Step { action, inputs, shape: node.shape().clone(), dtype: node.dtype(), last_uses: SmallVec::new() }
    }
}

/// The nodes of a kernel, operands first.
fn members(root: &NodeRef, roots: &FxHashMap<Key, ()>) -> Vec<NodeRef> {
    let mut order = Vec::new();
    let mut seen = FxHashSet::default();
    let mut stack = vec![(root, false)];
    while let Some((node, expanded)) = stack.pop() {
        if expanded {
            order.push(node.clone());
        } else if seen.insert(key(node)) {
            stack.push((node, true));
            let inlined = node
                .inputs()
                .iter()
                .rev()
                .filter(|input| input.op().is_elementwise() && !roots.contains_key(&key(input)));
            stack.extend(inlined.map(|input| (input, false)));
        }
    }
    order
}

/// Allocates registers: each node but the root writes one, which is free after its last reader.
struct FusedKernelBuilder {
    instructions: Vec<Instruction>,
    inputs: SmallVec<[ValueId; 2]>,
    registers: [usize; 6],
    free: [Vec<usize>; 6],
    registers_of: FxHashMap<Key, usize>,
    readers: FxHashMap<Key, usize>,
    root: Key,
}

impl FusedKernelBuilder {
    fn new(members: &[NodeRef], root: &NodeRef) -> FusedKernelBuilder {
        let mut readers: FxHashMap<Key, usize> = FxHashMap::default();
        for input in members.iter().flat_map(|member| member.inputs()) {
            *readers.entry(key(input)).or_default() += 1;
        }
        FusedKernelBuilder {
            instructions: Vec::with_capacity(members.len()),
            inputs: SmallVec::new(),
            registers: [0; 6],
            free: Default::default(),
            registers_of: FxHashMap::default(),
            readers,
            root: key(root),
        }
    }

    fn add(&mut self, node: &NodeRef, ids: &FxHashMap<Key, ValueId>) {
        let args = node.inputs().iter().map(|input| self.operand(input, ids)).collect();
        // The register of the result is allocated before those of the operands are freed: an instruction must
        // not write a register that it reads.
        let register = if key(node) == self.root { 0 } else { self.take_register(node.dtype()) };
        for input in node.inputs() {
            self.release(input);
        }
        self.registers_of.insert(key(node), register);
        let operand = node.inputs().last().map_or(node.dtype(), |input| input.dtype());
        self.instructions.push(Instruction {
            opcode: opcode(node.op()),
            operand,
            result: node.dtype(),
            args,
            register,
        });
    }

    fn operand(&mut self, input: &NodeRef, ids: &FxHashMap<Key, ValueId>) -> Operand {
        if let Some(scalar) = input.as_literal() {
            return Operand::Constant(scalar);
        }
        if let Some(&register) = self.registers_of.get(&key(input)) {
            return Operand::Register(register);
        }
        let id = ids[&key(input)];
        let load = self.inputs.iter().position(|&known| known == id).unwrap_or_else(|| {
            self.inputs.push(id);
            self.inputs.len() - 1
        });
        Operand::Load(load)
    }

    fn take_register(&mut self, dtype: DType) -> usize {
        self.free[dtype as usize].pop().unwrap_or_else(|| next_register(&mut self.registers, dtype))
    }

    fn release(&mut self, input: &NodeRef) {
        let (Some(&register), Some(left)) =
            (self.registers_of.get(&key(input)), self.readers.get_mut(&key(input)))
        else {
            return;
        };
        *left -= 1;
        if *left == 0 {
            self.free[input.dtype() as usize].push(register);
        }
    }
}

fn opcode(op: &Op) -> Opcode {
    match op {
        Op::Unary(op) => Opcode::Unary(*op),
        Op::Binary(op) => Opcode::Binary(*op),
        Op::Compare(op) => Opcode::Compare(*op),
        Op::Logical(op) => Opcode::Logical(*op),
        Op::Select => Opcode::Select,
        Op::Complex => Opcode::Complex,
        Op::Cast => Opcode::Cast,
        other => unreachable!("{} is not element-wise", other.name()),
    }
}

/// Sets the values of each step that no later step reads.
fn mark_last_uses(steps: &mut [Step], output: ValueId, input_count: usize) {
    let mut used = FxHashSet::default();
    used.insert(output);
    for step in steps.iter_mut().rev() {
        let mut inputs = step.inputs.clone();
        inputs.sort_unstable();
        inputs.dedup();
        step.last_uses = inputs.into_iter().filter(|&id| id >= input_count && used.insert(id)).collect();
    }
}
