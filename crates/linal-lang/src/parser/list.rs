//! Lists. A list of number literals is parsed flat; any other keeps its elements as expressions.

use super::cursor::{Parsed, Parser};
use super::number_list::{Attempt, read_numbers, read_numbers_with_commas};
use crate::ast::{Element, ExprId, ExprKind, Node, NumberArray, Numbers};
use crate::token::{Symbol, Token, TokenKind};
use crate::{Code, Span, SyntaxError};

impl Parser<'_> {
    /// Parses a list; the current token is its `[`.
    pub(super) fn list(&mut self) -> Parsed<ExprId> {
        let open = self.token;
        if self.mixed_lists.last() == Some(&open.span.start) {
            self.mixed_lists.pop();
            return self.expression_list();
        }
        match read_numbers_with_commas(self.lexer, open)? {
            Attempt::Numbers(array, close) => {
                self.resume_after(close)?;
                self.push(ExprKind::Numbers(Box::new(array)), open.span.to(close.span))
            }
            Attempt::Mixed { open: mut starts, .. } => {
                // The brackets that were open where the attempt failed fail as well. Trying each again would
                // make the time quadratic in the depth.
                starts.reverse();
                starts.pop();
                self.mixed_lists.extend(starts);
                self.expression_list()
            }
        }
    }

    fn expression_list(&mut self) -> Parsed<ExprId> {
        let open = self.advance()?;
        let first_node = self.nodes.len();
        let mut items = Vec::new();
        if !self.at(Symbol::RBracket) {
            loop {
                items.push(self.bracketed_expression(true)?);
                if !self.take(Symbol::Comma)? {
                    break;
                }
            }
        }
        if !self.at(Symbol::RBracket) {
            return Err(self.element_without_comma());
        }
        let span = open.span.to(self.advance()?.span);
        match self.fold_literals(first_node, &items)? {
            Some(array) => {
                self.nodes.truncate(first_node);
                self.push(ExprKind::Numbers(Box::new(array)), span)
            }
            None => self.push(ExprKind::List(items.into_boxed_slice()), span),
        }
    }

    fn element_without_comma(&self) -> SyntaxError {
        let error = self.unexpected("`,` or `]`");
        match self.token.kind {
            TokenKind::End | TokenKind::Bad(_) | TokenKind::Symbol(_) => error,
            _ => error.with_help("commas may be left out in VECTOR, MATRIX and DEFINE only"),
        }
    }

    /// A list such as `[(1), - 2]`, whose elements all reduce to literals, is a number literal too.
    fn fold_literals(&self, first_node: usize, items: &[ExprId]) -> Parsed<Option<NumberArray>> {
        let nodes = &self.nodes[first_node..];
        if nodes.len() != items.len() || items.is_empty() {
            return Ok(None);
        }
        if nodes.iter().all(|node| element(&node.kind).is_some()) {
            let mut data = Numbers::Int(Vec::new());
            let joined =
                nodes.iter().filter_map(|node| element(&node.kind)).all(|element| data.push(element));
            return Ok(joined.then(|| NumberArray { shape: vec![items.len()], data }));
        }
        let mut shape: Option<&[usize]> = None;
        let mut data = Numbers::Int(Vec::new());
        for (row, node) in nodes.iter().enumerate() {
            let ExprKind::Numbers(array) = &node.kind else {
                return self.check_mixed_depth(nodes);
            };
            if *shape.get_or_insert(&array.shape) != array.shape.as_slice() {
                return Err(ragged_rows(node.span, row, shape.unwrap_or(&[]), &array.shape));
            }
            if !data.append(&array.data) {
                return Ok(None);
            }
        }
        let shape = std::iter::once(items.len()).chain(shape.unwrap_or(&[]).iter().copied()).collect();
        Ok(Some(NumberArray { shape, data }))
    }

    /// A list that mixes numbers and rows of numbers is ragged; other shapes are known only when names are
    /// bound.
    fn check_mixed_depth(&self, nodes: &[Node]) -> Parsed<Option<NumberArray>> {
        let row = |node: &Node| matches!(node.kind, ExprKind::Numbers(_));
        if !nodes.iter().all(|node| row(node) || element(&node.kind).is_some()) {
            return Ok(None);
        }
        let first = nodes.first().is_some_and(row);
        let odd = nodes.iter().position(|node| row(node) != first).unwrap_or(0);
        let shape = |is_row: bool| if is_row { "a row" } else { "a number" };
        let message =
            format!("found {} at [{odd}] where {} is expected, as before it", shape(!first), shape(first));
        Err(SyntaxError::new(Code::RaggedLiteral, nodes[odd].span, message))
    }

    /// Parses a list of number literals only, as declarations require.
    pub(super) fn numbers_only(&mut self, statement: &str) -> Parsed<(NumberArray, Span)> {
        let open = self.token;
        if !self.at(Symbol::LBracket) {
            return Err(self.unexpected("`[`"));
        }
        match read_numbers(self.lexer, open, true)? {
            Attempt::Numbers(array, close) => {
                self.resume_after(close)?;
                Ok((array, open.span.to(close.span)))
            }
            Attempt::Mixed { found, .. } => Err(self.not_a_number(statement, found)),
        }
    }

    fn number_follows(&self, sign: Token) -> bool {
        let mut ahead = self.lexer;
        ahead.seek(sign.span.end);
        ahead.next_token().is_ok_and(|token| token.is_number())
    }

    fn not_a_number(&self, statement: &str, found: Token) -> SyntaxError {
        let message = format!("expected a number literal, found {}", self.describe(found));
        match found.kind {
            TokenKind::End => SyntaxError::new(Code::UnexpectedEnd, found.span, "this list is never closed"),
            TokenKind::Symbol(Symbol::Minus | Symbol::Plus) if !self.number_follows(found) => {
                SyntaxError::new(
                    Code::BadDeclaration,
                    found.span,
                    format!("expected a number after {}", self.describe(found)),
                )
            }
            TokenKind::Symbol(Symbol::Minus) => SyntaxError::new(Code::BadDeclaration, found.span, message)
                .with_help(
                    "with commas in a list ` -` subtracts: put a comma before each element, or before none",
                ),
            TokenKind::Symbol(Symbol::Comma | Symbol::RBracket) => {
                SyntaxError::new(Code::UnexpectedToken, found.span, message)
            }
            // A number or a Boolean is no element only when it would mix the two kinds.
            _ if found.is_number() || self.is_word(found, "TRUE") || self.is_word(found, "FALSE") => {
                SyntaxError::new(Code::BadDeclaration, found.span, message)
                    .with_help("a list holds numbers or Booleans, not both")
            }
            _ => SyntaxError::new(Code::BadDeclaration, found.span, message).with_help(format!(
                "{statement} takes number literals only; LET takes expressions: `LET x = [...]`"
            )),
        }
    }
}

fn ragged_rows(span: Span, row: usize, expected: &[usize], found: &[usize]) -> SyntaxError {
    let message = format!("row [{row}] has shape {found:?}, expected {expected:?}");
    SyntaxError::new(Code::RaggedLiteral, span, message)
}

fn element(kind: &ExprKind) -> Option<Element> {
    match kind {
        ExprKind::Int(value) => Some(Element::Int(*value)),
        ExprKind::Float(value) => Some(Element::Float(*value)),
        ExprKind::Bool(value) => Some(Element::Bool(*value)),
        _ => None,
    }
}
