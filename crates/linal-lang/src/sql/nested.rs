//! Structs, maps, lambdas and list comprehensions, as calls and as sqlparser's lambdas.

use super::nested_tokens::COMPREHENSION;
use super::subscript::call;
use sqlparser::ast::{
    Expr, Ident, LambdaFunction, LambdaFunctionParameter, LambdaSyntax, OneOrManyWithParens, Value,
};
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Span, Token};

type Parsed = Result<Expr, ParserError>;

/// The function of a struct: names and values in turn.
pub const STRUCT: &str = "__struct";
/// The function of a map: keys and values in turn.
pub const MAP: &str = "__map";

/// A struct, a map or a comprehension, if the next token opens one.
pub(super) fn prefix(parser: &mut Parser) -> Option<Parsed> {
    match &parser.peek_token_ref().token {
        Token::LBrace => Some(structure(parser)),
        Token::Word(word)
            if word.value.eq_ignore_ascii_case("map")
                && parser.peek_nth_token_ref(1).token == Token::LBrace =>
        {
            Some(map(parser))
        }
        Token::CustomBinaryOperator(operator) if operator == COMPREHENSION => Some(comprehension(parser)),
        _ => None,
    }
}

/// `{'a': 1, b: 2}`.
fn structure(parser: &mut Parser) -> Parsed {
    let span = parser.next_token().span;
    let mut args = Vec::new();
    while parser.peek_token_ref().token != Token::RBrace {
        let key = parser.next_token();
        let name = match key.token {
            Token::SingleQuotedString(name) => name,
            Token::Word(word) => word.value,
            Token::Number(digits, _) => digits,
            _ => {
                parser.prev_token();
                return parser.expected_ref("the name of a field", parser.peek_token_ref());
            }
        };
        args.push(Expr::Value(Value::SingleQuotedString(name).with_span(key.span)));
        parser.expect_token(&Token::Colon)?;
        args.push(parser.parse_expr()?);
        if !parser.consume_token(&Token::Comma) {
            break;
        }
    }
    parser.expect_token(&Token::RBrace)?;
    Ok(call(STRUCT, args, span))
}

/// `MAP {k: v}`.
fn map(parser: &mut Parser) -> Parsed {
    let span = parser.next_token().span;
    parser.advance_token();
    let mut args = Vec::new();
    while parser.peek_token_ref().token != Token::RBrace {
        args.push(parser.parse_expr()?);
        parser.expect_token(&Token::Colon)?;
        args.push(parser.parse_expr()?);
        if !parser.consume_token(&Token::Comma) {
            break;
        }
    }
    parser.expect_token(&Token::RBrace)?;
    Ok(call(MAP, args, span))
}

/// `x -> e` and `(x, i) -> e`; the next token is the arrow.
pub(super) fn lambda(parser: &mut Parser, parameters: &Expr) -> Parsed {
    let names: Option<Vec<Ident>> = match parameters {
        Expr::Identifier(name) => Some(vec![name.clone()]),
        Expr::Nested(inner) => name_of(inner).map(|name| vec![name]),
        Expr::Tuple(items) => items.iter().map(name_of).collect(),
        _ => None,
    };
    let Some(names) = names else {
        return parser.expected_ref("the names of parameters before `->`", parser.peek_token_ref());
    };
    parser.advance_token();
    let body = parser.parse_expr()?;
    Ok(arrow(names, body))
}

fn name_of(expr: &Expr) -> Option<Ident> {
    match expr {
        Expr::Identifier(name) => Some(name.clone()),
        _ => None,
    }
}

fn arrow(names: Vec<Ident>, body: Expr) -> Expr {
    let params = names.into_iter().map(|name| LambdaFunctionParameter { name, data_type: None }).collect();
    Expr::Lambda(LambdaFunction {
        params: OneOrManyWithParens::Many(params),
        body: Box::new(body),
        syntax: LambdaSyntax::Arrow,
    })
}

/// `[e FOR x IN l IF c]`, `[e FOR x, i IN l]`.
fn comprehension(parser: &mut Parser) -> Parsed {
    let span = parser.next_token().span;
    let item = parser.parse_expr()?;
    parser.expect_keyword_is(Keyword::FOR)?;
    let names = parser.parse_comma_separated(Parser::parse_identifier)?;
    parser.expect_keyword_is(Keyword::IN)?;
    let list = parser.parse_expr()?;
    let condition = if parser.parse_keyword(Keyword::IF) { Some(parser.parse_expr()?) } else { None };
    parser.expect_token(&Token::RBracket)?;
    Ok(match condition {
        None => transformed(list, names, item, span),
        Some(condition) if names.len() == 1 => {
            let kept = filtered(list, names.clone(), condition, span);
            transformed(kept, names, item, span)
        }
        Some(condition) => with_positions(list, names, (condition, item), span),
    })
}

fn transformed(list: Expr, names: Vec<Ident>, item: Expr, span: Span) -> Expr {
    call("list_transform", vec![list, arrow(names, item)], span)
}

fn filtered(list: Expr, names: Vec<Ident>, condition: Expr, span: Span) -> Expr {
    call("list_filter", vec![list, arrow(names, condition)], span)
}

/// The condition and the item see the position in the whole list: both are computed, then filtered.
fn with_positions(list: Expr, names: Vec<Ident>, (condition, item): (Expr, Expr), span: Span) -> Expr {
    let text = |text: &str| Expr::Value(Value::SingleQuotedString(text.to_owned()).with_span(span));
    let name = || Ident::with_span(span, "__pair");
    let field = |field: &str| call(super::INDEX, vec![Expr::Identifier(name()), text(field)], span);
    let pair = call(STRUCT, vec![text("kept"), condition, text("item"), item], span);
    let pairs = transformed(list, names, pair, span);
    let kept = filtered(pairs, vec![name()], field("kept"), span);
    transformed(kept, vec![name()], field("item"), span)
}
