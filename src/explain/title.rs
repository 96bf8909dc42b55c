//! The title of a finding.

use super::{report_names::ContainerName, text};
use crate::{
    growth::{Growth, Measure},
    report::{Container, Items, PathStep, SourceLocation},
    v8::{class_name::ClassName, scripts},
};

/// Names the container: ``Map `requests` (leaky.js)``; for a slot of another container,
/// ``Arrays of Map `byTenant` (leaky.js)``.
pub(super) fn shown_container(
    container: &Container,
    name: Option<&ContainerName>,
    outer_class: Option<&ClassName>,
    path: &[PathStep],
) -> String {
    let file = container
        .location
        .as_ref()
        .or_else(|| path.first()?.location.as_ref())
        .and_then(|place| Some(scripts::short_file(place.file.as_deref()?).to_owned()));
    let class = &container.class.plain();
    if let Some(alone) = name.and_then(ContainerName::alone) {
        return alone.to_owned();
    }
    let store = name.and_then(ContainerName::store);
    let named = match (name, store, outer_class) {
        (Some(_), Some(store), Some(outer)) => {
            format!("{} of {} `{store}`", plural(class), outer.plain())
        }
        (Some(name), ..) => format!("{class} `{}`", name.text()),
        (None, ..) => class.to_string(),
    };
    match file {
        Some(file) => format!("{named} ({file})"),
        None => named,
    }
}

fn plural(class: &str) -> String {
    if class.ends_with('s') { class.to_owned() } else { format!("{class}s") }
}

/// Names the program's own function that holds an item, if the item is not that function:
/// `, held by function tick (app.js:9:30)`.
pub(super) fn holder(path: &[PathStep], items: &Items) -> String {
    let entry = path.iter().position(|step| step.suspect).unwrap_or(path.len());
    let is_own = |place: &&SourceLocation| !place.is_node();
    if items.class.is_closure() {
        let place = items.location.as_ref().filter(is_own).and_then(SourceLocation::label);
        return place.map_or_else(String::new, |place| format!(", defined at {place}"));
    }
    path[entry..]
        .iter()
        .filter_map(|step| Some((step.class.running()?, step)))
        .find_map(|(name, step)| {
            let place = step.location.as_ref().filter(is_own)?.label()?;
            Some(match name {
                _ if step.class == items.class => format!(", defined at {place}"),
                "" => format!(", held by a function ({place})"),
                name => format!(", held by function {name} ({place})"),
            })
        })
        .or_else(|| {
            // A global belongs to no module, so the file is taken from the class of its
            // items.
            let is_global = path.first().is_some_and(|step| step.edge.name == "global");
            let place = items.location.as_ref().filter(is_own).filter(|_| is_global)?;
            Some(format!(", of a class defined at {}", place.label()?))
        })
        .unwrap_or_default()
}

/// Returns one line: what grows, where, how fast.
pub(super) fn title(growth: &Growth, items: &Items, container: &str, rate: &str) -> String {
    let class = items.class.plain();
    let checks = text::checks(u64::from(growth.intervals));
    match growth.measure {
        Measure::Count => format!(
            "{class} accumulates in {container}: {} now, {} more in {checks}, {rate}",
            text::count(items.count),
            text::count(items.added_count),
        ),
        Measure::Size => {
            let what = match &*class {
                "number" => format!("numbers accumulate in {container}"),
                _ if container.starts_with(&format!("{class} ")) => {
                    format!("{container} grows")
                }
                _ => format!("{class} in {container} grows"),
            };
            format!(
                "{what}: {} more in {checks}, {rate}",
                text::bytes(text::as_f64(growth.net_bytes()))
            )
        }
    }
}

/// Returns the note next to the reference to fix.
pub(super) fn note(growth: &Growth, items: &Items) -> String {
    match growth.measure {
        Measure::Count => {
            format!("grows: {} held, +{}", text::count(items.count), text::count(items.added_count))
        }
        Measure::Size => format!("grows: +{}", text::bytes(text::as_f64(growth.net_bytes()))),
    }
}
