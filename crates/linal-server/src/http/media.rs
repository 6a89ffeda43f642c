//! Media types: what a body is in, and what an answer may be in.

use axum::http::{HeaderMap, header};
use linal_error::Code;

use super::{ApiError, ApiResult};

/// A media type that bodies or answers are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MediaType {
    /// `application/json`
    Json,
    /// `text/csv`
    Csv,
    /// `application/vnd.apache.arrow.stream`
    Arrow,
    /// `application/jsonl`
    Jsonl,
    /// `text/plain`
    Text,
    /// `application/vnd.apache.parquet`
    Parquet,
}

/// The format of an answer.
pub type Format = MediaType;

/// The names of the types; the first of each is the one that is written.
const NAMES: &[(MediaType, &str)] = &[
    (MediaType::Json, "application/json"),
    (MediaType::Csv, "text/csv"),
    (MediaType::Arrow, "application/vnd.apache.arrow.stream"),
    (MediaType::Jsonl, "application/jsonl"),
    (MediaType::Jsonl, "application/x-ndjson"),
    (MediaType::Text, "text/plain"),
    // What `curl -d` says of any text.
    (MediaType::Text, "application/x-www-form-urlencoded"),
    (MediaType::Parquet, "application/vnd.apache.parquet"),
];

impl MediaType {
    /// The name in headers.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(media, _)| *media == self).map_or("application/octet-stream", |(_, name)| name)
    }

    /// The value of `Content-Type`.
    pub fn content_type(self) -> &'static str {
        match self {
            MediaType::Csv => "text/csv; charset=utf-8; header=present",
            MediaType::Text => "text/plain; charset=utf-8",
            other => other.name(),
        }
    }

    fn parse(name: &str) -> Option<MediaType> {
        NAMES.iter().find(|(_, known)| known.eq_ignore_ascii_case(name)).map(|(media, _)| *media)
    }
}

/// The type of the body; `None` without the header.
///
/// # Errors
/// 415 for a type that is none of `read`.
pub fn content_type(headers: &HeaderMap, read: &[MediaType]) -> ApiResult<Option<MediaType>> {
    let Some(value) = headers.get(header::CONTENT_TYPE) else { return Ok(None) };
    let text = value.to_str().unwrap_or("");
    let essence = text.split(';').next().unwrap_or("").trim();
    match MediaType::parse(essence).filter(|media| read.contains(media)) {
        Some(media) => Ok(Some(media)),
        None => Err(unsupported(essence, read)),
    }
}

fn unsupported(essence: &str, read: &[MediaType]) -> ApiError {
    let message = format!("a body in `{essence}` is not read here");
    ApiError::new(Code::UnsupportedMediaType, message).with_help(format!("send {}", names(read)))
}

fn names(types: &[MediaType]) -> String {
    types.iter().map(|media| media.name()).collect::<Vec<_>>().join(", ")
}

/// The format of the answer: the one of `offered` that `Accept` likes best, the first of them where it has no
/// preference.
///
/// # Errors
/// 406 when it accepts none.
pub fn negotiate(headers: &HeaderMap, offered: &[Format]) -> ApiResult<Format> {
    let values = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let accepted = values.collect::<Vec<_>>().join(",");
    let ranges: Vec<Range<'_>> =
        accepted.split(',').enumerate().filter_map(|(place, text)| Range::parse(text, place)).collect();
    if ranges.is_empty() {
        return offered.first().copied().ok_or_else(|| refused(offered));
    }
    let rank = |format: &Format| {
        // The most specific range that matches decides; its place breaks ties.
        let best = ranges.iter().filter_map(|range| Some((range.matches(*format)?, range)));
        let (specific, range) = best.max_by_key(|(specific, _)| *specific)?;
        (range.quality > 0).then_some((range.quality, specific, std::cmp::Reverse(range.place)))
    };
    let ranked = offered.iter().rev().filter_map(|format| Some((rank(format)?, *format)));
    ranked.max_by_key(|(rank, _)| *rank).map(|(_, format)| format).ok_or_else(|| refused(offered))
}

fn refused(offered: &[Format]) -> ApiError {
    ApiError::new(Code::NotAcceptable, "no format of the Accept header can be given here")
        .with_help(format!("accept {}", names(offered)))
}

/// One element of `Accept`.
struct Range<'a> {
    name: &'a str,
    /// Thousandths.
    quality: u16,
    place: usize,
}

impl<'a> Range<'a> {
    fn parse(text: &'a str, place: usize) -> Option<Range<'a>> {
        let mut parts = text.split(';').map(str::trim);
        let name = parts.next().filter(|name| !name.is_empty())?;
        let quality = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        let quality = quality.and_then(|text| text.parse::<f32>().ok()).unwrap_or(1.0).clamp(0.0, 1.0);
        Some(Range { name, quality: (quality * 1000.0) as u16, place })
    }

    /// How specifically it matches a format.
    fn matches(&self, format: Format) -> Option<u8> {
        let known = NAMES.iter().filter(|(media, _)| *media == format).map(|(_, name)| *name);
        match self.name.split_once('/')? {
            ("*", "*") => Some(0),
            (family, "*") => {
                let (own, _) = format.name().split_once('/')?;
                family.eq_ignore_ascii_case(own).then_some(1)
            }
            _ => known.into_iter().any(|name| self.name.eq_ignore_ascii_case(name)).then_some(2),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    const OFFERED: [Format; 5] = [Format::Json, Format::Csv, Format::Arrow, Format::Jsonl, Format::Text];

    fn chosen(accept: &'static str) -> Option<Format> {
        let headers = HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(accept))]);
        negotiate(&headers, &OFFERED).ok()
    }

    #[test]
    fn the_best_format_is_chosen() {
        assert_eq!(negotiate(&HeaderMap::new(), &OFFERED).ok(), Some(Format::Json));
        let cases = [
            ("*/*", Some(Format::Json)),
            ("", Some(Format::Json)),
            ("text/csv", Some(Format::Csv)),
            ("TEXT/CSV; charset=utf-8", Some(Format::Csv)),
            ("text/csv;q=0.5, application/jsonl", Some(Format::Jsonl)),
            ("text/html, application/xhtml+xml, */*;q=0.8", Some(Format::Json)),
            ("text/plain, text/csv", Some(Format::Text)),
            ("text/*", Some(Format::Csv)),
            ("application/json;q=0, */*;q=0.1", Some(Format::Csv)),
            ("*/*, text/plain", Some(Format::Text)),
            ("application/x-ndjson", Some(Format::Jsonl)),
            ("application/xml", None),
            ("application/json;q=0", None),
            ("application/vnd.apache.parquet", None),
            ("nonsense", None),
        ];
        for (accept, expected) in cases {
            assert_eq!(chosen(accept), expected, "{accept}");
        }
    }
}
