//! Constructs of a FROM that sqlparser's grammar lacks, as clauses that the language does not have.
//!
//! | text | tokens for sqlparser |
//! | --- | --- |
//! | `PIVOT t ON y USING SUM(x) GROUP BY k` | `SELECT SUM(x) FROM t GROUP BY k CLUSTER BY y` |
//! | `t PIVOT (SUM(x) FOR y IN (1, 2) GROUP BY k)` | `(SELECT SUM(x) FROM t GROUP BY k CLUSTER BY y IN (1, 2))` |
//! | `UNPIVOT t ON a, b INTO NAME n VALUE v` | `SELECT * FROM t DISTRIBUTE BY __unpivot('n', false, 'v'), a, b` |
//! | `t UNPIVOT INCLUDE NULLS (v FOR n IN (a, b))` | `(SELECT * FROM t DISTRIBUTE BY __unpivot('n', true, 'v'), a, b)` |
//! | `SUMMARIZE t`, `DESCRIBE t` | `SELECT __summarize FROM t`, `SELECT __describe FROM t` |
//! | `(SHOW TABLES)` | `(SELECT * FROM __shown('tables'))` |
//! | `t TABLESAMPLE 10% REPEATABLE (3)` | `(SELECT * FROM t SORT BY __sample('system', 10, 'percent', 3)) AS t` |
//! | `FROM t WHERE e USING SAMPLE 5` | `FROM t WHERE e SORT BY __sample('reservoir', 5, 'rows', NULL)` |
//! | `e AS name` in a list of ON or IN | `__named('name', e)` |
//!
//! `open` converts the words that open a construct, `sample` reads sizes of samples; the tokens are moved by `pivot`,
//! `unpivot` and `factor`, from the last to the first, so that inner constructs come first.

mod factor;
mod open;
mod ordered_join;
mod pivot;
mod sample;
mod tokens;
mod unpivot;

use crate::SyntaxError;
use sqlparser::tokenizer::TokenWithSpan;

/// The item that stands for SUMMARIZE.
pub const SUMMARIZE: &str = "__summarize";
/// The item that stands for DESCRIBE of a query.
pub const DESCRIBE: &str = "__describe";
/// The table function that stands for SHOW in a FROM; its argument is what is shown, in lower case.
pub const SHOWN: &str = "__shown";
/// The call that represents a sample: its method, size, unit (`rows` or `percent`) and seed.
pub const SAMPLE: &str = "__sample";
/// The call that represents an UNPIVOT: the name column, whether NULLs are kept, and the value columns.
pub const UNPIVOT: &str = "__unpivot";
/// The call that represents `e AS name` in a list of ON or IN.
pub const NAMED: &str = "__named";

/// The item that stands for a PIVOT until its clauses are moved.
const PIVOT: &str = "__pivot";
/// The name that stands for a TABLESAMPLE until it is moved; a specification of four tokens follows.
const TABLE_SAMPLE: &str = "__table_sample";
/// The name that stands for a USING SAMPLE until it is moved.
const USING_SAMPLE: &str = "__using_sample";

/// Moves the parts of all constructs to where sqlparser reads them.
pub(super) fn rewrite(tokens: &mut Vec<TokenWithSpan>) -> Result<(), SyntaxError> {
    let mut at = tokens.len();
    while at > 0 {
        at -= 1;
        let Some(word) = tokens::word(&tokens[at]) else { continue };
        let added = match word.to_ascii_lowercase().as_str() {
            PIVOT if tokens::is_item(tokens, at) => pivot::statement(tokens, at)?,
            UNPIVOT if tokens::is_item(tokens, at) => unpivot::statement(tokens, at)?,
            SUMMARIZE | DESCRIBE if tokens::is_item(tokens, at) => open::close_query(tokens, at),
            "pivot" | "pivot_wider" => pivot::clause(tokens, at)?,
            "unpivot" | "pivot_longer" => unpivot::clause(tokens, at)?,
            TABLE_SAMPLE => factor::sampled(tokens, at),
            USING_SAMPLE => factor::sampled_from(tokens, at),
            _ => 0,
        };
        // What was inserted before the construct is looked at as well.
        at += added;
    }
    Ok(())
}
