//! What may be too much in one heap, where there is no other to compare it with.
//!
//! Two patterns, both after the leak suspects of Eclipse MAT:
//!
//! - A branch of the name tree with *many items* of one class, where the branch above it has few
//!   objects: the entries of a map, with all that they hold.
//! - An *accumulation point* of the dominator tree: an object that keeps a large part of the heap
//!   alive, of which no few objects below it have the most.
//!
//! An object below many items is one of theirs, so no bytes are told twice. What Node and V8 have
//! for themselves is there in every program, and is told only where it is much.

use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

use super::{
    Explorer, FiguresOf, Rows,
    rows::{HolderRow, PathRow},
};
use crate::{
    analysis::NodeFigures,
    census::tree::{NONE, Origin, TreeNode, ancestors},
    explain::Guide,
    graph::NodeKind,
    report::CreatedIn,
    session::Policy,
    units::NodeOrdinal,
    v8::{pages, scripts},
};

/// The least share of the heap that is told, as 1 in so many.
const LEAST_SHARE: u64 = 33;

/// Fewer items are told one by one, if at all.
const FEW_ITEMS: u32 = 16;

/// Items for each object above them, at least: an object with three fields of a class is not a
/// collection.
const ITEMS_EACH: u32 = 8;

/// The share that big objects must have of the one above them for it to be no more than the way
/// to them, in percent.
const PASSED_ON: u64 = 70;

/// Such big objects, at most: of more, the one above them is what they have in common.
const MOST_PASSED: usize = 4;

/// What begins in Node or V8 is told if something that the program has written is near it, or if
/// it has at least this share of the heap, as 1 in so many.
const RUNTIME_SHARE: u64 = 5;

/// Branches that are searched for something that the program has written.
const MOST_SEARCHED: usize = 10_000;

/// Asks for suspects.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SuspectsOf {
    /// How many, at most.
    pub limit: usize,
}

/// Why something is suspect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum SuspectKind {
    /// A branch with many objects.
    ManyItems,
    /// An object that keeps much alive.
    Accumulation,
}

/// What may be too much.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Suspect {
    /// Why.
    pub kind: SuspectKind,
    /// The branch, where it has many objects.
    pub holder: Option<HolderRow>,
    /// The object that keeps much alive.
    pub object: Option<NodeFigures>,
    /// The class of the objects.
    pub class_name: String,
    /// How many there are.
    pub count: u64,
    /// Bytes with all that they hold.
    pub bytes: u64,
    /// Their share of the heap, 0 to 1.
    pub fraction: f64,
    /// The path to the object, or to one of those in the branch.
    pub path: Vec<PathRow>,
    /// Where most of what they keep alive was allocated, if stacks were recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_in: Option<CreatedIn>,
}

/// An object that keeps much alive.
#[derive(Clone, Copy, Debug)]
struct Big {
    node: NodeOrdinal,
    /// Such objects directly below it in the dominator tree.
    children: usize,
    /// Bytes that these keep alive.
    bytes: u64,
}

/// What was found, before it is described.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    at: Place,
    bytes: u64,
}

#[derive(Clone, Copy, Debug)]
enum Place {
    Branch(u32),
    Object(NodeOrdinal),
}

impl Explorer {
    pub(super) fn suspects(&self, query: &SuspectsOf) -> Rows<Suspect> {
        let (figures, book) = (self.figures(), self.book());
        let guide = self.guide(&book);
        let nodes = book.tree().nodes();
        let total = figures.measures.retained.retained(self.session.graph().root());
        let found = self.suspected.get(Policy::Keep, || self.find_suspects(&guide, nodes, total));
        let shown = &found[..found.len().min(query.limit)];
        let rows = shown.iter().zip(self.creators_of(shown));
        let rows = rows.map(|(it, created_in): (&Found, _)| Suspect {
            created_in,
            ..self.suspect(&figures, &guide, *it, total)
        });
        let rows = rows.collect();
        Rows { total: found.len() as u64, rows }
    }

