//! Functions of the session: its settings, database and user.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::datatypes::{DataType, Field};
use datafusion::common::{Result as DfResult, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use linal_bind::settings::Settings;
use linal_dataset::Error;
use linal_error::Code;

use crate::udf::error::{external, wrong_arguments};

/// What queries can ask about their session.
#[derive(Clone, Debug)]
pub(crate) struct SessionFacts {
    /// The database in use.
    pub database: Arc<str>,
    /// The settings when the query was planned.
    pub settings: Settings,
}

/// The user of a session; linal has no users of its own.
const USER: &str = "linal";

/// The function with this lower-case name, if it is one of the session. Such functions are stable: a plan with one is
/// not kept.
pub(crate) fn session_function(name: &str, facts: &SessionFacts) -> Option<Arc<ScalarUDF>> {
    let fact = match name {
        "current_setting" => Fact::Setting,
        // A schema is a database.
        "current_database" | "current_schema" | "current_catalog" => Fact::Text(facts.database.to_string()),
        "current_schemas" => Fact::Schemas,
        "current_user" | "session_user" | "current_role" => Fact::Text(USER.to_string()),
        "version" => Fact::Text(format!("v{}", env!("CARGO_PKG_VERSION"))),
        _ => return None,
    };
    Some(Arc::new(ScalarUDF::new_from_impl(SessionFunction {
        name: name.to_string(),
        fact,
        facts: facts.clone(),
        signature: Signature::user_defined(Volatility::Stable),
    })))
}

/// The functions of the session, for suggestions.
pub(crate) const NAMES: [&str; 9] = [
    "current_setting",
    "current_database",
    "current_schema",
    "current_catalog",
    "current_schemas",
    "current_user",
    "session_user",
    "current_role",
    "version",
];

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Fact {
    Text(String),
    /// A setting by its name.
    Setting,
    /// The databases in which names are looked up.
    Schemas,
}

#[derive(Debug)]
struct SessionFunction {
    name: String,
    fact: Fact,
    facts: SessionFacts,
    signature: Signature,
}

impl PartialEq for SessionFunction {
    fn eq(&self, other: &SessionFunction) -> bool {
        self.name == other.name && self.fact == other.fact && self.facts.database == other.facts.database
    }
}

impl Eq for SessionFunction {}

impl Hash for SessionFunction {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl SessionFunction {
    fn takes(&self) -> usize {
        usize::from(matches!(self.fact, Fact::Setting | Fact::Schemas))
    }

    fn setting(&self, name: &ColumnarValue) -> DfResult<ScalarValue> {
        let name = match name {
            ColumnarValue::Scalar(value) => value.try_as_str().flatten().map(str::to_string),
            ColumnarValue::Array(_) => None,
        };
        let Some(name) = name else {
            return Err(external(wrong_arguments("CURRENT_SETTING takes the literal name of a setting")));
        };
        match self.facts.settings.get(&name) {
            Some(value) => Ok(text(value)),
            None => {
                let error = Error::unknown(Code::UnknownSetting, "setting", &name, Settings::names());
                Err(external(error.or_help("SHOW SETTINGS lists them")))
            }
        }
    }
}

fn text(value: impl Into<String>) -> ScalarValue {
    ScalarValue::Utf8View(Some(value.into()))
}

impl ScalarUDFImpl for SessionFunction {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> DfResult<Vec<DataType>> {
        if types.len() != self.takes() {
            let name = self.name.to_uppercase();
            let message = format!(
                "{name} takes {}, not {}",
                linal_dataset::count(self.takes(), "argument"),
                types.len()
            );
            return Err(external(wrong_arguments(message)));
        }
        Ok(types.to_vec())
    }

    fn return_type(&self, _: &[DataType]) -> DfResult<DataType> {
        Ok(match self.fact {
            Fact::Schemas => DataType::List(Arc::new(Field::new_list_field(DataType::Utf8View, true))),
            _ => DataType::Utf8View,
        })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        Ok(ColumnarValue::Scalar(match (&self.fact, args.args.first()) {
            (Fact::Text(value), _) => text(value.clone()),
            (Fact::Setting, Some(name)) => self.setting(name)?,
            (Fact::Setting, None) => text(""),
            (Fact::Schemas, _) => {
                let item = text(self.facts.database.to_string());
                ScalarValue::List(ScalarValue::new_list(&[item], &DataType::Utf8View, true))
            }
        }))
    }
}
