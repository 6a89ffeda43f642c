//! Single values outside of segments: in rows of the catalog, and as text in statistics and defaults.

mod float_text;
mod inline;
mod integers;
mod interval_text;
mod list_text;
mod text;

pub(super) use inline::{decode_inline, encode_inline, inline_sql_type, inline_view_expr};
pub(super) use text::{decode_text, encode_text, shared_text};
