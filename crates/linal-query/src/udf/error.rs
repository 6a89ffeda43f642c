//! Our errors wrapped in DataFusion's.

use datafusion::common::DataFusionError;
use linal_error::Code;

use linal_dataset::Error;

/// Wraps our error in one of DataFusion's; [`linal_error`] unwraps it.
pub(crate) fn external(error: impl Into<Error>) -> DataFusionError {
    DataFusionError::External(Box::new(error.into()))
}

/// Our error within one of DataFusion's, at any depth.
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

/// The error for incompatible arguments.
pub(super) fn wrong_arguments(message: impl Into<String>) -> Error {
    Error::new(Code::WrongArguments, message)
}
