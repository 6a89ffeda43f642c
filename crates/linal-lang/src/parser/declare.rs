//! `VECTOR`, `MATRIX` and `DEFINE`, which take number literals only.

use super::cursor::{Parsed, Parser};
use crate::ast::{Declare, DeclareKind, Define, Ident, NumberArray, Numbers, Statement};
use crate::{Code, Span, SyntaxError};

impl Parser<'_> {
    pub(super) fn vector_statement(&mut self) -> Parsed<Statement> {
        self.declare(DeclareKind::Vector)
    }

    pub(super) fn matrix_statement(&mut self) -> Parsed<Statement> {
        self.declare(DeclareKind::Matrix)
    }

    fn declare(&mut self, kind: DeclareKind) -> Parsed<Statement> {
        let word = kind.keyword();
        self.advance()?;
        let dtype = self.dtype()?;
        let name = self.ident(match kind {
            DeclareKind::Vector => "a name after VECTOR",
            DeclareKind::Matrix => "a name after MATRIX",
        })?;
        self.expect_equals(word, &name)?;
        let (values, values_span) = self.numbers_only(word)?;
        check_rank(kind, &values, values_span)?;
        Ok(Statement::Declare(Declare { kind, dtype, name, values, values_span }))
    }

    /// A dtype is one only when a name follows, since `VECTOR f32 = [1]` defines `f32`.
    fn dtype(&mut self) -> Parsed<Option<Ident>> {
        if self.token.is_name() && self.peek().is_name() { self.ident("a dtype").map(Some) } else { Ok(None) }
    }

    /// `DEFINE t AS [STRICT] TENSOR [dtype] [dims] VALUES [...]`, or a pipeline.
    pub(super) fn define_statement(&mut self) -> Parsed<Statement> {
        if self.defines_pipeline() {
            return self.define_pipeline();
        }
        self.advance()?;
        let name = self.ident("a name after DEFINE")?;
        self.expect_word("AS")?;
        let strict = self.take_word("STRICT")?;
        self.expect_word("TENSOR")?;
        let dtype = if self.token.is_name() { Some(self.ident("a dtype")?) } else { None };
        let (dims, dims_span) = self.dims()?;
        self.expect_word("VALUES")?;
        let (values, values_span) = self.numbers_only("DEFINE")?;
        Ok(Statement::Define(Define { name, strict, dtype, dims, dims_span, values, values_span }))
    }

    /// `DEFINE PIPELINE p AS`; but a tensor may be named pipeline: `DEFINE pipeline AS TENSOR`.
    fn defines_pipeline(&self) -> bool {
        let mut ahead = self.lexer;
        let object = ahead.next_token().is_ok_and(|token| self.is_word(token, "PIPELINE"));
        object && ahead.next_token().is_ok_and(|token| token.is_name() && !self.is_word(token, "AS"))
    }

    fn dims(&mut self) -> Parsed<(Vec<usize>, Span)> {
        let (array, span) = self.numbers_only("a shape")?;
        let bad = |message: String| SyntaxError::new(Code::BadDeclaration, span, message);
        let Numbers::Int(values) = array.data else {
            return Err(bad("the dimensions of a tensor are integers".to_owned()));
        };
        if array.shape.len() != 1 {
            return Err(bad("the dimensions of a tensor are a flat list, such as `[2, 3]`".to_owned()));
        }
        let dims = values.iter().map(|value| {
            usize::try_from(*value).map_err(|_| bad(format!("a dimension cannot be negative, found {value}")))
        });
        Ok((dims.collect::<Parsed<_>>()?, span))
    }
}

impl DeclareKind {
    /// The opening keyword.
    pub const fn keyword(self) -> &'static str {
        match self {
            DeclareKind::Vector => "VECTOR",
            DeclareKind::Matrix => "MATRIX",
        }
    }

    /// The required rank of the values.
    pub const fn rank(self) -> usize {
        match self {
            DeclareKind::Vector => 1,
            DeclareKind::Matrix => 2,
        }
    }
}

fn check_rank(kind: DeclareKind, values: &NumberArray, span: Span) -> Parsed<()> {
    let rank = values.shape.len();
    if rank == kind.rank() {
        return Ok(());
    }
    let (wanted, example) = match kind {
        DeclareKind::Vector => ("a flat list", "VECTOR v = [1, 2]"),
        DeclareKind::Matrix => ("a list of rows", "MATRIX m = [[1, 2], [3, 4]]"),
    };
    let message = format!("{} takes {wanted}, found a literal of rank {rank}", kind.keyword());
    let help = match rank {
        1 => format!("write `{example}`, or VECTOR for a flat list"),
        2 => format!("write `{example}`, or MATRIX for a list of rows"),
        _ => "write `LET t = ...` or `DEFINE t AS TENSOR [dims] VALUES [...]` for other ranks".to_owned(),
    };
    Err(SyntaxError::new(Code::BadDeclaration, span, message).with_help(help))
}