    /// Returns where most of what each of the suspects keeps alive was allocated.
    fn creators_of(&self, shown: &[Found]) -> Vec<Option<CreatedIn>> {
        let rows = || (0..).zip(shown);
        let branches: FxHashMap<u32, usize> = rows()
            .filter_map(|(row, found)| match found.at {
                Place::Branch(at) => Some((at, row)),
                Place::Object(_) => None,
            })
            .collect();
        let items = self.objects_of(&branches);
        let objects = rows().filter_map(|(row, found)| match found.at {
            Place::Object(node) => Some((node, row)),
            Place::Branch(_) => None,
        });
        self.creators_below(shown.len(), items.chain(objects))
    }

    fn find_suspects(&self, guide: &Guide<'_>, nodes: &[TreeNode], total: u64) -> Vec<Found> {
        let (book, measures) = (self.book(), self.session.measures());
        let mut found = self.many_items(guide, nodes, total);
        for point in self.accumulation_points(guide, (total / LEAST_SHARE).max(1)) {
            let branch = book.tree().node_of(point);
            let bytes = measures.retained.retained(point);
            let is_near = |it: &Found| match it.at {
                Place::Branch(items) => is_related(nodes, items, branch),
                Place::Object(_) => false,
            };
            let near: u64 = found.iter().filter(|it| is_near(it)).map(|it| it.bytes).sum();
            // The names of a branch say more, unless it is the lesser part.
            if near * 2 < bytes && self.is_told(guide, nodes, branch, (bytes, total)) {
                found.retain(|it| !is_near(it));
                found.push(Found { at: Place::Object(point), bytes });
            }
        }
        found.sort_by_key(|it| std::cmp::Reverse(it.bytes));
        found
    }

    /// Returns the branches with many objects, none below another.
    fn many_items(&self, guide: &Guide<'_>, nodes: &[TreeNode], total: u64) -> Vec<Found> {
        let graph = self.session.graph();
        let least = (total / LEAST_SHARE).max(1);
        let mut is_taken: Vec<bool> = Vec::with_capacity(nodes.len());
        let mut found = Vec::new();
        // A parent comes before its children.
        for (at, node) in (0..).zip(nodes) {
            let is_below = node.parent != NONE && is_taken[node.parent as usize];
            let above = || nodes[guide.branch_of(node.parent) as usize].count;
            let is_one = !is_below
                && node.held_bytes >= least
                && node.count >= FEW_ITEMS
                && node.parent != NONE
                && !matches!(graph.kind(node.sample), NodeKind::Code | NodeKind::Hidden)
                && guide.branch_of(at) == at
                && node.count / ITEMS_EACH >= above()
                && self.is_told(guide, nodes, at, (node.held_bytes, total));
            if is_one {
                found.push(Found { at: Place::Branch(at), bytes: node.held_bytes });
            }
            is_taken.push(is_below || is_one);
        }
        found
    }

    /// Whether the tree node `at`, with so many `bytes` of the `total`, may be of the program's
    /// making.
    fn is_told(
        &self,
        guide: &Guide<'_>,
        nodes: &[TreeNode],
        at: u32,
        (bytes, total): (u64, u64),
    ) -> bool {
        let graph = self.session.graph();
        match nodes[at as usize].origin {
            Origin::Own | Origin::Transient | Origin::Runtime => false,
            Origin::Exports(_) | Origin::Global => true,
            Origin::Module(script) if !scripts::is_node(scripts::script_name(graph, script)) => {
                true
            }
            Origin::Module(_) | Origin::Native => {
                bytes >= total / RUNTIME_SHARE || is_near_programs(guide, nodes, at)
            }
        }
    }

