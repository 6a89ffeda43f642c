//! Tests of the storage without the language.

mod keys;
mod states;
mod twin;

use std::sync::Arc;

use linal_lang::ast::relational::Literal;
use linal_lang::ast::{NumberArray, Numbers};
use linal_store::temporal::Zone;
use linal_tensor::{ExecutionContext, MemoryPool};

use super::{ColumnDef, Dataset, Literals, Snapshot, resolve_type};
use crate::error::Result;

/// A dataset with columns given as `name type`, followed by `?` for nullable ones.
fn dataset(columns: &[(&str, &str, &[&str])]) -> (Arc<Dataset>, Arc<MemoryPool>) {
    let pool = MemoryPool::new(usize::MAX);
    let defs = columns.iter().map(|(name, type_name, args)| {
        let nullable = type_name.ends_with('?');
        let declared = resolve_type(type_name.trim_end_matches('?'), args).unwrap();
        ColumnDef::new(*name, declared.column_type, nullable).with_limit(declared.limit)
    });
    let snapshot = Snapshot::empty("d", defs.collect(), &pool);
    (Dataset::new(snapshot), pool)
}

fn insert(dataset: &Dataset, values: &[Literal], width: usize) -> Result<usize> {
    insert_within(dataset, values, width, &ExecutionContext::new(MemoryPool::new(usize::MAX)))
}

fn insert_within(
    dataset: &Dataset,
    values: &[Literal],
    width: usize,
    context: &ExecutionContext,
) -> Result<usize> {
    let definition = dataset.definition();
    let literals = Literals { values, spans: &[], width };
    Ok(dataset.insert(&definition, None, literals, &Zone::utc(), context.control())?.unwrap())
}

fn vector(values: &[f64]) -> Literal {
    Literal::Numbers(Box::new(NumberArray {
        shape: vec![values.len()],
        data: Numbers::floats(values.to_vec()),
    }))
}

fn text(text: &str) -> Literal {
    Literal::Str(text.into())
}
