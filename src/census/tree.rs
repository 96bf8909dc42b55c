//! The name tree: a heap with the identity of objects taken out.
//!
//! A breadth-first search from the places that a person knows (the variables
//! of each module, the module registry, the global object, then native handles)
//! gives every object one path. Objects whose paths are spelled alike fall
//! into one tree node, which counts them: the requests in a `Map` become one
//! node `requests` → `Map` → `[]` → `IncomingMessage` with a count. Trees of two
//! snapshots are compared by these keys, so it does not matter that a forked
//! child's object ids are lost with the child.
//!
//! The idea is that of Shark's `ObjectGrowthDetector` (square/leakcanary). New
//! here: module scopes are roots of their own, so that a key does not change
//! with the way that happens to lead to a module; chains of equal or alternating
//! steps fold into one node; dictionary keys count as slots.

use rustc_hash::FxHashMap;

use super::{
    scopes::{self, Scopes},
    spelling::{self, EdgeSpelling, SLOT, Speller},
    words::{self, Words},
};
use crate::{
    graph::{Edge, EdgeKind, EdgeLabel, HeapGraph, NodeKind},
    units::{NameId, NodeOrdinal},
};

/// An object with more named properties than this is taken for a dictionary:
/// its property names are data, like the slots of an array.
const DICTIONARY_PROPERTIES: usize = 32;

/// A tree node with more differently spelled children than this folds the rest
/// into slots, so that data used as names cannot make the tree as large as the
/// heap.
const MAX_SPELLINGS: u16 = 256;

/// How far up a repeating pattern of steps is looked for: 1 finds `next` →
/// `next`, 2 finds `A.b` → `B.a` → `A.b`.
const MAX_FOLD_PERIOD: usize = 3;

/// How often a pattern with a slot in it must have repeated before it folds: an
/// array in an array is a table, in an array in an array still a tree, then a
/// list of pairs.
const SLOT_REPEATS: usize = 4;

/// No tree node, or no graph node.
pub const NONE: u32 = u32::MAX;

/// Where a path begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Variables of a file; the node of its script.
    Module(NodeOrdinal),
    /// An entry of the module registry: a CommonJS `Module`.
    Exports,
    /// A global object.
    Global,
    /// A root of V8 or Node that no JavaScript name leads to.
    Native,
    /// Seep's own scopes, where the caller of a pending `check()` hangs.
    Own,
    /// The stack and the handles of the moment.
    Transient,
    /// Reached only through hidden classes, code and the like, from whatever
    /// came first, or from nothing that keeps it alive.
    Runtime,
}

/// Objects whose paths are spelled alike.
#[derive(Clone, Debug)]
pub struct TreeNode {
    /// The node above, [`NONE`] for those where a path begins.
    pub parent: u32,
    /// Hash of the last step: edge and class.
    pub step: u64,
    /// Hash of the whole path; the same in every snapshot.
    pub key: u64,
    /// How many objects.
    pub count: u32,
    /// How many objects were first reached from these.
    pub fanout: u32,
    /// Sum of their self sizes.
    pub self_bytes: u64,
    /// The same with everything below.
    pub held_bytes: u64,
    /// One of the objects: the last that was met.
    pub sample: NodeOrdinal,
    /// Whether this is a part of a chain: steps that repeat lead through it.
    pub folded: bool,
    /// Whether the step is a slot.
    pub slot: bool,
    /// Whether they are strings: in a container with other items, the keys.
    pub text: bool,
    /// Where the path begins.
    pub origin: Origin,
    spellings: u16,
}

/// The name tree of one snapshot.
#[derive(Debug)]
pub struct NameTree {
    nodes: Vec<TreeNode>,
    tree_of: Vec<u32>,
    parent_of: Vec<u32>,
}

impl NameTree {
    /// Builds the tree. `own_scripts` are path prefixes of seep's own files.
    pub fn of(graph: &HeapGraph, words: &Words, scopes: &Scopes, own_scripts: &[String]) -> Self {
        let mut builder = Builder::new(graph, words);
        builder.run(scopes, own_scripts);
        builder.finish()
    }

