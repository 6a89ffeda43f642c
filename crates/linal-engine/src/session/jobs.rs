//! Jobs of a session: who submits them, and the one that it runs.

use linal_dataset::Result;
use linal_lang::Span;
use linal_lang::ast::Ident;

use super::Session;
use crate::jobs::JobOwner;
use crate::statement;

impl Session {
    /// Says who submits the jobs of the session, and whose it sees; without it, who has the engine itself.
    pub fn set_job_owner(&mut self, owner: JobOwner) {
        self.job_owner = owner;
    }

    /// Makes a database the current one.
    ///
    /// # Errors
    /// `E0304 unknown_name`.
    pub fn enter_database(&mut self, name: &str) -> Result<()> {
        let ident = Ident { name: name.into(), span: Span::at(0) };
        statement::enter_database(self, &ident).map(drop).map_err(linal_dataset::Error::without_span)
    }
}
