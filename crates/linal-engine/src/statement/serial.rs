//! `SERIAL` columns of PostgreSQL: an integer that is not NULL, and by default the next number of a sequence of its own.

use std::borrow::Cow;
use std::sync::Arc;

use linal_dataset::Result;
use linal_dataset::objects::{Definition, Object, quoted};
use linal_dataset::sequence::{Sequence, SequenceOptions};
use linal_lang::ast::objects::ObjectKind;
use linal_lang::ast::relational::{ColumnSpec, TypeName};
use linal_query::frontend::generated_columns;

use crate::session::Session;

/// The words for it, each with its type and the largest number of that.
const TYPES: [(&str, &str, i64); 6] = [
    ("serial", "INTEGER", i64::MAX),
    ("serial4", "INTEGER", i64::MAX),
    ("bigserial", "BIGINT", i64::MAX),
    ("serial8", "BIGINT", i64::MAX),
    ("smallserial", "SMALLINT", i16::MAX as i64),
    ("serial2", "SMALLINT", i16::MAX as i64),
];

/// The sequences that the columns of a new dataset need.
pub(super) struct Sequences {
    database: Arc<str>,
    names: Vec<String>,
}

/// The columns with the types and defaults that SERIAL stands for, and the sequences that were made for them.
///
/// # Errors
/// Those of the catalog.
pub(super) fn written_out<'s>(
    session: &mut Session,
    (database, table): &(Arc<str>, Arc<str>),
    specs: &'s [ColumnSpec],
) -> Result<(Cow<'s, [ColumnSpec]>, Sequences)> {
    let mut sequences = Sequences { database: database.clone(), names: Vec::new() };
    if !specs.iter().any(|spec| type_of(spec).is_some()) {
        return Ok((Cow::Borrowed(specs), sequences));
    }
    let mut written = specs.to_vec();
    for spec in &mut written {
        let Some((type_name, maximum)) = type_of(spec) else { continue };
        let name = free_name(session, database, &format!("{table}_{}_seq", spec.name.name));
        let options = SequenceOptions { start: 1, increment: 1, minimum: 1, maximum, cycles: false };
        let sequence = Sequence::new(options, None);
        let object = Arc::new(Object::new(&name, Definition::Sequence(Arc::new(sequence))));
        session.change_catalog(|catalog| catalog.put_object(database, object))?;
        session.forget_plans();
        spec.type_name = TypeName { name: type_name.into(), args: Vec::new(), span: spec.type_name.span };
        spec.nullable = spec.nullable.or(Some(false));
        if spec.default.is_none() {
            let mut next =
                generated_columns::parse(&format!("NEXTVAL({})", quoted(&[name.as_str().into()])))?;
            next.span = spec.name.span;
            spec.default = Some(next);
        }
        sequences.names.push(name);
    }
    Ok((Cow::Owned(written), sequences))
}

impl Sequences {
    /// Removes the sequences of a dataset that was not made.
    pub(super) fn forget(&self, session: &mut Session) -> Result<()> {
        session.change_catalog(|catalog| {
            let mut names = self.names.iter();
            names.try_for_each(|name| catalog.remove_object(&self.database, ObjectKind::Sequence, name))
        })
    }
}

fn type_of(spec: &ColumnSpec) -> Option<(&'static str, i64)> {
    let word = &*spec.type_name.name;
    let is_plain = spec.type_name.args.is_empty() && spec.generated.is_none();
    let known = TYPES.iter().find(|(known, ..)| known.eq_ignore_ascii_case(word));
    known.filter(|_| is_plain).map(|(_, type_name, maximum)| (*type_name, *maximum))
}

/// The name, with a number behind it if another sequence has it.
fn free_name(session: &Session, database: &Arc<str>, name: &str) -> String {
    let catalog = session.catalog_view().catalog();
    let is_taken = |name: &str| {
        catalog.find(database).is_some_and(|known| known.object(ObjectKind::Sequence, name).is_some())
    };
    let mut free = name.to_string();
    let mut number = 0;
    while is_taken(&free) {
        number += 1;
        free = format!("{name}{number}");
    }
    free
}