    /// All nodes; a parent stands before its children.
    pub fn nodes(&self) -> &[TreeNode] {
        &self.nodes
    }

    /// The tree node of a graph node.
    pub fn node_of(&self, node: NodeOrdinal) -> u32 {
        self.tree_of[node.index()]
    }

    /// The graph node from which `node` was first reached.
    pub fn parent_of(&self, node: NodeOrdinal) -> Option<NodeOrdinal> {
        match self.parent_of[node.index()] {
            NONE => None,
            parent => Some(NodeOrdinal(parent)),
        }
    }

    /// The graph nodes in tree node `tree`.
    pub fn members(&self, tree: u32) -> impl Iterator<Item = NodeOrdinal> + '_ {
        (0u32..).zip(&self.tree_of).filter(move |&(_, &of)| of == tree).map(|(n, _)| NodeOrdinal(n))
    }
}

struct Builder<'a> {
    graph: &'a HeapGraph,
    words: &'a Words,
    speller: Speller,
    nodes: Vec<TreeNode>,
    children: FxHashMap<(u32, u64), u32>,
    tree_of: Vec<u32>,
    parent_of: Vec<u32>,
    queue: Vec<NodeOrdinal>,
    head: usize,
}

impl<'a> Builder<'a> {
    fn new(graph: &'a HeapGraph, words: &'a Words) -> Self {
        let n = graph.node_count();
        Self {
            graph,
            words,
            speller: Speller::default(),
            nodes: Vec::new(),
            children: FxHashMap::default(),
            tree_of: vec![NONE; n],
            parent_of: vec![NONE; n],
            queue: Vec::with_capacity(n),
            head: 0,
        }
    }

    fn run(&mut self, scopes: &Scopes, own_scripts: &[String]) {
        let root = self.graph.root();
        if self.graph.node_count() == 0 {
            return;
        }
        self.tree_of[root.index()] =
            self.begin(root, spelling::hash_text("(root)"), Origin::Native);

        let (own, modules) = sorted_modules(self.graph, scopes, own_scripts);
        // Own scopes wait: they must not be the way to what the program holds.
        for &(scope, _) in &own {
            self.tree_of[scope.index()] = 0;
        }
        for (scope, script) in modules {
            let key = spelling::hash_text(scopes::script_name(self.graph, script));
            self.seed(scope, spelling::mix(1, key), Origin::Module(script));
        }
        self.seed_module_registry();
        self.seed_globals();
        self.search();
        self.seed_native_roots();
        self.search();
        for (scope, script) in own {
            self.tree_of[scope.index()] = NONE;
            let key = spelling::hash_text(scopes::script_name(self.graph, script));
            self.seed(scope, spelling::mix(4, key), Origin::Own);
        }
        self.seed_transient_roots();
        self.search();
        self.search_runtime();
        self.lump_the_rest();
    }

    /// The `Module` objects in `Module._cache`, by their file names.
    fn seed_module_registry(&mut self) {
        let graph = self.graph;
        let Some(cache) = module_cache(graph, self.words) else { return };
        for edge in graph.edges(cache) {
            if edge.kind == EdgeKind::Property && is_class(graph, edge.to, self.words.module_class)
            {
                let EdgeLabel::Name(file) = edge.label else { continue };
                let key = spelling::hash_text(graph.names().get(file));
                self.seed(edge.to, spelling::mix(2, key), Origin::Exports);
            }
        }
    }

    fn seed_globals(&mut self) {
        let graph = self.graph;
        for edge in graph.edges(graph.root()) {
            if edge.kind == EdgeKind::Shortcut {
                let key = self.speller.class(graph, edge.to);
                self.seed(edge.to, spelling::mix(3, key), Origin::Global);
            }
        }
    }

    /// The roots of V8 and Node that hold on to objects for longer than a call.
    fn seed_native_roots(&mut self) {
        self.seed_roots(Origin::Native, |name| !is_transient(name) && !is_table(name));
    }

