//! What goes over the wire: the JSON of requests and answers. These types stand nowhere else.

mod answer;
mod engine_parameter;
mod error;
mod job;
mod parameter;
mod request;

pub use self::answer::{
    AnswerSchema, ColumnBody, DatabaseBody, DatasetBody, HealthBody, QueryBody, ResultSchema, SessionBody,
    UploadBody,
};
pub use self::error::{ErrorBody, ErrorSchema};
pub use self::job::{JobBody, JobErrorBody, NewJobBody, NewScheduleBody, RunBody, ScheduleBody};
pub use self::parameter::{Checked, Parameter};
pub use self::request::{ExecuteBody, Parameters, decoded};
