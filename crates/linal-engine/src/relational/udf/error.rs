//! Our errors inside of DataFusion's.

use datafusion::common::DataFusionError;
use linal_error::Code;

use crate::error::Error;

/// Our error as one of DataFusion's, from which [`linal_error`] takes it out again.
pub(crate) fn external(error: impl Into<Error>) -> DataFusionError {
    DataFusionError::External(Box::new(error.into()))
}

/// Our error inside of DataFusion's, however deep it lies.
pub(crate) fn linal_error(error: &DataFusionError) -> Option<&Error> {
    match error {
        DataFusionError::External(inner) => match inner.downcast_ref::<Error>() {
            Some(error) => Some(error),
            None => inner.downcast_ref::<DataFusionError>().and_then(linal_error),
        },
        DataFusionError::Context(_, inner) | DataFusionError::Diagnostic(_, inner) => linal_error(inner),
        DataFusionError::Shared(inner) => linal_error(inner),
        DataFusionError::ArrowError(inner, _) => match inner.as_ref() {
            arrow::error::ArrowError::ExternalError(inner) => match inner.downcast_ref::<Error>() {
                Some(error) => Some(error),
                None => inner.downcast_ref::<DataFusionError>().and_then(linal_error),
            },
            _ => None,
        },
        DataFusionError::Collection(errors) => errors.iter().find_map(linal_error),
        _ => None,
    }
}

/// A call with arguments that do not go together.
pub(super) fn wrong_arguments(message: impl Into<String>) -> Error {
    Error::new(Code::WrongArguments, message)
}
