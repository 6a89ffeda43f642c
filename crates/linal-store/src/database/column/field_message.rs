//! A field as an Arrow IPC schema message, which keeps its type and metadata exactly and which any Arrow
//! library reads.

use arrow::datatypes::{Field, Schema};
use arrow::ipc::convert::fb_to_schema;
use arrow::ipc::root_as_message;
use arrow::ipc::writer::{DictionaryTracker, IpcDataGenerator, IpcWriteOptions};

use super::super::error::{Result, StoreError};
use crate::table::check_ipc_types;

/// The marker before the length of an encapsulated message.
const CONTINUATION: [u8; 4] = [0xff; 4];

/// The encapsulated message of a schema with this field.
pub(in crate::database) fn encode_field(field: &Field) -> Vec<u8> {
    let schema = Schema::new(vec![field.clone()]);
    let options = IpcWriteOptions::default();
    let encoded = IpcDataGenerator::default().schema_to_bytes_with_dictionary_tracker(
        &schema,
        &mut DictionaryTracker::new(true),
        &options,
    );
    let message = encoded.ipc_message;
    let padding = message.len().next_multiple_of(8) - message.len();
    let size = u32::try_from(message.len() + padding).unwrap_or(u32::MAX);
    let mut bytes = Vec::with_capacity(8 + message.len() + padding);
    bytes.extend(CONTINUATION);
    bytes.extend(size.to_le_bytes());
    bytes.extend(&message);
    bytes.resize(bytes.len() + padding, 0);
    bytes
}

/// The field of a message.
///
/// # Errors
/// `E0409 damaged_database` for anything but a schema message with one field.
pub(in crate::database) fn decode_field(bytes: &[u8]) -> Result<Field> {
    let damaged = || StoreError::damaged("the catalog has a column whose Arrow field cannot be decoded");
    let message = bytes.strip_prefix(&CONTINUATION[..]).and_then(|rest| rest.get(4..)).ok_or_else(damaged)?;
    let message = root_as_message(message).map_err(|_| damaged())?;
    let schema = message.header_as_schema().ok_or_else(damaged)?;
    check_ipc_types(schema).map_err(|_| damaged())?;
    let schema = fb_to_schema(schema);
    match schema.fields().as_ref() {
        [field] => Ok(field.as_ref().clone()),
        _ => Err(damaged()),
    }
}
