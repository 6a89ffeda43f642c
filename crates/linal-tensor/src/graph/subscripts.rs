//! The subscripts of an Einstein sum, checked against the shapes of its operands.

use super::einsum::NAME;
use crate::{Error, Result, Shape};

/// A label: a letter, or an axis of `...`, counted from the last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Label {
    /// An axis of `...`.
    Ellipsis(usize),
    /// A letter.
    Letter(char),
}

/// The labels of the axes of each operand, and of the result.
#[derive(Debug, PartialEq)]
pub(super) struct Subscripts {
    pub(super) inputs: Vec<Vec<Label>>,
    pub(super) output: Vec<Label>,
}

impl Subscripts {
    /// Parses the text, and checks that each label has one size.
    ///
    /// # Errors
    /// A number of operands or axes that does not match the text; invalid characters; sizes that differ.
    pub(super) fn parse(text: &str, shapes: &[&Shape]) -> Result<Subscripts> {
        let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let (left, right) = match compact.split_once("->") {
            Some((left, right)) => (left, Some(right)),
            None => (compact.as_str(), None),
        };
        let terms: Vec<&str> = left.split(',').collect();
        if terms.len() != shapes.len() {
            return Err(error(format!(
                "'{text}' has subscripts for {}, and there {}",
                tensors(terms.len()),
                if shapes.len() == 1 { "is 1".into() } else { format!("are {}", shapes.len()) }
            )));
        }
        let mut inputs = Vec::with_capacity(terms.len());
        for (term, shape) in terms.iter().zip(shapes) {
            inputs.push(operand_labels(term, shape)?);
        }
        check_sizes(&inputs, shapes)?;
        let output = match right {
            Some(right) => output_labels(right, &inputs)?,
            None => implied_output(&inputs),
        };
        Ok(Subscripts { inputs, output })
    }
}

fn error(message: String) -> Error {
    Error::argument(NAME, message)
}

fn tensors(count: usize) -> String {
    if count == 1 { "1 tensor".into() } else { format!("{count} tensors") }
}

/// The labels of one term, including the axes of `...`.
fn operand_labels(term: &str, shape: &Shape) -> Result<Vec<Label>> {
    let (before, after, dots) = split_dots(term)?;
    let named = before.len() + after.len();
    let fits = if dots { named <= shape.rank() } else { named == shape.rank() };
    if !fits {
        return Err(error(format!(
            "'{term}' has {named} labels for a tensor of shape {shape}, which has rank {}",
            shape.rank()
        )));
    }
    let ellipsis_labels = (0..shape.rank() - named).rev().map(Label::Ellipsis);
    Ok(before.into_iter().chain(ellipsis_labels).chain(after).collect())
}

/// The letters before and after `...`, and whether there is one.
fn split_dots(term: &str) -> Result<(Vec<Label>, Vec<Label>, bool)> {
    match term.split_once("...") {
        Some((before, after)) => Ok((letters(before, term)?, letters(after, term)?, true)),
        None => Ok((letters(term, term)?, Vec::new(), false)),
    }
}

fn letters(part: &str, term: &str) -> Result<Vec<Label>> {
    part.chars()
        .map(|c| match c {
            c if c.is_alphabetic() => Ok(Label::Letter(c)),
            c => Err(error(format!(
                "'{c}' in '{term}' is not a label: labels are letters, or ... for other axes"
            ))),
        })
        .collect()
}

/// Checks that each label has one size in all operands. Axes of `...` may also have size 1, which broadcasts.
fn check_sizes(inputs: &[Vec<Label>], shapes: &[&Shape]) -> Result<()> {
    let mut seen: Vec<(Label, usize, usize)> = Vec::new();
    for (operand, (labels, shape)) in inputs.iter().zip(shapes).enumerate() {
        for (axis, &label) in labels.iter().enumerate() {
            let size = shape[axis];
            if size == 1 && matches!(label, Label::Ellipsis(_)) {
                continue;
            }
            match seen.iter().find(|(other, ..)| *other == label) {
                None => seen.push((label, size, operand)),
                Some(&(_, expected, _)) if expected == size => {}
                Some(&(_, expected, first)) => {
                    let name = match label {
                        Label::Letter(letter) => format!("'{letter}'"),
                        Label::Ellipsis(_) => "an axis of ...".into(),
                    };
                    return Err(error(format!(
                        "{name} has size {expected} in shape {} and size {size} in shape {shape}",
                        shapes[first]
                    )));
                }
            }
        }
    }
    Ok(())
}

