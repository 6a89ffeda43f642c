//! Properties of random texts and random trees.

use crate::support::{FORMS, expression, script, statement, tree};
use linal_lang::ast::{
    Arg, BinaryOp, CaseBranch, Expr, ExprKind, IndexItem, Node, NumberArray, Numbers, UnaryOp,
};
use linal_lang::{Span, is_complete, parse_statement, split, substitute, tokens};
use proptest::prelude::*;

/// A tree that owns its children, which is easier to generate than an arena.
#[derive(Debug, Clone)]
enum Tree {
    Leaf(ExprKind),
    Unary(UnaryOp, Box<Tree>),
    Binary(BinaryOp, Box<Tree>, Box<Tree>),
    List(Box<Tree>, Vec<Tree>),
    Call(String, Vec<Tree>, Option<Box<Tree>>),
    Index(Box<Tree>, Vec<Item>),
    Case(Option<Box<Tree>>, Vec<(Tree, Tree)>, Option<Box<Tree>>),
    Between(Box<[Tree; 3]>, bool),
    In(Box<Tree>, Vec<Tree>, bool),
    IsNull(Box<Tree>, bool),
}

#[derive(Debug, Clone)]
enum Item {
    All,
    At(Tree),
    Range(Option<Tree>, Option<Tree>, Option<Tree>),
}

fn names() -> impl Strategy<Value = Box<str>> {
    let fixed = ["sum", "max", "inf", "nan", "from", "LET", "axis", "odd name", "a`b", "größe", "x1"];
    prop_oneof![
        "[a-z_][a-z0-9_]{0,5}".prop_map(Into::into),
        prop::sample::select(fixed.to_vec()).prop_map(Into::into),
    ]
}

fn leaves() -> impl Strategy<Value = ExprKind> {
    let finite = any::<f64>().prop_filter("finite", |value| value.is_finite());
    prop_oneof![
        any::<i64>().prop_map(ExprKind::Int),
        (-9i64..9).prop_map(ExprKind::Int),
        finite.clone().prop_map(ExprKind::Float),
        any::<bool>().prop_map(ExprKind::Bool),
        Just(ExprKind::Null),
        any::<String>().prop_map(|text| ExprKind::Str(text.into())),
        names().prop_map(ExprKind::Name),
        (prop::option::of(names()), names(), names())
            .prop_map(|(database, base, field)| { ExprKind::Member { database, base, field } }),
        prop::collection::vec(any::<i64>(), 1..4)
            .prop_map(|values| numbers(vec![values.len()], Numbers::Int(values))),
        prop::collection::vec(finite, 6).prop_map(|values| numbers(vec![2, 3], Numbers::floats(values))),
        Just(numbers(vec![2, 0], Numbers::Int(vec![]))),
        Just(numbers(vec![2], Numbers::Bool(vec![true, false]))),
    ]
}

fn numbers(shape: Vec<usize>, data: Numbers) -> ExprKind {
    ExprKind::Numbers(Box::new(NumberArray { shape, data }))
}

fn binary_ops() -> impl Strategy<Value = BinaryOp> {
    use BinaryOp::*;
    prop::sample::select(vec![
        Or, And, Eq, NotEq, Lt, LtEq, Gt, GtEq, Add, Sub, Mul, Div, Mod, IntDiv, MatMul, Pow,
    ])
}

