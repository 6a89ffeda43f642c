//! What uses an object or a dataset: views, macros, pipelines and columns whose texts name it.
//!
//! The tables of a text are those of its tree. For macros, sequences and types a text is searched token by token: a name that
//! stands for something else may be found as well; then a DROP is refused that could be done, which CASCADE does.

use std::sync::Arc;

use linal_dataset::catalog::{Catalog, Database};
use linal_dataset::objects::{Definition, NamedType, Object};
use linal_dataset::{Constraint, Dataset, Error, Limit, Result, Rule, Snapshot, same_name};
use linal_error::Code;
use linal_lang::ast::ObjectName;
use linal_lang::ast::objects::ObjectKind;
use linal_lang::{TokenClass, tokens};
use linal_query::frontend::objects::relations_of;

use super::comment::{key_of_column, with_metadata};
use crate::session::Session;

/// Something that uses an object.
#[derive(Clone)]
pub(in crate::statement) enum User {
    /// A view, a macro or a type.
    Object(Arc<str>, Arc<Object>),
    /// A pipeline.
    Pipeline(Arc<str>, Arc<str>),
    /// A column whose default or expression names it, or whose type it is.
    Column(Arc<Dataset>, Arc<str>, Use),
    /// A CHECK constraint whose condition names it.
    Check(Arc<Dataset>, Arc<str>),
}

/// How a column uses an object.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::statement) enum Use {
    Default,
    Expression,
    Type,
}

impl User {
    /// What it is, for messages.
    pub(super) fn what(&self) -> String {
        match self {
            User::Object(_, object) => format!("the {} `{}`", object.kind().word(), object.name),
            User::Pipeline(_, name) => format!("the pipeline `{name}`"),
            User::Column(dataset, column, Use::Default) => {
                format!("the default of `{}.{column}`", dataset.name())
            }
            User::Column(dataset, column, _) => format!("the column `{}.{column}`", dataset.name()),
            User::Check(dataset, constraint) => {
                format!("the constraint `{constraint}` of `{}`", dataset.name())
            }
        }
    }

    /// Whether it is checked or computed as rows are written: another definition would not hold for those that are there.
    pub(super) fn is_stored(&self) -> bool {
        matches!(self, User::Check(..) | User::Column(_, _, Use::Expression))
    }

    /// Takes it out of the catalog: a column loses its default, or goes, and a dataset loses its constraint.
    pub(super) fn remove(&self, catalog: &mut Catalog) -> Result<()> {
        match self {
            User::Object(database, object) => catalog.remove_object(database, object.kind(), &object.name),
            User::Pipeline(database, name) => catalog.remove_pipeline(database, name),
            User::Column(dataset, column, Use::Default) => dataset
                .change(|snapshot| {
                    let columns = snapshot.columns.iter().map(|known| {
                        let mut known = known.clone();
                        if same_name(&known.name, column) {
                            known.default = None;
                        }
                        known
                    });
                    Ok(Snapshot { columns: columns.collect(), ..snapshot.clone() })
                })
                .map(drop),
            User::Column(dataset, column, _) => {
                dataset.change(|snapshot| snapshot.without_column(column)).map(drop)
            }
            User::Check(dataset, name) => dataset
                .change(|snapshot| {
                    let others = snapshot.constraints.iter().filter(|known| !same_name(&known.name, name));
                    Ok(snapshot.with_constraints(others.cloned().collect::<Vec<Constraint>>()))
                })
                .map(drop),
        }
    }
}

/// What uses an object, directly and through others.
pub(super) fn of_object(session: &Session, database: &str, object: &Object) -> Vec<User> {
    let catalog = session.catalog_view().catalog();
    let mut users = Vec::new();
    collect(&catalog, session, database, &object.name, Some(object), &mut users);
    users
}

fn collect(
    catalog: &Catalog,
    session: &Session,
    database: &str,
    name: &str,
    object: Option<&Object>,
    users: &mut Vec<User>,
) {
    let start = users.len();
    let kind = object.map_or(ObjectKind::View, Object::kind);
    for known in catalog.visible(&session.own) {
        users_in(known, database, name, kind, object, &Dataset::definition, users);
    }
    // What uses a view or a macro that uses it.
    let mut at = start;
    while at < users.len() {
        if let User::Object(place, user) = users[at].clone() {
            let mut more = Vec::new();
            for known in catalog.visible(&session.own) {
                users_in(
                    known,
                    &place,
                    &user.name,
                    user.kind(),
                    Some(&user),
                    &Dataset::definition,
                    &mut more,
                );
            }
            more.truncate(MOST_USERS.saturating_sub(users.len()));
            users.append(&mut more);
            dedupe(users);
        }
        at += 1;
    }
}

/// Users that are looked for.
const MOST_USERS: usize = 10_000;

