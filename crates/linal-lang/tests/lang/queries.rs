//! The trees of queries.

use crate::support::{FORMS, statement};
use linal_lang::ast::Statement;
use linal_lang::ast::relational::{
    Alteration, DatasetSource, InsertSource, Listing, Literal, PipelineStep, Query, Relational, Scalar,
};
use linal_lang::{Dialect, Span, parse_statement_in, sql};
use sqlparser::ast::{BinaryOperator, Expr, SelectItem, SetExpr, TableFactor, UnaryOperator};

#[track_caller]
fn relational(text: &str) -> Relational {
    match statement(text) {
        Ok(Statement::Relational(relational)) => *relational,
        other => panic!("`{text}`: {other:?}"),
    }
}

#[track_caller]
fn query(text: &str) -> Query {
    match relational(text) {
        Relational::Query(query) => query,
        other => panic!("`{text}`: {other:?}"),
    }
}

/// The expression of the first item.
#[track_caller]
fn item(text: &str) -> Expr {
    let query = query(&format!("SELECT {text}"));
    match *query.sql.body {
        SetExpr::Select(mut select) => match select.projection.remove(0) {
            SelectItem::UnnamedExpr(expr) => expr,
            other => panic!("`{text}`: {other}"),
        },
        other => panic!("`{text}`: {other}"),
    }
}

/// An expression with all its parentheses.
fn tree(expr: &Expr) -> String {
    match expr {
        Expr::BinaryOp { left, op: BinaryOperator::BitwiseXor, right } => {
            format!("(^ {} {})", tree(left), tree(right))
        }
        Expr::BinaryOp { left, op, right } => format!("({op} {} {})", tree(left), tree(right)),
        Expr::UnaryOp { op: UnaryOperator::Not, expr } => format!("(NOT {})", tree(expr)),
        Expr::UnaryOp { op, expr } => format!("({op} {})", tree(expr)),
        Expr::Nested(expr) => tree(expr),
        Expr::IsNull(expr) => format!("(ISNULL {})", tree(expr)),
        other => other.to_string(),
    }
}

#[test]
fn precedence() {
    for (text, expected) in [
        ("-2 ^ 2", "(- (^ 2 2))"),
        ("2 ^ -1", "(^ 2 (- 1))"),
        ("2 ^ -1 * 3", "(* (^ 2 (- 1)) 3)"),
        ("2 ** 3 ^ 2", "(^ 2 (^ 3 2))"),
        ("-a * b", "(* (- a) b)"),
        ("a + b * c @ d DIV e", "(+ a (DIV (@@ (* b c) d) e))"),
        ("a DIV b DIV c", "(DIV (DIV a b) c)"),
        ("NOT a = b", "(NOT (= a b))"),
        ("NOT a AND b", "(AND (NOT a) b)"),
        ("a OR b AND c", "(OR a (AND b c))"),
        ("a AND b AND c AND d", "(AND (AND a b) (AND c d))"),
        ("a OR b OR c", "(OR (OR a b) c)"),
        ("a || b + c", "(|| a (+ b c))"),
        ("a || b = c", "(= (|| a b) c)"),
        ("a + 1 = b IS NULL", "(ISNULL (= (+ a 1) b))"),
        ("v ~= w AND a", "(AND (~= v w) a)"),
        ("a == 1", "(= a 1)"),
        ("a <> 1", "(<> a 1)"),
        ("5--3", "(- 5 (- 3))"),
        ("-v[0]", "(- __index(v, 0))"),
        ("v[0] ^ 2", "(^ __index(v, 0) 2)"),
        ("t.v[i + 1]", "__index(t.v, i + 1)"),
        ("m[0, 1]", "__index(m, 0, 1)"),
        ("v[0:2, *]", "__index(v, __range(0, 2, NULL), __all())"),
        ("a[::2]", "__index(a, __range(NULL, NULL, 2))"),
        ("m[:, 1]", "__index(m, __all(), 1)"),
        ("m[1:][0]", "__index(__index(m, __range(1, NULL, NULL)), 0)"),
        ("[1 -2 3]", "[1, -2, 3]"),
        ("[1, -2 - 3]", "[1, -2 - 3]"),
        ("[[1 2], [3 inf]]", "[[1, 2], [3, inf]]"),
        ("1_000 + 0x1F + 1. + .5 + 2.e3", "(+ (+ (+ (+ 1000 31) 1.0) 0.5) 2.0e3)"),
        ("a::int", "a::INT"),
        ("CAST(v AS VECTOR(128, f64))", "CAST(v AS VECTOR(128, f64))"),
        ("f(x, axis => 1)", "f(x, axis => 1)"),
        ("SUM(x) FILTER (WHERE x > 0)", "SUM(x) FILTER (WHERE x > 0)"),
    ] {
        assert_eq!(tree(&item(text)), expected, "of `{text}`");
    }
}

