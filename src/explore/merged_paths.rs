//! Where the objects of a class, or some objects, are held: their readable paths, merged into
//! one tree.

use serde::{Deserialize, Serialize};

use super::{
    Explorer, Page, Rows,
    instances::{HeldRow, WhichClass},
};
use crate::{census::tree::NONE, units::ObjectId};

/// Asks for the branches, below another, through which objects are held.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MergedPaths {
    /// The objects of this class, unless `ids` are given.
    pub class: WhichClass,
    /// V8's ids of the objects.
    pub ids: Option<Vec<ObjectId>>,
    /// The branch; without one, where paths begin.
    pub key: Option<String>,
    /// Which of the branches.
    pub page: Page,
}

/// The branches through which objects are held.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Merged {
    /// The objects in all.
    pub objects: u64,
    /// Their own bytes.
    pub object_bytes: u64,
    /// The branches, those with most objects first.
    #[serde(flatten)]
    pub rows: Rows<HeldRow>,
}

impl Explorer {
    pub(super) fn merged_paths(&self, query: &MergedPaths) -> Option<Merged> {
        let of = match &query.key {
            Some(key) => Some(self.branch_with(key)?),
            None => None,
        };
        let book = self.book();
        let (guide, graph, tree) = (self.guide(&book), self.session.graph(), book.tree());
        let mut within = vec![(0_u64, 0_u64); tree.nodes().len()];
        let mut count = |node| {
            let (objects, bytes) = &mut within[tree.node_of(node) as usize];
            *objects += 1;
            *bytes += graph.self_size(node);
        };
        match &query.ids {
            Some(ids) => self.nodes(ids).into_iter().for_each(&mut count),
            None => self.instances_of(&query.class).for_each(&mut count),
        }
        let (objects, object_bytes) =
            within.iter().fold((0, 0), |(a, b), (objects, bytes)| (a + objects, b + bytes));
        // A parent comes before its children.
        for at in (0..within.len()).rev() {
            let parent = tree.nodes()[at].parent;
            if parent != NONE {
                let (more, more_bytes) = within[at];
                let (objects, bytes) = &mut within[parent as usize];
                *objects += more;
                *bytes += more_bytes;
            }
        }
        let mut branches = guide.branches(of);
        branches.retain(|&at| within[at as usize].0 > 0);
        branches.sort_unstable_by_key(|&at| {
            let (objects, bytes) = within[at as usize];
            (!objects, !bytes, at)
        });
        let rows = Rows::of(&branches, query.page, |&at| {
            let (objects, object_bytes) = within[at as usize];
            let path = self.labels_to(&guide, at);
            let holder = self.holder_row(&guide, at);
            HeldRow { holder, path, objects, object_bytes, created_in: None }
        });
        Some(Merged { objects, object_bytes, rows })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explore::open::tests::{PROGRAM, explore};

    #[test]
    fn paths_are_merged_from_their_origins_down() {
        let explorer = explore(PROGRAM);
        let ask = |ids: Option<Vec<ObjectId>>, key| {
            let class = WhichClass { class_id: None, class_name: Some("Session".to_owned()) };
            let page = Page { offset: 0, limit: 9 };
            let merged =
                explorer.merged_paths(&MergedPaths { class, ids, key, page }).expect("there");
            let rows = merged.rows.rows.into_iter();
            let rows = rows.map(|row| (row.holder.edge.label(), row.objects, row.holder.key));
            (merged.objects, rows.collect::<Vec<_>>())
        };
        let (objects, rows) = ask(None, None);
        assert_eq!((objects, rows.len()), (4, 1));
        assert_eq!((rows[0].0.as_str(), rows[0].1), ("module app/sessions.js", 4));
        let (_, below) = ask(None, Some(rows[0].2.clone()));
        let below: Vec<_> = below.iter().map(|row| (row.0.as_str(), row.1)).collect();
        assert_eq!(below, [("sessions", 3), ("last", 1)]);
        assert_eq!(ask(Some(vec![ObjectId(107)]), None).1[0].1, 1);
    }
}
