//! The ways in which every script runs.

/// What statements begin with that only read, unless they say INTO.
const READING: [&str; 5] = ["SELECT", "WITH", "VALUES", "SEARCH", "SHOW"];

/// A way to run a script. All of them print the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    /// Once, from top to bottom.
    Default,
    /// Two times in one session, the second time out of the statement cache and over names that exist.
    Twice,
    /// With each statement that only reads run a second time right after itself, out of the plan that was kept.
    Again,
    /// With all work on the calling thread.
    OneThread,
    /// With `LAZY LET` for `LET`. Scripts with errors are left out: those of a lazy value surface at its first use.
    Lazy,
    /// With queries in two partitions, however few rows there are, and joins that tell scans their keys.
    TwoPartitions,
    /// With batches of seven rows.
    BatchesOf7,
    /// With batches of one row in two partitions.
    SingleRows,
}

impl Variant {
    /// All variants; the first is what the others are compared with.
    pub const ALL: [Variant; 8] = [
        Variant::Default,
        Variant::Twice,
        Variant::Again,
        Variant::OneThread,
        Variant::Lazy,
        Variant::TwoPartitions,
        Variant::BatchesOf7,
        Variant::SingleRows,
    ];

    /// The name that a `skip` directive uses.
    pub fn name(self) -> &'static str {
        match self {
            Variant::Default => "default",
            Variant::Twice => "twice",
            Variant::Again => "again",
            Variant::OneThread => "one-thread",
            Variant::Lazy => "lazy",
            Variant::TwoPartitions => "two-partitions",
            Variant::BatchesOf7 => "batches-of-7",
            Variant::SingleRows => "single-rows",
        }
    }

    /// The variant of a name.
    pub fn from_name(name: &str) -> Option<Variant> {
        Variant::ALL.into_iter().find(|variant| variant.name() == name)
    }

    /// How often the script runs; what the last time prints is compared.
    pub(super) fn rounds(self) -> usize {
        if self == Variant::Twice { 2 } else { 1 }
    }

    /// How often a statement runs in a row; what the last time prints is compared.
    pub(super) fn times(self, statement: &str) -> usize {
        if self == Variant::Again && only_reads(statement) { 2 } else { 1 }
    }

    /// Threads of the engine. Two, so that the parallel paths run on any machine.
    pub(super) fn threads(self) -> usize {
        if self == Variant::OneThread { 1 } else { 2 }
    }

    /// Whether small queries have several partitions, too.
    pub(super) fn partitions_all(self) -> bool {
        matches!(self, Variant::TwoPartitions | Variant::SingleRows)
    }

    /// Rows of a batch, when it is not the usual number.
    pub(super) fn batch_size(self) -> Option<usize> {
        match self {
            Variant::BatchesOf7 => Some(7),
            Variant::SingleRows => Some(1),
            _ => None,
        }
    }

    /// What is written before a statement.
    pub(super) fn prefix(self, statement: &str) -> &'static str {
        let mut words = statement.split_whitespace();
        let opens = words.next().is_some_and(|word| word.eq_ignore_ascii_case("LET"));
        let lazy = words.next().is_some_and(|word| word.eq_ignore_ascii_case("LAZY"));
        if self == Variant::Lazy && opens && !lazy { "LAZY " } else { "" }
    }
}

fn only_reads(statement: &str) -> bool {
    let mut words = statement.trim_start_matches('(').split_whitespace();
    let first = words.next().unwrap_or_default();
    READING.iter().any(|word| word.eq_ignore_ascii_case(first))
        && !words.any(|word| word.eq_ignore_ascii_case("INTO"))
}