#[test]
fn places_count_our_bytes() {
    let text = "SELECT 'größe', b + c FROM t";
    let query = query(text);
    assert_eq!(query.span, Span::new(0, text.len()));
    let SetExpr::Select(select) = &*query.sql.body else {
        panic!("a SELECT");
    };
    let SelectItem::UnnamedExpr(Expr::BinaryOp { right, .. }) = &select.projection[1] else {
        panic!("a sum");
    };
    let Expr::Identifier(name) = &**right else {
        panic!("a name");
    };
    assert_eq!(sql::span(name.span).map(|span| span.text(text)), Some("c"));
    let error = statement("SHOW 1").map(|_| sql::span(sqlparser::tokenizer::Span::empty()));
    assert_eq!(error, Ok(None));
}

#[test]
fn items_are_as_written() {
    for (text, expected) in [
        ("SELECT a, SUM( price ) , b+1 AS c, d e, t.* FROM t", &["a", "SUM( price )", "b+1", "d", "t.*"][..]),
        ("SELECT DISTINCT a, f(b, c) FROM t", &["a", "f(b, c)"]),
        ("SELECT DISTINCT ON (a, b) c FROM t", &["c"]),
        ("WITH x AS (SELECT 1) SELECT a + 1 FROM x UNION SELECT b FROM y", &["a + 1"]),
        ("(SELECT (SELECT max(x) FROM t) FROM u) UNION ALL SELECT 1", &["(SELECT max(x) FROM t)"]),
        ("SELECT a IS DISTINCT FROM b, c FROM t", &["a IS DISTINCT FROM b", "c"]),
        ("SELECT EXTRACT(year FROM d), [1, 2] LIMIT 1", &["EXTRACT(year FROM d)", "[1, 2]"]),
        ("SELECT 1 FROM dual", &["1"]),
        ("VALUES (1)", &[]),
    ] {
        let items: Vec<_> = query(text).items.iter().map(ToString::to_string).collect();
        assert_eq!(items, expected, "of `{text}`");
    }
}

#[test]
fn clauses_are_put_in_order() {
    for (text, expected) in [
        ("DATASET d FROM t", "SELECT * FROM t"),
        ("DATASET d FROM t FILTER a > 1", "SELECT * FROM t WHERE a > 1"),
        (
            "DATASET d FROM t FILTER x > 1 SELECT a, SUM(b) AS s GROUP BY a HAVING SUM(b) > 2 ORDER BY s LIMIT 3",
            "SELECT a, SUM(b) AS s FROM t WHERE x > 1 GROUP BY a HAVING SUM(b) > 2 ORDER BY s LIMIT 3",
        ),
        ("DATASET d FROM (SELECT a FROM t) SELECT a", "SELECT a FROM (SELECT a FROM t)"),
        ("DATASET d FROM 'f.csv' SELECT a LIMIT 2 OFFSET 1", "SELECT a FROM 'f.csv' LIMIT 2 OFFSET 1"),
        ("CREATE TABLE d AS SELECT 1 AS a", "SELECT 1 AS a"),
    ] {
        match relational(text) {
            Relational::Create(create) => match create.source {
                DatasetSource::Query(query) => assert_eq!(query.sql.to_string(), expected, "of `{text}`"),
                other => panic!("`{text}`: {other:?}"),
            },
            other => panic!("`{text}`: {other:?}"),
        }
    }
    match relational("TRANSFORM t SELECT a + 1 AS b WHERE a > 1 INTO u") {
        Relational::Transform { table, query, into } => {
            assert_eq!(query.sql.to_string(), "SELECT a + 1 AS b FROM t WHERE a > 1");
            assert_eq!(
                (table.to_string(), into.map(|into| into.to_string())),
                ("t".into(), Some("u".into()))
            );
            assert_eq!(query.items, ["a + 1".into()]);
        }
        other => panic!("{other:?}"),
    }
}

