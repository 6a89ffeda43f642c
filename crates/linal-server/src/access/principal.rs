//! Who asks.

use std::sync::Arc;

use linal::jobs::JobOwner;
use linal::{Asker, Session};
use linal_error::Code;

use super::rights::Right;
use crate::http::{ApiError, ApiResult};

/// The bearer of a token, or anybody on a server that takes none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The name of the token; `None` on a server without tokens.
    pub name: Option<Arc<str>>,
    right: Right,
    /// The databases that it may use; `None` for all.
    databases: Option<Arc<[String]>>,
}

impl Principal {
    /// Anybody on a server that takes no tokens.
    pub fn anybody() -> Principal {
        Principal { name: None, right: Right::Admin, databases: None }
    }

    /// The bearer of a token.
    pub fn new(name: &str, right: Right, databases: &[String]) -> Principal {
        let databases = (!databases.is_empty()).then(|| databases.to_vec().into());
        Principal { name: Some(name.into()), right, databases }
    }

    /// Whether every statement may run in every database, so that none must be parsed to be checked.
    pub fn is_unbounded(&self) -> bool {
        self.right == Right::Admin && self.databases.is_none()
    }

    /// Who submits its jobs, and whose jobs and schedules it sees: its own, or all.
    pub fn job_owner(&self) -> JobOwner {
        JobOwner { name: self.name.clone(), sees_all: self.is_unbounded() }
    }

    /// Whether it has a right, or a higher one.
    pub fn has(&self, right: Right) -> bool {
        self.right >= right
    }

    /// Who asks in SHOW QUERIES, KILL and SHOW DATABASES.
    fn asker(&self) -> Asker {
        Asker { name: self.name.clone(), sees_all: self.has(Right::Admin), databases: self.databases.clone() }
    }

    /// Says who asks in a session, and whose jobs it submits and sees.
    pub fn identify(&self, session: &mut Session) {
        session.set_asker(self.asker());
        session.set_job_owner(self.job_owner());
    }

    /// Checks a right.
    ///
    /// # Errors
    /// 403 without it.
    pub fn require(&self, right: Right) -> ApiResult<()> {
        if self.has(right) {
            return Ok(());
        }
        let message =
            format!("this takes the right `{}`, and the token has `{}`", right.name(), self.right.name());
        Err(ApiError::new(Code::Forbidden, message))
    }

    /// Whether it may use a database.
    pub fn may_use(&self, database: &str) -> bool {
        let known = |databases: &Arc<[String]>| {
            databases.iter().any(|known| known.to_lowercase() == database.to_lowercase())
        };
        self.databases.as_ref().is_none_or(known)
    }

    /// Checks a database.
    ///
    /// # Errors
    /// 403 for one that the token does not have.
    pub fn require_database(&self, database: &str) -> ApiResult<()> {
        if self.may_use(database) {
            return Ok(());
        }
        Err(ApiError::new(Code::Forbidden, format!("the token has no access to the database `{database}`")))
    }
}