fn trees() -> impl Strategy<Value = Tree> {
    leaves().prop_map(Tree::Leaf).prop_recursive(8, 64, 4, |inner| {
        let boxed = inner.clone().prop_map(Box::new);
        let item = prop_oneof![
            Just(Item::All),
            inner.clone().prop_map(Item::At),
            (prop::option::of(inner.clone()), inner.clone(), prop::option::of(inner.clone()))
                .prop_map(|(start, stop, step)| Item::Range(start, Some(stop), step)),
        ];
        // A list of literals only would be one literal, so each list begins with a name.
        let name = names().prop_map(|name| Box::new(Tree::Leaf(ExprKind::Name(name))));
        let functions = prop::sample::select(vec!["f", "SUM", "ADD", "WHERE", "CAST", "ARANGE", "SHAPE"]);
        let some = prop::collection::vec(inner.clone(), 0..3);
        prop_oneof![
            (prop_oneof![Just(UnaryOp::Neg), Just(UnaryOp::Not)], boxed.clone())
                .prop_map(|(op, a)| Tree::Unary(op, a)),
            (binary_ops(), boxed.clone(), boxed.clone()).prop_map(|(op, a, b)| Tree::Binary(op, a, b)),
            (name, some.clone()).prop_map(|(first, rest)| Tree::List(first, rest)),
            (functions, some, prop::option::of(boxed.clone())).prop_map(|(f, args, named)| Tree::Call(
                f.to_owned(),
                args,
                named
            )),
            (boxed.clone(), prop::collection::vec(item, 1..3))
                .prop_map(|(base, items)| Tree::Index(base, items)),
            (
                prop::option::of(boxed.clone()),
                prop::collection::vec((inner.clone(), inner.clone()), 1..3),
                prop::option::of(boxed.clone())
            )
                .prop_map(|(operand, branches, otherwise)| Tree::Case(operand, branches, otherwise)),
            (prop::array::uniform3(inner.clone()), any::<bool>())
                .prop_map(|(parts, not)| Tree::Between(Box::new(parts), not)),
            (boxed.clone(), prop::collection::vec(inner.clone(), 1..3), any::<bool>())
                .prop_map(|(operand, items, not)| Tree::In(operand, items, not)),
            (boxed, any::<bool>()).prop_map(|(operand, not)| Tree::IsNull(operand, not)),
        ]
    })
}

fn push(nodes: &mut Vec<Node>, kind: ExprKind) -> u32 {
    nodes.push(Node { kind, span: Span::default() });
    nodes.len() as u32 - 1
}

/// Converts a tree to an arena as the parser would: a minus is folded into a number literal.
fn lower(tree: &Tree, nodes: &mut Vec<Node>) -> u32 {
    let kind = match tree {
        Tree::Leaf(kind) => kind.clone(),
        Tree::Unary(op, operand) => {
            let operand = lower(operand, nodes);
            match (op, &mut nodes[operand as usize].kind) {
                (UnaryOp::Neg, ExprKind::Int(value)) if *value != i64::MIN => {
                    *value = -*value;
                    return operand;
                }
                (UnaryOp::Neg, ExprKind::Float(value)) => {
                    *value = -*value;
                    return operand;
                }
                _ => ExprKind::Unary { op: *op, operand },
            }
        }
        Tree::Binary(op, left, right) => {
            let left = lower(left, nodes);
            ExprKind::Binary { op: *op, left, right: lower(right, nodes) }
        }
        Tree::List(first, rest) => {
            let mut items = vec![lower(first, nodes)];
            items.extend(rest.iter().map(|item| lower(item, nodes)));
            ExprKind::List(items.into())
        }
        Tree::Call(name, args, named) => {
            let mut lowered: Vec<_> = args.iter().map(|arg| argument(None, lower(arg, nodes))).collect();
            lowered.extend(named.iter().map(|arg| argument(Some("axis"), lower(arg, nodes))));
            ExprKind::Call { name: name.as_str().into(), name_span: Span::default(), args: lowered.into() }
        }
        Tree::Index(base, items) => {
            let base = lower(base, nodes);
            let items = items.iter().map(|item| lower_item(item, nodes)).collect();
            ExprKind::Index { base, items }
        }
        words => match lower_words(words, nodes) {
            Some(kind) => kind,
            None => ExprKind::Null,
        },
    };
    push(nodes, kind)
}