    fn seed_transient_roots(&mut self) {
        self.seed_roots(Origin::Transient, is_transient);
    }

    fn seed_roots(&mut self, origin: Origin, wanted: impl Fn(&str) -> bool) {
        let graph = self.graph;
        for edge in graph.edges(graph.root()) {
            if edge.kind == EdgeKind::Weak || edge.kind == EdgeKind::Shortcut {
                continue;
            }
            if graph.name(edge.to) == "(GC roots)" {
                for group in graph.edges(edge.to) {
                    if wanted(graph.name(group.to)) {
                        self.seed_by_class(group.to, origin);
                    }
                }
            } else if wanted(graph.name(edge.to)) {
                self.seed_by_class(edge.to, origin);
            }
        }
    }

    fn seed_by_class(&mut self, node: NodeOrdinal, origin: Origin) {
        let key = self.speller.class(self.graph, node);
        self.seed(node, spelling::mix(5, key), origin);
    }

    fn seed(&mut self, node: NodeOrdinal, step: u64, origin: Origin) {
        if self.tree_of[node.index()] != NONE {
            return;
        }
        let tree = match self.children.get(&(NONE, step)) {
            Some(&tree) => tree,
            None => self.begin(node, step, origin),
        };
        self.take(node, tree, None);
    }

    fn begin(&mut self, node: NodeOrdinal, step: u64, origin: Origin) -> u32 {
        let tree = self.push(TreeNode::new(NONE, step, step, node, origin));
        self.children.insert((NONE, step), tree);
        tree
    }

    fn push(&mut self, node: TreeNode) -> u32 {
        let tree = u32::try_from(self.nodes.len()).unwrap_or(NONE - 1);
        self.nodes.push(node);
        tree
    }

    fn take(&mut self, node: NodeOrdinal, tree: u32, from: Option<NodeOrdinal>) {
        self.tree_of[node.index()] = tree;
        self.parent_of[node.index()] = from.map_or(NONE, |from| from.0);
        let entry = &mut self.nodes[tree as usize];
        entry.count += 1;
        entry.self_bytes += self.graph.self_size(node);
        entry.sample = node;
        self.queue.push(node);
    }

    fn search(&mut self) {
        while let Some(&node) = self.queue.get(self.head) {
            self.head += 1;
            self.expand(node, false);
        }
    }

    /// Once more from the start, through V8's own references, so that code and
    /// hidden classes count for the functions and objects that they belong to.
    fn search_runtime(&mut self) {
        self.head = 0;
        while let Some(&node) = self.queue.get(self.head) {
            self.head += 1;
            self.expand(node, true);
        }
    }

    fn expand(&mut self, node: NodeOrdinal, runtime: bool) {
        let graph = self.graph;
        if is_own_report(graph, self.words, node) {
            return;
        }
        let tree = self.tree_of[node.index()];
        let dictionary = is_dictionary(graph, self.words, node);
        for edge in graph.edges(node) {
            let followed = if runtime { is_strong(edge) } else { self.leads_on(edge) };
            if self.tree_of[edge.to.index()] != NONE || !followed {
                continue;
            }
            let (step, slot) = match self.speller.edge(graph, edge.label) {
                EdgeSpelling::Ephemeron(table) if table == graph.id(node).0 => continue,
                EdgeSpelling::Slot | EdgeSpelling::Ephemeron(_) => (SLOT, true),
                EdgeSpelling::Named(_) if dictionary && edge.kind == EdgeKind::Property => {
                    (SLOT, true)
                }
                EdgeSpelling::Named(name) => (name, false),
            };
            let class = self.speller.class(graph, edge.to);
            let child = self.child(tree, step, class, slot, edge.to);
            if runtime && self.nodes[child as usize].count == 0 {
                self.nodes[child as usize].origin = Origin::Runtime;
            }
            self.nodes[tree as usize].fanout += 1;
            self.take(edge.to, child, Some(node));
        }
    }

