//! Fields of structures of the format.

/// How an object header is laid out.
#[derive(Clone, Copy)]
pub(super) struct HeaderFormat {
    pub(super) version: u8,
    /// Whether its messages have numbers that tell their order.
    pub(super) ordered: bool,
}

/// Little-endian fields, one after the other.
pub(super) struct Fields<'b>(&'b [u8]);

impl<'b> Fields<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> Fields<'b> {
        Fields(bytes)
    }

    pub(super) fn take(&mut self, count: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    pub(super) fn number(&mut self, width: usize) -> Option<u64> {
        let bytes = self.take(width).filter(|bytes| bytes.len() <= 8)?;
        Some(bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    /// The next message of an object header.
    pub(super) fn message(&mut self, format: HeaderFormat) -> Option<(u16, &'b [u8])> {
        let (kind_width, reserved) = if format.version == 1 { (2, 4) } else { (1, 1) };
        let kind = self.number(kind_width)?;
        let size = self.number(2)?;
        self.take(if format.ordered { reserved + 2 } else { reserved })?;
        Some((u16::try_from(kind).ok()?, self.take(usize::try_from(size).ok()?)?))
    }
}
