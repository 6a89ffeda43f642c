//! The registry of all functions, by name.

use std::sync::LazyLock;

use linal_lang::{CallPattern, CallPatterns};
use rustc_hash::FxHashMap;

use super::{
    FunctionDef, creation, elementwise, files, linear_algebra, reduction, shape, signal, statistics,
};

/// The functions of the language, found by name without regard to case.
#[derive(Debug)]
pub struct Registry {
    functions: Vec<(&'static FunctionDef, CallPattern)>,
    ids: FxHashMap<String, usize>,
}

static REGISTRY: LazyLock<Registry> = LazyLock::new(Registry::build);

impl Registry {
    /// The one registry of the process.
    pub fn global() -> &'static Registry {
        &REGISTRY
    }

    fn build() -> Registry {
        let families: [&'static [FunctionDef]; 8] = [
            creation::FUNCTIONS,
            elementwise::FUNCTIONS,
            reduction::FUNCTIONS,
            shape::FUNCTIONS,
            linear_algebra::FUNCTIONS,
            statistics::FUNCTIONS,
            signal::FUNCTIONS,
            files::FUNCTIONS,
        ];
        let mut registry = Registry { functions: Vec::new(), ids: FxHashMap::default() };
        for definition in families.into_iter().flatten() {
            // A pattern that does not parse is reported by the test that checks the registry.
            let form = CallPattern::parse(definition.pattern).unwrap_or_else(|problem| panic!("{problem}"));
            let id = registry.functions.len();
            registry.functions.push((definition, form));
            for name in std::iter::once(&definition.name).chain(definition.aliases) {
                registry.ids.insert((*name).to_string(), id);
            }
        }
        registry
    }

    /// The definition of a name or alias.
    pub fn find(&self, name: &str) -> Option<&'static FunctionDef> {
        self.entry(name).map(|(definition, _)| *definition)
    }

    fn entry(&self, name: &str) -> Option<&(&'static FunctionDef, CallPattern)> {
        let id = match self.ids.get(name) {
            Some(&id) => id,
            None => *self.ids.get(name.to_ascii_uppercase().as_str())?,
        };
        self.functions.get(id)
    }

    /// The call pattern of a definition of this registry.
    pub fn pattern_of(&self, definition: &FunctionDef) -> &CallPattern {
        match self.entry(definition.name) {
            Some((_, form)) => form,
            None => unreachable!("{} is not registered", definition.name),
        }
    }

    /// All definitions, by category and in the order of their files.
    pub fn all(&self) -> impl Iterator<Item = &'static FunctionDef> {
        self.functions.iter().map(|(definition, _)| *definition)
    }

    /// All names, including aliases.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.functions.iter().flat_map(|(definition, _)| {
            std::iter::once(definition.name).chain(definition.aliases.iter().copied())
        })
    }
}

impl CallPatterns for Registry {
    fn pattern(&self, name: &str) -> Option<&CallPattern> {
        self.entry(name).map(|(_, form)| form)
    }

    fn names(&self) -> Vec<&str> {
        Registry::names(self).collect()
    }
}
