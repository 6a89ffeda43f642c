//! The JSON of an answer, as a local run prints it: an array of objects for each table, and one of one object for each
//! tensor. Rows are written as they arrive; values stay as the server has written them.

use std::cell::RefCell;
use std::fmt;
use std::io::{self, Read, Write};

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

/// What became of an answer.
#[derive(Debug, PartialEq, Eq)]
pub enum Ended {
    /// It is whole.
    Well,
    /// It ends with an error: a body as that of a refused request.
    Failed(String),
    /// It broke off.
    Broken(String),
}

/// Writes the results of an answer. Messages, which are no JSON, go to `messages`.
///
/// # Errors
/// Those of the writers.
pub fn copy(answer: impl Read, out: &mut dyn Write, messages: &mut dyn Write) -> io::Result<Ended> {
    let sink = RefCell::new(Sink { out, messages, failed: Ok(()) });
    let mut source = serde_json::Deserializer::from_reader(io::BufReader::new(answer));
    let read = Answer(&sink).deserialize(&mut source);
    let Sink { out, failed, .. } = sink.into_inner();
    failed?;
    out.flush()?;
    Ok(match read {
        Ok(None) => Ended::Well,
        Ok(Some(error)) => Ended::Failed(error),
        Err(error) => Ended::Broken(error.to_string()),
    })
}

struct Sink<'w> {
    out: &'w mut dyn Write,
    messages: &'w mut dyn Write,
    failed: io::Result<()>,
}

impl Sink<'_> {
    /// Writes a text; a failure ends the reading, too.
    fn write<E: Error>(&mut self, text: &str) -> Result<(), E> {
        self.out.write_all(text.as_bytes()).map_err(|error| {
            let stopped = E::custom("the output has ended");
            self.failed = Err(error);
            stopped
        })
    }
}

/// The whole answer; gives its error, if it ends with one.
struct Answer<'s, 'w>(&'s RefCell<Sink<'w>>);

impl<'de> DeserializeSeed<'de> for Answer<'_, '_> {
    type Value = Option<String>;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Option<String>, D::Error> {
        source.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Answer<'_, '_> {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the answer of a server")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<String>, A::Error> {
        let mut failed = None;
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "results" => map.next_value_seed(Results(self.0))?,
                "error" => {
                    let error: Value = map.next_value()?;
                    failed = Some(serde_json::json!({ "error": error }).to_string());
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(failed)
    }
}

/// The list of results.
struct Results<'s, 'w>(&'s RefCell<Sink<'w>>);

impl<'de> DeserializeSeed<'de> for Results<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        source.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Results<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of results")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut results: A) -> Result<(), A::Error> {
        while results.next_element_seed(One(self.0))?.is_some() {}
        Ok(())
    }
}

/// One result. Its members come in the order of the page: what is needed to write the rows is before them.
struct One<'s, 'w>(&'s RefCell<Sink<'w>>);

impl<'de> DeserializeSeed<'de> for One<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        source.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for One<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a result")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut names = Vec::new();
        let mut tensor = [const { None::<Box<RawValue>> }; 3];
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "columns" => {
                    let columns: Vec<Value> = map.next_value()?;
                    names = distinct(&columns);
                }
                "rows" => map.next_value_seed(Rows { sink: self.0, names: &names })?,
                "name" => tensor[0] = Some(map.next_value()?),
                "dtype" => tensor[1] = Some(map.next_value()?),
                "shape" => tensor[2] = Some(map.next_value()?),
                "data" => {
                    let data: Vec<Box<RawValue>> = map.next_value()?;
                    let mut text = String::from("[");
                    for (name, value) in ["{\"name\":", ",\"dtype\":", ",\"shape\":"].iter().zip(&tensor) {
                        text.push_str(name);
                        text.push_str(value.as_ref().map_or("null", |value| value.get()));
                    }
                    text.push_str(",\"values\":");
                    let shape = tensor[2].as_ref().map_or("[]", |shape| shape.get());
                    let shape: Vec<usize> = serde_json::from_str(shape).map_err(A::Error::custom)?;
                    nested(&mut text, &shape, &mut data.iter());
                    text.push_str("}]\n");
                    self.0.borrow_mut().write(&text)?;
                }
                "text" => {
                    let message: String = map.next_value()?;
                    if !message.is_empty() {
                        let _ = writeln!(self.0.borrow_mut().messages, "{message}");
                    }
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

/// The keys of rows: `"name":` of each column. A name that is there already gets a number.
fn distinct(columns: &[Value]) -> Vec<String> {
    let all: Vec<&str> = columns.iter().map(|column| column["name"].as_str().unwrap_or_default()).collect();
    let mut used: Vec<String> = Vec::new();
    for name in &all {
        let (mut distinct, mut count) = ((*name).to_owned(), 1);
        while used.contains(&distinct) || count > 1 && all.contains(&distinct.as_str()) {
            count += 1;
            distinct = format!("{name}_{count}");
        }
        used.push(distinct);
    }
    used.into_iter().map(|name| format!("{}:", Value::String(name))).collect()
}

/// Writes flat values as nested lists.
fn nested<'v>(text: &mut String, shape: &[usize], values: &mut impl Iterator<Item = &'v Box<RawValue>>) {
    let Some((length, inner)) = shape.split_first() else {
        text.push_str(values.next().map_or("null", |value| value.get()));
        return;
    };
    text.push('[');
    for at in 0..*length {
        text.push_str(if at > 0 { "," } else { "" });
        nested(text, inner, values);
    }
    text.push(']');
}