    /// Returns the objects that keep at least `least` bytes alive without passing most of it on.
    fn accumulation_points(&self, guide: &Guide<'_>, least: u64) -> Vec<NodeOrdinal> {
        let (graph, measures) = (self.session.graph(), self.session.measures());
        let dominators = &measures.dominators;
        let retained = |node| measures.retained.retained(node);
        let is_big = |node: &NodeOrdinal| retained(*node) >= least;
        // What is big hangs from what is big, which comes before it.
        let mut big: Vec<Big> = Vec::new();
        let mut index = FxHashMap::default();
        for (node, holder) in dominators.pairs().filter(|(node, _)| is_big(node)) {
            index.insert(node, big.len());
            big.push(Big { node, children: 0, bytes: 0 });
            if node != holder
                && let Some(&above) = index.get(&holder)
            {
                big[above].children += 1;
                big[above].bytes += retained(node);
            }
        }
        let roots: FxHashSet<_> = graph.edges(graph.root()).map(|edge| edge.to).collect();
        let passes_as_root = |node: NodeOrdinal| {
            matches!(graph.kind(node), NodeKind::Synthetic | NodeKind::Code)
                || roots.contains(&node)
                || pages::address(graph.name(node)).is_some()
        };
        let passes_on = |&Big { node, children, bytes }: &Big| {
            passes_as_root(node)
                || children <= MOST_PASSED && bytes * 100 >= retained(node) * PASSED_ON
        };
        let mut points: Vec<NodeOrdinal> = Vec::new();
        for it in big.iter().filter(|it| !passes_on(it)) {
            // A person knows the map, not its table.
            let mut point = it.node;
            while guide.is_internal(point) && !passes_as_root(dominators.immediate(point)) {
                point = dominators.immediate(point);
            }
            // What is left has no name but V8's or the browser's.
            if guide.is_internal(point) && graph.kind(point) != NodeKind::Object {
                continue;
            }
            // The big ones below one have the lesser part.
            let is_above = |above: NodeOrdinal| points.contains(&above);
            if !is_above(point) && !dominators.chain(point).any(is_above) {
                points.push(point);
            }
        }
        points
    }

    #[expect(clippy::cast_precision_loss, reason = "sizes below 2^53")]
    fn suspect(
        &self,
        figures: &FiguresOf<'_>,
        guide: &Guide<'_>,
        found: Found,
        total: u64,
    ) -> Suspect {
        let fraction = found.bytes as f64 / total.max(1) as f64;
        match found.at {
            Place::Branch(at) => {
                let holder = self.holder_row(guide, at);
                let book = self.book();
                Suspect {
                    kind: SuspectKind::ManyItems,
                    class_name: holder.class.in_reports().into_owned(),
                    count: holder.count,
                    bytes: found.bytes,
                    fraction,
                    path: self.path_rows(figures, book.tree().nodes()[at as usize].sample),
                    object: None,
                    holder: Some(holder),
                    created_in: None,
                }
            }
            Place::Object(node) => {
                let object = figures.of(node);
                Suspect {
                    kind: SuspectKind::Accumulation,
                    holder: None,
                    class_name: object.class_name.clone(),
                    count: 1,
                    bytes: found.bytes,
                    fraction,
                    path: self.path_rows(figures, node),
                    object: Some(object),
                    created_in: None,
                }
            }
        }
    }
}

/// Whether something that the program has written is at the tree node `at`, above or below it.
fn is_near_programs(guide: &Guide<'_>, nodes: &[TreeNode], at: u32) -> bool {
    let is_programs = |at: u32| {
        let place = guide.place(nodes[at as usize].sample);
        place.is_some_and(|place| !place.is_node())
    };
    if ancestors(nodes, at).any(is_programs) {
        return true;
    }
    // All that Node has may hang from one of its own scopes.
    if guide.is_internal(nodes[at as usize].sample) {
        return false;
    }
    let mut pending = vec![at];
    let mut searched = 0;
    while let Some(at) = pending.pop() {
        if is_programs(at) {
            return true;
        }
        searched += 1;
        if searched == MOST_SEARCHED {
            return false;
        }
        pending.extend(guide.branches(Some(at)));
    }
    false
}