    /// Whether a reference is one that a program made, not V8's book-keeping.
    fn leads_on(&self, edge: Edge) -> bool {
        if !is_strong(edge) {
            return false;
        }
        match edge.kind {
            EdgeKind::Internal => {
                let w = self.words;
                let skipped = [
                    w.map,
                    w.shared,
                    w.code,
                    w.feedback_cell,
                    w.scope_info,
                    w.initial_map,
                    w.native_context,
                ];
                if skipped.iter().any(|&word| words::is(edge.label, word)) {
                    return false;
                }
            }
            EdgeKind::Property if words::is(edge.label, self.words.proto) => return false,
            _ => {}
        }
        !matches!(self.graph.kind(edge.to), NodeKind::Code | NodeKind::ObjectShape)
    }

    fn child(&mut self, tree: u32, edge: u64, class: u64, slot: bool, to: NodeOrdinal) -> u32 {
        let step = spelling::mix(edge, class);
        if let Some(&child) = self.children.get(&(tree, step)) {
            return child;
        }
        if let Some(ancestor) = self.repeats(tree, step) {
            self.mark_chain(tree, ancestor);
            self.children.insert((tree, step), ancestor);
            return ancestor;
        }
        let parent = &mut self.nodes[tree as usize];
        if !slot {
            if parent.spellings >= MAX_SPELLINGS {
                return self.child(tree, SLOT, class, true, to);
            }
            parent.spellings += 1;
        }
        let (key, origin) = (spelling::mix(parent.key, step), parent.origin);
        let mut node = TreeNode::new(tree, step, key, to, origin);
        node.slot = slot;
        node.text = self.graph.kind(to).is_content();
        let child = self.push(node);
        self.children.insert((tree, step), child);
        child
    }

    fn mark_chain(&mut self, from: u32, to: u32) {
        let mut at = from;
        loop {
            self.nodes[at as usize].folded = true;
            if at == to {
                return;
            }
            at = self.nodes[at as usize].parent;
        }
    }

    /// The node at or above `tree` that `step` leads back to, if the last steps
    /// repeat.
    fn repeats(&self, tree: u32, step: u64) -> Option<u32> {
        let above = |at: u32| self.nodes.get(at as usize).filter(|node| node.parent != NONE);
        let mut at = tree;
        let mut slotted = false;
        for period in 1..=MAX_FOLD_PERIOD {
            let node = above(at)?;
            slotted |= node.slot;
            if node.step == step {
                let repeated = |at: &u32| {
                    (0..period)
                        .try_fold(*at, |at, _| Some(above(at)?.parent))
                        .filter(|&at| above(at).is_some_and(|node| node.step == step))
                };
                let times = std::iter::successors(Some(at), repeated).take(SLOT_REPEATS).count();
                if !slotted || times == SLOT_REPEATS {
                    return Some(at);
                }
            }
            at = node.parent;
        }
        None
    }

    /// What no program's reference leads to, by class alone.
    fn lump_the_rest(&mut self) {
        let graph = self.graph;
        for node in graph.ordinals() {
            if self.tree_of[node.index()] != NONE {
                continue;
            }
            let step = spelling::mix(6, self.speller.class(graph, node));
            let tree = match self.children.get(&(NONE, step)) {
                Some(&tree) => tree,
                None => self.begin(node, step, Origin::Runtime),
            };
            self.take(node, tree, None);
        }
    }

    fn finish(mut self) -> NameTree {
        for node in &mut self.nodes {
            node.held_bytes += node.self_bytes;
        }
        for child in (0..self.nodes.len()).rev() {
            let TreeNode { parent, held_bytes, .. } = self.nodes[child];
            if parent != NONE {
                self.nodes[parent as usize].held_bytes += held_bytes;
            }
        }
        NameTree { nodes: self.nodes, tree_of: self.tree_of, parent_of: self.parent_of }
    }
}

