//! Soft and external links, which `hdf5-pure` does not resolve.
//!
//! Read from the bytes: the links of a group are messages of its object header, entries of a symbol table (a B-tree of
//! nodes and a heap of names) or, when there are many, objects of a fractal [`heap`] that an [`index`] lists.

mod fields;
mod heap;
mod index;

use std::collections::HashMap;
use std::rc::Rc;

use self::fields::{Fields, HeaderFormat};
use self::heap::Heap;
use super::shared::SharedReader;

/// Greatest number of links followed for one path. Links may form cycles.
const MAX_STEPS: usize = 64;

/// Greatest number of links of a group.
const MAX_LINKS: usize = 100_000;

/// Greatest number of metadata bytes read for links, whatever a file declares.
const MAX_METADATA_BYTES: u64 = 64 << 20;

/// Greatest number of continuation blocks of an object header.
const MAX_CONTINUATIONS: usize = 256;

const LINK_INFO: u16 = 0x02;
const LINK: u16 = 0x06;
const LAYOUT: u16 = 0x08;
const CONTINUATION: u16 = 0x10;
const SYMBOL_TABLE: u16 = 0x11;

/// The target of a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// The object header at an address.
    Hard(u64),
    /// A path of the same file.
    Soft(String),
    /// A path of another file.
    External(External),
}

/// A dataset of another file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct External {
    pub(super) file: String,
    pub(super) path: String,
}

/// The result of resolving a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Resolved {
    /// The same object by a path of hard links.
    Here(String),
    There(External),
    /// The link at this path leads nowhere.
    Nowhere(String),
}

/// The links of a group by the kind of their target.
#[derive(Clone, Debug, Default)]
pub(super) struct Members {
    pub(super) datasets: Vec<String>,
    pub(super) groups: Vec<String>,
    /// Soft and external links.
    pub(super) symbolic: Vec<String>,
}

/// The links of a group by name.
type Group = Rc<[(String, Target)]>;

/// The link tables of a file.
pub(super) struct Links {
    reader: SharedReader,
    /// Where addresses count from: behind what another format may have put before the file.
    base: u64,
    /// Length of the file behind that place.
    length: u64,
    offset_size: usize,
    length_size: usize,
    root: u64,
    /// Bytes that may still be read.
    budget: u64,
    /// The groups read so far, by the address of their header.
    groups: HashMap<u64, Group>,
}

impl Links {
    /// The links of an open file. `None` when its addresses do not count from the place of its signature.
    pub(super) fn new(reader: SharedReader, length: u64, file: &hdf5_pure::File) -> Option<Links> {
        let superblock = file.superblock();
        let base = superblock.base_address.get();
        let mut links = Links {
            reader,
            base,
            length: length.checked_sub(base)?,
            offset_size: usize::from(superblock.offset_size),
            length_size: usize::from(superblock.length_size),
            // The crate has added the base to this address alone.
            root: superblock.root_group_address.checked_sub(base)?,
            budget: MAX_METADATA_BYTES,
            groups: HashMap::new(),
        };
        let starts = links.bytes(0, 4).is_some_and(|bytes| bytes == b"\x89HDF");
        starts.then_some(links)
    }

    /// Resolves a path that contains a soft or external link.
    pub(super) fn resolve(&mut self, path: &str) -> Option<Resolved> {
        let mut rest: Vec<String> = components(path).rev().map(str::to_string).collect();
        let (mut group, mut hard) = (self.root, Vec::new());
        let mut followed: Option<String> = None;
        for _ in 0..MAX_STEPS {
            let Some(name) = rest.pop() else {
                return followed.map(|_| Resolved::Here(hard.join("/")));
            };
            match self.target(group, &name) {
                Some(Target::Hard(address)) => {
                    group = address;
                    hard.push(name);
                }
                Some(Target::Soft(target)) => {
                    if target.starts_with('/') {
                        (group, hard) = (self.root, Vec::new());
                    }
                    rest.extend(components(&target).rev().map(str::to_string));
                    followed = Some(target);
                }
                Some(Target::External(External { file, path })) => {
                    rest.push(path);
                    rest.reverse();
                    return Some(Resolved::There(External { file, path: rest.join("/") }));
                }
                None => return followed.map(Resolved::Nowhere),
            }
        }
        followed.map(Resolved::Nowhere)
    }

