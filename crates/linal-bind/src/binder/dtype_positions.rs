//! Arguments whose parameter determines how they are bound: names of dtypes, and lists with a dtype of their
//! own.

use linal_dataset::Error;
use linal_error::Code;
use linal_lang::Param;
use linal_lang::ast::{Arg, Expr, ExprId, ExprKind};
use linal_tensor::DType;
use smallvec::SmallVec;

use super::{Binder, dtype_of, unknown_dtype};
use crate::functions::FunctionDef;

/// Parameters that take a string.
const TEXTS: &[&str] = &["path", "name", "dataset", "columns", "subscripts", "taper", "method", "mode"];

/// The parameter that takes the name of a dtype.
const DTYPE: &str = "dtype";

/// The parameter that takes the lengths of axes.
const SIZES: &str = "dims";

/// Whether a call is `CAST(.. AS i64)`.
fn casts_to_integers(definition: &FunctionDef, args: &[Arg], expr: &Expr) -> bool {
    let word = args.iter().find(|arg| arg.name.as_deref() == Some(DTYPE)).map(|arg| expr.node(arg.value));
    let is_integers = word.is_some_and(|node| match &node.kind {
        ExprKind::Name(word) => dtype_of(word) == Some(DType::I64),
        _ => false,
    });
    definition.name == "CAST" && is_integers && args[0].name.is_none()
}

/// Adds a list and its nested lists, all of which are cast.
fn add_lists(id: ExprId, expr: &Expr, lists: &mut SmallVec<[(ExprId, DType); 4]>) {
    let mut pending = vec![id];
    while let Some(id) = pending.pop() {
        match &expr.node(id).kind {
            ExprKind::Numbers(_) => lists.push((id, DType::I64)),
            ExprKind::List(items) => {
                lists.push((id, DType::I64));
                pending.extend(items);
            }
            _ => {}
        }
    }
}

impl Binder<'_> {
    /// The lists that must not be rounded to the default dtype, each with its dtype: lengths of axes, and
    /// operands of a cast to integers.
    pub(super) fn exact_lists(&self, expr: &Expr) -> SmallVec<[(ExprId, DType); 4]> {
        let mut lists = SmallVec::new();
        for node in expr.nodes() {
            let ExprKind::Call { name, args, .. } = &node.kind else { continue };
            let Some(definition) = self.registry.find(name) else { continue };
            if casts_to_integers(definition, args, expr) {
                add_lists(args[0].value, expr, &mut lists);
            }
            if self.default_dtype != DType::F32 {
                continue;
            }
            for (at, arg) in args.iter().enumerate() {
                if self.param(definition, at, arg.name.as_deref()).is_some_and(|param| param.name == SIZES) {
                    lists.push((arg.value, DType::F64));
                }
            }
        }
        lists
    }

    /// Whether a node is the dtype argument of a CAST.
    pub(super) fn is_dtype_position(&self, id: ExprId, expr: &Expr) -> bool {
        self.argument(id, expr).is_some_and(|(_, param)| param.name == DTYPE)
    }

    /// Adds to the error of an unknown name what the parameter expects.
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

    /// The function and the parameter that a node is an argument of. Calls come after their arguments in the
    /// arena.
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
