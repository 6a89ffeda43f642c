//! `m[0, 1:3, *]`: an index becomes a call, since sqlparser's subscripts have one axis.

use super::{ALL, INDEX, RANGE};
use sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList, FunctionArguments, Ident, ObjectName,
    Value,
};
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Span, Token};

type Parsed = Result<Expr, ParserError>;

/// Parses an index of `base`; the next token is its `[`.
pub(super) fn parse(parser: &mut Parser, base: &Expr) -> Parsed {
    let span = parser.next_token().span;
    let mut args = vec![base.clone()];
    loop {
        args.push(axis(parser)?);
        if !parser.consume_token(&Token::Comma) {
            break;
        }
    }
    let close = parser.peek_token_ref().span;
    if !parser.consume_token(&Token::RBracket) {
        return parser.expected_ref("`,` or `]`", parser.peek_token_ref());
    }
    let mut value = call(INDEX, args, Span::new(span.start, close.end));
    // sqlparser reads a dot only after a name.
    while parser.peek_token_ref().token == Token::Period
        && let Token::Word(word) = &parser.peek_nth_token_ref(1).token
    {
        let name = word.value.clone();
        parser.advance_token();
        let span = parser.next_token().span;
        let field = Expr::Value(Value::SingleQuotedString(name).with_span(span));
        value = call(INDEX, vec![value, field], span);
    }
    Ok(value)
}

fn axis(parser: &mut Parser) -> Parsed {
    let span = parser.peek_token_ref().span;
    if parser.consume_token(&Token::Mul) {
        return Ok(call(ALL, Vec::new(), span));
    }
    let start = bound(parser)?;
    if !parser.consume_token(&Token::Colon) {
        return match start {
            Some(at) => Ok(at),
            None => parser.expected_ref("an index, a range, or `*`", parser.peek_token_ref()),
        };
    }
    let stop = bound(parser)?;
    let step = if parser.consume_token(&Token::Colon) { bound(parser)? } else { None };
    Ok(match (start, stop, step) {
        (None, None, None) => call(ALL, Vec::new(), span),
        (start, stop, step) => {
            let part = |part: Option<Expr>| part.unwrap_or_else(|| Expr::Value(Value::Null.with_span(span)));
            call(RANGE, vec![part(start), part(stop), part(step)], span)
        }
    })
}

/// An expression, or `None` before `:`, `,` and `]`.
fn bound(parser: &mut Parser) -> Result<Option<Expr>, ParserError> {
    match parser.peek_token_ref().token {
        Token::Colon | Token::Comma | Token::RBracket => Ok(None),
        _ => parser.parse_expr().map(Some),
    }
}

pub(super) fn call(name: &str, args: Vec<Expr>, span: Span) -> Expr {
    let args = args.into_iter().map(|arg| FunctionArg::Unnamed(FunctionArgExpr::Expr(arg))).collect();
    Expr::Function(Function {
        name: ObjectName::from(vec![Ident::with_span(span, name)]),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList {
            duplicate_treatment: None,
            args,
            clauses: Vec::new(),
        }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}
