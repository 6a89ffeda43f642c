//! The columns of datasets.

mod definition;
mod field_ids;
mod field_message;
mod lake;
mod support;

pub(super) use definition::schema_of;
pub use definition::{Column, ComputedColumn};
pub(super) use field_ids::{id_count, interval_fields, with_field_ids};
pub(super) use field_message::{decode_field, encode_field};
pub(super) use lake::{LakeType, lake_children, lake_type};
pub(super) use support::{allows_inline, check_stored};
