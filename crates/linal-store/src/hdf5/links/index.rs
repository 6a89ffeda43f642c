//! The index of the names of a group: a B-tree whose records are hashes of names and places in the heap.

use super::fields::Fields;
use super::{Links, MAX_LINKS};

/// Levels of nodes that are followed.
const DEEPEST: u64 = 16;

/// Bytes of a node besides its records and children: signature, version, kind and checksum.
const FRAME: u64 = 10;

/// How the nodes of a tree are laid out.
struct Layout {
    node_size: u64,
    record: usize,
    /// Bytes of the number of records of a child.
    count_width: usize,
    /// Bytes of the number of records below a child, by the level of the child.
    total_widths: Vec<usize>,
}

/// The objects of the heap that the index lists.
pub(super) fn heap_ids(links: &mut Links, address: u64) -> Option<Vec<Vec<u8>>> {
    let header = links.bytes(address, 22 + links.offset_size as u64 + links.length_size as u64)?;
    let mut fields = Fields::new(header.strip_prefix(b"BTHD")?);
    fields.take(2)?;
    let node_size = fields.number(4)?;
    let record = usize::try_from(fields.number(2)?).ok().filter(|record| *record > 0)?;
    let depth = fields.number(2)?;
    fields.take(2)?;
    let root = fields.number(links.offset_size)?;
    let count = fields.number(2)?;
    if depth > DEEPEST {
        return None;
    }
    let layout = Layout::new(node_size, record, depth, links.offset_size as u64)?;
    let mut ids = Vec::new();
    layout.node(links, (root, count), depth, &mut ids)?;
    Some(ids)
}

impl Layout {
    fn new(node_size: u64, record: usize, depth: u64, offset_size: u64) -> Option<Layout> {
        let size = record as u64;
        let most_in_leaf = node_size.checked_sub(FRAME)? / size;
        let count_width = bytes_of(most_in_leaf);
        // A leaf has nothing below it.
        let mut total_widths = vec![0];
        let mut below = most_in_leaf;
        for _ in 1..depth {
            let last = *total_widths.last().unwrap_or(&0) as u64;
            let pointer = offset_size + count_width as u64 + last;
            let most = node_size.checked_sub(FRAME + pointer)? / (size + pointer);
            below = most.saturating_add(1).saturating_mul(below).saturating_add(most);
            total_widths.push(bytes_of(below));
        }
        Some(Layout { node_size, record, count_width, total_widths })
    }

    /// The identifiers of a node and of the nodes below it. Each record is a hash of four bytes and the identifier.
    fn node(
        &self,
        links: &mut Links,
        (address, count): (u64, u64),
        level: u64,
        out: &mut Vec<Vec<u8>>,
    ) -> Option<()> {
        let node = links.bytes(address, self.node_size)?;
        let signature = if level == 0 { b"BTLF" } else { b"BTIN" };
        let records = node.strip_prefix(signature)?.get(2..)?;
        let count = usize::try_from(count).ok()?;
        for record in records.chunks_exact(self.record).take(count) {
            out.push(record.get(4..)?.to_vec());
        }
        if out.len() > MAX_LINKS {
            return None;
        }
        let Some(below) = level.checked_sub(1) else { return Some(()) };
        let total_width = *self.total_widths.get(usize::try_from(below).ok()?)?;
        let mut fields = Fields::new(records.get(count.checked_mul(self.record)?..)?);
        for _ in 0..=count {
            let child = (fields.number(links.offset_size)?, fields.number(self.count_width)?);
            fields.take(total_width)?;
            self.node(links, child, below, out)?;
        }
        Some(())
    }
}

/// The bytes that numbers up to one take.
fn bytes_of(most: u64) -> usize {
    (64 - most.leading_zeros()).div_ceil(8).max(1) as usize
}
