//! How one value is written: its alignment, width, precision and type.

use super::number_text::{exponent, fixed, general, grouped, grouped_float, shortest};

/// A value that is written.
#[derive(Clone, Debug)]
pub(super) enum Argument {
    Int(i128),
    Float(f64),
    Bool(bool),
    Text(String),
}

/// Where a value is in a wider place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Center,
    Right,
}

/// A specification: `[[fill]align][sign][#][0][width][,][.precision][type]`.
#[derive(Clone, Debug)]
pub(super) struct Spec {
    pub align: Option<Align>,
    fill: char,
    sign: Option<char>,
    alternate: bool,
    zeros: bool,
    width: usize,
    /// The separator of thousands.
    thousands: Option<char>,
    precision: Option<usize>,
    kind: Option<char>,
}

/// The greatest width and precision.
const WIDEST: usize = 10_000;

const TYPES: &str = "bBcdieEfFgGosxXu";

type Parsed<T> = Result<T, String>;

fn number(text: &str) -> Parsed<(Option<usize>, &str)> {
    let end = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    if end == 0 {
        return Ok((None, text));
    }
    match text[..end].parse::<usize>() {
        Ok(value) if value <= WIDEST => Ok((Some(value), &text[end..])),
        _ => Err(format!("a width is at most {WIDEST}")),
    }
}

impl Spec {
    fn new() -> Spec {
        Spec {
            align: None,
            fill: ' ',
            sign: None,
            alternate: false,
            zeros: false,
            width: 0,
            thousands: None,
            precision: None,
            kind: None,
        }
    }

    /// The part of `{:spec}` after the colon.
    pub fn of_braces(text: &str) -> Parsed<Spec> {
        let mut spec = Spec::new();
        let mut rest = text;
        let align = |letter: char| match letter {
            '<' => Some(Align::Left),
            '^' => Some(Align::Center),
            '>' => Some(Align::Right),
            _ => None,
        };
        let mut letters = rest.chars();
        let (first, second) = (letters.next(), letters.next());
        if let (Some(fill), Some(found)) = (first, second.and_then(align)) {
            spec.fill = fill;
            spec.align = Some(found);
            rest = letters.as_str();
        } else if let Some(found) = first.and_then(align) {
            spec.align = Some(found);
            rest = &rest[1..];
        }
        if let Some(sign) = rest.chars().next().filter(|letter| "+- ".contains(*letter)) {
            spec.sign = Some(sign);
            rest = &rest[1..];
        }
        if let Some(after) = rest.strip_prefix('#') {
            spec.alternate = true;
            rest = after;
        }
        if let Some(after) = rest.strip_prefix('0') {
            spec.zeros = true;
            rest = after;
        }
        let rest = spec.tail(rest)?;
        if rest.is_empty() { Ok(spec) } else { Err(format!("`{rest}` is unknown")) }
    }

    /// The part after `%`, and what follows it.
    pub fn of_percent(text: &str) -> Parsed<(Spec, &str)> {
        let mut spec = Spec::new();
        let mut rest = text;
        while let Some(flag) = rest.chars().next().filter(|letter| "-+ #0,".contains(*letter)) {
            match flag {
                '-' => spec.align = Some(Align::Left),
                '#' => spec.alternate = true,
                '0' => spec.zeros = true,
                ',' => spec.thousands = Some(','),
                sign => spec.sign = Some(sign),
            }
            rest = &rest[1..];
        }
        let rest = spec.tail(rest)?;
        if spec.kind.is_none() {
            return Err("a type such as `d` or `s` is missing after `%`".to_string());
        }
        Ok((spec, rest))
    }

