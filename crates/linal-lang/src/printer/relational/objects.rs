//! Prints statements about views, macros, sequences, types and comments.

use super::super::statement::exists;
use super::{list, literal, option};
use crate::ast::objects::{
    CommentTarget, CreateMacro, CreateSequence, CreateType, CreateView, Dependents, MacroOverload,
    MacroParameter, ObjectKind, ObjectStatement, SequenceNumber, TypeDefinition,
};
use crate::ast::relational::OnExisting;
use std::fmt::{self, Display, Formatter};

impl Display for ObjectStatement {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            ObjectStatement::CreateView(create) => create.fmt(f),
            ObjectStatement::CreateMacro(create) => create.fmt(f),
            ObjectStatement::CreateSequence(create) => create.fmt(f),
            ObjectStatement::CreateType(create) => create.fmt(f),
            ObjectStatement::Drop { kind, name, if_exists, dependents } => {
                write!(f, "DROP {} {}{name}{dependents}", kind.keywords(), exists(*if_exists))
            }
            ObjectStatement::Rename { kind, name, if_exists, to } => {
                write!(f, "ALTER {} {}{name} RENAME TO {to}", kind.keywords(), exists(*if_exists))
            }
            ObjectStatement::Comment { target, text } => {
                write!(f, "COMMENT ON {target} IS ")?;
                match text {
                    Some(text) => literal::quoted(f, text, '\''),
                    None => f.write_str("NULL"),
                }
            }
            ObjectStatement::List(kind) => f.write_str(match kind {
                ObjectKind::View => "SHOW VIEWS",
                ObjectKind::Macro | ObjectKind::TableMacro => "SHOW MACROS",
                ObjectKind::Sequence => "SHOW SEQUENCES",
                ObjectKind::Type => "SHOW TYPES",
            }),
            ObjectStatement::DropSchema { name, if_exists, dependents } => {
                write!(f, "DROP SCHEMA {}{name}{dependents}", exists(*if_exists))
            }
        }
    }
}

impl Display for Dependents {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Dependents::Unsaid => "",
            Dependents::Restrict => " RESTRICT",
            Dependents::Cascade => " CASCADE",
        })
    }
}

/// `CREATE [OR REPLACE] [TEMP] KIND [IF NOT EXISTS] `.
fn header(f: &mut Formatter<'_>, on_existing: OnExisting, temporary: bool, kind: ObjectKind) -> fmt::Result {
    let replace = if on_existing == OnExisting::Replace { "OR REPLACE " } else { "" };
    let temporary = if temporary { "TEMP " } else { "" };
    let keep = if on_existing == OnExisting::Keep { "IF NOT EXISTS " } else { "" };
    write!(f, "CREATE {replace}{temporary}{} {keep}", kind.keywords())
}

impl Display for CreateView {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        header(f, self.on_existing, self.temporary, ObjectKind::View)?;
        write!(f, "{} ", self.name)?;
        if !self.columns.is_empty() {
            f.write_str("(")?;
            list(f, &self.columns, |f, column| column.fmt(f))?;
            f.write_str(") ")?;
        }
        write!(f, "AS {}", self.text)
    }
}

impl Display for CreateMacro {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        header(f, self.on_existing, self.temporary, ObjectKind::Macro)?;
        let is_table = self.is_table();
        write!(f, "{} ", self.name)?;
        list(f, &self.overloads, |f, overload| write_overload(f, overload, is_table))
    }
}

fn write_overload(f: &mut Formatter<'_>, overload: &MacroOverload, is_table: bool) -> fmt::Result {
    f.write_str("(")?;
    list(f, &overload.parameters, |f, parameter| parameter.fmt(f))?;
    write!(f, ") AS {}{}", if is_table { "TABLE " } else { "" }, overload.text)
}

impl Display for MacroParameter {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.name.fmt(f)?;
        option(f, " ", self.type_name.as_ref())?;
        option(f, " := ", self.default.as_ref().map(|(_, text)| text))
    }
}

impl Display for CreateSequence {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        header(f, self.on_existing, self.temporary, ObjectKind::Sequence)?;
        self.name.fmt(f)?;
        let number = |number: Option<SequenceNumber>| number.map(|number| number.value);
        option(f, " START ", number(self.start).as_ref())?;
        option(f, " INCREMENT ", number(self.increment).as_ref())?;
        option(f, " MINVALUE ", number(self.minimum).as_ref())?;
        option(f, " MAXVALUE ", number(self.maximum).as_ref())?;
        f.write_str(if self.cycles { " CYCLE" } else { "" })
    }
}

impl Display for CreateType {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        header(f, self.on_existing, self.temporary, ObjectKind::Type)?;
        write!(f, "{} AS ", self.name)?;
        match &self.definition {
            TypeDefinition::Labels(labels) => {
                f.write_str("ENUM (")?;
                list(f, labels, |f, (label, _)| literal::quoted(f, label, '\''))?;
                f.write_str(")")
            }
            TypeDefinition::Query(query) => write!(f, "ENUM ({query})"),
            TypeDefinition::Alias(name) => name.fmt(f),
        }
    }
}

impl Display for CommentTarget {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            CommentTarget::Dataset(name) => write!(f, "TABLE {name}"),
            CommentTarget::Column(table, column) => write!(f, "COLUMN {table}.{column}"),
            CommentTarget::Object(kind, name) => write!(f, "{} {name}", kind.keywords()),
        }
    }
}
