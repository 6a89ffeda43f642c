//! The bodies of answers. Results are written as they are made (`render`), so that their types here only
//! describe them.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// A column of a result or of a dataset.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Column)]
pub struct ColumnBody {
    /// The name.
    pub name: String,
    /// The type as the language writes it, such as `Vector(2)`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether it may be NULL.
    pub nullable: bool,
}

/// A dataset.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Dataset)]
pub struct DatasetBody {
    /// The name.
    pub name: String,
    /// Number of rows.
    pub rows: u64,
    /// The number of its last change.
    pub version: u64,
    /// The columns, in order.
    pub columns: Vec<ColumnBody>,
}

/// A database.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Database)]
pub struct DatabaseBody {
    /// The name.
    pub name: String,
}

/// What an upload made.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Upload)]
pub struct UploadBody {
    /// Rows of the dataset now.
    pub rows: u64,
    /// Its version now.
    pub version: u64,
}

/// A session.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Session)]
pub struct SessionBody {
    /// What `X-Linal-Session` takes.
    pub id: String,
    /// Seconds until it is dropped if no request uses it.
    pub expires_in: u64,
}

/// A running, waiting or recent request.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Query)]
pub struct QueryBody {
    /// What `X-Linal-Query-Id` of its answer says.
    pub id: String,
    /// The database in which it began.
    pub database: String,
    /// Its statements, shortened.
    pub statement: String,
    /// `queued`, `running`, `done`, `failed` or `cancelled`.
    pub state: &'static str,
    /// Milliseconds since it came, until it ended.
    pub elapsed_ms: f64,
    /// Bytes that its session holds, or held at its end.
    pub memory_bytes: u64,
    /// Rows of its results so far.
    pub rows: u64,
}

/// Whether the server is well.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Health)]
pub struct HealthBody {
    /// `ok`, `draining` or `store_refuses_writes`.
    pub status: &'static str,
}

/// One result of a statement, by its `kind`.
#[derive(Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
#[schema(as = Result)]
pub enum ResultSchema {
    /// Rows of a query or a listing.
    Rows {
        /// The columns, in order.
        columns: Vec<ColumnBody>,
        /// A list of values for each row.
        rows: Vec<Vec<Value>>,
        /// Number of rows.
        row_count: u64,
        /// What the user should know.
        notices: Vec<String>,
    },
    /// A tensor that is shown.
    Tensor {
        /// The expression.
        name: String,
        /// `bool`, `i64`, `f32`, `f64`, `c64` or `c128`.
        dtype: String,
        /// The length of each axis.
        shape: Vec<u64>,
        /// The elements, row-major.
        data: Vec<Value>,
    },
    /// A name that has got a value.
    Defined {
        /// The name.
        name: String,
        /// As for a tensor.
        dtype: String,
        /// As for a tensor.
        shape: Vec<u64>,
    },
    /// A text.
    Message {
        /// The text.
        text: String,
    },
}

/// The answer of `POST /execute` in JSON.
#[derive(Serialize, ToSchema)]
#[schema(as = Answer)]
pub struct AnswerSchema {
    /// One result a statement.
    pub results: Vec<ResultSchema>,
    /// Milliseconds that the statements took.
    pub elapsed_ms: f64,
    /// As `X-Linal-Query-Id`.
    pub query_id: String,
}
