use std::collections::BTreeMap;

use linal_tensor::graph::{self, Node, NodeRef};
use linal_tensor::{Complex64, DType, ExecutionContext, Result, Scalar, Shape, Tensor};

use crate::assert_close;

fn node(tensor: &Tensor) -> NodeRef {
    Node::leaf(tensor.clone(), 0)
}

fn einsum(subscripts: &str, operands: &[&Tensor]) -> Result<Tensor> {
    let nodes: Vec<NodeRef> = operands.iter().map(|tensor| node(tensor)).collect();
    graph::evaluate(&graph::einsum(subscripts, &nodes)?, &ExecutionContext::unlimited())
}

const SIZES: [(char, usize); 5] = [('i', 2), ('j', 3), ('k', 4), ('l', 2), ('b', 5)];

fn size(label: char) -> usize {
    SIZES.iter().find(|(letter, _)| *letter == label).map_or(1, |(_, size)| *size)
}

/// A tensor for the labels of a term, in column-major layout.
fn operand(term: &str, salt: usize) -> Tensor {
    let dims: Vec<usize> = term.chars().rev().map(size).collect();
    let len: usize = dims.iter().product();
    let values = (0..len).map(|i| ((i * 7 + salt * 5) % 11) as f64 - 4.0).collect();
    Tensor::from_vec(values, dims).unwrap().transpose()
}

/// All index tuples of labels, the last label varying fastest.
fn places(labels: &[char]) -> Vec<BTreeMap<char, usize>> {
    labels.iter().fold(vec![BTreeMap::new()], |all, &label| {
        all.into_iter()
            .flat_map(|place| {
                (0..size(label)).map(move |at| {
                    let mut place = place.clone();
                    place.insert(label, at);
                    place
                })
            })
            .collect()
    })
}

/// The definition: a sum over all indices of the labels that the result does not have.
fn naive(inputs: &[&str], output: &str, operands: &[Tensor]) -> Vec<f64> {
    let output: Vec<char> = output.chars().collect();
    let mut summed: Vec<char> = inputs.concat().chars().filter(|label| !output.contains(label)).collect();
    summed.sort_unstable();
    summed.dedup();
    let values: Vec<Vec<f64>> = operands.iter().map(Tensor::to_vec).collect();
    let element = |operand: usize, place: &BTreeMap<char, usize>| {
        let at = inputs[operand].chars().fold(0, |at, label| at * size(label) + place[&label]);
        values[operand][at]
    };
    places(&output)
        .iter()
        .map(|kept| {
            places(&summed)
                .into_iter()
                .map(|mut place| {
                    place.extend(kept);
                    (0..inputs.len()).map(|operand| element(operand, &place)).product::<f64>()
                })
                .sum()
        })
        .collect()
}

#[test]
fn sums_of_products_by_their_definition() {
    let cases = [
        "ij,jk->ik",
        "ij,kj->ki",
        "ij,jk->k",
        "ij,jk->",
        "i,i->",
        "i,j->ij",
        "i,j->ji",
        "i,j->",
        "ij->ji",
        "ij->",
        "ij->j",
        "ii->i",
        "ii->",
        "iji->j",
        "iij,jk->ki",
        "bij,bjk->bik",
        "bij,bjk->ik",
        "bij,jk->bik",
        "bi,bi->b",
        "bi,bi->bi",
        "bi,b->bi",
        "bi,b->i",
        "ij,ij->",
        "ijk,jil->kl",
        "ij,jk,kl->il",
        "i,ij,j->",
        "ij,j,k->ik",
        "i,i,i->i",
        ",i->i",
        "ijk,k->ij",
        "bijk,bkl->bijl",
        "ij,kl->iljk",
    ];
    for case in cases {
        let (left, output) = case.split_once("->").unwrap();
        let inputs: Vec<&str> = left.split(',').collect();
        let operands: Vec<Tensor> = inputs.iter().enumerate().map(|(i, term)| operand(term, i)).collect();
        let found =
            einsum(case, &operands.iter().collect::<Vec<_>>()).unwrap_or_else(|e| panic!("{case}: {e}"));
        let dims: Vec<usize> = output.chars().map(size).collect();
        assert_eq!(found.shape().dims(), dims, "{case}");
        assert_close(&found.to_vec(), &naive(&inputs, output, &operands));
    }
}

#[test]
fn implied_results_and_dots() {
    let (a, b) = (operand("ij", 0), operand("jk", 1));
    let product = einsum("ij,jk->ik", &[&a, &b]).unwrap().to_vec::<f64>();
    assert_eq!(einsum(" i j , j k ", &[&a, &b]).unwrap().to_vec::<f64>(), product);
    assert_eq!(einsum("ji", &[&a]).unwrap().to_vec::<f64>(), a.transpose().to_vec::<f64>());
    let batch = operand("bij", 2);
    let found = einsum("...ij,jk->...ik", &[&batch, &b]).unwrap().to_vec::<f64>();
    assert_eq!(found, einsum("bij,jk->bik", &[&batch, &b]).unwrap().to_vec::<f64>());
    assert_eq!(einsum("...,...", &[&a, &a]).unwrap().shape().dims(), [2, 3]);
}

#[test]
fn dtypes_are_those_of_a_matrix_product() {
    let whole = Tensor::from_vec(vec![1i64, 2, 3, 4], [2, 2]).unwrap();
    let single = Tensor::from_vec(vec![1.0f32, 2.0, 3.0, 4.0], [2, 2]).unwrap();
    let truth = Tensor::from_vec(vec![true, false, true, true], [2, 2]).unwrap();
    let complex = Tensor::from_vec(vec![Complex64::new(0.0, 1.0); 4], [2, 2]).unwrap();
    for subscripts in ["ij,jk->ik", "ij,ij->", "ij,kl->", "ij,ij->ij", "ij,ij->i"] {
        let dtype = |a: &Tensor, b: &Tensor| einsum(subscripts, &[a, b]).unwrap().dtype();
        assert_eq!(dtype(&whole, &whole), DType::I64);
        assert_eq!(dtype(&truth, &truth), DType::I64);
        assert_eq!(dtype(&single, &single), DType::F32);
        assert_eq!(dtype(&single, &whole), DType::F64);
        assert_eq!(dtype(&complex, &single), DType::C128);
    }
    assert_eq!(einsum("ii", &[&whole]).unwrap().item(), Some(Scalar::I64(5)));
    assert_eq!(einsum("ij->", &[&single]).unwrap().item(), Some(Scalar::F32(10.0)));
}

#[test]
fn strict_tensors_meet_under_labels() {
    let strict = Node::declared(operand("ij", 0), 0, true);
    let row = node(&operand("j", 1));
    let result = graph::einsum("ij,j->ij", &[strict.clone(), row.clone()]);
    assert_eq!(result.unwrap().shape(), &Shape::new(&[2, 3]));
    assert_eq!(
        graph::einsum("ij,i->ij", &[strict, node(&operand("i", 2))]).unwrap().shape(),
        &Shape::new(&[2, 3])
    );
}

#[test]
fn subscripts_that_do_not_fit() {
    let a = operand("ij", 0);
    let message =
        |subscripts: &str, operands: &[&Tensor]| einsum(subscripts, operands).unwrap_err().to_string();
    assert_eq!(
        message("ij,jk", &[&a, &a]),
        "EINSUM: 'j' has size 3 in shape [2, 3] and size 2 in shape [2, 3]"
    );
    assert_eq!(message("", &[]), "EINSUM: '' has subscripts for 1 tensor, and there are 0");
    assert_eq!(message("...->", &[&a]), "EINSUM: the result '' lacks the ... of the tensors");
}
