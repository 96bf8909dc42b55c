//! Names that a report shows, kept in parts until they are written: of references, and of
//! containers.

use crate::v8::{class_name::ClassName, names};

/// The spelling of one among many: an element, or the value of a key that is data.
const SLOT: &str = "[]";

/// The name by which programs know the module registry.
pub(super) const MODULE_REGISTRY: &str = "require.cache";

/// The name of a reference on a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ReferenceName {
    /// One among many: an element, or the value of a key that is data.
    Slot,
    /// A variable or property.
    Named(String),
    /// A property whose key is the symbol with this description.
    Symbol(String),
    /// From the key of a WeakMap's entry to its value, with the name of the map.
    Entry(Option<Expression>),
    /// A link or a root named by V8, Node or seep.
    Given(String),
    /// A root of V8's or Node's that is known by its class.
    Native(ClassName),
}

impl ReferenceName {
    /// Returns the spelling used in reports.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Slot => SLOT.to_owned(),
            Self::Named(name) | Self::Given(name) => name.clone(),
            Self::Symbol(description) => names::of_symbol(description),
            Self::Entry(Some(map)) => format!("[WeakMap {}]", map.text()),
            Self::Entry(None) => "[WeakMap value]".to_owned(),
            Self::Native(class) => format!("native {}", class.in_reports()),
        }
    }

    /// Replaces names that the program gave with `hidden` of them.
    pub(super) fn hide(&mut self, hidden: fn(&str) -> String) {
        match self {
            Self::Named(name) | Self::Symbol(name) => *name = hidden(name),
            Self::Entry(Some(map)) => map.hide(hidden),
            Self::Native(class) => class.hide(hidden),
            Self::Slot | Self::Entry(None) | Self::Given(_) => {}
        }
    }
}

/// The name of an object as code would spell it: `cache.entries[]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Expression(pub(super) Vec<Part>);

/// A part of an [`Expression`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// A variable or property.
    Named(String),
    /// A property whose key is the symbol with this description.
    Symbol(String),
    /// A class, for an object that is known by it.
    Class(ClassName),
    /// One among many.
    Slot,
    /// The value of an entry of the WeakMap with this name.
    Entry(Expression),
    /// Omitted parts.
    Gap,
}

impl Part {
    /// Returns the part that a reference called `name` contributes.
    pub(super) fn of(name: ReferenceName) -> Self {
        match name {
            ReferenceName::Named(name) | ReferenceName::Given(name) => Self::Named(name),
            ReferenceName::Symbol(description) => Self::Symbol(description),
            ReferenceName::Entry(Some(map)) => Self::Entry(map),
            ReferenceName::Native(class) => Self::Class(class),
            ReferenceName::Slot | ReferenceName::Entry(None) => Self::Slot,
        }
    }
}

impl Expression {
    /// Returns the spelling used in reports.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for part in &self.0 {
            let name = match part {
                Part::Slot => SLOT.into(),
                Part::Gap => "…".into(),
                Part::Symbol(description) => format!("[{description}]"),
                Part::Entry(map) => format!("[{}]", map.text()),
                Part::Named(name) => name.clone(),
                Part::Class(class) => class.in_reports().into_owned(),
            };
            let follows = matches!(part, Part::Named(_) | Part::Class(_));
            if follows && !text.is_empty() && !text.ends_with('…') {
                text.push('.');
            }
            text.push_str(&name);
        }
        text
    }

    /// Replaces names that the program gave with `hidden` of them.
    pub(super) fn hide(&mut self, hidden: fn(&str) -> String) {
        for part in &mut self.0 {
            match part {
                Part::Named(name) | Part::Symbol(name) => *name = hidden(name),
                Part::Class(class) => class.hide(hidden),
                Part::Entry(map) => map.hide(hidden),
                Part::Slot | Part::Gap => {}
            }
        }
    }

    /// Returns the store that it is one of many in: `byTenant` for `byTenant[]`.
    fn store(&self) -> Option<Self> {
        let of_store = self.0.iter().rposition(|part| *part != Part::Slot)? + 1;
        (of_store < self.0.len()).then(|| Self(self.0[..of_store].to_vec()))
    }
}

