//! The dialect that sqlparser parses the language in.

use super::nested_tokens::{COMPREHENSION, JSON_ARROW, JSON_LONG_ARROW};
use super::{infix, interval, keywords, nested, subscript};
use crate::SyntaxError;
use sqlparser::ast::Expr;
use sqlparser::dialect::{Dialect, Precedence};
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::Token;
use std::cell::RefCell;

/// Precedence of `||`, `->` and `->>`: between comparisons and sums, as in PostgreSQL.
const CONCAT: u8 = 25;
/// Precedence of the arrow of a lambda, whose body extends as far as possible.
const LAMBDA: u8 = 1;
/// Precedence of the power: tighter than unary minus, which has that of a product.
pub(super) const POWER: u8 = 45;

/// The dialect. It stores the errors that it raises, since sqlparser's errors carry only a message.
#[derive(Debug, Default)]
pub(super) struct LinalDialect {
    errors: RefCell<Vec<SyntaxError>>,
}

impl LinalDialect {
    /// Stores one of our errors; the result stands for it in sqlparser.
    pub(super) fn store_error(&self, error: SyntaxError) -> ParserError {
        let mut errors = self.errors.borrow_mut();
        errors.push(error);
        ParserError::ParserError(format!("{STORED_ERROR}{}", errors.len() - 1))
    }

    /// The stored error that an error of sqlparser stands for.
    pub(super) fn stored_error(&self, message: &str) -> Option<SyntaxError> {
        let at: usize = message.strip_prefix(STORED_ERROR)?.parse().ok()?;
        self.errors.borrow().get(at).cloned()
    }
}

/// Prefix of a message that stands for a stored error; no text of a statement begins a message.
const STORED_ERROR: &str = "\u{1}fault ";

impl Dialect for LinalDialect {
    fn is_identifier_start(&self, ch: char) -> bool {
        ch.is_alphabetic() || ch == '_'
    }

    fn is_identifier_part(&self, ch: char) -> bool {
        ch.is_alphanumeric() || ch == '_'
    }

    fn parse_prefix(&self, parser: &mut Parser) -> Option<Result<Expr, ParserError>> {
        match &parser.peek_token_ref().token {
            Token::Word(word) if is_clause(word.keyword, &word.value) => {
                Some(parser.expected_ref("an expression", parser.peek_token_ref()))
            }
            Token::Word(word) if word.keyword == Keyword::INTERVAL => Some(interval::parse(parser)),
            _ => nested::prefix(parser),
        }
    }

    fn parse_infix(
        &self,
        parser: &mut Parser,
        expr: &Expr,
        precedence: u8,
    ) -> Option<Result<Expr, ParserError>> {
        match &parser.peek_token_ref().token {
            Token::LBracket => Some(subscript::parse(parser, expr)),
            Token::Caret => Some(infix::power(parser, expr)),
            Token::Arrow => Some(nested::lambda(parser, expr)),
            Token::Word(word) => match word.keyword {
                Keyword::DIV => Some(infix::division(parser, expr, precedence)),
                Keyword::AND | Keyword::OR => Some(infix::and_or_chain(parser, expr, precedence)),
                Keyword::IS => infix::is_distinct_from(parser, expr, precedence),
                Keyword::IN | Keyword::NOT => infix::in_list(parser, expr, precedence),
                _ => None,
            },
            token if infix::is_comparison(token) => infix::check_chained_comparison(self, parser, expr),
            _ => None,
        }
    }

    fn get_next_precedence(&self, parser: &Parser) -> Option<Result<u8, ParserError>> {
        let precedence = match &parser.peek_token_ref().token {
            Token::AtAt => self.prec_value(Precedence::MulDivModOp),
            Token::Caret => POWER,
            // All other operators bind as `||` does, as in PostgreSQL.
            Token::StringConcat | Token::Ampersand | Token::Pipe | Token::ShiftLeft | Token::ShiftRight => {
                CONCAT
            }
            Token::CustomBinaryOperator(word) if word == JSON_ARROW || word == JSON_LONG_ARROW => CONCAT,
            Token::CustomBinaryOperator(word) if word == COMPREHENSION => self.prec_unknown(),
            Token::Arrow => LAMBDA,
            Token::CustomBinaryOperator(_) => self.prec_value(Precedence::Eq),
            Token::Colon | Token::Placeholder(_) => self.prec_unknown(),
            _ => return None,
        };
        Some(Ok(precedence))
    }

    /// Names have lost their keywords before sqlparser sees them: see `keywords`.
    fn is_reserved_for_identifier(&self, _: Keyword) -> bool {
        true
    }

    fn is_column_alias(&self, keyword: &Keyword, _: &mut Parser) -> bool {
        is_name(keyword)
    }

    /// A keyword that begins a join is no alias.
    fn is_table_alias(&self, keyword: &Keyword, _: &mut Parser) -> bool {
        is_name(keyword)
            && !matches!(keyword, Keyword::ANTI | Keyword::SEMI | Keyword::STRAIGHT_JOIN | Keyword::GLOBAL)
            && !matches!(keyword, Keyword::CLUSTER | Keyword::DISTRIBUTE | Keyword::SORT)
    }

    /// Brackets after a value are an operator, which `parse_infix` parses.
    fn supports_partiql(&self) -> bool {
        true
    }

    fn supports_named_fn_args_with_assignment_operator(&self) -> bool {
        true
    }

    fn supports_filter_during_aggregation(&self) -> bool {
        true
    }

    fn supports_group_by_expr(&self) -> bool {
        true
    }

    fn supports_parens_around_table_factor(&self) -> bool {
        true
    }

    fn supports_window_function_null_treatment_arg(&self) -> bool {
        true
    }

    fn supports_window_clause_named_window_reference(&self) -> bool {
        true
    }

    fn supports_select_wildcard_exclude(&self) -> bool {
        true
    }

    fn supports_select_wildcard_replace(&self) -> bool {
        true
    }

    fn supports_select_wildcard_rename(&self) -> bool {
        true
    }

    fn supports_values_as_table_factor(&self) -> bool {
        true
    }

    fn supports_trailing_commas(&self) -> bool {
        true
    }

    fn supports_from_trailing_commas(&self) -> bool {
        true
    }

    fn supports_in_empty_list(&self) -> bool {
        true
    }

    fn supports_bitwise_shift_operators(&self) -> bool {
        true
    }

    /// Whether a table may begin with a keyword; otherwise a comma before it ends the list.
    fn is_table_factor(&self, keyword: &Keyword, _: &mut Parser) -> bool {
        is_name(keyword) || *keyword == Keyword::VALUES
    }

    fn supports_array_typedef_with_brackets(&self) -> bool {
        true
    }

    fn supports_comma_separated_trim(&self) -> bool {
        true
    }

    fn supports_table_versioning(&self) -> bool {
        true
    }

    fn supports_order_by_all(&self) -> bool {
        true
    }

    fn supports_factorial_operator(&self) -> bool {
        true
    }

    fn allow_extract_custom(&self) -> bool {
        true
    }

    fn allow_extract_single_quotes(&self) -> bool {
        true
    }
}

fn is_name(keyword: &Keyword) -> bool {
    *keyword == Keyword::NoKeyword || !keywords::cannot_start_operand(&format!("{keyword:?}"))
}

fn is_clause(keyword: Keyword, value: &str) -> bool {
    keyword != Keyword::NoKeyword && keywords::cannot_start_operand(&value.to_ascii_uppercase())
}