    /// The links of the group at a path of hard links.
    pub(super) fn members(&mut self, path: &str) -> Members {
        let mut members = Members::default();
        let mut group = self.root;
        for name in components(path) {
            match self.target(group, name) {
                Some(Target::Hard(address)) => group = address,
                _ => return members,
            }
        }
        for (name, target) in self.links(group).iter() {
            let kind = match target {
                Target::Hard(address) if self.is_dataset(*address) => &mut members.datasets,
                Target::Hard(_) => &mut members.groups,
                Target::Soft(_) | Target::External(_) => &mut members.symbolic,
            };
            kind.push(name.clone());
        }
        members
    }

    /// Whether the object header at an address has a data layout, so that it is a dataset.
    fn is_dataset(&mut self, address: u64) -> bool {
        self.messages(address).unwrap_or_default().iter().any(|(kind, _)| *kind == LAYOUT)
    }

    /// The links of the group whose object header is at an address; none when it cannot be parsed.
    fn links(&mut self, header: u64) -> Group {
        if let Some(links) = self.groups.get(&header) {
            return links.clone();
        }
        let mut links = Vec::new();
        for (kind, message) in self.messages(header).unwrap_or_default() {
            match kind {
                LINK => links.extend(self.link(&message)),
                LINK_INFO => links.extend(self.dense(&message).unwrap_or_default()),
                SYMBOL_TABLE => links.extend(self.symbols(&message).unwrap_or_default()),
                _ => {}
            }
        }
        let links = Group::from(links);
        self.groups.insert(header, links.clone());
        links
    }

    /// The target of a link of a group.
    fn target(&mut self, group: u64, name: &str) -> Option<Target> {
        let links = self.links(group);
        links.iter().find(|(known, _)| known == name).map(|(_, target)| target.clone())
    }

    /// Reads metadata bytes.
    fn bytes(&mut self, address: u64, count: u64) -> Option<Vec<u8>> {
        if address.checked_add(count).is_none_or(|end| end > self.length) {
            return None;
        }
        // A block costs more than its bytes.
        self.budget = self.budget.checked_sub(count.saturating_add(64))?;
        self.reader.bytes_at(self.base.checked_add(address)?, usize::try_from(count).ok()?).ok()
    }

    /// The messages of an object header of either version.
    fn messages(&mut self, address: u64) -> Option<Vec<(u16, Vec<u8>)>> {
        let mut messages = Vec::new();
        let start = self.bytes(address, 16)?;
        if !start.starts_with(b"OHDR") {
            let size = Fields::new(start.get(8..)?).number(4)?;
            let block = self.bytes(address.checked_add(16)?, size)?;
            let format = HeaderFormat { version: 1, ordered: false };
            self.messages_of(&block, format, 0, &mut messages);
            return Some(messages);
        }
        let flags = *start.get(5)?;
        let times = if flags & 0x20 != 0 { 16 } else { 0 };
        let limits = if flags & 0x10 != 0 { 4 } else { 0 };
        let width = 1u64 << (flags & 3);
        let size_at = address.checked_add(6 + times + limits)?;
        let size = Fields::new(&self.bytes(size_at, width)?).number(width as usize)?;
        let block = self.bytes(size_at.checked_add(width)?, size)?;
        let format = HeaderFormat { version: 2, ordered: flags & 4 != 0 };
        self.messages_of(&block, format, 0, &mut messages);
        Some(messages)
    }

    /// The messages of a block and of its continuation blocks.
    fn messages_of(
        &mut self,
        block: &[u8],
        format: HeaderFormat,
        depth: usize,
        out: &mut Vec<(u16, Vec<u8>)>,
    ) {
        let mut fields = Fields::new(block);
        while let Some((kind, message)) = fields.message(format) {
            if out.len() >= MAX_LINKS || depth > MAX_CONTINUATIONS {
                return;
            }
            if kind != CONTINUATION {
                out.push((kind, message.to_vec()));
                continue;
            }
            let mut place = Fields::new(message);
            let range = place.number(self.offset_size).zip(place.number(self.length_size));
            let Some(next) = range.and_then(|(address, length)| self.bytes(address, length)) else {
                continue;
            };
            // Version 2 frames a block with a signature and a checksum.
            let inner =
                if format.version == 1 { Some(&next[..]) } else { next.get(4..next.len().saturating_sub(4)) };
            self.messages_of(inner.unwrap_or_default(), format, depth + 1, out);
        }
    }

