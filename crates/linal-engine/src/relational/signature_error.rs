//! Calls with arguments of types that a function does not take, which DataFusion reports as bugs of its own or with the types of
//! Arrow.

use crate::error::Error;

/// What stands in DataFusion's message before the call, and behind it.
const BEFORE: [&str; 2] = ["given name and argument types '", "No function matches '"];
const BEHIND: &str = "'. You might need";

/// The error of a call with wrong arguments; `None` for another message.
pub(super) fn translate(message: &str) -> Option<Error> {
    if let Some(call) = call_in(message) {
        let (name, types) = call.trim_end_matches(')').split_once('(')?;
        return Some(wrong_types(name, types));
    }
    // Without the call, the name of the function at least is there.
    let rest =
        message.strip_prefix("Function '").filter(|_| message.contains("failed to match any signature"))?;
    let (name, _) = rest.split_once('\'')?;
    Some(Error::new("E0310", "wrong_arguments", format!("{} takes other arguments", name.to_uppercase())))
}

fn call_in(message: &str) -> Option<&str> {
    let start = BEFORE.iter().find_map(|before| Some(message.find(before)? + before.len()))?;
    let rest = message.get(start..)?;
    rest.get(..rest.find(BEHIND)?)
}

fn wrong_types(name: &str, types: &str) -> Error {
    let name = name.to_uppercase();
    let message = match types.trim() {
        "" => format!("{name} takes arguments"),
        types => format!("{name} does not take ({})", shown(types)),
    };
    Error::new("E0310", "wrong_arguments", message)
        .with_help("CAST(x AS type) gives a value another type, and HELP tells what a function takes")
}

/// Arrow's types by the words of the language.
const WORDS: [(&str, &str); 14] = [
    ("Utf8View", "String"),
    ("LargeUtf8", "String"),
    ("Utf8", "String"),
    ("UInt8", "Int"),
    ("UInt16", "Int"),
    ("UInt32", "Int"),
    ("UInt64", "Int"),
    ("Int8", "Int"),
    ("Int16", "Int"),
    ("Int32", "Int"),
    ("Int64", "Int"),
    ("Float64", "Float"),
    ("Boolean", "Bool"),
    ("Date32", "Date"),
];

/// A list of types, each word by itself.
fn shown(types: &str) -> String {
    let mut text = String::with_capacity(types.len());
    let mut word = String::new();
    for next in types.chars().chain([' ']) {
        if next.is_alphanumeric() {
            word.push(next);
            continue;
        }
        let known = WORDS.iter().find(|(arrow, _)| *arrow == word);
        text.push_str(known.map_or(word.as_str(), |(_, ours)| ours));
        word.clear();
        text.push(next);
    }
    let text = text.replace("Float32", "Real");
    text.trim_end().to_string()
}

#[cfg(test)]
mod tests {
    use super::translate;

    #[test]
    fn the_types_of_a_call() {
        let message = "Internal error: Function 'sum' failed to match any signature, errors: .... No function matches the \
                       given name and argument types 'sum(Utf8View)'. You might need to add explicit type casts.\n\tCandidate";
        assert_eq!(translate(message).unwrap().message(), "SUM does not take (String)");
        assert!(translate("something else").is_none());
    }
}
