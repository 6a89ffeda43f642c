//! Fractal heaps: one space of bytes over blocks whose sizes double row by row.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::Links;
use super::fields::Fields;

/// Tables within tables that are followed: each holds larger blocks than the one within it.
const DEEPEST: usize = 64;

/// A heap whose blocks are read when an object of theirs is asked for.
pub(super) struct Heap {
    root: u64,
    /// Rows of the table at the root; none when the root is a block itself.
    rows: u64,
    /// Blocks of a row.
    width: u64,
    /// Size of the blocks of the first two rows; that of each further row is twice that of the one before.
    first_size: u64,
    /// Size of the largest blocks. Rows of larger ones hold tables.
    largest: u64,
    offset_bytes: usize,
    length_bytes: usize,
    blocks: HashMap<u64, Vec<u8>>,
}

/// Where a block lies in the file, and what an offset is within it.
struct Place {
    address: u64,
    size: u64,
    offset: u64,
}

impl Heap {
    /// Reads the header of a heap. `None` for one that cannot be read, such as one with filters.
    pub(super) fn read(links: &mut Links, address: u64) -> Option<Heap> {
        let (offset, length) = (links.offset_size, links.length_size);
        let header = links.bytes(address, 26 + 12 * length as u64 + 3 * offset as u64)?;
        let mut fields = Fields::new(header.strip_prefix(b"FRHP")?);
        fields.take(1 + 2)?;
        let filters = fields.number(2)?;
        fields.take(1)?;
        let most_managed = fields.number(4)?;
        // Huge objects, free space, and the amounts of space of each kind.
        fields.take(length + offset + length + offset + 8 * length)?;
        let width = fields.number(2)?;
        let first_size = fields.number(length)?;
        let largest = fields.number(length)?;
        let bits = fields.number(2)?;
        fields.take(2)?;
        let root = fields.number(offset)?;
        let rows = fields.number(2)?;
        if filters != 0 || width == 0 || !first_size.is_power_of_two() || !largest.is_power_of_two() {
            return None;
        }
        let bytes_of = |value: u64| (64 - value.leading_zeros()).div_ceil(8) as usize;
        Some(Heap {
            root,
            rows,
            width,
            first_size,
            largest: largest.max(first_size),
            offset_bytes: bits.div_ceil(8) as usize,
            length_bytes: bytes_of(largest.min(most_managed)),
            blocks: HashMap::new(),
        })
    }

    /// The bytes of a managed object.
    pub(super) fn object(&mut self, links: &mut Links, id: &[u8]) -> Option<Vec<u8>> {
        let mut fields = Fields::new(id);
        let managed = fields.number(1)? & 0x30 == 0;
        let offset = fields.number(self.offset_bytes)?;
        let length = usize::try_from(fields.number(self.length_bytes)?).ok()?;
        if !managed {
            return None;
        }
        let place = self.place(links, offset)?;
        let start = usize::try_from(place.offset).ok()?;
        let block = self.block(links, place.address, place.size)?;
        Some(block.get(start..)?.get(..length)?.to_vec())
    }

    /// The block that holds an offset of the heap.
    fn place(&mut self, links: &mut Links, offset: u64) -> Option<Place> {
        if self.rows == 0 {
            return Some(Place { address: self.root, size: self.first_size, offset });
        }
        let (mut table, mut rows, mut offset) = (self.root, self.rows, offset);
        for _ in 0..DEEPEST {
            let (row, size) = self.row_of(offset)?;
            let behind = offset.checked_sub(self.start_of(row)?)?;
            let (column, rest) = (behind / size, behind % size);
            if row >= rows {
                return None;
            }
            // The header of a table, then the addresses of its entries, row by row.
            let header = 5 + links.offset_size as u64 + self.offset_bytes as u64;
            let entries = self.width.checked_mul(rows)?.checked_mul(links.offset_size as u64)?;
            let entry = header + (row * self.width + column) * links.offset_size as u64;
            let width = links.offset_size;
            let block = self.block(links, table, header + entries)?;
            block.strip_prefix(b"FHIB")?;
            let address = Fields::new(block.get(usize::try_from(entry).ok()?..)?).number(width)?;
            if size <= self.largest {
                return Some(Place { address, size, offset: rest });
            }
            // A table within a table has the rows that its size takes.
            rows = u64::from((size / (self.first_size * self.width)).checked_ilog2()?) + 1;
            (table, offset) = (address, rest);
        }
        None
    }

    /// The row of an offset, and the size of the row's blocks.
    fn row_of(&self, offset: u64) -> Option<(u64, u64)> {
        let rows = offset / self.first_size.checked_mul(self.width)?;
        match rows.checked_ilog2() {
            None => Some((0, self.first_size)),
            Some(power) => Some((u64::from(power) + 1, self.first_size.checked_mul(1 << power)?)),
        }
    }

    /// Where a row begins.
    fn start_of(&self, row: u64) -> Option<u64> {
        let first = self.first_size.checked_mul(self.width)?;
        match row.checked_sub(1) {
            None => Some(0),
            Some(power) => first.checked_mul(1u64.checked_shl(u32::try_from(power).ok()?)?),
        }
    }

    fn block(&mut self, links: &mut Links, address: u64, size: u64) -> Option<&[u8]> {
        Some(match self.blocks.entry(address) {
            Entry::Occupied(block) => block.into_mut(),
            Entry::Vacant(place) => place.insert(links.bytes(address, size)?),
        })
    }
}