/// The labels of the result: each once, each of an operand.
fn output_labels(text: &str, inputs: &[Vec<Label>]) -> Result<Vec<Label>> {
    let (before, after, dots) = split_dots(text)?;
    let ellipsis_labels = ellipsis_labels(inputs);
    if !dots && !ellipsis_labels.is_empty() {
        return Err(error(format!("the result '{text}' lacks the ... of the tensors")));
    }
    let output: Vec<Label> = before.into_iter().chain(ellipsis_labels).chain(after).collect();
    for (index, label) in output.iter().enumerate() {
        let Label::Letter(letter) = label else { continue };
        if output[..index].contains(label) {
            return Err(error(format!("'{letter}' occurs twice in the result '{text}'")));
        }
        if !inputs.iter().any(|labels| labels.contains(label)) {
            return Err(error(format!("'{letter}' of the result '{text}' is not a label of a tensor")));
        }
    }
    Ok(output)
}

/// The axes of `...`, outermost first.
fn ellipsis_labels(inputs: &[Vec<Label>]) -> Vec<Label> {
    let count =
        |labels: &Vec<Label>| labels.iter().filter(|label| matches!(label, Label::Ellipsis(_))).count();
    let most = inputs.iter().map(count).max().unwrap_or(0);
    (0..most).rev().map(Label::Ellipsis).collect()
}

/// The axes of `...`, then the letters that occur once, in alphabetical order.
fn implied_output(inputs: &[Vec<Label>]) -> Vec<Label> {
    let all: Vec<Label> = inputs.iter().flatten().copied().collect();
    let once = |label: &Label| all.iter().filter(|other| *other == label).count() == 1;
    let mut single: Vec<Label> =
        all.iter().copied().filter(|label| matches!(label, Label::Letter(_)) && once(label)).collect();
    single.sort();
    ellipsis_labels(inputs).into_iter().chain(single).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str, shapes: &[&[usize]]) -> Result<Vec<Label>> {
        let shapes: Vec<Shape> = shapes.iter().map(|dims| Shape::new(dims)).collect();
        Subscripts::parse(text, &shapes.iter().collect::<Vec<_>>()).map(|subscripts| subscripts.output)
    }

    fn letters(text: &str) -> Vec<Label> {
        text.chars().map(Label::Letter).collect()
    }

    #[test]
    fn results_are_implied_in_alphabetical_order() {
        assert_eq!(parse("ba", &[&[2, 3]]), Ok(letters("ab")));
        assert_eq!(parse(" i j , j k ", &[&[2, 3], &[3, 4]]), Ok(letters("ik")));
        assert_eq!(parse("ii", &[&[2, 2]]), Ok(vec![]));
    }

    #[test]
    fn dots_stand_for_leading_axes() {
        let labels = parse("...ij->...ji", &[&[5, 6, 2, 3]]);
        let expected = [Label::Ellipsis(1), Label::Ellipsis(0), Label::Letter('j'), Label::Letter('i')];
        assert_eq!(labels, Ok(expected.to_vec()));
    }

    #[test]
    fn errors_name_the_label() {
        let message =
            |text: &str, shapes: &[&[usize]]| parse(text, shapes).map_err(|e| e.to_string()).unwrap_err();
        assert_eq!(
            message("ij,jk->ik", &[&[2, 3], &[4, 5]]),
            "EINSUM: 'j' has size 3 in shape [2, 3] and size 4 in shape [4, 5]"
        );
        assert_eq!(
            message("ij,jk", &[&[2, 3]]),
            "EINSUM: 'ij,jk' has subscripts for 2 tensors, and there is 1"
        );
        assert_eq!(
            message("ijk", &[&[2, 3]]),
            "EINSUM: 'ijk' has 3 labels for a tensor of shape [2, 3], which has rank 2"
        );
        assert_eq!(message("ij->ii", &[&[2, 3]]), "EINSUM: 'i' occurs twice in the result 'ii'");
        assert_eq!(message("ij->k", &[&[2, 3]]), "EINSUM: 'k' of the result 'k' is not a label of a tensor");
        assert_eq!(
            message("i1", &[&[2, 3]]),
            "EINSUM: '1' in 'i1' is not a label: labels are letters, or ... for other axes"
        );
    }
}
