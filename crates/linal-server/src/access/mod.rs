//! Who may do what: tokens, rights, and the log of what was done.
//!
//! A request is checked twice. [`Access::authenticate`] finds out who asks, from the token, before anything else
//! happens. [`check_statement`] compares the right that the parsed statement takes with those of the token.

mod audit;
mod authenticate;
mod directory;
mod origin;
mod principal;
mod rate;
mod rights;
mod token;

pub use self::audit::{Audit, AuditEntry};
pub use self::authenticate::Access;
pub use self::directory::DirectoryTokens;
pub use self::origin::check_origin;
pub use self::principal::Principal;
pub use self::rights::{Right, check_statement, required};
pub use self::token::{MemoryTokens, NewToken, TokenError, TokenRecord, Tokens, create, hash, now_us};
