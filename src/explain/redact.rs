//! Hides the names that a program gives its variables, properties and functions, for
//! users to whom these reveal too much.
//!
//! Each name becomes a `~` and a hash of it. The hash is the same in every report,
//! process and release, so that reports can still be compared. Anyone who can guess a
//! name can check the guess. Names of classes and files stay. So do the fingerprint and
//! the pattern, which are determined before this. Titles, advice and drawings are made
//! afterwards, from what remains.

use super::{
    fingerprint::fingerprint,
    report_names::{ContainerName, Expression, ReferenceName},
};
use crate::{
    report::{ClassGrowth, Container, Items, PathStep, SourceLocation},
    v8::class_name::ClassName,
};

/// The parts that a report is written from.
pub(super) struct ReportParts<'a> {
    pub(super) path: &'a mut [PathStep],
    /// The names of the path's references.
    pub(super) references: &'a mut [ReferenceName],
    pub(super) container: &'a mut Container,
    pub(super) name: Option<&'a mut ContainerName>,
    /// The class of the container's holder.
    pub(super) outer: Option<&'a mut ClassName>,
    pub(super) items: &'a mut Items,
}

impl ReportParts<'_> {
    /// Hides every name in the parts.
    pub(super) fn redact(self) {
        let Self { path, references, container, name, outer, items } = self;
        for step in path {
            class(&mut step.class);
            place(step.location.as_mut());
        }
        for reference in references {
            reference.hide(hidden);
        }
        if let Some(name) = name {
            name.hide(hidden);
        }
        class(&mut container.class);
        place(container.location.as_mut());
        if let Some(outer) = outer {
            class(outer);
        }
        class(&mut items.class);
        place(items.location.as_mut());
        for part in &mut items.consists_of {
            class(&mut part.class);
        }
    }
}

/// Hides the function name in `class`, if it has one.
pub(super) fn class(class: &mut ClassName) {
    class.hide(hidden);
}

/// Hides the names that the program gave in `expression`.
pub(super) fn expression(expression: &mut Expression) {
    expression.hide(hidden);
}

/// Hides the function names among the classes that grew.
pub(crate) fn classes(classes: &mut [ClassGrowth]) {
    for grown in classes {
        class(&mut grown.class);
    }
}

/// Hides the name of the function at `place`.
pub(super) fn place(place: Option<&mut SourceLocation>) {
    if let Some(name) = place.and_then(|place| place.function_name.as_mut()) {
        *name = hidden(name);
    }
}

fn hidden(name: &str) -> String {
    format!("~{}", &fingerprint([name])[..8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_hash_for_ever() {
        assert_eq!(hidden("requests"), "~d88c0651");
    }
}
