//! The variants in which every script runs.

/// Opening keywords of statements that only read, unless they contain INTO.
const READING: [&str; 5] = ["SELECT", "WITH", "VALUES", "SEARCH", "SHOW"];

/// A way to run a script. All variants print the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    /// Once.
    Default,
    /// Twice in one session, the second time from the statement cache and over existing names.
    Twice,
    /// Each statement that only reads runs twice, the second time from the plan cache.
    Again,
    /// With all work on the calling thread.
    OneThread,
    /// With `LAZY LET` for `LET`. Scripts with errors are skipped: an error of a lazy value surfaces at its
    /// first use.
    Lazy,
    /// With queries in two partitions, however few rows there are, and with join filters.
    TwoPartitions,
    /// With batches of seven rows.
    BatchesOf7,
    /// With batches of one row in two partitions.
    SingleRows,
    /// In a database directory, whose datasets are read again by another engine at the end.
    Durable,
}

impl Variant {
    /// All variants; the others are compared with the first.
    pub const ALL: [Variant; 9] = [
        Variant::Default,
        Variant::Twice,
        Variant::Again,
        Variant::OneThread,
        Variant::Lazy,
        Variant::TwoPartitions,
        Variant::BatchesOf7,
        Variant::SingleRows,
        Variant::Durable,
    ];

    /// The name in a `skip` directive.
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
            Variant::Durable => "durable",
        }
    }

    /// The variant of a name.
    pub fn from_name(name: &str) -> Option<Variant> {
        Variant::ALL.into_iter().find(|variant| variant.name() == name)
    }

    /// Number of runs of the script; the output of the last is compared.
    pub(super) fn rounds(self) -> usize {
        if self == Variant::Twice { 2 } else { 1 }
    }

    /// Number of runs of each statement; the output of the last is compared.
    pub(super) fn times(self, statement: &str) -> usize {
        if self == Variant::Again && only_reads(statement) { 2 } else { 1 }
    }

    /// Threads of the engine. Two, so that the parallel paths run on any machine.
    pub(super) fn threads(self) -> usize {
        if self == Variant::OneThread { 1 } else { 2 }
    }

    /// Whether small queries have several partitions.
    pub(super) fn partitions_all(self) -> bool {
        matches!(self, Variant::TwoPartitions | Variant::SingleRows)
    }

    /// Rows per batch, when it differs from the default.
    pub(super) fn batch_size(self) -> Option<usize> {
        match self {
            Variant::BatchesOf7 => Some(7),
            Variant::SingleRows => Some(1),
            _ => None,
        }
    }

    /// The text before a statement.
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