/// [`lower`] for expressions that begin or continue with keywords.
fn lower_words(tree: &Tree, nodes: &mut Vec<Node>) -> Option<ExprKind> {
    Some(match tree {
        Tree::Case(operand, branches, otherwise) => {
            let operand = operand.as_ref().map(|tree| lower(tree, nodes));
            let branches: Vec<CaseBranch> = branches
                .iter()
                .map(|(when, then)| CaseBranch { when: lower(when, nodes), then: lower(then, nodes) })
                .collect();
            let otherwise = otherwise.as_ref().map(|tree| lower(tree, nodes));
            ExprKind::Case { operand, branches: branches.into(), otherwise }
        }
        Tree::Between(parts, negated) => {
            let [operand, low, high] = [0, 1, 2].map(|at| lower(&parts[at], nodes));
            ExprKind::Between { operand, low, high, negated: *negated }
        }
        Tree::In(operand, items, negated) => {
            let operand = lower(operand, nodes);
            let items = items.iter().map(|item| lower(item, nodes)).collect();
            ExprKind::In { operand, items, negated: *negated }
        }
        Tree::IsNull(operand, negated) => {
            ExprKind::IsNull { operand: lower(operand, nodes), negated: *negated }
        }
        _ => return None,
    })
}

fn argument(name: Option<&str>, value: u32) -> Arg {
    Arg { name: name.map(Into::into), value, span: Span::default() }
}

fn lower_item(item: &Item, nodes: &mut Vec<Node>) -> IndexItem {
    let span = Span::default();
    match item {
        Item::All => IndexItem::All { span },
        Item::At(index) => IndexItem::At(lower(index, nodes)),
        Item::Range(start, stop, step) => {
            let mut part = |part: &Option<Tree>| part.as_ref().map(|tree| lower(tree, nodes));
            IndexItem::Range { start: part(start), stop: part(stop), step: part(step), span }
        }
    }
}

/// Texts of random tokens, which reach further than random characters.
fn scripts() -> impl Strategy<Value = String> {
    let pieces = [
        "LET ",
        "x",
        " = ",
        "SHOW ",
        "[",
        "]",
        "(",
        ")",
        ", ",
        "1",
        "-2",
        " -",
        "2.5e3",
        "\n",
        "\n  ",
        ";",
        "'",
        "\"",
        "`",
        "/*",
        "*/",
        "//",
        "-- ",
        "# ",
        "SUM ",
        "ADD ",
        "SCALE ",
        "BY ",
        "AXIS ",
        "SELECT ",
        "FROM ",
        "WITH ",
        "VECTOR ",
        "MATRIX ",
        "DEFINE ",
        "AS ",
        "TENSOR ",
        "VALUES ",
        "NOT ",
        "AND ",
        "^",
        "**",
        "<",
        "=",
        "=>",
        ":",
        "*",
        ".",
        "inf",
        "${n}",
        "$",
        "日",
        "\u{1}",
        "true",
        "0x1F",
        "9223372036854775808",
        "EXPLAIN ",
        "DROP ",
        "IF ",
        "EXISTS ",
        "SET ",
        "HELP ",
        "BIND ",
        "TO ",
        "INSERT INTO ",
        "CAST(",
        "ARANGE ",
        "STACK ",
        " ",
        "\t",
        "{",
        "}",
    ];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..40).prop_map(|pieces| pieces.concat())
}

