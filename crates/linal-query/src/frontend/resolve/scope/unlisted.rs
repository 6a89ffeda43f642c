//! Columns that relations may have without listing them before they are planned.

use sqlparser::ast as sql;

/// The names that such columns may have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Unlisted {
    /// Any name: nothing is known of some relation.
    any: bool,
    /// The numbered columns of ROWS: `c0`, `c1`, ..
    numbered: bool,
    /// These names, in lower case.
    names: Vec<String>,
}

impl Unlisted {
    /// Columns of any name.
    pub fn any() -> Unlisted {
        Unlisted { any: true, ..Unlisted::default() }
    }

    /// The columns of a table function, which its alias may name, too.
    pub fn of_function(function: &sql::TableFactor, alias: Option<&sql::TableAlias>) -> Unlisted {
        let own: &[&str] = match function {
            sql::TableFactor::UNNEST { .. } => &["unnest", "ordinality"],
            sql::TableFactor::Table { name, .. } | sql::TableFactor::Function { name, .. }
                if name.to_string().eq_ignore_ascii_case("unnest") =>
            {
                &["unnest", "ordinality"]
            }
            sql::TableFactor::Table { name, .. } | sql::TableFactor::Function { name, .. }
                if name.to_string().eq_ignore_ascii_case("rows") =>
            {
                return Unlisted { any: false, numbered: true, names: named(&["row", "value"], alias) };
            }
            _ => return Unlisted::any(),
        };
        Unlisted { any: false, numbered: false, names: named(own, alias) }
    }

    /// Adds the columns of another relation.
    pub fn extend(&mut self, other: Unlisted) {
        self.any |= other.any;
        self.numbered |= other.numbered;
        self.names.extend(other.names);
    }

    /// Whether there is such a column of a lower-case name.
    pub fn may_have(&self, lower: &str) -> bool {
        let is_numbered = || {
            let number = lower.strip_prefix('c');
            number
                .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
        };
        self.any || self.numbered && is_numbered() || self.names.iter().any(|name| name == lower)
    }

    /// Whether there can be no such column.
    pub fn is_empty(&self) -> bool {
        *self == Unlisted::default()
    }
}

/// The function's own names, and its alias, which may stand for its only column.
fn named(own: &[&str], alias: Option<&sql::TableAlias>) -> Vec<String> {
    let own = own.iter().map(|name| (*name).to_string());
    own.chain(alias.map(|alias| alias.name.value.to_lowercase())).collect()
}