    /// Width, thousands, precision and type.
    fn tail<'t>(&mut self, text: &'t str) -> Parsed<&'t str> {
        let (width, mut rest) = number(text)?;
        self.width = width.unwrap_or(0);
        if let Some(after) = rest.strip_prefix('.') {
            let (precision, after) = number(after)?;
            self.precision = Some(precision.ok_or("a precision is missing after `.`")?);
            rest = after;
        }
        if let Some(after) = rest.strip_prefix([',', '_', '\'']) {
            self.thousands = rest.chars().next();
            rest = after;
        } else if rest.starts_with('t')
            && let Some(separator) = rest[1..].chars().next()
        {
            self.thousands = Some(separator);
            rest = &rest[1 + separator.len_utf8()..];
        }
        // C's length modifiers have no meaning here.
        let rest = rest.trim_start_matches(['l', 'h', 'j', 'z']);
        match rest.chars().next() {
            Some(kind) if TYPES.contains(kind) => {
                self.kind = Some(kind);
                Ok(&rest[1..])
            }
            _ => Ok(rest),
        }
    }

    /// A value as text.
    ///
    /// # Errors A type that the value does not have.
    pub fn write(&self, value: &Argument) -> Parsed<String> {
        let mismatch = |what: &str| Err(format!("`{}` does not write {what}", self.kind.unwrap_or('s')));
        match value {
            Argument::Text(text) => match self.kind {
                None | Some('s') => Ok(self.padded(self.cut(text), Align::Left)),
                _ => mismatch("a text"),
            },
            Argument::Bool(value) => match self.kind {
                None | Some('s') => Ok(self.padded(self.cut(&value.to_string()), Align::Left)),
                _ => self.integer(i128::from(*value)),
            },
            Argument::Int(value) => match self.kind {
                Some('e' | 'E' | 'f' | 'F' | 'g' | 'G') => self.float(*value as f64),
                Some('s') => mismatch("an integer"),
                _ => self.integer(*value),
            },
            Argument::Float(value) => match self.kind {
                None | Some('e' | 'E' | 'f' | 'F' | 'g' | 'G') => self.float(*value),
                _ => mismatch("a float"),
            },
        }
    }

    fn cut(&self, text: &str) -> String {
        match self.precision {
            Some(most) => text.chars().take(most).collect(),
            None => text.to_string(),
        }
    }

    fn integer(&self, value: i128) -> Parsed<String> {
        let size = value.unsigned_abs();
        let digits = match self.kind {
            None | Some('d' | 'i' | 'u') => grouped(&size.to_string(), self.thousands),
            Some('x') => format!("{}{size:x}", if self.alternate { "0x" } else { "" }),
            Some('X') => format!("{}{size:X}", if self.alternate { "0X" } else { "" }),
            Some('o') => format!("{}{size:o}", if self.alternate { "0" } else { "" }),
            Some('b' | 'B') => format!("{}{size:b}", if self.alternate { "0b" } else { "" }),
            Some('c') => {
                let letter = u32::try_from(value).ok().and_then(char::from_u32);
                let letter = letter.ok_or_else(|| format!("{value} is no character"))?;
                return Ok(self.padded(letter.to_string(), Align::Left));
            }
            Some(other) => return Err(format!("`{other}` does not write an integer")),
        };
        Ok(self.signed(value < 0, digits))
    }

    fn float(&self, value: f64) -> Parsed<String> {
        let size = value.abs();
        let is_upper = self.kind.is_some_and(|kind| kind.is_ascii_uppercase());
        let digits = if !size.is_finite() {
            if size.is_nan() { "nan".to_string() } else { "inf".to_string() }
        } else {
            match self.kind {
                Some('f' | 'F') => grouped_float(&fixed(size, self.precision.unwrap_or(6)), self.thousands),
                Some('e' | 'E') => exponent(size, self.precision.unwrap_or(6)),
                Some('g' | 'G') => general(size, self.precision.unwrap_or(6)),
                _ => match self.precision {
                    Some(precision) => general(size, precision),
                    None => grouped_float(&shortest(size), self.thousands),
                },
            }
        };
        let digits = if is_upper { digits.to_uppercase() } else { digits };
        Ok(self.signed(value.is_sign_negative() && !value.is_nan(), digits))
    }

    /// Digits with a sign, padded.
    fn signed(&self, is_negative: bool, digits: String) -> String {
        let sign = match (is_negative, self.sign) {
            (true, _) => "-",
            (false, Some('+')) => "+",
            (false, Some(' ')) => " ",
            _ => "",
        };
        if self.zeros && self.align.is_none_or(|align| align == Align::Right && self.fill == ' ') {
            let missing = self.width.saturating_sub(sign.len() + digits.chars().count());
            return format!("{sign}{}{digits}", "0".repeat(missing));
        }
        self.padded(format!("{sign}{digits}"), Align::Right)
    }

    fn padded(&self, text: String, default: Align) -> String {
        let missing = self.width.saturating_sub(text.chars().count());
        if missing == 0 {
            return text;
        }
        let fill = |count: usize| self.fill.to_string().repeat(count);
        match self.align.unwrap_or(default) {
            Align::Left => format!("{text}{}", fill(missing)),
            Align::Right => format!("{}{text}", fill(missing)),
            Align::Center => format!("{}{text}{}", fill(missing / 2), fill(missing - missing / 2)),
        }
    }
}
