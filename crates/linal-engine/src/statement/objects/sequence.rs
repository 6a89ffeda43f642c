//! `CREATE SEQUENCE`.

use std::sync::Arc;

use linal_dataset::objects::{Definition, Object};
use linal_dataset::sequence::{Sequence, SequenceOptions};
use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_lang::ast::objects::{CreateSequence, ObjectKind, SequenceNumber};

use super::place;
use crate::outcome::Outcome;
use crate::session::Session;

pub(super) fn create(session: &mut Session, create: &CreateSequence) -> Result<Outcome> {
    let place = place::of_new(session, &create.name, create.temporary)?;
    let sequence = Sequence::new(options(create)?, None);
    let object = Object::new(&place.name.name, Definition::Sequence(Arc::new(sequence)));
    let is_new = place::put(session, &place, create.on_existing, object)?;
    Ok(Outcome::Done(place::created(ObjectKind::Sequence, &place.name.name, is_new)))
}

/// The options with their defaults, which are DuckDB's.
fn options(create: &CreateSequence) -> Result<SequenceOptions> {
    let value = |number: Option<SequenceNumber>| number.map(|number| number.value);
    let increment = value(create.increment).unwrap_or(1);
    let wrong = |number: Option<SequenceNumber>, message: String| {
        let error = Error::new(Code::BadArgument, message);
        match number {
            Some(number) => error.at(number.span),
            None => error.at(create.name.span),
        }
    };
    if increment == 0 {
        return Err(wrong(create.increment, "the increment of a sequence is not 0".to_string()));
    }
    let (low, high) = if increment > 0 { (1, i64::MAX) } else { (i64::MIN, -1) };
    let minimum = value(create.minimum).unwrap_or(low);
    let maximum = value(create.maximum).unwrap_or(high);
    if minimum > maximum {
        let message = format!("MINVALUE {minimum} is above MAXVALUE {maximum}");
        return Err(wrong(create.minimum.or(create.maximum), message));
    }
    let start = value(create.start).unwrap_or(if increment > 0 { minimum } else { maximum });
    if !(minimum..=maximum).contains(&start) {
        let message = format!("START {start} lies outside of MINVALUE {minimum} and MAXVALUE {maximum}");
        return Err(wrong(create.start, message));
    }
    Ok(SequenceOptions { start, increment, minimum, maximum, cycles: create.cycles })
}