/// The name by which a person knows a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ContainerName {
    /// The variable or properties that lead to it.
    Expression(Expression),
    /// The timers in Node's lists.
    ActiveTimers,
    /// The objects that V8's handles keep.
    OpenHandles,
    /// The registry of modules.
    ModuleRegistry,
}

impl ContainerName {
    /// Returns the spelling used in reports. For timers it includes the class by which a
    /// snapshot can be searched for them.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Expression(expression) => expression.text(),
            Self::ActiveTimers => "active timers (Timeout)".to_owned(),
            Self::OpenHandles => "open handles".to_owned(),
            Self::ModuleRegistry => MODULE_REGISTRY.to_owned(),
        }
    }

    /// Returns the name for use in a sentence, where it needs no class before it.
    pub(super) fn alone(&self) -> Option<&'static str> {
        match self {
            Self::ActiveTimers => Some("active timers"),
            Self::OpenHandles => Some("open handles"),
            Self::Expression(_) | Self::ModuleRegistry => None,
        }
    }

    /// Returns the store that it is one of many in.
    pub(super) fn store(&self) -> Option<String> {
        let Self::Expression(expression) = self else { return None };
        expression.store().map(|store| store.text())
    }

    /// Replaces names that the program gave with `hidden` of them.
    pub(super) fn hide(&mut self, hidden: fn(&str) -> String) {
        if let Self::Expression(expression) = self {
            expression.hide(hidden);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(name: &str) -> String {
        format!("~{name}")
    }

    /// Returns `a[kState].b[]` of the class `Cart`, held by an entry of the WeakMap `notes`.
    fn expression() -> Expression {
        let notes = Expression(vec![Part::Named("notes".to_owned())]);
        Expression(vec![
            Part::Class(ClassName::called("Cart")),
            Part::Gap,
            Part::Named("a.b".to_owned()),
            Part::Symbol("kState".to_owned()),
            Part::Entry(notes),
            Part::Named("c".to_owned()),
            Part::Slot,
        ])
    }

    #[test]
    fn expressions_are_written_as_code() {
        assert_eq!(expression().text(), "Cart…a.b[kState][notes].c[]");
        let store = ContainerName::Expression(expression()).store();
        assert_eq!(store.as_deref(), Some("Cart…a.b[kState][notes].c"));
        assert_eq!(Expression(vec![Part::Slot]).store(), None);
        assert_eq!(ContainerName::OpenHandles.store(), None);
    }

    #[test]
    fn only_names_that_the_program_gave_are_hidden() {
        let mut all = expression();
        all.hide(hidden);
        assert_eq!(all.text(), "Cart…~a.b[~kState][~notes].~c[]");
        let hide = |mut name: ReferenceName| {
            name.hide(hidden);
            name.text()
        };
        let notes = Expression(vec![Part::Named("notes".to_owned())]);
        assert_eq!(hide(ReferenceName::Named("cache".to_owned())), "~cache");
        assert_eq!(hide(ReferenceName::Symbol("kState".to_owned())), "<symbol ~kState>");
        assert_eq!(hide(ReferenceName::Slot), "[]");
        assert_eq!(hide(ReferenceName::Entry(Some(notes))), "[WeakMap ~notes]");
        assert_eq!(hide(ReferenceName::Entry(None)), "[WeakMap value]");
        assert_eq!(hide(ReferenceName::Given("map".to_owned())), "map");
        assert_eq!(hide(ReferenceName::Native(ClassName::closure("f"))), "native closure ~f");
        let mut registry = ContainerName::ModuleRegistry;
        registry.hide(hidden);
        assert_eq!(registry.text(), "require.cache");
    }
}
