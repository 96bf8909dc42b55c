//! The name tree, branch by branch: module → variable → `Map` → `[n × Session]`.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::{
    Explorer, Order, Page, Rows,
    rows::{HolderRow, key_text},
};
use crate::{
    census::tree::NONE,
    explain::Guide,
    report::{CreatedIn, PathEdge, PathStep, SourceLocation},
    session::Policy,
    v8::class_name::ClassName,
};

/// Steps to a branch that are shown: of more, the last.
const MOST_STEPS: usize = 200;

/// Asks for the branches below another.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Holders {
    /// The branch; without one, where paths begin.
    pub key: Option<String>,
    /// What they are sorted by.
    pub sort: HolderSort,
    /// In which order.
    pub order: Order,
    /// What their name, class or file contains.
    pub filter: Option<String>,
    /// Which of them.
    pub page: Page,
}

/// What branches are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum HolderSort {
    /// With the branches below.
    HeldBytes,
    /// Without them.
    SelfBytes,
    /// The number of objects.
    Count,
    /// The name of the reference.
    Name,
}

/// Asks for one branch.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HolderOf {
    /// Which.
    pub key: String,
}

/// One branch, and how it is reached.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HolderFound {
    /// The branch.
    #[serde(flatten)]
    pub row: HolderRow,
    /// From the origin to the branch itself.
    pub path: Vec<HolderStep>,
    /// Where most of what its objects keep alive was allocated, if stacks were recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_in: Option<CreatedIn>,
}

/// A step to a branch.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HolderStep {
    /// Of the branch that it leads to.
    pub key: String,
    /// The reference.
    pub edge: PathEdge,
    /// The class, as `className` and `label`.
    #[serde(flatten)]
    pub class: ClassName,
    /// Where class or function are, or the file of a module.
    pub location: Option<SourceLocation>,
}

impl Explorer {
    pub(super) fn holder(&self, query: &HolderOf) -> Option<HolderFound> {
        let at = self.branch_with(&query.key)?;
        let book = self.book();
        let guide = self.guide(&book);
        let nodes = book.tree().nodes();
        let step = |at: u32| {
            let PathStep { edge, class, location, .. } = guide.branch(at);
            HolderStep { key: key_text(nodes[at as usize].key), edge, class, location }
        };
        let above = |&at: &u32| {
            let parent = nodes[at as usize].parent;
            (parent != NONE).then(|| guide.branch_of(parent))
        };
        let branches = std::iter::successors(Some(at), above).take(MOST_STEPS);
        let mut path: Vec<_> = branches.map(step).collect();
        path.reverse();
        let objects = FxHashMap::from_iter([(at, 0)]);
        let created_in = self.creators_below(1, self.objects_of(&objects)).pop()?;
        Some(HolderFound { row: self.holder_row(&guide, at), path, created_in })
    }

    pub(super) fn holders(&self, query: &Holders) -> Option<Rows<HolderRow>> {
        let of = match &query.key {
            Some(key) => Some(self.branch_with(key)?),
            None => None,
        };
        let book = self.book();
        let guide = self.guide(&book);
        let mut branches = guide.branches(of);
        if let Some(filter) = &query.filter {
            let (spelled, filter) = (self.spelled(), filter.to_lowercase());
            branches.retain(|&at| spelled[at as usize].contains(&filter));
        }
        self.sort_branches(&guide, &mut branches, query.sort, query.order);
        Some(Rows::of(&branches, query.page, |&at| self.holder_row(&guide, at)))
    }

    /// Returns what a search looks at, by tree node: the name of the reference, the class and the
    /// file, in small letters.
    pub(super) fn spelled(&self) -> Arc<Vec<Box<str>>> {
        let book = self.book();
        self.spelled.get(Policy::Keep, || {
            let guide = self.guide(&book);
            let spell = |at: u32| {
                let step = guide.branch(at);
                let file = step.location.as_ref().and_then(|place| place.file.as_deref());
                let parts = [&*step.edge.name, &*step.class.in_reports(), file.unwrap_or("")];
                // What is searched for has no line breaks.
                parts.join("\n").to_lowercase().into_boxed_str()
            };
            (0..book.tree().nodes().len() as u32).map(spell).collect()
        })
    }

    /// Returns the `count` origins that hold most.
    pub(super) fn top_holders(&self, count: usize) -> Vec<HolderRow> {
        let book = self.book();
        let guide = self.guide(&book);
        let mut branches = guide.branches(None);
        self.sort_branches(&guide, &mut branches, HolderSort::HeldBytes, Order::Desc);
        branches.iter().take(count).map(|&at| self.holder_row(&guide, at)).collect()
    }

