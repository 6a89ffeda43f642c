//! List literals of numbers whose rows differ in length, `[[1], [2, 3]]`, as a cast of their text: one expression for the planner
//! however many numbers there are.

use sqlparser::ast as sql;

use super::casts::cast;

/// The cast of a list of lists of numbers that is no tensor; `None` for other expressions.
pub(super) fn as_cast(list: &sql::Expr) -> Option<sql::Expr> {
    // A vector, whose numbers need not be looked at.
    let sql::Expr::Array(rows) = list else { return None };
    if !rows.elem.iter().any(|row| matches!(row, sql::Expr::Array(_))) {
        return None;
    }
    let shape = Shape::of(list)?;
    if shape.dims.is_some() {
        return None;
    }
    let element = if shape.is_whole {
        sql::DataType::BigInt(None)
    } else {
        sql::DataType::Double(sql::ExactNumberInfo::None)
    };
    let data_type = (0..shape.depth).fold(element, |element, _| {
        sql::DataType::Array(sql::ArrayElemTypeDef::SquareBracket(Box::new(element), None))
    });
    let mut text = String::new();
    write(list, &mut text);
    let text = sql::Expr::value(sql::Value::SingleQuotedString(text));
    Some(cast(sql::CastKind::Cast, text, data_type))
}

/// The shape of a number, or of nested lists of numbers.
struct Shape {
    depth: usize,
    /// The lengths along the axes; `None` where they differ.
    dims: Option<Vec<usize>>,
    /// Whether it has no number, so that its depth may be greater.
    is_empty: bool,
    /// Whether all numbers are integers.
    is_whole: bool,
}

impl Shape {
    /// `None` for what is no number or is nested differently.
    fn of(expr: &sql::Expr) -> Option<Shape> {
        let sql::Expr::Array(list) = expr else {
            let is_whole = is_integer(expr)?;
            return Some(Shape { depth: 0, dims: Some(Vec::new()), is_empty: false, is_whole });
        };
        let mut all = Shape { depth: 0, dims: Some(Vec::new()), is_empty: true, is_whole: true };
        for (at, item) in list.elem.iter().enumerate() {
            let item = Shape::of(item)?;
            let is_as_deep = match (all.is_empty, item.is_empty) {
                (false, false) => all.depth == item.depth,
                (true, false) => all.depth <= item.depth,
                (false, true) => item.depth <= all.depth,
                (true, true) => true,
            };
            if !is_as_deep {
                return None;
            }
            all.dims =
                if at == 0 { item.dims } else { all.dims.filter(|dims| item.dims.as_ref() == Some(dims)) };
            all.depth = all.depth.max(item.depth);
            all.is_empty &= item.is_empty;
            all.is_whole &= item.is_whole;
        }
        let dims = all.dims.map(|mut dims| {
            dims.insert(0, list.elem.len());
            dims
        });
        Some(Shape { depth: all.depth + 1, dims, ..all })
    }
}

/// Whether a number is an integer; `None` for what is no number.
fn is_integer(expr: &sql::Expr) -> Option<bool> {
    match expr {
        sql::Expr::Value(value) => match &value.value {
            sql::Value::Number(text, _) if text.parse::<i64>().is_ok() => Some(true),
            sql::Value::Number(text, _) => text.parse::<f64>().is_ok().then_some(false),
            _ => None,
        },
        sql::Expr::UnaryOp { op: sql::UnaryOperator::Minus, expr } => is_integer(expr),
        _ => None,
    }
}

fn write(expr: &sql::Expr, text: &mut String) {
    let sql::Expr::Array(list) = expr else {
        text.push_str(&expr.to_string());
        return;
    };
    text.push('[');
    for (at, item) in list.elem.iter().enumerate() {
        if at > 0 {
            text.push_str(", ");
        }
        write(item, text);
    }
    text.push(']');
}

#[cfg(test)]
mod tests {
    use sqlparser::dialect::DuckDbDialect;
    use sqlparser::parser::Parser;

    use super::*;

    fn written(list: &str) -> Option<String> {
        let expr = Parser::new(&DuckDbDialect {}).try_with_sql(list).unwrap().parse_expr().unwrap();
        as_cast(&expr).map(|cast| cast.to_string())
    }

    #[test]
    fn lists_of_numbers() {
        for (list, expected) in [
            ("[[1], [2, -3]]", Some("CAST('[[1], [2, -3]]' AS BIGINT[][])")),
            ("[[1.5], [2, 3]]", Some("CAST('[[1.5], [2, 3]]' AS DOUBLE[][])")),
            ("[[[1], [2, 3]], [[4]]]", Some("CAST('[[[1], [2, 3]], [[4]]]' AS BIGINT[][][])")),
            ("[[[1]], []]", Some("CAST('[[[1]], []]' AS BIGINT[][][])")),
            ("[[], [1]]", Some("CAST('[[], [1]]' AS BIGINT[][])")),
            // Tensors, and lists of others.
            ("[1, 2]", None),
            ("[[1, 2], [3, 4]]", None),
            ("[]", None),
            ("[[1], [2, x]]", None),
            ("[[1], [2, NULL]]", None),
            ("[[1], [2, [3]]]", None),
            ("[1, [2, 3]]", None),
            ("[[1], ['a', 'b']]", None),
            ("1", None),
        ] {
            assert_eq!(written(list).as_deref(), expected, "of {list}");
        }
    }
}
