//! Descriptions of statements that run neither a query nor a program.

use linal_dataset::{Error, Result, Snapshot, count};
use linal_lang::ast::objects::ObjectStatement;
use linal_lang::ast::relational::{
    Alteration, CreateDataset, CreateIndex, DatasetSource, ImportFile, Insert, InsertSource, Listing,
    Relational,
};
use linal_lang::ast::{NumberArray, ObjectName, Show, Statement};
use linal_tensor::Shape;

use crate::session::Session;
use crate::statement::{insert, pipeline};

/// Describes a statement. Names are resolved, so that EXPLAIN fails if the statement would.
pub(super) fn statement(session: &Session, statement: &Statement) -> Result<String> {
    Ok(match statement {
        Statement::Declare(declare) => made(&declare.name.name, &declare.values, &declare.values.shape),
        Statement::Define(define) => made(&define.name.name, &define.values, &define.dims),
        Statement::Bind { alias, target } => {
            format!("let {} follow {}; no data moves", alias.name, written(target))
        }
        Statement::Show(show) => shown(show),
        Statement::DropTensor { name, .. } => format!("take the name {} away", name.name),
        Statement::Set(set) => format!("set {} for this session", set.name.name),
        Statement::ResetSession => "take all names of the session away".to_string(),
        Statement::Help { .. } => "print help".to_string(),
        Statement::CreateDatabase { name, .. } => format!("make the database {}", name.name),
        Statement::DropDatabase { name, .. } => {
            format!("take the database {} away, with all that is in it", name.name)
        }
        Statement::Use { name } => format!("make {} the database of this session", name.name),
        Statement::Begin => "open a transaction over the catalog as it is".to_string(),
        Statement::Commit => "publish what the session changed since BEGIN as one state".to_string(),
        Statement::Rollback => "go back to the catalog and the names of BEGIN".to_string(),
        Statement::AlterDatabase { name, set } => {
            format!("set {} for all sessions of {}", set.name.name, name.name)
        }
        Statement::Prepare { name, .. } => format!("keep a statement as {} in this session", name.name),
        Statement::Execute { name, .. } => format!("run the prepared statement {}", name.name),
        Statement::Deallocate { name: Some(name) } => format!("forget the prepared statement {}", name.name),
        Statement::Deallocate { name: None } => "forget all prepared statements".to_string(),
        Statement::Kill { id } => format!("stop the query {}", id.name),
        Statement::Relational(relational) => relational_statement(session, relational)?,
        Statement::Let(_)
        | Statement::Derive { .. }
        | Statement::Explain { .. }
        | Statement::BackupDatabase { .. }
        | Statement::ExportDatabase { .. }
        | Statement::Checkpoint
        | Statement::Job(_) => {
            return Err(Error::not_yet(&format!("EXPLAIN {}", statement.keyword())));
        }
    })
}

fn made(name: &str, values: &NumberArray, dims: &[usize]) -> String {
    let numbers = count(values.shape.iter().product(), "number");
    format!("make the tensor {name} of {numbers} of the text, shape {}", Shape::new(dims))
}

fn shown(show: &Show) -> String {
    match show {
        Show::Value(_) | Show::Shape(_) => "show a tensor".to_string(),
        Show::Text(_) => "print the text".to_string(),
        Show::Lineage(name) => format!("list the steps that made {}", written(name)),
        Show::All | Show::AllTensors => "list the tensors of the session".to_string(),
        Show::Settings => "list the settings of the session".to_string(),
        Show::Databases => "list the databases".to_string(),
        Show::Queries => "list the running and recent statements".to_string(),
    }
}

fn relational_statement(session: &Session, statement: &Relational) -> Result<String> {
    let of = |table: &ObjectName| session.dataset(table).map(|target| target.dataset.snapshot());
    Ok(match statement {
        Relational::Create(create) => created(create),
        Relational::Drop { name, if_exists: true, .. } => {
            format!("drop the dataset {} if it is there", written(name))
        }
        Relational::Drop { name, .. } => {
            let dataset = of(name)?;
            format!("drop the dataset {} ({}) and its indexes", dataset.name, count(dataset.rows, "row"))
        }
        Relational::Insert(insert) => appended(of(&insert.table)?.as_ref(), insert)?,
        Relational::Delete(delete) => {
            let dataset = of(&delete.table)?;
            format!("drop all {} of {}, without a plan", count(dataset.rows, "row"), dataset.name)
        }
        Relational::Alter { table, alteration, .. } => altered(of(table)?.as_ref(), alteration),
        Relational::Materialize(table) => format!("{} has no lazy column to store", of(table)?.name),
        Relational::LetDataset { name, dataset } => {
            format!(
                "make {} a name of the dataset {}, which is made if it is not there",
                name.name, dataset.name
            )
        }
        Relational::SetMetadata { table, key, .. } => format!("keep {} of {}", key.name, of(table)?.name),
        Relational::Audit(table) => {
            let dataset = of(table)?;
            let (columns, rows) = (count(dataset.columns.len(), "column"), count(dataset.rows, "row"));
            format!("check and hash {columns} of {} ({rows})", dataset.name)
        }
        Relational::List(listing) => listed(session, listing)?,
        Relational::CreateIndex(index) => indexed(of(&index.table)?.as_ref(), index)?,
        Relational::DropIndex { name, .. } => format!("drop the index {}", name.name),
        Relational::DefinePipeline(pipeline) => {
            format!("keep {} as the pipeline {}", count(pipeline.steps.len(), "step"), pipeline.name.name)
        }
        Relational::DropPipeline { name, .. } => format!("drop the pipeline {}", name.name),
        Relational::Import(file) => imported(file),
        Relational::Object(statement) => object(statement),
        _ => return Err(Error::not_yet(&format!("EXPLAIN {}", statement.keyword()))),
    })
}

