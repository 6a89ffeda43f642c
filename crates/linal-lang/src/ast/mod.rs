//! The syntax tree: statements that own expressions, which are flat arenas.

pub mod constraint;
mod expr;
mod jobs;
pub mod merge;
mod numbers;
pub mod objects;
mod operator;
pub mod relational;
mod statement;
mod version;

pub use expr::{Arg, CaseBranch, Expr, ExprId, ExprKind, IndexItem, Node};
pub use jobs::{Body, CreateSchedule, JobListing, JobStatement, Moments, SubmitJob, Text};
pub(crate) use numbers::Element;
pub use numbers::{Floats, NumberArray, Numbers};
pub use operator::{Assoc, BinaryOp, UnaryOp};
pub use statement::{
    Argument, Declare, DeclareKind, Define, FilePath, Ident, Let, ObjectName, Set, SettingValue, Show,
    Statement,
};
pub use version::{Retention, VersionNumber, VersionPoint};
