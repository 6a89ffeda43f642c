//! The items of a format.

/// A format that has been read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DateFormat {
    pub(super) items: Vec<Item>,
}

/// A moment that is written, or that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment<'z> {
    /// Local time in microseconds since 1970-01-01.
    pub local: i64,
    /// Microseconds ahead of UTC.
    pub offset: Option<i64>,
    /// The name of the zone.
    pub zone: Option<&'z str>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Item {
    Text(String),
    Part(Part, Pad),
}

/// Whether a number has leading zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pad {
    Zeros,
    None,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    ShortDay,
    LongDay,
    WeekdayFromSunday,
    WeekdayFromMonday,
    Day,
    ShortMonth,
    LongMonth,
    Month,
    ShortYear,
    Year,
    Hour,
    HalfDayHour,
    HalfDay,
    Minute,
    Second,
    Microsecond,
    Millisecond,
    Nanosecond,
    Offset,
    Zone,
    DayOfYear,
    WeekFromSunday,
    WeekFromMonday,
    IsoWeek,
    IsoYear,
}

impl DateFormat {
    /// Reads a format.
    ///
    /// # Errors The specifier that is unknown, such as `%Q`.
    pub fn parse(text: &str) -> Result<DateFormat, String> {
        let mut items = Vec::new();
        let mut literal = String::new();
        let mut letters = text.chars();
        while let Some(letter) = letters.next() {
            if letter != '%' {
                literal.push(letter);
                continue;
            }
            let mut pad = Pad::Zeros;
            let mut next = letters.next().ok_or("%")?;
            if next == '-' {
                pad = Pad::None;
                next = letters.next().ok_or("%-")?;
            }
            if next == '%' && pad == Pad::Zeros {
                literal.push('%');
                continue;
            }
            let parts = parts_of(next)
                .ok_or_else(|| if pad == Pad::None { format!("%-{next}") } else { format!("%{next}") })?;
            for part in parts {
                match part {
                    Piece::Text(text) => literal.push_str(text),
                    Piece::Part(part) => {
                        if !literal.is_empty() {
                            items.push(Item::Text(std::mem::take(&mut literal)));
                        }
                        items.push(Item::Part(*part, pad));
                    }
                }
            }
        }
        if !literal.is_empty() {
            items.push(Item::Text(literal));
        }
        Ok(DateFormat { items })
    }

    /// Whether it has a zone or an offset from UTC.
    pub fn has_zone(&self) -> bool {
        self.items.iter().any(|item| matches!(item, Item::Part(Part::Offset | Part::Zone, _)))
    }
}

enum Piece {
    Text(&'static str),
    Part(Part),
}

macro_rules! pieces {
    ($($part:ident),*) => { &[$(Piece::Part(Part::$part)),*] };
}

/// The parts that a letter stands for.
fn parts_of(letter: char) -> Option<&'static [Piece]> {
    const DATE: &[Piece] = &[
        Piece::Part(Part::Year),
        Piece::Text("-"),
        Piece::Part(Part::Month),
        Piece::Text("-"),
        Piece::Part(Part::Day),
    ];
    const TIME: &[Piece] = &[
        Piece::Part(Part::Hour),
        Piece::Text(":"),
        Piece::Part(Part::Minute),
        Piece::Text(":"),
        Piece::Part(Part::Second),
    ];
    const BOTH: &[Piece] = &[
        Piece::Part(Part::Year),
        Piece::Text("-"),
        Piece::Part(Part::Month),
        Piece::Text("-"),
        Piece::Part(Part::Day),
        Piece::Text(" "),
        Piece::Part(Part::Hour),
        Piece::Text(":"),
        Piece::Part(Part::Minute),
        Piece::Text(":"),
        Piece::Part(Part::Second),
    ];
    Some(match letter {
        'a' => pieces!(ShortDay),
        'A' => pieces!(LongDay),
        'w' => pieces!(WeekdayFromSunday),
        'u' => pieces!(WeekdayFromMonday),
        'd' => pieces!(Day),
        'b' | 'h' => pieces!(ShortMonth),
        'B' => pieces!(LongMonth),
        'm' => pieces!(Month),
        'y' => pieces!(ShortYear),
        'Y' => pieces!(Year),
        'H' => pieces!(Hour),
        'I' => pieces!(HalfDayHour),
        'p' => pieces!(HalfDay),
        'M' => pieces!(Minute),
        'S' => pieces!(Second),
        'f' => pieces!(Microsecond),
        'g' => pieces!(Millisecond),
        'n' => pieces!(Nanosecond),
        'z' => pieces!(Offset),
        'Z' => pieces!(Zone),
        'j' => pieces!(DayOfYear),
        'U' => pieces!(WeekFromSunday),
        'W' => pieces!(WeekFromMonday),
        'V' => pieces!(IsoWeek),
        'G' => pieces!(IsoYear),
        'c' => BOTH,
        'x' => DATE,
        'X' => TIME,
        _ => return None,
    })
}

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// From Sunday.
pub(super) const DAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