/// Texts of random tokens of queries.
fn queries() -> impl Strategy<Value = String> {
    let pieces = [
        "SELECT ",
        "FROM ",
        "t ",
        "a ",
        "b",
        ".",
        ", ",
        "(",
        ")",
        "[",
        "]",
        "[1, 2] ",
        ":",
        "*",
        "1 ",
        "2.5 ",
        "'x' ",
        "\"y\" ",
        "`z` ",
        "WHERE ",
        "FILTER ",
        "AND ",
        "OR ",
        "NOT ",
        "= ",
        "< ",
        "+ ",
        "- ",
        "^ ",
        "DIV ",
        "@ ",
        "~= ",
        "|| ",
        "CASE ",
        "WHEN ",
        "THEN ",
        "ELSE ",
        "END ",
        "CAST(",
        "AS ",
        "INT ",
        "GROUP BY ",
        "ORDER BY ",
        "HAVING ",
        "LIMIT ",
        "OFFSET ",
        "JOIN ",
        "LEFT ",
        "ON ",
        "UNION ",
        "ALL ",
        "EXISTS ",
        "IN ",
        "BETWEEN ",
        "LIKE ",
        "IS ",
        "NULL ",
        "DISTINCT ",
        "OVER ",
        "PARTITION BY ",
        "ROWS ",
        "WITH ",
        "VALUES ",
        "INTERVAL ",
        "DATE ",
        "EXTRACT(",
        "year ",
        "count",
        "SUM(",
        "dual ",
        "DATASET d FROM ",
        "INSERT INTO t ",
        "UPDATE t SET a = ",
        "DELETE FROM t ",
        "TRANSFORM t ",
        "INTO u ",
        "SEARCH t ",
        "QUERY ",
        "K=3 ",
        "DEFINE PIPELINE p AS ",
        "COMPUTE c = ",
        "EXPLAIN ",
        "ALTER DATASET t ",
        "ADD COLUMN c ",
        "RENAME ",
        "TO ",
        "COLUMNS (",
        "Int ",
        "? ",
        "DEFAULT ",
        "CREATE ",
        "TABLE ",
        "IF NOT EXISTS ",
        "INDEX ",
        "METRIC ",
        "SAVE DATASET ",
        "EXPORT ",
        "COPY ",
        "LIST ",
        "SHOW ",
        "\n",
        "=> ",
        "//",
        "ds.add_column(",
        "ATTACH ",
        "dataset(",
        "LET ",
        "APPLY PIPELINE p ",
        "WINDOW ",
        "w ",
        "FETCH FIRST ",
        "ONLY ",
        "SUBSTRING(",
        "FOR ",
        "LATERAL ",
        "ROLLUP ",
        "$1 ",
        "DESC ",
        "NULLS LAST ",
        "ARRAY",
        "ANY ",
        "EXCLUDE ",
        "AT ",
        "VERSION ",
        "TIMESTAMP ",
        "RESTORE DATASET ",
        "DIFF DATASET ",
        "EXPIRE VERSIONS ",
        "BACKUP DATABASE ",
        "CHECKPOINT ",
        "PIVOT ",
        "PIVOT t ON a ",
        "UNPIVOT ",
        "UNPIVOT t ON a, b ",
        "INTO NAME n VALUE v ",
        "INCLUDE NULLS ",
        "SUMMARIZE ",
        "DESCRIBE ",
        "TABLESAMPLE 10% ",
        "USING SAMPLE 5 ROWS ",
        "USING ",
        "ISNULL ",
        "NOTNULL ",
    ];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..30).prop_map(|pieces| pieces.concat())
}

/// Statements of the corpus with one token removed, repeated or replaced by another.
fn slips() -> impl Strategy<Value = String> {
    let all = crate::corpus::statements();
    let words = |text: &str| text.split_inclusive(' ').map(str::to_owned).collect::<Vec<_>>();
    let one = prop::sample::select(all.clone());
    (one, prop::sample::select(all), any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..3)
        .prop_map(move |(text, other, at, from, what)| {
            let mut parts = words(&text);
            let donors = words(&other);
            let at = at.index(parts.len());
            match what {
                0 => drop(parts.remove(at)),
                1 => parts.insert(at, parts[at].clone()),
                _ => parts[at] = donors[from.index(donors.len())].clone(),
            }
            parts.concat()
        })
}