/// `FILTER (e)` is that of the aggregate before it among the items and in HAVING, and a WHERE behind the FROM.
#[test]
fn filters_without_where() {
    for (text, expected) in [
        ("SELECT COUNT(*) FILTER (a > 1) FROM t", "SELECT COUNT(*) FILTER (WHERE a > 1) FROM t"),
        (
            "SELECT a IS DISTINCT FROM b, COUNT(*) FILTER (a > 1) FROM t",
            "SELECT a IS DISTINCT FROM b, COUNT(*) FILTER (WHERE a > 1) FROM t",
        ),
        (
            "SELECT a IS NOT DISTINCT FROM b, COUNT(*) FILTER (a > 1) FROM t",
            "SELECT a IS NOT DISTINCT FROM b, COUNT(*) FILTER (WHERE a > 1) FROM t",
        ),
        ("SELECT a FROM f(1) FILTER (a > 1)", "SELECT a FROM f(1) WHERE (a > 1)"),
    ] {
        assert_eq!(query(text).sql.to_string(), expected, "of `{text}`");
    }
}

/// Rows of different lengths are lists of lists.
#[test]
fn ragged_lists() {
    for text in ["SELECT [[1, 2], [3]]", "SELECT [[[1], [2, 3]], [[4]]]", "SELECT [[1, -2], []]"] {
        assert_eq!(query(text).sql.to_string(), text);
    }
}

/// `WITH [NO] DATA` ends the query, whichever of its second words follows.
#[test]
fn queries_with_and_without_data() {
    for (text, expected) in [
        ("CREATE TABLE d AS SELECT a FROM t WITH DATA", "SELECT a FROM t"),
        ("CREATE TABLE d AS (SELECT a FROM t) WITH DATA", "(SELECT a FROM t)"),
        ("CREATE TABLE d AS SELECT a FROM t WITH NO DATA", "SELECT a FROM t LIMIT 0"),
    ] {
        let Relational::Create(create) = relational(text) else { panic!("`{text}`") };
        let DatasetSource::Query(query) = create.source else { panic!("`{text}`") };
        assert_eq!(query.sql.to_string(), expected, "of `{text}`");
    }
}

#[test]
fn paths_keep_their_places() {
    let text = "SELECT * FROM 'a.csv' JOIN \"b.csv\" b USING (id)";
    let query = query(text);
    let SetExpr::Select(select) = &*query.sql.body else {
        panic!("a SELECT");
    };
    let from = &select.from[0];
    let mut places = Vec::new();
    for table in [&from.relation, &from.joins[0].relation] {
        let TableFactor::Table { name, .. } = table else {
            panic!("a table");
        };
        let ident = name.0[0].as_ident().expect("a name");
        assert_eq!(ident.quote_style, Some('\''));
        places.push(sql::span(ident.span).map(|span| span.text(text)).unwrap_or(""));
    }
    assert_eq!(places, ["'a.csv'", "\"b.csv\""]);
}

#[test]
fn dual_is_a_name() {
    assert_eq!(query("SELECT 1 FROM dual").sql.to_string(), "SELECT 1 FROM dual");
    assert_eq!(query("SELECT * FROM dual d").sql.to_string(), "SELECT * FROM dual d");
    assert_eq!(query("SELECT * FROM dual, t").sql.to_string(), "SELECT * FROM dual, t");
    assert_eq!(
        query("SELECT * FROM dual JOIN t USING (a)").sql.to_string(),
        "SELECT * FROM dual JOIN t USING(a)"
    );
}

#[test]
fn rows_of_literals() {
    let Relational::Insert(insert) = relational("INSERT INTO db.t (a, b) VALUES (-1, 'x'), (2.5, NULL)")
    else {
        panic!("an INSERT");
    };
    assert_eq!(insert.table.to_string(), "db.t");
    assert_eq!(insert.columns.map(|columns| columns.len()), Some(2));
    let InsertSource::Literals { values, spans, width } = insert.source else {
        panic!("literals");
    };
    assert_eq!(width, 2);
    assert_eq!(values, [Literal::Int(-1), Literal::Str("x".into()), Literal::Float(2.5), Literal::Null]);
    assert_eq!(spans[0], Span::new(32, 34));
    for text in
        ["INSERT INTO t VALUES (1 + 1)", "INSERT INTO t VALUES (a)", "INSERT INTO t (a = f(1), b = 2)"]
    {
        let Relational::Insert(insert) = relational(text) else {
            panic!("an INSERT");
        };
        assert!(matches!(insert.source, InsertSource::Query(_)), "of `{text}`");
    }
}