/// The rows of a table.
struct Rows<'s, 'w, 'n> {
    sink: &'s RefCell<Sink<'w>>,
    names: &'n [String],
}

impl<'de> DeserializeSeed<'de> for Rows<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        source.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Rows<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<(), A::Error> {
        let mut text = String::from("[");
        while let Some(row) = rows.next_element::<Vec<Box<RawValue>>>()? {
            text.push('{');
            for (at, (name, value)) in self.names.iter().zip(&row).enumerate() {
                text.push_str(if at > 0 { "," } else { "" });
                text.push_str(name);
                text.push_str(value.get());
            }
            text.push('}');
            self.sink.borrow_mut().write(&text)?;
            text.clear();
            text.push_str(",\n ");
        }
        text.truncate(if text == "[" { 1 } else { 0 });
        text.push_str("]\n");
        self.sink.borrow_mut().write(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copied(answer: &str) -> (String, String, Ended) {
        let (mut out, mut messages) = (Vec::new(), Vec::new());
        let ended = copy(answer.as_bytes(), &mut out, &mut messages).unwrap();
        (String::from_utf8(out).unwrap(), String::from_utf8(messages).unwrap(), ended)
    }

    #[test]
    fn results_are_arrays() {
        let answer = r#"{"results":[{"kind":"rows","columns":[{"name":"a"},{"name":"a"},{"name":"b\""}],
            "rows":[[1,12.30,"x"],[18446744073709551615,null,[1.0]]],"row_count":2,"notices":[]},
            {"kind":"rows","columns":[{"name":"a"}],"rows":[],"row_count":0},
            {"kind":"defined","name":"c","dtype":"f64","shape":[2]},
            {"kind":"message","text":"done"},
            {"kind":"tensor","name":"m","dtype":"i64","shape":[2,1],"data":[3,4]},
            {"kind":"tensor","name":"s","dtype":"f64","shape":[],"data":["NaN"]},
            {"kind":"tensor","name":"n","dtype":"f64","shape":[2,0],"data":[]}],"elapsed_ms":1.0}"#;
        let expected = "[{\"a\":1,\"a_2\":12.30,\"b\\\"\":\"x\"},\n {\"a\":18446744073709551615,\"a_2\":null,\"b\\\"\":[1.0]}]\n[]\n\
            [{\"name\":\"m\",\"dtype\":\"i64\",\"shape\":[2,1],\"values\":[[3],[4]]}]\n\
            [{\"name\":\"s\",\"dtype\":\"f64\",\"shape\":[],\"values\":\"NaN\"}]\n\
            [{\"name\":\"n\",\"dtype\":\"f64\",\"shape\":[2,0],\"values\":[[],[]]}]\n";
        assert_eq!(copied(answer), (expected.to_owned(), "done\n".to_owned(), Ended::Well));
    }

    #[test]
    fn an_error_and_an_end_within_an_answer_are_seen() {
        let failed =
            r#"{"results":[{"kind":"rows","columns":[{"name":"a"}],"rows":[[1]]}],"error":{"code":"E0502"}}"#;
        let (out, _, ended) = copied(failed);
        assert_eq!(
            (out.as_str(), ended),
            ("[{\"a\":1}]\n", Ended::Failed(r#"{"error":{"code":"E0502"}}"#.to_owned()))
        );
        let (out, _, ended) = copied(r#"{"results":[{"kind":"rows","columns":[{"name":"a"}],"rows":[[1],[2"#);
        assert!(matches!(ended, Ended::Broken(_)) && out == "[{\"a\":1}", "{out}");
    }
}
