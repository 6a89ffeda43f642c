//! How far texts are from each other, counted in characters.

use std::collections::HashSet;

use linal_dataset::Result;

use super::kind::Kind::{Float, Text};
use super::output::{Output, Value};
use super::row::Row;
use super::row_function::{RowFunction, of};
use crate::udf::error::wrong_arguments;

pub(super) const FUNCTIONS: &[RowFunction] = &[
    RowFunction {
        name: "levenshtein",
        aliases: &["editdist3"],
        overloads: &[of(&[Text, Text], Output::Int, |row| {
            Ok(Value::Int(strsim::levenshtein(row.text(0), row.text(1)) as i64))
        })],
    },
    RowFunction {
        name: "damerau_levenshtein",
        aliases: &[],
        overloads: &[of(&[Text, Text], Output::Int, |row| {
            Ok(Value::Int(strsim::damerau_levenshtein(row.text(0), row.text(1)) as i64))
        })],
    },
    RowFunction {
        name: "hamming",
        aliases: &["mismatches"],
        overloads: &[of(&[Text, Text], Output::Int, hamming)],
    },
    RowFunction { name: "jaccard", aliases: &[], overloads: &[of(&[Text, Text], Output::Float, jaccard)] },
    RowFunction {
        name: "jaro_similarity",
        aliases: &[],
        overloads: &[of(&[Text, Text, Float], Output::Float, |row| Ok(above(row, jaro(row)))).optional(1)],
    },
    RowFunction {
        name: "jaro_winkler_similarity",
        aliases: &[],
        overloads: &[
            of(&[Text, Text, Float], Output::Float, |row| Ok(above(row, jaro_winkler(row)))).optional(1)
        ],
    },
];

fn hamming(row: &Row<'_>) -> Result<Value> {
    match strsim::hamming(row.text(0), row.text(1)) {
        Ok(distance) => Ok(Value::Int(distance as i64)),
        Err(_) => Err(wrong_arguments(format!(
            "HAMMING takes texts of one length, and '{}' and '{}' have {} and {} characters",
            row.text(0),
            row.text(1),
            row.text(0).chars().count(),
            row.text(1).chars().count()
        ))),
    }
}

/// Shared characters to all characters.
fn jaccard(row: &Row<'_>) -> Result<Value> {
    let (left, right): (HashSet<char>, HashSet<char>) =
        (row.text(0).chars().collect(), row.text(1).chars().collect());
    if left.is_empty() || right.is_empty() {
        return Err(wrong_arguments("JACCARD takes texts of one character at least"));
    }
    let shared = left.intersection(&right).count() as f64;
    let all = left.union(&right).count() as f64;
    Ok(Value::Float(shared / all))
}

fn has_empty(row: &Row<'_>) -> bool {
    row.text(0).is_empty() || row.text(1).is_empty()
}

fn jaro(row: &Row<'_>) -> f64 {
    if has_empty(row) { 0.0 } else { strsim::jaro(row.text(0), row.text(1)) }
}

/// The Jaro similarity, nearer to 1 by a tenth for each of the first four characters if they are shared, when it is
/// above 0.7.
fn jaro_winkler(row: &Row<'_>) -> f64 {
    let similarity = jaro(row);
    if similarity <= 0.7 {
        return similarity;
    }
    let shared = row.text(0).chars().zip(row.text(1).chars()).take_while(|(a, b)| a == b).take(4).count();
    similarity + shared as f64 * 0.1 * (1.0 - similarity)
}

/// A similarity below the bound is 0.
fn above(row: &Row<'_>, similarity: f64) -> Value {
    let is_below = row.has(2) && similarity < row.float(2);
    Value::Float(if is_below { 0.0 } else { similarity })
}