#[test]
fn searches() {
    for (text, expected) in [
        (
            "SEARCH t WHERE c ~= [1, 2] AND a > 1 AND b LIMIT 3",
            "SEARCH t ON c QUERY [1, 2] WHERE a > 1 AND b LIMIT 3",
        ),
        ("SEARCH u FROM t QUERY v ON c K=3", "SEARCH t ON c QUERY v LIMIT 3 INTO u"),
        ("SEARCH t ON c QUERY v LIMIT 3 METRIC l2", "SEARCH t ON c QUERY v METRIC l2 LIMIT 3"),
    ] {
        assert_eq!(relational(text).to_string(), expected);
    }
}

#[test]
fn steps() {
    let text = "DEFINE PIPELINE p AS GROUP BY g SELECT g, SUM(x) AS s THEN FILTER s > CASE WHEN a THEN 1 END THEN DISTINCT";
    let Relational::DefinePipeline(pipeline) = relational(text) else {
        panic!("a pipeline");
    };
    assert_eq!(&*pipeline.text, &text[21..]);
    let [
        PipelineStep::Select { select, items },
        PipelineStep::Where(Scalar { sql, .. }),
        PipelineStep::Distinct,
    ] = pipeline.steps.as_slice()
    else {
        panic!("{:?}", pipeline.steps);
    };
    assert_eq!(select.to_string(), "SELECT g, SUM(x) AS s GROUP BY g");
    assert_eq!(items.as_slice(), ["g".into(), "SUM(x)".into()]);
    assert_eq!(sql.to_string(), "s > CASE WHEN a THEN 1 END");
}

#[test]
fn columns() {
    let Relational::Create(create) = relational(
        "DATASET d COLUMNS (a: Int?, b Float NOT NULL, c: Vector(3, f64) DEFAULT [1, 2, 3], d Int NULL)",
    ) else {
        panic!("a dataset");
    };
    let DatasetSource::Columns { columns, standard: false, .. } = create.source else {
        panic!("columns");
    };
    let nullable: Vec<_> = columns.iter().map(|column| column.nullable).collect();
    assert_eq!(nullable, [Some(true), Some(false), None, Some(true)]);
    assert_eq!(columns[2].type_name.args, ["3".into(), "f64".into()]);
    assert!(columns[2].default.is_some());
    let Relational::Alter { alteration: Alteration::AddComputed { text, lazy: true, .. }, .. } =
        relational("ALTER DATASET t ADD COLUMN c = a  + b LAZY")
    else {
        panic!("a computed column");
    };
    assert_eq!(&*text, "a  + b");
}

#[test]
fn names_that_are_words_elsewhere() {
    assert!(matches!(relational("LIST DATASETS"), Relational::List(Listing::Datasets)));
    assert!(matches!(statement("EXPLAIN plan"), Ok(Statement::Explain { .. })));
    assert!(matches!(statement("LET dataset = 1"), Ok(Statement::Let(_))));
    assert!(matches!(statement("SHOW schema"), Ok(Statement::Show(_))));
    assert!(matches!(statement("DROP TENSOR dataset"), Ok(Statement::DropTensor { .. })));
}

#[test]
fn the_ansi_dialect() {
    let read = |text: &str| parse_statement_in(text, Span::new(0, text.len()), &*FORMS, Dialect::Ansi);
    let text = "SELECT \"a b\", 'x' FROM \"t\" WHERE \"group\" = 1";
    assert_eq!(read(text).map(|tree| tree.to_string()), Ok(text.to_owned()));
    let text = "INSERT INTO \"my t\" (\"a b\") VALUES ('x')";
    assert_eq!(
        read(text).map(|tree| tree.to_string()),
        Ok("INSERT INTO `my t` (`a b`) VALUES ('x')".to_owned())
    );
    assert_eq!(statement("SELECT \"a b\"").map(|tree| tree.to_string()), Ok("SELECT 'a b'".to_owned()));
}