fn dedupe(users: &mut Vec<User>) {
    let mut seen: Vec<String> = Vec::new();
    users.retain(|user| {
        let what = match user {
            User::Object(database, object) => format!("{database} {} {}", object.kind().word(), object.name),
            other => other.what(),
        };
        let is_new = !seen.contains(&what);
        seen.push(what);
        is_new
    });
}

/// Users among what a database has. `definition` gives the columns and constraints of a dataset.
pub(super) fn users_in(
    known: &Database,
    database: &str,
    name: &str,
    kind: ObjectKind,
    object: Option<&Object>,
    definition: &dyn Fn(&Dataset) -> Arc<Snapshot>,
    users: &mut Vec<User>,
) {
    let uses = |text: &str| names(text, &known.name, database, name, kind);
    for user in known.objects() {
        let is_itself = object.is_some_and(|object| std::ptr::eq(object, &**user));
        if !is_itself && user.texts().into_iter().any(uses) {
            users.push(User::Object(known.name.clone(), user.clone()));
        }
    }
    for pipeline in known.pipelines() {
        if uses(&pipeline.text) {
            users.push(User::Pipeline(known.name.clone(), (&*pipeline.name.name).into()));
        }
    }
    for dataset in known.datasets() {
        let definition = definition(dataset);
        for constraint in definition.constraints.iter() {
            if let Rule::Check { text } = &constraint.rule
                && uses(text)
            {
                users.push(User::Check(dataset.clone(), constraint.name.clone()));
            }
        }
        for column in definition.columns.iter() {
            let user = |what| User::Column(dataset.clone(), column.name.clone(), what);
            let is_type = kind == ObjectKind::Type && is_of_type(column.limit.as_ref(), object);
            if is_type {
                users.push(user(Use::Type));
            } else if column.default.as_ref().is_some_and(|default| uses(&default.text)) {
                users.push(user(Use::Default));
            } else if column.computed.as_ref().is_some_and(|computed| uses(&computed.text)) {
                users.push(user(Use::Expression));
            }
        }
    }
}

fn is_of_type(limit: Option<&Limit>, object: Option<&Object>) -> bool {
    let (Some(Limit::Labels { name, labels }), Some(object)) = (limit, object) else { return false };
    match &object.definition {
        Definition::Type(NamedType::Enum(known)) => same_name(name, &object.name) && labels == known,
        _ => false,
    }
}

/// Whether a text that belongs to `home` names an object of `database`.
fn names(text: &str, home: &str, database: &str, name: &str, kind: ObjectKind) -> bool {
    let is_local = same_name(home, database) || linal_dataset::catalog::is_own(home);
    if kind == ObjectKind::View
        && let Some(relations) = relations_of(text)
    {
        return relations.iter().any(|relation| match relation.as_slice() {
            [only] => is_local && same_name(only, name),
            [.., qualifier, last] => same_name(last, name) && same_name(qualifier, database),
            [] => false,
        });
    }
    let words: Vec<(&str, TokenClass)> = tokens(text)
        .filter(|(_, class)| *class != TokenClass::Comment)
        .map(|(span, class)| (span.text(text), class))
        .collect();
    (0..words.len()).any(|at| {
        let (word, class) = words[at];
        if kind == ObjectKind::Sequence {
            return class == TokenClass::String && names_sequence(word, database, name, is_local);
        }
        if class == TokenClass::String || !same_name(word.trim_matches(['`', '"']), name) {
            return false;
        }
        let next = words.get(at + 1).map(|(next, _)| *next);
        let is_call = next == Some("(");
        let fits = match kind {
            ObjectKind::Macro | ObjectKind::TableMacro => is_call,
            _ => !is_call,
        };
        let qualifier = (at >= 2 && words[at - 1].0 == ".").then(|| words[at - 2].0.trim_matches(['`', '"']));
        fits && match qualifier {
            Some(qualifier) => same_name(qualifier, database),
            None => is_local,
        }
    })
}

fn names_sequence(word: &str, database: &str, name: &str, is_local: bool) -> bool {
    let text = word.trim_matches(['\'', '"']);
    match text.rsplit_once('.') {
        Some((qualifier, last)) => same_name(last, name) && same_name(qualifier, database),
        None => is_local && same_name(text, name),
    }
}

/// Checks that no CHECK and no generated column calls a macro of this name: with another definition, the rows that are
/// there would not have been checked or computed by it.
///
/// # Errors
/// `E0321 in_use`.
pub(super) fn check_not_stored(session: &Session, database: &str, object: &Object) -> Result<()> {
    let catalog = session.catalog_view().catalog();
    let databases: Vec<Arc<str>> = if linal_dataset::catalog::is_own(database) {
        // What is temporary hides what every database has under the name.
        catalog.visible(&session.own).map(|known| known.name.clone()).collect()
    } else {
        vec![database.into()]
    };
    let mut stored: Vec<User> =
        databases.iter().flat_map(|database| of_object(session, database, object)).collect();
    stored.retain(User::is_stored);
    dedupe(&mut stored);
    if stored.is_empty() {
        return Ok(());
    }
    let what = format!("the {} `{}`", object.kind().word(), object.name);
    let error = Error::new(Code::InUse, format!("{what} is used by {}", listed(&stored)));
    Err(error.with_help("the rows that are there follow its definition; drop what uses it first"))
}