/// Relations of a FROM with constructs that sqlparser's grammar lacks, within one another.
fn relations() -> impl Strategy<Value = String> {
    let names = prop::sample::select(vec!["t", "db.t", "'f.csv'", "`odd name`", "t AT VERSION 3"]);
    names.prop_map(str::to_owned).prop_recursive(4, 12, 2, |inner| {
        let items =
            prop::sample::select(vec!["a", "a, b", "a IN (1, 'it''s' AS `odd name`)", "a, b IN (1 AS one)"]);
        let aggregates =
            prop::sample::select(vec!["", " USING SUM(x)", " USING SUM(x) AS s, max(y) FILTER (WHERE z)"]);
        let groups = prop::sample::select(vec!["", " GROUP BY k", " GROUP BY k, l"]);
        let columns =
            prop::sample::select(vec!["*", "* EXCLUDE (a, `b c`)", "a, b AS other", "(a, b) AS x, (c, d)"]);
        let nulls = prop::sample::select(vec!["", " INCLUDE NULLS", " EXCLUDE NULLS"]);
        let into = prop::sample::select(vec!["", " INTO NAME n VALUE v", " INTO NAME `n n` VALUE v, w"]);
        let samples = prop::sample::select(vec!["10%", "5 ROWS", "bernoulli(10 PERCENT) REPEATABLE (3)"]);
        let of_query = prop::sample::select(vec!["SUMMARIZE", "DESCRIBE", "SELECT a FROM", "FROM"]);
        prop_oneof![
            (inner.clone(), items, aggregates, groups)
                .prop_map(|(of, on, using, by)| format!("(PIVOT {of} ON {on}{using}{by})")),
            (inner.clone(), nulls, columns, into)
                .prop_map(|(of, nulls, on, into)| format!("(UNPIVOT {of}{nulls} ON {on}{into})")),
            (of_query, inner.clone()).prop_map(|(query, of)| format!("({query} {of})")),
            (inner.clone(), samples.clone()).prop_map(|(of, size)| format!("{of} TABLESAMPLE {size}")),
            (inner.clone(), samples)
                .prop_map(|(of, size)| format!("(SELECT * FROM {of} USING SAMPLE {size})")),
            inner
                .clone()
                .prop_map(|of| format!("{of} PIVOT (SUM(x) AS s FOR a IN (1, 2 AS two) GROUP BY k)")),
            inner.clone().prop_map(|of| format!("{of} UNPIVOT INCLUDE NULLS (v FOR n IN (a, b AS c))")),
            inner.prop_map(|of| format!("(WITH c AS (PIVOT {of} ON a) SELECT * FROM c WHERE x NOTNULL)")),
        ]
    })
}

/// Runs every function that parses a text. Trees must print as texts that parse to the same tree.
fn read_everything(text: &str) {
    let lookup = |name: &str| (name == "n").then(|| "7".to_owned());
    let _ = is_complete(text);
    let _ = substitute(text, &lookup, &["n"]);
    let covered: usize = tokens(text).map(|(span, _)| span.len()).sum();
    assert!(covered <= text.len());
    let mut end = 0;
    for fragment in split(text).flatten() {
        assert!(fragment.span.start >= end && fragment.span.end > fragment.span.start);
        end = fragment.span.end;
        let Ok(parsed) = parse_statement(text, fragment.span, &*FORMS) else {
            continue;
        };
        let printed = parsed.to_string();
        let again = statement(&printed).unwrap_or_else(|error| panic!("`{printed}` of {text:?}: {error}"));
        assert_eq!(again.to_string(), printed, "of {text:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn printed_trees_read_back(random in trees()) {
        let mut nodes = Vec::new();
        lower(&random, &mut nodes);
        let expr = Expr::from_nodes(nodes).expect("post-order");
        let printed = expr.to_string();
        let mut again = expression(&printed).unwrap_or_else(|error| panic!("`{printed}`: {error}"));
        again.erase_spans();
        prop_assert_eq!(tree(&again), tree(&expr), "of `{}`", printed);
        prop_assert_eq!(again, expr);
    }

    #[test]
    fn any_text_is_read_without_panic(text in any::<String>()) {
        read_everything(&text);
    }

    #[test]
    fn any_query_is_read_without_panic(text in queries()) {
        read_everything(&text);
    }

    #[test]
    fn constructs_of_a_from_print_as_what_reads_back(of in relations(), before in 0usize..4) {
        let before = ["SELECT * FROM ", "SUMMARIZE ", "SELECT x FROM u JOIN ", "PIVOT u ON a UNION FROM "][before];
        let text = format!("{before}{of}");
        let parsed = statement(&text).unwrap_or_else(|error| panic!("`{text}`: {error}"));
        let printed = parsed.to_string();
        let again = statement(&printed).unwrap_or_else(|error| panic!("`{printed}` of `{text}`: {error}"));
        prop_assert_eq!(again.to_string(), printed, "of `{}`", text);
    }

    #[test]
    fn slips_are_read_without_panic(text in slips()) {
        read_everything(&text);
    }

    #[test]
    fn any_script_is_read_without_panic(text in scripts()) {
        read_everything(&text);
        prop_assert!(script(&text).len() <= text.len());
    }
}