impl TreeNode {
    fn new(parent: u32, step: u64, key: u64, sample: NodeOrdinal, origin: Origin) -> Self {
        Self {
            parent,
            step,
            key,
            count: 0,
            fanout: 0,
            self_bytes: 0,
            held_bytes: 0,
            sample,
            folded: false,
            slot: false,
            text: false,
            origin,
            spellings: 0,
        }
    }
}

type ScopeAndScript = (NodeOrdinal, NodeOrdinal);

/// Top-level scopes in an order that is the same in every snapshot: the
/// program's own files first, then packages, then Node's; seep's apart.
fn sorted_modules(
    graph: &HeapGraph,
    scopes: &Scopes,
    own_scripts: &[String],
) -> (Vec<ScopeAndScript>, Vec<ScopeAndScript>) {
    let (own, mut modules): (Vec<_>, Vec<_>) =
        scopes.modules().iter().copied().partition(|&(_, script)| {
            let file = scopes::script_name(graph, script);
            own_scripts.iter().any(|prefix| file.starts_with(prefix.as_str()))
        });
    modules.sort_by_cached_key(|&(scope, script)| {
        let file = scopes::script_name(graph, script);
        let distance = match file {
            _ if file.starts_with("node:") => 2,
            _ if file.contains("/node_modules/") => 1,
            _ => 0,
        };
        (distance, file.to_owned(), scope)
    });
    (own, modules)
}

/// The object behind `Module._cache`.
fn module_cache(graph: &HeapGraph, words: &Words) -> Option<NodeOrdinal> {
    words.module_cache?;
    graph
        .ordinals()
        .filter(|&node| {
            graph.kind(node) == NodeKind::Closure && is_class(graph, node, words.module_class)
        })
        .flat_map(|node| graph.edges(node))
        .find(|edge| edge.kind == EdgeKind::Property && words::is(edge.label, words.module_cache))
        .map(|edge| edge.to)
}

/// Whether a reference keeps its target alive.
fn is_strong(edge: Edge) -> bool {
    !matches!(edge.kind, EdgeKind::Weak | EdgeKind::Shortcut)
}

fn is_class(graph: &HeapGraph, node: NodeOrdinal, class: Option<NameId>) -> bool {
    class.is_some_and(|class| graph.name_id(node) == class)
}

/// Roots that hold objects only while something runs.
fn is_transient(name: &str) -> bool {
    matches!(
        name,
        "(Stack roots)"
            | "(Handle scope)"
            | "(Relocatable)"
            | "(Micro tasks)"
            | "C++ native stack roots"
            | "(Thread manager)"
    )
}

/// Roots that list what others hold: string tables, caches, weak lists.
fn is_table(name: &str) -> bool {
    matches!(
        name,
        "(Internalized strings)"
            | "(External strings)"
            | "(Read-only roots)"
            | "(Compilation cache)"
            | "(Code flusher)"
            | "(Retain maps)"
            | "(Weak collections)"
            | "(Weak roots)"
            | "(Startup object cache)"
            | "(Read-only object cache)"
            | "(Shareable object cache)"
    )
}

fn is_dictionary(graph: &HeapGraph, words: &Words, node: NodeOrdinal) -> bool {
    graph.kind(node) == NodeKind::Object
        && is_class(graph, node, words.plain_object)
        && graph.edges(node).filter(|edge| edge.kind == EdgeKind::Property).count()
            > DICTIONARY_PROPERTIES
}

/// Whether `node` is a report of seep's that the program keeps: a diagnostic
/// must not find itself.
fn is_own_report(graph: &HeapGraph, words: &Words, node: NodeOrdinal) -> bool {
    if graph.kind(node) != NodeKind::Object || !is_class(graph, node, words.plain_object) {
        return false;
    }
    let has = |word: Option<NameId>| {
        word.is_some()
            && graph
                .edges(node)
                .any(|edge| edge.kind == EdgeKind::Property && words::is(edge.label, word))
    };
    has(words.verdict) && (has(words.suspects) && has(words.leaks) || has(words.path_text))
}