/// The error of an object that others use; `None` without any.
pub(super) fn refusal(object: &Object, users: &[User]) -> Option<Error> {
    refused(&format!("the {} `{}`", object.kind().word(), object.name), users)
}

fn refused(what: &str, users: &[User]) -> Option<Error> {
    if users.is_empty() {
        return None;
    }
    let error = Error::new(Code::InUse, format!("{what} is used by {}", listed(users)));
    Some(error.with_help("CASCADE drops what uses it, too"))
}

pub(super) fn listed(users: &[User]) -> String {
    const SHOWN: usize = 5;
    let mut shown: Vec<String> = users.iter().take(SHOWN).map(User::what).collect();
    if users.len() > SHOWN {
        shown.push(format!("{} more", users.len() - SHOWN));
    }
    match shown.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
        None => String::new(),
    }
}

/// What a CASCADE has dropped, for its answer.
pub(super) fn said(users: &[User]) -> String {
    if users.is_empty() { String::new() } else { format!(", and with it {}", listed(users)) }
}

/// A name as it was written.
pub(super) fn written(name: &ObjectName) -> String {
    let parts: Vec<&str> = name.parts.iter().map(|part| &*part.name).collect();
    parts.join(".")
}

/// What DROP TABLE does with what uses the dataset: nothing for none of the words, as in DuckDB: a view fails then when it
/// is read. Returns what CASCADE is to remove, and how that is said.
///
/// # Errors
/// `E0321 in_use` for RESTRICT.
pub(in crate::statement) fn drop_dependents_of_dataset(
    session: &Session,
    database: &str,
    name: &str,
    wanted: linal_lang::ast::objects::Dependents,
) -> Result<(Vec<User>, String)> {
    use linal_lang::ast::objects::Dependents;
    if wanted == Dependents::Unsaid {
        return Ok((Vec::new(), String::new()));
    }
    let catalog = session.catalog_view().catalog();
    let mut users = Vec::new();
    collect(&catalog, session, database, name, None, &mut users);
    users.retain(|user| matches!(user, User::Object(..)));
    if wanted == Dependents::Cascade {
        let said = said(&users);
        return Ok((users, said));
    }
    match refused(&format!("the dataset `{name}`"), &users) {
        Some(error) => Err(error),
        None => Ok((Vec::new(), String::new())),
    }
}

impl User {
    /// Takes it out of the catalog.
    pub(in crate::statement) fn drop_from(&self, catalog: &mut Catalog) -> Result<()> {
        self.remove(catalog)
    }
}

/// Checks that a new view or macro does not lead back to itself.
///
/// # Errors
/// `E0322 recursive_definition`.
pub(super) fn check_no_circle(session: &Session, database: &str, object: &Object) -> Result<()> {
    let what = format!("the {} `{}`", object.kind().word(), object.name);
    let recursive = |through: &str| {
        let message = format!("{what} would be defined by itself{through}");
        Error::new(Code::RecursiveDefinition, message)
    };
    let kind = object.kind();
    let names_itself =
        object.texts().into_iter().any(|text| names(text, database, database, &object.name, kind));
    if names_itself && kind != ObjectKind::View {
        return Err(recursive(""));
    }
    // What uses the object that it replaces, and is used by it.
    let users = of_object(session, database, object);
    let through = users.iter().find_map(|user| match user {
        User::Object(place, user) => {
            let text = object.texts();
            let is_used = text.into_iter().any(|text| names(text, database, place, &user.name, user.kind()));
            is_used.then(|| format!(" through the {} `{}`", user.kind().word(), user.name))
        }
        _ => None,
    });
    match through {
        Some(through) => Err(recursive(&through)),
        None if names_itself && replaces_view(session, database, object) => Err(recursive("")),
        None => Ok(()),
    }
}

fn replaces_view(session: &Session, database: &str, object: &Object) -> bool {
    let catalog = session.catalog_view().catalog();
    catalog.find(database).is_some_and(|known| known.object(object.kind(), &object.name).is_some())
}

/// The snapshot without the comment of a column that is dropped.
pub(in crate::statement) fn forget_comment(snapshot: &Snapshot, column: &str) -> Result<Snapshot> {
    with_metadata(snapshot, &key_of_column(column), None)
}

/// The snapshot with the comment of a column under its new name.
pub(in crate::statement) fn rename_comment(snapshot: &Snapshot, from: &str, to: &str) -> Result<Snapshot> {
    let Some(comment) = super::comment::of_column(snapshot, from).map(str::to_owned) else {
        return Ok(snapshot.clone());
    };
    with_metadata(&forget_comment(snapshot, from)?, &key_of_column(to), Some(&comment))
}
