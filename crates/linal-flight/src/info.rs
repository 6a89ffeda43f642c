//! What tools ask about the server and its types.

use std::sync::OnceLock;

use arrow_flight::sql::metadata::{
    SqlInfoData, SqlInfoDataBuilder, XdbcTypeInfo, XdbcTypeInfoData, XdbcTypeInfoDataBuilder,
};
use arrow_flight::sql::{
    Nullable, Searchable, SqlInfo, SqlNullOrdering, SqlSupportedCaseSensitivity, SqlSupportedTransaction,
    XdbcDataType,
};
use tonic::Status;

use crate::status::internal;

/// What the server can do.
///
/// # Errors
/// Values that cannot be encoded, which is a bug.
pub fn server() -> Result<&'static SqlInfoData, Status> {
    static DATA: OnceLock<SqlInfoData> = OnceLock::new();
    if let Some(data) = DATA.get() {
        return Ok(data);
    }
    let mut builder = SqlInfoDataBuilder::new();
    builder.append(SqlInfo::FlightSqlServerName, "linal");
    builder.append(SqlInfo::FlightSqlServerVersion, env!("CARGO_PKG_VERSION"));
    builder.append(SqlInfo::FlightSqlServerArrowVersion, arrow::ARROW_VERSION);
    builder.append(SqlInfo::FlightSqlServerReadOnly, false);
    builder.append(SqlInfo::FlightSqlServerSql, true);
    builder.append(SqlInfo::FlightSqlServerSubstrait, false);
    builder.append(SqlInfo::FlightSqlServerTransaction, SqlSupportedTransaction::Transaction as i32);
    builder.append(SqlInfo::FlightSqlServerCancel, false);
    builder.append(SqlInfo::FlightSqlServerBulkIngestion, true);
    builder.append(SqlInfo::FlightSqlServerIngestTransactionsSupported, true);
    builder.append(SqlInfo::FlightSqlServerStatementTimeout, 0);
    builder.append(SqlInfo::FlightSqlServerTransactionTimeout, 0);
    builder.append(SqlInfo::SqlDdlCatalog, false);
    builder.append(SqlInfo::SqlDdlSchema, true);
    builder.append(SqlInfo::SqlDdlTable, true);
    let insensitive = SqlSupportedCaseSensitivity::SqlCaseSensitivityCaseInsensitive as i32;
    builder.append(SqlInfo::SqlIdentifierCase, insensitive);
    builder.append(SqlInfo::SqlIdentifierQuoteChar, "`");
    builder.append(SqlInfo::SqlQuotedIdentifierCase, insensitive);
    builder.append(SqlInfo::SqlAllTablesAreSelectable, true);
    builder.append(SqlInfo::SqlNullOrdering, SqlNullOrdering::SqlNullsSortedHigh as i32);
    let keywords: Vec<String> = linal::keywords::all().iter().map(|word| word.to_string()).collect();
    builder.append(SqlInfo::SqlKeywords, keywords);
    let functions = linal::Session::functions().into_iter().map(|function| function.name.to_string());
    builder.append(SqlInfo::SqlNumericFunctions, functions.collect::<Vec<String>>());
    builder.append(SqlInfo::SqlSchemaTerm, "database");
    builder.append(SqlInfo::SqlCatalogTerm, "catalog");
    builder.append(SqlInfo::SqlCorrelatedSubqueriesSupported, true);
    let data = builder.build().map_err(|error| internal(&error))?;
    Ok(DATA.get_or_init(|| data))
}

/// The types of columns.
///
/// # Errors
/// Values that cannot be encoded, which is a bug.
pub fn types() -> Result<&'static XdbcTypeInfoData, Status> {
    static DATA: OnceLock<XdbcTypeInfoData> = OnceLock::new();
    if let Some(data) = DATA.get() {
        return Ok(data);
    }
    let quote = Some("'".to_owned());
    let mut builder = XdbcTypeInfoDataBuilder::new();
    for (name, kind, size, is_quoted) in [
        ("Bool", XdbcDataType::XdbcBit, 1, false),
        ("Int", XdbcDataType::XdbcBigint, 19, false),
        ("Float", XdbcDataType::XdbcDouble, 15, false),
        ("Real", XdbcDataType::XdbcReal, 7, false),
        ("String", XdbcDataType::XdbcVarchar, i32::MAX, true),
        ("Date", XdbcDataType::XdbcDate, 10, true),
        ("Timestamp", XdbcDataType::XdbcTimestamp, 26, true),
        ("Decimal", XdbcDataType::XdbcDecimal, 38, false),
        ("Binary", XdbcDataType::XdbcVarbinary, i32::MAX, true),
        ("Vector", XdbcDataType::XdbcUnknownType, i32::MAX, false),
        ("Matrix", XdbcDataType::XdbcUnknownType, i32::MAX, false),
        ("Tensor", XdbcDataType::XdbcUnknownType, i32::MAX, false),
    ] {
        let literal = if is_quoted { quote.clone() } else { None };
        builder.append(XdbcTypeInfo {
            type_name: name.to_owned(),
            data_type: kind,
            column_size: Some(size),
            literal_prefix: literal.clone(),
            literal_suffix: literal,
            create_params: (name == "Vector").then(|| vec!["length".to_owned()]),
            nullable: Nullable::NullabilityNullable,
            case_sensitive: name == "String",
            searchable: Searchable::Full,
            unsigned_attribute: Some(false),
            local_type_name: Some(name.to_owned()),
            sql_data_type: kind,
            num_prec_radix: matches!(name, "Int" | "Decimal").then_some(10),
            ..XdbcTypeInfo::default()
        });
    }
    let data = builder.build().map_err(|error| internal(&error))?;
    Ok(DATA.get_or_init(|| data))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_can_be_built() {
        assert!(server().unwrap().record_batch([]).unwrap().num_rows() > 20);
        assert_eq!(types().unwrap().record_batch(None).unwrap().num_rows(), 12);
        let ints = types().unwrap().record_batch(XdbcDataType::XdbcBigint as i32).unwrap();
        assert_eq!(ints.num_rows(), 1);
    }
}