fn created(create: &CreateDataset) -> String {
    let columns = match &create.source {
        DatasetSource::Columns { columns, .. } => columns.len(),
        DatasetSource::Query(_) => 0,
    };
    format!("make the dataset {} of {} and no rows", written(&create.name), count(columns, "column"))
}

fn appended(dataset: &Snapshot, statement: &Insert) -> Result<String> {
    insert::places(dataset, statement.columns.as_deref())?;
    let rows = match &statement.source {
        InsertSource::Literals { values, width, .. } => values.len() / (*width).max(1),
        InsertSource::Query(_) | InsertSource::File { .. } => 0,
        InsertSource::Defaults => 1,
    };
    let computed = dataset.columns.iter().filter_map(|column| column.computed.as_ref());
    let then = match computed.filter(|computed| !computed.lazy).count() {
        0 => "without a plan".to_string(),
        columns => format!("then {} by a query over them", count(columns, "computed column")),
    };
    let (rows, columns) = (count(rows, "row"), count(dataset.columns.len(), "column"));
    Ok(format!("append {rows} to {} ({columns}) by typed builders, {then}", dataset.name))
}

fn altered(dataset: &Snapshot, alteration: &Alteration) -> String {
    let (name, rows) = (&dataset.name, count(dataset.rows, "row"));
    match alteration {
        Alteration::AddColumn { spec, .. } => {
            format!("add the column {} to {name}; its {rows} have the default in it", spec.name.name)
        }
        Alteration::AddComputed { name: column, .. } => format!("add the column {} to {name}", column.name),
        Alteration::DropColumn { name: column, .. } => {
            format!("drop the column {} of {name}; the others are shared", column.name)
        }
        Alteration::AlterColumn { name: column, .. } => {
            format!("alter the column {} of {name}", column.name)
        }
        Alteration::AddConstraint(_) => format!("check the {rows} of {name} against the constraint"),
        Alteration::DropConstraint { name: constraint, .. } => {
            format!("drop the constraint {} of {name}; no data moves", constraint.name)
        }
        Alteration::RenameColumn { from, to } => {
            format!("rename the column {} of {name} to {}; no data moves", from.name, to.name)
        }
        Alteration::Rename(to) => format!("rename {name} to {}; no data moves", to.name),
    }
}

fn indexed(dataset: &Snapshot, index: &CreateIndex) -> Result<String> {
    let column = dataset.column(&index.column.name).map_err(|error| error.at(index.column.span))?;
    let column = &dataset.columns[column];
    let what = match column.column_type {
        linal_store::ColumnType::Tensor(_) => "the metric of searches, which compare every vector",
        _ => "the order of its rows, found when a query first asks for it",
    };
    Ok(format!("index {}({}): {what}", dataset.name, column.name))
}

fn listed(session: &Session, listing: &Listing) -> Result<String> {
    Ok(match listing {
        Listing::Datasets | Listing::Tables => "list the datasets".to_string(),
        Listing::AllTables => "list the datasets of all databases".to_string(),
        Listing::Tensors => "list the tensors of the session, and the saved ones".to_string(),
        Listing::Pipelines => "list the pipelines".to_string(),
        Listing::Indexes(None) => "list the indexes".to_string(),
        Listing::Indexes(Some(table)) => format!("list the indexes of {}", dataset_name(session, table)?),
        Listing::Schema(table) => format!("list the columns of {}", dataset_name(session, table)?),
        Listing::Metadata(table) => format!("list the metadata of {}", dataset_name(session, table)?),
        Listing::Pipeline(name) => {
            format!("list the steps of the pipeline {}", pipeline::find(session, name)?.name.name)
        }
        Listing::Packages | Listing::Versions(_) => return Err(Error::not_yet("EXPLAIN of packages")),
    })
}

fn dataset_name(session: &Session, table: &ObjectName) -> Result<String> {
    Ok(session.dataset(table)?.dataset.name().to_string())
}

fn imported(file: &ImportFile) -> String {
    let place = if file.copy { "the database" } else { "this session" };
    format!("read {} into memory as a dataset of {place}", file.path)
}

fn object(statement: &ObjectStatement) -> String {
    match statement {
        ObjectStatement::CreateView(create) => {
            format!("keep the query of the view {}", written(&create.name))
        }
        ObjectStatement::CreateMacro(create) => {
            let overloads = count(create.overloads.len(), "body").replace("bodys", "bodies");
            format!("keep {overloads} of the macro {}, which calls are replaced by", written(&create.name))
        }
        ObjectStatement::CreateSequence(create) => {
            format!("make the sequence {}; ROLLBACK gives no number back", written(&create.name))
        }
        ObjectStatement::CreateType(create) => format!("make the type {}", written(&create.name)),
        ObjectStatement::Drop { kind, name, .. } => format!("drop the {} {}", kind.word(), written(name)),
        ObjectStatement::Rename { kind, name, to, .. } => {
            format!("rename the {} {} to {}", kind.word(), written(name), to.name)
        }
        ObjectStatement::Comment { text: Some(_), .. } => "keep a comment".to_string(),
        ObjectStatement::Comment { text: None, .. } => "remove a comment".to_string(),
        ObjectStatement::List(kind) => format!("list the {}s", kind.word()),
        ObjectStatement::DropSchema { name, .. } => format!("take the database {} away", name.name),
    }
}

fn written(name: &ObjectName) -> String {
    let parts: Vec<&str> = name.parts.iter().map(|part| &*part.name).collect();
    parts.join(".")
}
