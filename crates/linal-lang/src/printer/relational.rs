use crate::ast::relational::Relational;
use std::fmt::{self, Display, Formatter};
impl Display for Relational {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Relational::Query(q) => write!(f, "{}", q.sql),
            other => write!(f, "{} ...", other.keyword()),
        }
    }
}
