//! What the place of a word or a list says about it: which argument of which function it is.

use linal_error::Code;
use linal_lang::Param;
use linal_lang::ast::{Expr, ExprId, ExprKind};
use linal_tensor::DType;
use smallvec::SmallVec;

use super::{Binder, unknown_dtype};
use crate::error::Error;
use crate::functions::FunctionDef;

/// Parameters that take a string.
const TEXTS: &[&str] = &["path", "name", "dataset", "columns", "subscripts", "taper", "method", "mode"];

/// The parameter that takes the word for a dtype.
const DTYPE: &str = "dtype";

/// The parameter that takes the sizes of axes.
const SIZES: &str = "dims";

impl Binder<'_> {
    /// The lists that stand for sizes. Their numbers are exact whatever the default dtype is, and f32 would round them.
    pub(super) fn size_lists(&self, expr: &Expr) -> SmallVec<[ExprId; 4]> {
        let mut lists = SmallVec::new();
        if self.default_dtype != DType::F32 {
            return lists;
        }
        for node in expr.nodes() {
            let ExprKind::Call { name, args, .. } = &node.kind else { continue };
            let Some(definition) = self.registry.find(name) else { continue };
            for (at, arg) in args.iter().enumerate() {
                if self.param(definition, at, arg.name.as_deref()).is_some_and(|param| param.name == SIZES) {
                    lists.push(arg.value);
                }
            }
        }
        lists
    }

    /// Whether a node is the dtype of a CAST.
    pub(super) fn is_dtype_place(&self, id: ExprId, expr: &Expr) -> bool {
        self.argument(id, expr).is_some_and(|(_, param)| param.name == DTYPE)
    }

    /// The error about a name that is none, as its place explains it.
    pub(super) fn misplaced_word(&self, error: Error, id: ExprId, expr: &Expr) -> Error {
        let ExprKind::Name(name) = &expr.node(id).kind else { return error };
        if !error.is(Code::UnknownName) || self.variables.find(name).is_some() {
            return error;
        }
        match self.argument(id, expr) {
            Some((_, param)) if param.name == DTYPE => unknown_dtype(name),
            Some((definition, param)) if TEXTS.contains(&param.name.as_str()) => {
                error.with_help(format!("`{}` of {} is a string: '{name}'", param.name, definition.name))
            }
            _ if is_special_number(name) => error.with_help(format!("in a list it is a number: `[{name}]`")),
            _ => error,
        }
    }

    /// The function and the parameter that a node is an argument for. Calls come after their arguments.
    fn argument(&self, id: ExprId, expr: &Expr) -> Option<(&'static FunctionDef, &Param)> {
        expr.nodes().get(id as usize + 1..)?.iter().find_map(|node| {
            let ExprKind::Call { name, args, .. } = &node.kind else { return None };
            let at = args.iter().position(|arg| arg.value == id)?;
            let definition = self.registry.find(name)?;
            Some((definition, self.param(definition, at, args[at].name.as_deref())?))
        })
    }

    fn param(&self, definition: &FunctionDef, at: usize, name: Option<&str>) -> Option<&Param> {
        let params = self.registry.pattern_of(definition).params();
        match name {
            Some(name) => params.iter().find(|param| param.name.eq_ignore_ascii_case(name)),
            None => params.get(at),
        }
    }
}

fn is_special_number(word: &str) -> bool {
    ["nan", "inf"].iter().any(|special| word.eq_ignore_ascii_case(special))
}
