//! The breadth-first search that builds a name tree.
//!
//! Origins are processed in a fixed order, each searched completely before the next:
//! variables of modules, the registry, the globals; then the roots of V8 and Node; then
//! seep's own scopes and objects of the moment; then, through V8's own references,
//! everything else. An object belongs to the first origin that reaches it, so an object
//! that has a name for a person is reported by that name.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    children::Children,
    families::Families,
    follow,
    hashes::{self, ENTRY, EdgeSpelling, LINK, SLOT, Speller},
    modules::{Modules, own_functions, registered_modules},
    suspended,
    tree::{NONE, NameTree, Origin, TreeNode, TreeOf},
};
use crate::{
    bits::BitSet,
    column::{self, Column},
    graph::{Edge, EdgeKind, EdgeLabel, EdgesAt, HeapGraph, NodeKind, Stored},
    packed::Packed,
    units::{NameId, NodeOrdinal},
    v8::{
        essential::is_strong,
        pages, roots,
        scopes::Scopes,
        scripts,
        words::{self, Words},
    },
};

/// A tree node with more spellings of children than this folds the rest into slots, so
/// that data used as names cannot make the tree as large as the heap.
const MAX_SPELLINGS: u16 = 256;

/// The same for the window of a page, which has a thousand properties of the browser's before
/// those of the page.
const MAX_OF_WINDOW: u16 = 4096;

/// The longest period of a repeating pattern of steps. A period of 1 finds `next` →
/// `next`, and 2 finds `A.b` → `B.a` → `A.b`. Five finds functions that each close over
/// the previous object: object → `deps` → `handlers` → function → its scope → object.
const MAX_FOLD_PERIOD: usize = 64;

/// Up to this period, one repeated step is a pattern. In a longer period every step must
/// have repeated: objects are nested in objects without being chains.
const SHORT_PERIOD: usize = 3;

/// Repetitions before a pattern with a slot in it folds: an array in an array is a table,
/// an array inside that may still be a tree, then a list of pairs.
const SLOT_REPEATS: usize = 4;

/// Repetitions before a long pattern without a slot folds.
const LONG_REPEATS: usize = 2;

/// Places in the queue at which memory is prefetched, ahead of the object that is being looked
/// at: of an object, of its references, of what was noted about their targets, and of those
/// targets that were not reached before.
const FAR_AHEAD: usize = 24;
const AHEAD: usize = 16;
const SOON: usize = 8;
const VERY_SOON: usize = 3;

/// References of one object whose targets are prefetched: most have fewer.
const MOST_PREFETCHED: usize = 8;

/// Objects in the queue that are given back together once they have been looked at: a megabyte.
const RELEASED: usize = 256 << 10;

impl NameTree {
    /// Builds the tree. `own_scripts` are path prefixes of seep's own files.
    pub fn of(graph: &HeapGraph, words: &Words, scopes: &Scopes, own_scripts: &[String]) -> Self {
        let mut builder = Builder::new(graph, words);
        builder.run(scopes, own_scripts);
        builder.finish()
    }
}

/// Walks a graph and builds its name tree.
struct Builder<'a> {
    graph: &'a HeapGraph,
    words: &'a Words,
    speller: Speller,
    links: FxHashSet<NameId>,
    families: Families,
    /// Whether the heap is that of a browser's page.
    is_page: bool,
    nodes: Vec<TreeNode>,
    children: Children,
    tree_of: TreeOf,
    parent_of: Packed,
    queue: Column<NodeOrdinal>,
    head: usize,
    /// Calls that wait, with the steps that they have as origins.
    waiting: FxHashMap<NodeOrdinal, u64>,
    /// Objects that a reference of V8's leads to, seen by the search along the program's.
    beside: BitSet,
    /// The first object that leads to each of those, in the order of the search.
    again: Column<NodeOrdinal>,
}

