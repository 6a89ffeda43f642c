//! Views, macros, sequences and types of the catalog in a query.
//!
//! A query is expanded before anything else looks at it: a view becomes its query in brackets, a call of a macro its body
//! with the arguments, a cast to a type of the database the check of that type, `nextval('s')` the function of the
//! sequence. The text of an object is parsed anew each time; the plan of the whole is cached.
//!
//! - [`expand`] walks a query; [`home`] finds objects by name, [`view`] and [`macros`] write them out,
//!   [`substitute`] puts arguments in place of parameters, [`named_type`] and [`sequence`] make calls;
//! - [`place`] gives the parts of a body the place of its name in the query, so that an error in it points there.

pub(crate) mod caller_name;
mod check;
mod expand;
mod home;
mod macros;
mod named_type;
pub(crate) mod place;
mod sequence;
mod substitute;
mod used;
mod view;

pub use self::check::{check_macro_names, columns_of, relations_of};
pub(crate) use self::expand::expanded;
pub use self::used::UsedObjects;
pub(crate) use self::view::take_without_tensors;