    /// Parses a link message.
    fn link(&self, message: &[u8]) -> Option<(String, Target)> {
        let mut fields = Fields::new(message);
        let (_, flags) = (fields.number(1)?, fields.number(1)?);
        let kind = if flags & 8 != 0 { fields.number(1)? } else { 0 };
        if flags & 4 != 0 {
            fields.take(8)?;
        }
        if flags & 16 != 0 {
            fields.take(1)?;
        }
        let length = fields.number(1 << (flags & 3))?;
        let name = text(fields.take(usize::try_from(length).ok()?)?);
        let target = match kind {
            0 => Target::Hard(fields.number(self.offset_size)?),
            1 => {
                let length = fields.number(2)? as usize;
                Target::Soft(text(fields.take(length)?))
            }
            64 => {
                let length = fields.number(2)? as usize;
                let mut parts = fields.take(length)?.get(1..)?.split(|byte| *byte == 0);
                Target::External(External { file: text(parts.next()?), path: text(parts.next()?) })
            }
            _ => return None,
        };
        Some((name, target))
    }

    /// The links of a symbol table.
    fn symbols(&mut self, message: &[u8]) -> Option<Vec<(String, Target)>> {
        let mut fields = Fields::new(message);
        let (tree, heap) = (fields.number(self.offset_size)?, fields.number(self.offset_size)?);
        let header = self.bytes(heap, 8 + 2 * self.length_size as u64 + self.offset_size as u64)?;
        let mut fields = Fields::new(header.strip_prefix(b"HEAP")?);
        fields.take(4)?;
        let size = fields.number(self.length_size)?;
        fields.take(self.length_size)?;
        let names = fields.number(self.offset_size)?;
        let names = self.bytes(names, size)?;
        let mut links = Vec::new();
        self.tree(tree, &names, 0, &mut links);
        Some(links)
    }

    /// The links below a node of the B-tree of a symbol table.
    fn tree(
        &mut self,
        address: u64,
        names: &[u8],
        depth: usize,
        out: &mut Vec<(String, Target)>,
    ) -> Option<()> {
        let (offset, length) = (self.offset_size, self.length_size);
        let header = self.bytes(address, 8 + 2 * offset as u64)?;
        let mut fields = Fields::new(header.strip_prefix(b"TREE")?);
        let (_, level, count) = (fields.number(1)?, fields.number(1)?, fields.number(2)?);
        let entries = self.bytes(address + 8 + 2 * offset as u64, count * (offset + length) as u64)?;
        let mut fields = Fields::new(&entries);
        for _ in 0..count {
            fields.take(length)?;
            let child = fields.number(offset)?;
            if level == 0 {
                self.node(child, names, out);
            } else if depth < 8 {
                self.tree(child, names, depth + 1, out);
            }
        }
        Some(())
    }

    /// The links of a node of symbols.
    fn node(&mut self, address: u64, names: &[u8], out: &mut Vec<(String, Target)>) -> Option<()> {
        const SOFT: u64 = 2;
        let header = self.bytes(address, 8)?;
        let count = Fields::new(header.strip_prefix(b"SNOD")?.get(2..)?).number(2)?;
        let entries = self.bytes(address + 8, count * (2 * self.offset_size as u64 + 24))?;
        let mut fields = Fields::new(&entries);
        let name = |at: u64| {
            let rest = names.get(usize::try_from(at).ok()?..)?;
            rest.split(|byte| *byte == 0).next().map(text)
        };
        for _ in 0..count {
            let (name_at, object) = (fields.number(self.offset_size)?, fields.number(self.offset_size)?);
            let kind = fields.number(4)?;
            fields.take(4)?;
            let value = Fields::new(fields.take(16)?).number(4)?;
            let target =
                if kind == SOFT { name(value).map(Target::Soft) } else { Some(Target::Hard(object)) };
            out.extend(name(name_at).zip(target));
            if out.len() > MAX_LINKS {
                return None;
            }
        }
        Some(())
    }

    /// The links of a fractal heap.
    fn dense(&mut self, message: &[u8]) -> Option<Vec<(String, Target)>> {
        let mut fields = Fields::new(message);
        fields.take(1)?;
        if fields.number(1)? & 1 != 0 {
            fields.take(8)?;
        }
        let heap = fields.number(self.offset_size)?;
        let tree = fields.number(self.offset_size)?;
        let mut heap = Heap::read(self, heap)?;
        let ids = index::heap_ids(self, tree)?;
        let mut links = Vec::with_capacity(ids.len());
        for id in &ids {
            links.extend(heap.object(self, id).and_then(|object| self.link(&object)));
        }
        Some(links)
    }
}

fn components(path: &str) -> impl DoubleEndedIterator<Item = &str> {
    path.split('/').filter(|name| !name.is_empty() && *name != ".")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes.split(|byte| *byte == 0).next().unwrap_or_default()).into_owned()
}