impl<'a> Builder<'a> {
    fn new(graph: &'a HeapGraph, words: &'a Words) -> Self {
        let n = graph.node_count();
        Self {
            graph,
            words,
            speller: Speller::default(),
            links: follow::linked_classes(graph, words),
            families: Families::default(),
            is_page: false,
            nodes: Vec::new(),
            children: Children::default(),
            tree_of: TreeOf::none(n),
            parent_of: Packed::zeroed(n, n as u32),
            queue: Column::with_capacity(n),
            head: 0,
            waiting: FxHashMap::default(),
            beside: BitSet::new(n),
            again: Column::new(),
        }
    }

    fn run(&mut self, scopes: &Scopes, own_scripts: &[String]) {
        let root = self.graph.root();
        if self.graph.node_count() == 0 {
            return;
        }
        let tree = self.begin(root, hashes::hash_text("(root)"), Origin::Native);
        self.tree_of.set(root.index(), tree);

        let known = Modules::of(self.graph, scopes, own_scripts);
        for (call, file) in suspended::lone_calls(self.graph, self.words, own_scripts) {
            let class = self.speller.class(self.graph, call);
            let step = hashes::mix(7, hashes::mix(class, hashes::hash_text(file)));
            self.waiting.insert(call, step);
        }
        self.families = Families::of(
            registered_modules(self.graph, self.words)
                .map(|(_, file)| self.graph.names().get(file)),
        );
        // Own scopes and functions come later: no path to the program's objects must lead
        // through them.
        let functions: Vec<NodeOrdinal> =
            own_functions(self.graph, self.words, own_scripts).collect();
        let scopes_of_own = known.own.iter().map(|&(scope, _)| scope);
        for waiting in functions.iter().copied().chain(scopes_of_own) {
            self.tree_of.set(waiting.index(), 0);
        }
        self.seed_modules(&known.sole);
        self.seed_module_registry();
        self.seed_globals();
        self.search();
        self.seed_native_roots();
        self.search();
        self.seed_modules(&known.repeated);
        self.search();
        for waiting in functions {
            self.tree_of.set(waiting.index(), NONE);
            self.seed_by_class(waiting, Origin::Own);
        }
        for &(scope, script) in &known.own {
            self.tree_of.set(scope.index(), NONE);
            let key = hashes::hash_text(scripts::script_name(self.graph, script));
            self.seed(scope, hashes::mix(4, key), Origin::Own);
        }
        self.seed_transient_roots();
        self.search();
        self.search_runtime();
        self.lump_the_rest();
    }

    /// Seeds the variables of modules, by their file names.
    fn seed_modules(&mut self, modules: &[(NodeOrdinal, NodeOrdinal)]) {
        for &(scope, script) in modules {
            let key = self.families.spell(scripts::script_name(self.graph, script));
            self.seed(scope, hashes::mix(1, key), Origin::Module(script));
        }
    }

    /// Seeds the `Module` objects in `Module._cache`, by their file names.
    fn seed_module_registry(&mut self) {
        let graph = self.graph;
        for (module, file) in registered_modules(graph, self.words) {
            let key = self.families.spell(graph.names().get(file));
            self.seed(module, hashes::mix(2, key), Origin::Exports(file));
        }
    }

    fn seed_globals(&mut self) {
        let graph = self.graph;
        let globals = graph.edges(graph.root()).filter(|edge| edge.kind == EdgeKind::Shortcut);
        let windows = pages::windows(graph);
        self.is_page = !windows.is_empty();
        let globals = globals.map(|edge| edge.to).chain(windows);
        for global in globals {
            let key = self.speller.class(graph, global);
            self.seed(global, hashes::mix(3, key), Origin::Global);
        }
    }

    /// Seeds the roots of V8 and Node that hold objects for longer than a call.
    fn seed_native_roots(&mut self) {
        self.seed_roots(Origin::Native, |name| {
            !roots::is_transient(name) && !roots::is_table(name)
        });
    }

    fn seed_transient_roots(&mut self) {
        self.seed_roots(Origin::Transient, roots::is_transient);
    }

