//! What tools ask.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow_flight::sql::{
    CommandGetDbSchemas, CommandGetTables, CommandGetXdbcTypeInfo, CommandStatementIngest, SqlInfo,
    TableDefinitionOptions, TableExistsOption, TableNotExistOption,
};

use crate::support::{Client, TestServer, fetch, shown};

#[test]
fn databases_and_datasets_are_listed() {
    let server = TestServer::start();
    let mut client = server.client();
    server.run(&mut client, "CREATE DATABASE other; CREATE TABLE t (a Int, v Vector(3)); USE other");
    server.run(&mut client, "CREATE TABLE u (s String)");
    server.runtime.block_on(async {
        let info = client.get_catalogs().await.unwrap();
        assert_eq!(shown(&fetch(&mut client, &info).await.unwrap()), "linal");
        let all = CommandGetDbSchemas { catalog: None, db_schema_filter_pattern: None };
        let info = client.get_db_schemas(all).await.unwrap();
        let schemas = shown(&fetch(&mut client, &info).await.unwrap());
        assert!(schemas.contains("linal default") && schemas.contains("linal other"), "{schemas}");
        let command = CommandGetTables {
            catalog: Some("linal".to_owned()),
            db_schema_filter_pattern: Some("def%".to_owned()),
            table_name_filter_pattern: None,
            table_types: Vec::new(),
            include_schema: true,
        };
        let info = client.get_tables(command).await.unwrap();
        let batches = fetch(&mut client, &info).await.unwrap();
        assert_eq!(batches[0].num_rows(), 1);
        let column = batches[0].column_by_name("table_schema").unwrap();
        let column = column.as_any().downcast_ref::<arrow::array::BinaryArray>().unwrap();
        let schema = arrow_flight::IpcMessage(column.value(0).to_vec().into());
        let schema = arrow::datatypes::Schema::try_from(schema).unwrap();
        assert_eq!(schema.fields().len(), 2);
        let info = client.get_table_types().await.unwrap();
        assert_eq!(shown(&fetch(&mut client, &info).await.unwrap()), "BASE TABLE\nVIEW");
        let names = vec![SqlInfo::FlightSqlServerName];
        let info = client.get_sql_info(names).await.unwrap();
        assert!(shown(&fetch(&mut client, &info).await.unwrap()).contains("linal"));
        let info = client.get_xdbc_type_info(CommandGetXdbcTypeInfo { data_type: None }).await.unwrap();
        assert!(shown(&fetch(&mut client, &info).await.unwrap()).contains("Vector"));
    });
}

async fn ingest(
    client: &mut Client,
    exists: TableExistsOption,
    missing: TableNotExistOption,
) -> Result<i64, String> {
    let ids: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3]));
    let names: ArrayRef = Arc::new(StringArray::from(vec![Some("a"), None, Some("c")]));
    let batch = RecordBatch::try_from_iter([("id", ids), ("name", names)]).unwrap();
    let command = CommandStatementIngest {
        table_definition_options: Some(TableDefinitionOptions {
            if_exists: exists as i32,
            if_not_exist: missing as i32,
        }),
        table: "sent".to_owned(),
        schema: None,
        catalog: None,
        temporary: false,
        transaction_id: None,
        options: Default::default(),
    };
    client
        .execute_ingest(command, futures::stream::iter([Ok(batch)]))
        .await
        .map_err(|error| error.to_string())
}

#[test]
fn rows_that_are_sent_become_a_dataset() {
    let server = TestServer::start();
    let mut client = server.client();
    server.runtime.block_on(async {
        use TableExistsOption as Exists;
        use TableNotExistOption as Missing;
        assert!(ingest(&mut client, Exists::Append, Missing::Fail).await.is_err());
        assert_eq!(ingest(&mut client, Exists::Fail, Missing::Create).await, Ok(3));
        let error = ingest(&mut client, Exists::Fail, Missing::Create).await.unwrap_err();
        assert!(error.contains("already"), "{error}");
        assert_eq!(ingest(&mut client, Exists::Append, Missing::Fail).await, Ok(3));
    });
    assert_eq!(server.run(&mut client, "SELECT COUNT(*), SUM(id), COUNT(name) FROM sent"), "6 12 4");
    server.runtime.block_on(async {
        let replaced = ingest(&mut client, TableExistsOption::Replace, TableNotExistOption::Fail).await;
        assert_eq!(replaced, Ok(3));
    });
    assert_eq!(server.run(&mut client, "SELECT COUNT(*) FROM sent"), "3");
    // No file is left, and statements reach none.
    let spill = &server.server.as_ref().unwrap().app().spill;
    assert_eq!(std::fs::read_dir(spill).unwrap().count(), 0);
    assert!(server.try_run(&mut client, "SELECT * FROM '/etc/passwd'").is_err());
}
