//! Floats as texts of C's and Python's forms.

pub(super) fn grouped(digits: &str, separator: Option<char>) -> String {
    let Some(separator) = separator else { return digits.to_string() };
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(separator);
        }
        text.push(digit);
    }
    text
}

pub(super) fn grouped_float(text: &str, separator: Option<char>) -> String {
    match text.split_once('.') {
        Some((whole, fraction)) => format!("{}.{fraction}", grouped(whole, separator)),
        None => text.to_string(),
    }
}

pub(super) fn fixed(value: f64, precision: usize) -> String {
    format!("{value:.precision$}")
}

/// `1.5e+00`: two digits of the exponent at least.
pub(super) fn exponent(value: f64, precision: usize) -> String {
    let text = format!("{value:.precision$e}");
    match text.split_once('e') {
        Some((mantissa, exponent)) => format!("{mantissa}e{}", signed_exponent(exponent)),
        None => text,
    }
}

fn signed_exponent(exponent: &str) -> String {
    let (sign, digits) = match exponent.strip_prefix('-') {
        Some(digits) => ('-', digits),
        None => ('+', exponent),
    };
    format!("{sign}{digits:0>2}")
}

/// Significant digits, without trailing zeros, with an exponent where it is shorter.
pub(super) fn general(value: f64, precision: usize) -> String {
    let precision = precision.max(1);
    let scientific = exponent(value, precision - 1);
    let power: i64 = scientific.split_once('e').and_then(|(_, power)| power.parse().ok()).unwrap_or_default();
    let trimmed = |text: &str| {
        let cut = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text };
        cut.to_string()
    };
    if power < -4 || power >= precision as i64 {
        return match scientific.split_once('e') {
            Some((mantissa, power)) => format!("{}e{power}", trimmed(mantissa)),
            None => scientific,
        };
    }
    let decimals = usize::try_from(precision as i64 - 1 - power).unwrap_or(0);
    trimmed(&fixed(value, decimals))
}

/// The shortest text that reads back the same, with a decimal point or an exponent.
pub(super) fn shortest(value: f64) -> String {
    let scientific = format!("{value:e}");
    let (mantissa, power) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i64 = power.parse().unwrap_or_default();
    if value != 0.0 && !(-4..16).contains(&exponent) {
        return format!("{mantissa}e{}", signed_exponent(power));
    }
    let text = format!("{value}");
    if text.contains('.') { text } else { format!("{text}.0") }
}