    fn seed_roots(&mut self, origin: Origin, wanted: impl Fn(&str) -> bool) {
        let graph = self.graph;
        for edge in graph.edges(graph.root()) {
            if edge.kind == EdgeKind::Weak || edge.kind == EdgeKind::Shortcut {
                continue;
            }
            if graph.name(edge.to) == roots::GC_ROOTS {
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
        self.seed(node, hashes::mix(5, key), origin);
    }

    fn seed(&mut self, node: NodeOrdinal, step: u64, origin: Origin) {
        if self.tree_of.has(node.index()) {
            return;
        }
        let tree = match self.children.get(NONE, step) {
            Some(tree) => tree,
            None => self.begin(node, step, origin),
        };
        self.take(node, tree, None);
    }

    fn begin(&mut self, node: NodeOrdinal, step: u64, origin: Origin) -> u32 {
        let tree = self.push(TreeNode::new(NONE, step, (step, step), node, origin));
        self.children.insert(NONE, step, tree);
        tree
    }

    fn push(&mut self, node: TreeNode) -> u32 {
        let tree = u32::try_from(self.nodes.len()).unwrap_or(NONE - 1);
        self.nodes.push(node);
        tree
    }

    fn take(&mut self, node: NodeOrdinal, tree: u32, from: Option<NodeOrdinal>) {
        self.tree_of.set(node.index(), tree);
        if let Some(from) = from {
            self.parent_of.set(node.index(), from.0 + 1);
        }
        let edges = u32::try_from(follow::references(self.graph, self.words, node));
        let edges = edges.unwrap_or(u32::MAX);
        let entry = &mut self.nodes[tree as usize];
        entry.count += 1;
        entry.edges = entry.edges.saturating_add(edges);
        entry.self_bytes += self.graph.self_size(node);
        entry.sample = node;
        self.queue.push(node);
    }

    /// Counts `node` as part of the string `whole` in `tree`; V8 may join the parts of a
    /// string or not.
    fn take_part(&mut self, node: NodeOrdinal, tree: u32, whole: NodeOrdinal) {
        self.tree_of.set(node.index(), tree);
        self.parent_of.set(node.index(), whole.0 + 1);
        self.nodes[tree as usize].self_bytes += self.graph.self_size(node);
        self.queue.push(node);
    }

    fn search(&mut self) {
        while let Some(&node) = self.queue.get(self.head) {
            self.head += 1;
            self.look_ahead();
            self.expand(node, false);
            column::ask_at(self.head);
            if self.head.is_multiple_of(RELEASED) {
                self.queue.release_before(self.head);
            }
        }
    }

    /// Prefetches what the next objects in the queue need: in the order of the search, they
    /// are all over the memory.
    fn look_ahead(&self) {
        let at = |ahead: usize| self.queue.get(self.head + ahead).copied();
        if let Some(node) = at(FAR_AHEAD) {
            self.graph.prefetch(node);
        }
        if let Some(node) = at(AHEAD) {
            self.graph.prefetch_edges(node);
        }
        if let Some(node) = at(SOON) {
            for (_, to) in self.graph.links().of(node.0).take(MOST_PREFETCHED) {
                self.tree_of.prefetch(to as usize);
            }
        }
        if let Some(node) = at(VERY_SOON) {
            for (_, to) in self.graph.links().of(node.0).take(MOST_PREFETCHED) {
                if !self.tree_of.has(to as usize) {
                    self.graph.prefetch(NodeOrdinal(to));
                    self.parent_of.prefetch(to as usize);
                }
            }
        }
    }

    /// Searches again through V8's own references, so that code and hidden classes are
    /// attributed to their functions and objects. Of the objects that were found, only those
    /// that are the first to lead to one of these are looked at again.
    fn search_runtime(&mut self) {
        for (at, &node) in std::mem::take(&mut self.again).iter().enumerate() {
            column::ask_at(at);
            self.expand(node, true);
        }
        while let Some(&node) = self.queue.get(self.head) {
            self.head += 1;
            self.expand(node, true);
            column::ask_at(self.head);
        }
    }

    fn expand(&mut self, node: NodeOrdinal, runtime: bool) {
        match self.graph.links().stored() {
            Stored::Wide(edges) => self.expand_edges(node, edges, runtime),
            Stored::Narrow(edges) => self.expand_edges(node, edges, runtime),
        }
    }

    #[inline]
    fn expand_edges(&mut self, node: NodeOrdinal, edges: impl EdgesAt, runtime: bool) {
        let graph = self.graph;
        let positions = graph.links().range(node.0);
        let begin = positions.start;
        // Most objects lead to what has been reached.
        let is_news = |position: &usize| !self.tree_of.has(edges.at(*position).1 as usize);
        let Some(first) = positions.clone().find(is_news) else { return };
        if follow::is_own_report(graph, self.words, node) {
            return;
        }
        let dictionary = follow::is_dictionary(graph, self.words, node);
        let labels = graph.labels().of(node.0, positions.clone());
        // A listener for `error` is usually added along with one for another event, which
        // is the one that keeps their common scope.
        let mut last = None;
        for position in first..positions.end {
            let (kind, to) = edges.at(position);
            if self.tree_of.has(to as usize) {
                continue;
            }
            let label = EdgeLabel::new(kind, labels[position - begin]);
            let edge = Edge { kind, label, to: NodeOrdinal(to) };
            if edge.kind == EdgeKind::Property && words::is(edge.label, self.words.error) {
                last = Some(edge);
            } else {
                self.reach(node, edge, dictionary, runtime);
            }
        }
        if let Some(edge) = last.filter(|edge| !self.tree_of.has(edge.to.index())) {
            self.reach(node, edge, dictionary, runtime);
        }
    }

    /// Adds the target of `edge` of `node`, which was not reached before.
    fn reach(&mut self, node: NodeOrdinal, edge: Edge, dictionary: bool, runtime: bool) {
        let graph = self.graph;
        let tree = self.tree_of.get(node.index());
        if !is_strong(edge.kind) {
            return;
        }
        if !runtime && !follow::leads_on(graph, self.words, edge) {
            if self.beside.insert(edge.to.index()) && self.again.last() != Some(&node) {
                self.again.push(node);
            }
            return;
        }
        if follow::is_rope_part(graph, node, edge.to) {
            self.take_part(edge.to, tree, node);
            return;
        }
        if !self.waiting.is_empty()
            && let Some(&step) = self.waiting.get(&edge.to)
            && self.is_nodes(tree)
        {
            return self.seed(edge.to, step, Origin::Native);
        }
        let is_key = dictionary && edge.kind == EdgeKind::Property;
        // Keys may be as many as objects, and would only be spelled to be forgotten.
        let spelling =
            if is_key { EdgeSpelling::Slot } else { self.speller.edge(graph, edge.label) };
        let (step, slot) = match spelling {
            EdgeSpelling::Ephemeron(table) if table == u64::from(graph.id(node).0) => return,
            EdgeSpelling::Ephemeron(_) => (ENTRY, false),
            EdgeSpelling::Slot => (SLOT, true),
            EdgeSpelling::Named(_)
                if edge.kind == EdgeKind::Property
                    && graph.kind(edge.to) == NodeKind::Object
                    && self.links.contains(&graph.name_id(edge.to)) =>
            {
                (LINK, false)
            }
            EdgeSpelling::Named(name) => (name, false),
        };
        if follow::is_cleared(graph, edge.to, self.words.weak_cell) {
            return;
        }
        let cleared = follow::is_cleared(graph, edge.to, self.words.weak_ref);
        let class = self.speller.class(graph, edge.to) ^ u64::from(cleared);
        let child = self.child(tree, step, class, slot, edge.to);
        self.nodes[child as usize].cleared = cleared;
        if runtime && self.nodes[child as usize].count == 0 {
            self.nodes[child as usize].origin = Origin::Runtime;
        }
        self.take(edge.to, child, Some(node));
    }

    /// Whether only Node or V8 holds what is in a tree node.
    fn is_nodes(&self, tree: u32) -> bool {
        match self.nodes[tree as usize].origin {
            Origin::Native => true,
            Origin::Module(script) => scripts::is_node(scripts::script_name(self.graph, script)),
            _ => false,
        }
    }

    fn child(&mut self, tree: u32, edge: u64, class: u64, slot: bool, to: NodeOrdinal) -> u32 {
        let step = hashes::mix(edge, class);
        if let Some(child) = self.children.get(tree, step) {
            return child;
        }
        if let Some(ancestor) = self.repeats(tree, step) {
            self.mark_chain(tree, ancestor);
            self.children.insert(tree, step, ancestor);
            return ancestor;
        }
        let is_plain =
            follow::is_class(self.graph, self.nodes[tree as usize].sample, self.words.plain_object);
        let parent = &mut self.nodes[tree as usize];
        if !slot {
            let is_window =
                parent.parent == NONE && parent.origin == Origin::Global && self.is_page;
            let most = if is_window { MAX_OF_WINDOW } else { MAX_SPELLINGS };
            if parent.spellings >= most {
                return self.child(tree, SLOT, class, true, to);
            }
            parent.spellings += 1;
        }
        let (key, origin) = (hashes::mix(parent.key, step), parent.origin);
        let nameless = if is_plain { hashes::mix(SLOT, class) } else { step };
        let shape = hashes::mix(parent.shape, nameless);
        let mut node = TreeNode::new(tree, step, (key, shape), to, origin);
        node.slot = slot;
        node.text = self.graph.kind(to).is_key();
        let child = self.push(node);
        self.children.insert(tree, step, child);
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

    /// Returns the node at or above `tree` that `step` leads back to, if the last steps
    /// repeat.
    fn repeats(&self, tree: u32, step: u64) -> Option<u32> {
        let above = |at: u32| self.nodes.get(at as usize).filter(|node| node.parent != NONE);
        let mut at = tree;
        let mut slotted = false;
        for period in 1..=MAX_FOLD_PERIOD {
            let node = above(at)?;
            slotted |= node.slot;
            if node.step == step {
                let times = if period <= SHORT_PERIOD {
                    self.times_met(at, period)
                } else {
                    self.times_repeated(tree, period)
                };
                let needed = match (slotted, period <= SHORT_PERIOD) {
                    (true, _) => SLOT_REPEATS,
                    (false, true) => 1,
                    (false, false) => LONG_REPEATS,
                };
                if times >= needed {
                    return Some(at);
                }
            }
            at = node.parent;
        }
        None
    }

    /// Returns how often the step to `at` occurs going up by `period` steps at a time.
    fn times_met(&self, at: u32, period: usize) -> usize {
        let above = |at: u32| self.nodes.get(at as usize).filter(|node| node.parent != NONE);
        let step = self.nodes[at as usize].step;
        let repeated = |at: &u32| {
            (0..period)
                .try_fold(*at, |at, _| Some(above(at)?.parent))
                .filter(|&at| above(at).is_some_and(|node| node.step == step))
        };
        std::iter::successors(Some(at), repeated).take(SLOT_REPEATS).count()
    }

    /// Returns how often the last `period` steps down to `tree` have repeated.
    fn times_repeated(&self, tree: u32, period: usize) -> usize {
        let mut steps = std::iter::successors(Some(tree), |&at| {
            Some(self.nodes[at as usize].parent).filter(|&at| at != NONE)
        })
        .map(|at| self.nodes[at as usize].step);
        let pattern: Vec<u64> = steps.by_ref().take(period).collect();
        let mut times = 1;
        while times < SLOT_REPEATS {
            let mut next = steps.by_ref().take(period);
            if !pattern.iter().all(|&step| next.next() == Some(step)) {
                break;
            }
            times += 1;
        }
        times
    }

    /// Groups objects that no reference of the program leads to by their class alone.
    fn lump_the_rest(&mut self) {
        let graph = self.graph;
        for node in graph.ordinals() {
            if self.tree_of.has(node.index()) {
                continue;
            }
            let step = hashes::mix(6, self.speller.class(graph, node));
            let tree = match self.children.get(NONE, step) {
                Some(tree) => tree,
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
        let is_pending =
            |&node: &NodeOrdinal| follow::is_cleared(self.graph, node, self.words.weak_cell);
        let pending_cleanups =
            u32::try_from(self.graph.ordinals().filter(is_pending).count()).unwrap_or(u32::MAX);
        // Freed before more memory is used.
        drop((self.queue, self.beside));
        NameTree {
            tree_of: self.tree_of,
            nodes: self.nodes,
            parent_of: self.parent_of,
            pending_cleanups,
        }
    }
}