    pub(super) fn sort_branches(
        &self,
        guide: &Guide<'_>,
        branches: &mut [u32],
        sort: HolderSort,
        order: Order,
    ) {
        let book = self.book();
        let nodes = book.tree().nodes();
        let number = |at: u32| {
            let node = &nodes[at as usize];
            match sort {
                HolderSort::HeldBytes => node.held_bytes,
                HolderSort::SelfBytes => node.self_bytes,
                HolderSort::Count | HolderSort::Name => u64::from(node.count),
            }
        };
        if sort == HolderSort::Name {
            let mut named: Vec<_> =
                branches.iter().map(|&at| (guide.branch(at).edge.name, at)).collect();
            named.sort_by(|(a, at), (b, other)| order.compare(a, b).then(at.cmp(other)));
            for (place, (_, at)) in branches.iter_mut().zip(named) {
                *place = at;
            }
        } else {
            branches.sort_by_key(|&at| (order.key(number(at)), at));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explore::open::tests::{PROGRAM, explore};

    fn ask(key: Option<String>, filter: Option<&str>, sort: HolderSort) -> Vec<HolderRow> {
        let query = Holders {
            key,
            sort,
            order: if sort == HolderSort::Name { Order::Asc } else { Order::Desc },
            filter: filter.map(str::to_owned),
            page: Page { offset: 0, limit: 100 },
        };
        explore(PROGRAM).holders(&query).expect("there").rows
    }

    #[test]
    fn a_module_leads_to_its_variables_and_these_to_what_they_hold() {
        let modules = ask(None, Some("sessions.js"), HolderSort::HeldBytes);
        let [module] = &modules[..] else { panic!("{modules:?}") };
        assert_eq!((module.origin, &*module.edge.name), ("module", "module app/sessions.js"));
        let file = module.location.as_ref().and_then(|place| place.file.as_deref());
        assert_eq!(file, Some("/srv/app/sessions.js"));
        let variables = ask(Some(module.key.clone()), None, HolderSort::HeldBytes);
        let map = variables.iter().find(|row| row.edge.name == "sessions").expect("a variable");
        assert_eq!((map.class.in_reports().as_ref(), map.count), ("Map", 1));
        let items = ask(Some(map.key.clone()), None, HolderSort::HeldBytes);
        let rows: Vec<_> =
            items.iter().map(|row| (row.edge.label(), row.class.in_reports(), row.count)).collect();
        assert_eq!(rows, [("[…]".to_owned(), "Session".into(), 3)], "the table is left out");
        assert_eq!(items[0].held_bytes, 3 * 16 + 3 * 40, "with the strings below");
        assert!(items[0].has_children && map.held_bytes > items[0].held_bytes);
    }

    #[test]
    fn branches_are_sorted_and_an_unknown_key_leads_nowhere() {
        let names: Vec<_> =
            ask(None, None, HolderSort::Name).into_iter().map(|row| row.edge.name).collect();
        assert!(names.is_sorted() && names.len() > 1, "{names:?}");
        let query = Holders {
            key: Some("0".to_owned()),
            sort: HolderSort::Count,
            order: Order::Asc,
            filter: None,
            page: Page { offset: 0, limit: 1 },
        };
        assert_eq!(explore(PROGRAM).holders(&query), None);
    }

    #[test]
    fn a_branch_is_found_by_its_key_with_the_steps_that_lead_to_it() {
        let module = ask(None, Some("sessions.js"), HolderSort::HeldBytes).remove(0);
        let of = |row: &HolderRow| ask(Some(row.key.clone()), None, HolderSort::HeldBytes);
        let map = of(&module).into_iter().find(|row| row.edge.name == "sessions").expect("a map");
        let items = of(&map).remove(0);
        let found = explore(PROGRAM).holder(&HolderOf { key: items.key.clone() }).expect("there");
        assert_eq!(found.row, items);
        let path: Vec<_> =
            found.path.iter().map(|step| (step.edge.label(), step.key.as_str())).collect();
        let expected = [
            ("module app/sessions.js".to_owned(), module.key.as_str()),
            ("sessions".to_owned(), map.key.as_str()),
            ("[…]".to_owned(), items.key.as_str()),
        ];
        assert_eq!(path, expected);
        assert_eq!(explore(PROGRAM).holder(&HolderOf { key: "0".to_owned() }), None);
    }

    #[test]
    fn a_page_begins_at_its_window_and_leaves_out_what_is_the_browsers() {
        let explorer = explore(
            "root -> roots; roots -> handles; handles -> doc; handles -> window
             window -bus-> bus; window -gone-> gone; bus -[1]-> data; data -[1]-> listener
             listener -[1]-> tick
             roots: synthetic \"(GC roots)\"; handles: synthetic \"(Global handles)\"
             doc: native HTMLDocument
             window: object \"Window [JSGlobalObject] / https://shop.test\"
             bus: native EventTarget; gone: native <section> detached=2
             data: native blink::EventTargetData; listener: native V8EventListener
             tick: closure onTick",
        );
        let below = |key: Option<String>| {
            let (sort, page) = (HolderSort::Name, Page { offset: 0, limit: 9 });
            let query = Holders { key, sort, order: Order::Asc, filter: None, page };
            explorer.holders(&query).expect("there").rows
        };
        let origins = below(None);
        let window = origins.iter().find(|row| row.origin == "global").expect("a window");
        assert_eq!(window.edge.label(), "window https://shop.test");
        let rows = below(Some(window.key.clone()));
        let names: Vec<_> =
            rows.iter().map(|row| (row.edge.label(), row.class.in_reports())).collect();
        let expected = [(".bus", "EventTarget"), (".gone", "Detached <section>")];
        assert_eq!(names, expected.map(|(label, class)| (label.to_owned(), class.into())));
        let listeners = below(Some(rows[0].key.clone()));
        let [listener] = &listeners[..] else { panic!("{listeners:?}") };
        assert_eq!(listener.edge.label(), "(listener)");
        assert_eq!(listener.class.in_reports(), "closure onTick");
    }
}
