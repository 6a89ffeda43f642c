//! Parameters of statements: by position (`$1`) or by name (`$name`).
//!
//! They are written into the text as literals, and tensors are bound to names of their own while the statement runs.

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use linal::{Code, LazyTensor, Outcome, Session, TokenClass};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDate, PyDateTime, PyDict, PyList, PyMapping, PyString, PyTime, PyTuple};

use crate::error::mistake;
use crate::import::{scalar_of, tensor_of};

/// A statement with its parameters in place.
pub struct Values {
    text: String,
    /// For each byte of the new text from which on offsets differ: it, and the offset in the original text.
    places: Vec<(usize, usize)>,
    tensors: Vec<(String, LazyTensor)>,
}

impl Values {
    /// Puts parameters into a statement.
    ///
    /// # Errors
    /// A parameter that is not given, or is given and not used; a value that has no literal.
    pub fn new(given: &Bound<'_, PyAny>, statement: &str) -> PyResult<Values> {
        let py = given.py();
        let by_name = given.cast::<PyMapping>().ok();
        let mut values = Values { text: String::new(), places: Vec::new(), tensors: Vec::new() };
        let (mut copied, mut used) = (0, std::collections::BTreeSet::new());
        let count = given.len()?;
        for (start, end) in placeholders(statement) {
            let name = &statement[start + 1..end];
            let unknown = || mistake(py, Code::UnknownVariable, format!("there is no parameter ${name}"));
            let value = match (&by_name, name.parse::<usize>()) {
                (None, Ok(number)) if (1..=count).contains(&number) => given.get_item(number - 1)?,
                (Some(mapping), _) => mapping.get_item(name).map_err(|_| unknown())?,
                _ => return Err(unknown()),
            };
            used.insert(name);
            values.text.push_str(&statement[copied..start]);
            values.places.push((values.text.len(), start));
            values.add(&value)?;
            values.places.push((values.text.len(), end));
            copied = end;
        }
        values.text.push_str(&statement[copied..]);
        if by_name.is_none() && used.len() < count {
            let message = format!("{count} parameters are given, and the statement has {}", used.len());
            return Err(mistake(py, Code::WrongCount, message));
        }
        Ok(values)
    }

    fn add(&mut self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = value.py();
        let is_list = value.is_instance_of::<PyList>() || value.is_instance_of::<PyTuple>();
        let literal = if value.is_none() {
            "NULL".to_owned()
        } else if let Ok(text) = value.cast::<PyString>() {
            quoted(&text.to_cow()?)
        } else if let Some(number) = scalar_of(value)? {
            number_literal(number)
        } else if let Ok(time) = value.cast::<PyDateTime>() {
            format!("TIMESTAMP {}", quoted(&time.call_method1("isoformat", (" ",))?.extract::<String>()?))
        } else if value.is_instance_of::<PyDate>() {
            format!("DATE {}", quoted(&value.str()?.to_cow()?))
        } else if value.is_instance_of::<PyTime>() {
            format!("TIME {}", quoted(&value.str()?.to_cow()?))
        } else if value.get_type().name()?.to_cow()? == "Decimal" {
            format!("({})", value.str()?.to_cow()?)
        } else if value.get_type().name()?.to_cow()? == "UUID" {
            format!("CAST({} AS UUID)", quoted(&value.str()?.to_cow()?))
        } else if value.is_instance_of::<PyBytes>() {
            let hex: String = value.call_method0("hex")?.extract()?;
            format!("X'{hex}'")
        } else if is_list
            && value.try_iter()?.any(|item| item.is_ok_and(|item| item.is_instance_of::<PyString>()))
        {
            let mut list = Values { text: "[".into(), places: Vec::new(), tensors: Vec::new() };
            for (at, item) in value.try_iter()?.enumerate() {
                list.text.push_str(if at == 0 { "" } else { ", " });
                list.add(&item?)?;
            }
            list.text + "]"
        } else if value.is_instance_of::<PyDict>() {
            return Err(mistake(py, Code::TypeMismatch, "a dict is no parameter"));
        } else {
            let tensor = tensor_of(value, false)?;
            if let Some(scalar) = tensor.item().filter(|_| tensor.shape().rank() == 0) {
                number_literal(scalar)
            } else {
                let name = format!("parameter {}", self.tensors.len() + 1);
                self.tensors.push((name.clone(), tensor.into()));
                format!("`{name}`")
            }
        };
        self.text.push_str(&literal);
        Ok(())
    }

    /// Executes the statement as `Session::execute_batches` does.
    ///
    /// # Errors
    /// As there, with spans of the original text.
    pub fn execute(
        &self,
        session: &mut Session,
        begin: &mut dyn FnMut(SchemaRef),
        sink: &mut dyn FnMut(RecordBatch) -> linal::Result<()>,
    ) -> linal::Result<Option<Outcome>> {
        for (name, tensor) in &self.tensors {
            session.bind_lazy(name, tensor.clone());
        }
        let result = session.execute_batches(&self.text, begin, sink);
        for (name, _) in &self.tensors {
            session.drop_name(name);
        }
        result.map_err(|error| error.map_span(|span| self.original(span)))
    }

    /// A span of the original text.
    fn original(&self, span: linal::Span) -> linal::Span {
        let place = |offset: usize, is_end: bool| {
            let known = self.places.partition_point(|(new, _)| *new <= offset);
            let Some(&(new, old)) = known.checked_sub(1).and_then(|at| self.places.get(at)) else {
                return offset;
            };
            // Within a literal: the placeholder as a whole.
            if known % 2 == 1 {
                let end = self.places.get(known).map_or(old, |(_, end)| *end);
                return if is_end { end } else { old };
            }
            old + (offset - new)
        };
        linal::Span::new(place(span.start, false), place(span.end, true))
    }
}

/// The placeholders of a statement, outside of texts and comments.
fn placeholders(statement: &str) -> Vec<(usize, usize)> {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let mut found = Vec::new();
    let mut from = 0;
    // The lexer stops at a sign that it does not know, and goes on behind the placeholder.
    while let Some(start) = first_unknown(&statement[from..]).map(|at| from + at) {
        let rest = statement[start..].strip_prefix('$').unwrap_or_default();
        let length = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
        if length == 0 {
            break;
        }
        from = start + 1 + length;
        found.push((start, from));
    }
    found
}

/// Where the first token stands that the language does not have.
fn first_unknown(text: &str) -> Option<usize> {
    linal::tokens(text).find(|(_, class)| *class == TokenClass::Error).map(|(span, _)| span.start)
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn number_literal(number: linal::Scalar) -> String {
    use linal::Scalar;
    let float = |value: f64| {
        if value.is_nan() {
            "CAST('NaN' AS Float)".to_owned()
        } else if value.is_infinite() {
            format!("CAST('{}' AS Float)", if value > 0.0 { "inf" } else { "-inf" })
        } else {
            format!("({value:?})")
        }
    };
    match number {
        Scalar::Bool(value) => value.to_string().to_uppercase(),
        Scalar::I64(value) => format!("({value})"),
        Scalar::F32(value) => float(value.into()),
        Scalar::F64(value) => float(value),
        Scalar::C64(z) => format!("COMPLEX({}, {})", float(z.re.into()), float(z.im.into())),
        Scalar::C128(z) => format!("COMPLEX({}, {})", float(z.re), float(z.im)),
    }
}
