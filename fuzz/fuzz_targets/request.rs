//! Any bytes are a request of `POST /execute`, or a sentence that says why not.
//!
//! The files of the decoder are included rather than its crate, with which the whole engine would be built.

#![no_main]
#![allow(dead_code, reason = "the service has other uses for the types")]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;

#[path = "../../crates/linal-server/src/wire/parameter.rs"]
mod parameter;
#[path = "../../crates/linal-server/src/wire/request.rs"]
mod request;

use parameter::{Checked, Parameter};
use request::{Parameters, decoded};

fuzz_target!(|input: &[u8]| {
    let [choice, bytes @ ..] = input else { return };
    let is_json = choice & 1 == 0;
    match decoded(Bytes::copy_from_slice(bytes), is_json) {
        Ok((text, parameters)) => {
            assert!(is_json || text.as_bytes() == bytes);
            check(&parameters);
        }
        Err(message) => assert!(!message.is_empty()),
    }
});

fn check(parameters: &Checked) {
    let values: Vec<&Parameter> = match parameters {
        Checked::Positional(values) => values.iter().collect(),
        Checked::Named(values) => {
            assert!(values.keys().all(|name| !name.is_empty() && !name.contains(['$', ' ', '\''])));
            values.values().collect()
        }
    };
    for value in values {
        let (shape, count) = match value {
            Parameter::Ints(shape, values) => (shape, values.len()),
            Parameter::Floats(shape, values) => (shape, values.len()),
            _ => continue,
        };
        assert!(!shape.is_empty() && shape.len() <= 8);
        // An axis of no elements ends the search for more of them.
        assert_eq!(shape.iter().product::<usize>(), count);
    }
}
