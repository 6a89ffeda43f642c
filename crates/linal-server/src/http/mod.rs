//! The parts of HTTP that all routes share.

pub mod body;
mod error;
mod headers;
mod media;
mod rest;
mod status;

pub use self::error::{ApiError, ApiResult};
pub use self::headers::{Limits, RequestContext, database, limits, session_id, text};
pub use self::media::{Format, MediaType, content_type, negotiate};
pub use self::rest::Rest;
pub use self::status::status_of;