/// Whether one of two tree nodes is the other, or above it.
fn is_related(nodes: &[TreeNode], one: u32, other: u32) -> bool {
    one == other
        || ancestors(nodes, one).any(|at| at == other)
        || ancestors(nodes, other).any(|at| at == one)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use crate::explore::open::tests::explore;

    /// A module with a variable for a map of `items`, each with 100 bytes below it, one for an
    /// object with three large fields, and 1000 bytes of others.
    fn program(items: usize, field: usize) -> String {
        let mut drawing = "
            root -> roots; roots -> handles; handles -internal:native-> native
            native -internal:main-> main; main -internal:context-> scope
            main -internal:shared-> info; info -internal:script-> script
            scope -context:sessions-> sessions; sessions -internal:table-> table
            scope -context:big-> big; big -a-> fa; big -b-> fb; big -c-> fc; main -rest-> rest
            roots: synthetic \"(GC roots)\" size=0; handles: synthetic \"(Global handles)\" size=0
            native: hidden \"system / NativeContext\" size=0; main: closure main size=0
            root: synthetic \"\" size=0; info: code \"(shared function info)\" size=0
            script: code \"system / Script / /srv/app/sessions.js\" size=0
            scope: object \"system / Context\" size=0; sessions: object Map size=0
            table: array \"\" size=0; big: object Big size=0; rest: object Rest size=1000"
            .to_owned();
        for name in ["fa", "fb", "fc"] {
            write!(drawing, "\n{name}: object Field{name} size={field}").expect("in memory");
        }
        for at in 0..items {
            write!(
                drawing,
                "\ntable -internal:{at}-> s{at}x; s{at}x -log-> l{at}x
                 s{at}x: object Session size=40; l{at}x: object Log size=60"
            )
            .expect("in memory");
        }
        drawing
    }

    fn suspects(drawing: &str) -> Vec<(SuspectKind, String, u64, u64, String)> {
        let Rows { total, rows } = explore(drawing).suspects(&SuspectsOf { limit: 9 });
        assert_eq!(total, rows.len() as u64);
        let path = |row: &Suspect| {
            row.path.iter().map(|step| step.edge.label()).collect::<Vec<_>>().join(" ")
        };
        rows.iter()
            .map(|row| (row.kind, row.class_name.clone(), row.count, row.bytes, path(row)))
            .collect()
    }

    #[test]
    fn many_items_are_told_with_what_they_hold() {
        let found = suspects(&program(20, 0));
        let items = "module app/sessions.js sessions […]".to_owned();
        let expected = (SuspectKind::ManyItems, "Session".to_owned(), 20, 2000, items);
        assert_eq!(found[0], expected);
        assert!(found.iter().all(|row| row.1 != "Log" && row.1 != "Map"), "{found:?}");
    }

    #[test]
    fn an_object_of_which_nothing_below_has_the_most_is_a_point_of_accumulation() {
        let found = suspects(&program(20, 20));
        assert!(found.iter().all(|row| row.1 != "Big"), "too little: {found:?}");
        // Each field is below a thirtieth of the heap, all three are not.
        let mut heap = program(200, 0);
        heap = heap.replace("Fieldfa size=0", "Fieldfa size=500");
        heap = heap.replace("Fieldfb size=0", "Fieldfb size=500");
        heap = heap.replace("Fieldfc size=0", "Fieldfc size=500");
        let found = suspects(&heap);
        let path = "module app/sessions.js big".to_owned();
        let expected = (SuspectKind::Accumulation, "Big".to_owned(), 1, 1500, path);
        assert!(found.contains(&expected), "{found:?}");
        assert_eq!((found[0].0, found[0].3), (SuspectKind::ManyItems, 20_000));
    }

    #[test]
    fn few_objects_are_not_many_items_and_an_empty_heap_has_no_suspects() {
        let found = suspects(&program(15, 0));
        let found: Vec<_> = found.iter().map(|row| (row.0, &*row.1, row.3)).collect();
        let kind = SuspectKind::Accumulation;
        assert_eq!(found, [(kind, "Map", 1500), (kind, "Rest", 1000)]);
        assert_eq!(suspects("root: synthetic \"\" size=0"), []);
    }
}
