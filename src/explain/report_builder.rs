//! Builds the report on one growth.

use std::{borrow::Cow, fmt::Write};

use rustc_hash::FxHashSet;

use super::{
    Rate, advice,
    allocation_stacks::{About, NOT_LINKED, Stacks},
    composition,
    container_choice::Chosen,
    duplicate_reports::Candidate,
    evidence, fingerprint,
    heap_path::{self, HeapPath, Hop},
    items_subtree::{Below, ItemsSubtree},
    kind,
    patterns::{self, Pattern},
    redact, reloaded_modules,
    report_names::{ContainerName, ReferenceName},
    source_location::Locator,
    steps::Steps,
    text, title,
    variable_name::Namer,
};
use crate::{
    census::tree::{NameTree, Origin},
    graph::{Edge, EdgeKind, HeapGraph, NodeKind},
    growth::{Decision, Growth, History, Measure, clock},
    report::{
        Container, GrowthSeries, Items, LeakAllocations, LeakKind, LeakReport, PathEdge, PathStep,
        SCHEMA_VERSION, SourceLocation, Verdict, iso8601,
    },
    units::NodeOrdinal,
    v8::{
        class_name::ClassName,
        names, pages, roots, scopes, scripts,
        telling::{Telling, telling},
        words::Words,
    },
};

/// Properties of an item that are looked at.
const MAX_PROPERTIES: usize = 32;

/// One in `MAX_OTHERS` entries may differ from the rest: one of the runtime's timers
/// among those of a program.
const MAX_OTHERS: u64 = 10;

/// Bytes of one number in an array or table.
const NUMBER_BYTES: u64 = 8;

/// Builds reports from the latest graph and what was derived from it.
pub(super) struct ReportBuilder<'a> {
    /// The latest snapshot.
    pub(super) graph: &'a HeapGraph,
    /// Structural names in it.
    pub(super) words: &'a Words,
    /// Its name tree.
    pub(super) tree: &'a NameTree,
    /// Children in the tree.
    pub(super) below: Below,
    /// Source locations.
    pub(super) places: Locator<'a>,
    /// Earlier censuses.
    pub(super) history: &'a History,
    /// Whether names of variables, properties and functions are hidden.
    pub(super) redact_names: bool,
    /// The unit in which titles state growth.
    pub(super) rate: Rate,
}

/// Bytes that would be freed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sizes {
    /// With the container.
    pub(super) retained: u64,
    /// With the items.
    pub(super) exclusive: u64,
}

impl ReportBuilder<'_> {
    /// Spells, for a title, the rate of something that has grown by `bytes` over
    /// `intervals`.
    pub(super) fn rate(&self, bytes_per_ms: f64, bytes: f64, intervals: u32) -> String {
        self.rate.of(bytes_per_ms, bytes, intervals)
    }

    /// Chooses what a person would call container and items of `growth`.
    pub(super) fn chosen(&self, growth: &Growth) -> Chosen {
        Chosen::of(growth, &self.subtree())
    }

    /// Returns the report on `growth`.
    pub(super) fn report(
        &self,
        growth: &Growth,
        chosen: &Chosen,
        sizes: Sizes,
        stacks: Stacks<'_>,
    ) -> Candidate {
        let kind = kind::kind_of(chosen, growth.measure, self.graph, self.words);
        let (mut path, mut references, known) = self.path(chosen);
        let mut name = self.container_name(chosen);
        let mut container = self.container(chosen, sizes);
        let mut items = self.items(chosen, growth, sizes.exclusive);
        let mut outer = self.outer_class(chosen);
        let id = fingerprint_of(&path, &items);
        let pattern = self.pattern(chosen, kind, &path[..known]);
        if self.redact_names {
            // All text below is made from these.
            let (path, references, name) = (&mut path, &mut references, name.as_mut());
            let (container, items, outer) = (&mut container, &mut items, outer.as_mut());
            redact::ReportParts { path, references, container, name, outer, items }.redact();
        }
        container.name = name.as_ref().map(ContainerName::text);
        for (step, name) in path.iter_mut().zip(&references) {
            step.edge.name = name.text();
        }
        let is_family = reloaded_modules::is_family(chosen.container, self.tree);
        let shown = title::shown_container(&container, name.as_ref(), outer.as_ref(), &path);
        let note = title::note(growth, &items);
        let entry = path.iter().find(|step| step.suspect);
        let entry = entry.map_or_else(String::new, |step| step.class.plain().into_owned());
        let net = text::as_f64(growth.net_bytes());
        let mut rate = self.rate(growth.bytes_per_ms, net, growth.intervals);
        let per_request = self.bytes_per_request(growth);
        if let Some(bytes) = per_request.filter(|_| matches!(self.rate, Rate::Hour)) {
            let _ = write!(rate, ", {} per request", text::bytes(bytes));
        }
        let allocations = self.allocations(chosen, growth, stacks);
        let report = LeakReport {
            schema_version: SCHEMA_VERSION,
            id,
            verdict: match growth.decision {
                Decision::Leak => Verdict::Leak,
                Decision::Suspect => Verdict::Suspected,
            },
            kind,
            title: title::title(
                growth,
                &items,
                &(shown.clone() + &title::holder(&path, &items) + &self.copies(chosen, pattern)),
                &rate,
            ),
            advice: match pattern {
                _ if is_family => reloaded_modules::advice(&file_shown(&container)),
                Some(pattern) => pattern.text.to_owned(),
                None => {
                    let names = [&*shown, &*items.class.plain(), &*entry];
                    self.advice(kind, chosen, container.class == "Promise", names)
                }
            },
            pattern: pattern.map(|pattern| pattern.id),
            path_text: text::tree(&path, &note),
            container,
            items,
            growth: self.series(growth, self.counts(chosen, growth), per_request),
            path,
            confidence: growth.confidence,
            evidence: evidence::of(growth, per_request, self.is_work_known(), self.redact_names),
            allocations_reason: allocations.as_ref().err().copied(),
            replaced_by: None,
            allocations: allocations.ok(),
        };
        let hops = &chosen.heap_path.hops;
        let above = chosen.container_at.saturating_sub(1);
        Candidate {
            shown: title::shown_container(&report.container, name.as_ref(), None, &report.path),
            report,
            container: chosen.container,
            store: hops[above].node,
            owner: self.owner_of(chosen.container_at, hops),
            entry: hops[chosen.entry_at].node,
            items: growth.items.clone(),
            is_scope: scopes::is_scope(self.graph, chosen.container),
            is_family,
            is_native: chosen.heap_path.origin == Origin::Native,
            is_text: growth.items.iter().all(|&item| self.tree.nodes()[item as usize].text),
        }
    }

    /// Returns where the objects of `growth` were allocated.
    fn allocations(
        &self,
        chosen: &Chosen,
        growth: &Growth,
        stacks: Stacks<'_>,
    ) -> Result<LeakAllocations, &'static str> {
        let (linked, index) = stacks?;
        let about = About::of(chosen, growth, self.graph, self.words, self.tree);
        linked.report(index, &about, self.places.sources, self.redact_names).ok_or(NOT_LINKED)
    }

    /// Returns the object that the container at `container_at` is part of, if it has a
    /// user-defined class: a plain object or a module owns much that is not a cache.
    fn owner_of(&self, container_at: usize, hops: &[Hop]) -> Option<NodeOrdinal> {
        let above = hops[..container_at.max(1)].iter().rev().map(|hop| hop.node);
        let owner = above.into_iter().find(|&node| !heap_path::is_internal(self.graph, node));
        owner.filter(|&node| telling(self.graph, self.words, node) == Telling::Named)
    }

    /// Names the module that is loaded repeatedly.
    fn copies(&self, chosen: &Chosen, pattern: Option<&Pattern>) -> String {
        pattern
            .filter(|pattern| pattern.id == patterns::MODULE_RELOAD && !self.redact_names)
            .and_then(|_| reloaded_modules::file_of(chosen.item, self.graph, self.words))
            .map_or_else(String::new, |file| format!(", copies of {file}"))
    }

    /// Whether the program's work is known, and the snapshots were not taken at moments
    /// that somebody chose.
    pub(super) fn is_work_known(&self) -> bool {
        let clocks = self.history.clocks();
        clocks.iter().all(|clock| clock.active_ms.is_some()) && !clock::were_asked_for(clocks)
    }

    /// Returns the class of the outer container, in a slot of which the container is.
    fn outer_class(&self, chosen: &Chosen) -> Option<ClassName> {
        let hops = &chosen.heap_path.hops[..chosen.container_at];
        let outer = hops.iter().rev().find(|hop| !heap_path::is_internal(self.graph, hop.node))?;
        Some(ClassName::of(self.graph, self.words, outer.node))
    }

    fn subtree(&self) -> ItemsSubtree<'_> {
        let &Self { graph, words, tree, history, .. } = self;
        ItemsSubtree { graph, words, tree, history, below: &self.below, places: &self.places }
    }

    /// Returns the name by which a person knows the container.
    fn container_name(&self, chosen: &Chosen) -> Option<ContainerName> {
        let at = chosen.container_at;
        if reloaded_modules::is_family(chosen.container, self.tree) {
            return Some(ContainerName::ModuleRegistry);
        }
        let list = self.runtime_list(&chosen.heap_path).filter(|&(list, _)| at <= list);
        if let Some((_, name)) = list {
            return Some(name);
        }
        self.owner_at(chosen)
            .and_then(|owner| self.namer().below_class(&chosen.heap_path, owner, at))
            .or_else(|| self.namer().expression(&chosen.heap_path, at))
            .map(ContainerName::Expression)
    }

    /// Returns the container, still without its name.
    fn container(&self, chosen: &Chosen, sizes: Sizes) -> Container {
        let at = chosen.container_at;
        if reloaded_modules::is_family(chosen.container, self.tree) {
            return Container {
                class: ClassName::called("Object"),
                name: None,
                retained_bytes: sizes.exclusive,
                location: self.origin_file(chosen),
            };
        }
        // The nearest location above: the class of an owner, else the function or file
        // that declares it; one in the program before one in Node.
        let mut places = chosen.heap_path.hops[..=at]
            .iter()
            .rev()
            .filter_map(|hop| self.places.place(hop.node))
            .chain(self.origin_file(chosen));
        let nearest = places.next();
        let location = match nearest {
            Some(place) if place.is_node() => places.find(|place| !place.is_node()).or(Some(place)),
            place => place,
        };
        Container {
            class: ClassName::of(self.graph, self.words, chosen.container),
            name: None,
            // A native root keeps objects that V8 attaches elsewhere.
            retained_bytes: sizes.retained.max(sizes.exclusive),
            location,
        }
    }

    /// Returns the last object above the container that is the only instance of one of
    /// the program's own classes, where the path begins in Node or a package. An injected
    /// service is known by its class; the registries that lead to it are incidental.
    fn owner_at(&self, chosen: &Chosen) -> Option<usize> {
        let begins_outside = match chosen.heap_path.origin {
            Origin::Module(script) => {
                !scripts::is_programs(scripts::script_name(self.graph, script))
            }
            Origin::Exports(file) => !scripts::is_programs(self.graph.names().get(file)),
            Origin::Global | Origin::Native => true,
            Origin::Own | Origin::Transient | Origin::Runtime => false,
        };
        let is_service = |node: NodeOrdinal| {
            self.graph.kind(node) == NodeKind::Object
                && telling(self.graph, self.words, node) == Telling::Named
                && self.tree.nodes()[self.tree.node_of(node) as usize].count == 1
                && self.places.is_programs(node)
        };
        let above = 1..chosen.container_at;
        above.rev().find(|&at| begins_outside && is_service(chosen.heap_path.hops[at].node))
    }

    fn items(&self, chosen: &Chosen, growth: &Growth, exclusive_bytes: u64) -> Items {
        let counts = self.counts(chosen, growth);
        let (first, last) = (counts[0], counts[counts.len() - 1]);
        let class = if reloaded_modules::is_family(chosen.container, self.tree) {
            ClassName::called("Module")
        } else {
            self.items_class(chosen, growth)
        };
        Items {
            class,
            count: last,
            added_count: last.saturating_sub(first),
            exclusive_bytes,
            consists_of: composition::of(&growth.items, &self.subtree()),
            location: self.places.place(chosen.item),
        }
    }

    /// Returns the class of the items. Numbers are not objects: a table that grows and
    /// leads to nothing is full of them.
    fn items_class(&self, chosen: &Chosen, growth: &Growth) -> ClassName {
        let is_table = self.graph.kind(chosen.item) == NodeKind::Array
            || self.graph.name(chosen.item).starts_with(names::ORDERED_TABLE);
        let leads_nowhere = || {
            let strong = |edge: &Edge| edge.kind != EdgeKind::Weak && edge.to != chosen.item;
            let nodes = self.graph.edges(chosen.item).filter(strong).count() as u64;
            nodes * NUMBER_BYTES * 4 < self.graph.self_size(chosen.item)
        };
        if growth.measure == Measure::Size && is_table && leads_nowhere() {
            return ClassName::called("number");
        }
        let item = is_table.then(|| self.usual_entry(chosen.item)).flatten();
        ClassName::of(self.graph, self.words, item.unwrap_or(chosen.item))
    }

    /// Returns an object of the class that most entries of a table have. Something else
    /// holds these objects too, so they are not below the table in the tree.
    fn usual_entry(&self, table: NodeOrdinal) -> Option<NodeOrdinal> {
        const MAX_SAMPLED: usize = 64;
        let mut sampled: Vec<NodeOrdinal> = self
            .graph
            .edges(table)
            .filter(|edge| edge.kind != EdgeKind::Weak)
            .map(|edge| edge.to)
            .filter(|&node| !heap_path::is_internal(self.graph, node) && !self.is_text(node))
            .take(MAX_SAMPLED)
            .collect();
        sampled.sort_by_key(|&node| self.graph.name_id(node).0);
        sampled
            .chunk_by(|&a, &b| self.graph.name_id(a) == self.graph.name_id(b))
            .max_by_key(|alike| alike.len())
            .and_then(|alike| alike.first().copied())
    }

    fn is_text(&self, node: NodeOrdinal) -> bool {
        self.graph.kind(node).is_key()
    }

    /// Returns the number of items in each snapshot of the growth. Where nearly every
    /// entry leads to an object of the reported class, those objects are counted.
    fn counts(&self, chosen: &Chosen, growth: &Growth) -> Vec<u64> {
        let entries = &growth.counts[growth.start..];
        let key = self.tree.nodes()[chosen.item_tree as usize].key;
        let named = &self.history.counts(key)[growth.start..];
        let is_covered = |(&named, &entries): (&u64, &u64)| named >= entries - entries / MAX_OTHERS;
        // Handles of all sorts share one root.
        let is_sort = self.graph.name(chosen.container) == roots::GLOBAL_HANDLES
            && named.last() > named.first();
        let exact = is_sort || named.iter().zip(entries).all(is_covered);
        // A map holds its keys alongside its values.
        let is_half = |(&named, &entries): (&u64, &u64)| {
            (named * 2).abs_diff(entries) <= entries / MAX_OTHERS
        };
        let is_map = matches!(self.graph.name(chosen.container), "Map" | "WeakMap");
        let exact = exact || is_map && named.iter().zip(entries).all(is_half);
        if growth.measure == Measure::Count && exact && named.last() > named.first() {
            named.to_vec()
        } else {
            entries.to_vec()
        }
    }

    fn series(
        &self,
        growth: &Growth,
        counts: Vec<u64>,
        bytes_per_request: Option<f64>,
    ) -> GrowthSeries {
        let since = self.history.clocks().get(growth.start).map_or(0.0, |clock| clock.epoch_ms);
        GrowthSeries {
            checks: growth.checks,
            counts,
            retained_bytes: growth.held[growth.start..].to_vec(),
            bytes_per_hour: growth.bytes_per_ms * 3_600_000.0,
            bytes_per_request,
            first_seen: iso8601(since),
        }
    }

    /// Returns what each HTTP request leaves behind, if `growth` is in proportion to requests.
    fn bytes_per_request(&self, growth: &Growth) -> Option<f64> {
        let held: Vec<f64> =
            growth.held[growth.start..].iter().map(|&it| text::as_f64(it)).collect();
        clock::per_request(&held, &self.history.clocks()[growth.start..])
    }

    /// Returns the known structure around the container.
    fn pattern(
        &self,
        chosen: &Chosen,
        kind: LeakKind,
        path: &[PathStep],
    ) -> Option<&'static Pattern> {
        let inside: Vec<String> = self
            .graph
            .edges(chosen.item)
            .filter(|edge| edge.kind == EdgeKind::Property && !self.is_nothing(edge.to))
            .take(MAX_PROPERTIES)
            .filter_map(|edge| {
                let hop = Hop { edge: Some(edge), node: edge.to, keyed: false };
                heap_path::reference_name(self.graph, self.words, hop)
            })
            .map(|name| name.text())
            .collect();
        let entry = path.iter().position(|step| step.suspect).unwrap_or(path.len());
        let found = patterns::recognise(path, entry.saturating_sub(1), &inside, kind);
        found.filter(|pattern| !pattern.is_nodes() || !pages::is_page(self.graph))
    }

    /// Returns the advice for a leak that no pattern explains: the names are those of its container,
    /// of its items, and of what the container refers to.
    fn advice(
        &self,
        kind: LeakKind,
        chosen: &Chosen,
        is_promise: bool,
        names: [&str; 3],
    ) -> String {
        let [container, items, entry] = names;
        let topic = advice::Topic {
            container,
            is_promise,
            items,
            entry,
            node: self.graph.kind(chosen.item),
            chained: chosen.chained,
            is_page: pages::is_page(self.graph),
            is_detached: self.is_detached(chosen.item),
        };
        advice::advice(kind, &topic)
    }

    /// Whether `node` is, or refers to, a node that is no longer part of its page.
    fn is_detached(&self, node: NodeOrdinal) -> bool {
        let properties = self.graph.edges(node).filter(|edge| edge.kind == EdgeKind::Property);
        let mut all = properties.take(MAX_PROPERTIES).map(|edge| edge.to).chain([node]);
        all.any(|node| pages::is_detached(self.graph, node))
    }

    /// Whether `node` is `null` or `undefined`.
    fn is_nothing(&self, node: NodeOrdinal) -> bool {
        self.words.oddball.is_some_and(|oddball| self.graph.name_id(node) == oddball)
    }

    /// Returns the path as steps with the names of their references, internals and
    /// repetitions folded away, and how many of the steps lead to the item.
    fn path(&self, chosen: &Chosen) -> (Vec<PathStep>, Vec<ReferenceName>, usize) {
        let hops = &chosen.heap_path.hops;
        let last = hops.len() - 1;
        let mut known = 1;
        let (origin, name) = self.origin(chosen);
        let (mut steps, mut references) = (vec![origin], vec![name]);
        let mut marked = false;
        let mut shown = FxHashSet::default();
        let list = self.runtime_list(&chosen.heap_path).map(|(list, _)| list);
        let (begin, list) = (list.or_else(|| self.owner_at(chosen)), list.unwrap_or(0));
        let begin = begin.unwrap_or(0);
        for (at, hop) in hops.iter().enumerate().skip(begin + 1) {
            let Some(edge) = hop.edge else { continue };
            // Each link of a chain is shown once.
            let folded = !shown.insert(self.tree.node_of(hop.node));
            let hidden =
                heap_path::is_internal(self.graph, hop.node) && !self.steps().is_shown(edge, *hop);
            if folded || (hidden && at < last) {
                continue;
            }
            let suspect = !marked && at >= chosen.entry_at;
            marked |= suspect;
            let (mut step, mut name) = self.steps().step(edge, *hop, suspect);
            if list > 0 && at == list + 1 {
                // Whether it is the first or the last of the list is incidental.
                name = ReferenceName::Slot;
                step.edge.name = name.text();
                EdgeKind::Element.name().clone_into(&mut step.edge.kind);
            }
            steps.push(step);
            references.push(name);
            if at <= chosen.item_at {
                known = steps.len();
            }
        }
        if let Some(hop) = chosen.called
            && let Some(edge) = hop.edge
        {
            let (step, name) = self.steps().step(edge, hop, false);
            steps.push(step);
            references.push(name);
        }
        (steps, references, known)
    }

    /// Returns the runtime list through which `heap_path` goes, and what a person calls
    /// it.
    fn runtime_list(&self, heap_path: &HeapPath) -> Option<(usize, ContainerName)> {
        let name = |hop: &Hop| match self.graph.name(hop.node) {
            "TimersList" => Some(ContainerName::ActiveTimers),
            roots::GLOBAL_HANDLES | "Node / CleanupQueue" => Some(ContainerName::OpenHandles),
            _ => None,
        };
        let found = heap_path.hops.iter().enumerate().find_map(|(at, hop)| Some((at, name(hop)?)));
        found.filter(|_| heap_path.begins_in_runtime(self.graph))
    }

    fn namer(&self) -> Namer<'_> {
        Namer { graph: self.graph, words: self.words, tree: self.tree }
    }

    fn steps(&self) -> Steps<'_> {
        let &Self { graph, words, tree, ref places, .. } = self;
        Steps { graph, words, tree, places }
    }

    /// Returns the file whose module the path begins in.
    fn origin_file(&self, chosen: &Chosen) -> Option<SourceLocation> {
        self.steps().origin_file(chosen.heap_path.origin)
    }

    fn origin(&self, chosen: &Chosen) -> (PathStep, ReferenceName) {
        let hop = chosen.heap_path.hops[0];
        let kind = self.graph.kind(hop.node).name().to_owned();
        let list = self.runtime_list(&chosen.heap_path);
        let given = |name: &str| ReferenceName::Given(name.to_owned());
        let owner = self.owner_at(chosen).map(|at| chosen.heap_path.hops[at].node);
        let (name, class, location) = match (list, owner) {
            (Some((at, name)), _) => {
                let list = chosen.heap_path.hops[at].node;
                (given(&name.text()), ClassName::of(self.graph, self.words, list), None)
            }
            (None, Some(node)) => {
                let class = ClassName::of(self.graph, self.words, node);
                (given(&class.in_reports()), class, self.places.place(node))
            }
            (None, None) => return self.steps().origin(chosen.heap_path.origin, hop.node),
        };
        let edge = PathEdge { kind: "root".to_owned(), name: name.text() };
        (PathStep { edge, class, node_kind: kind, location, suspect: false }, name)
    }
}

/// Returns the file of a container, as a person knows it.
fn file_shown(container: &Container) -> String {
    container.location.as_ref().and_then(SourceLocation::label).unwrap_or_default()
}

/// Returns the fingerprint of a leak. It is made of names only, from the origin to the
/// items: no line numbers, no directories, no counts.
fn fingerprint_of(path: &[PathStep], items: &Items) -> String {
    let origin = path.first().map_or_else(String::new, |step| {
        let file = step.location.as_ref().and_then(|place| place.file.as_deref());
        file.map_or_else(|| step.edge.name.clone(), fingerprint::stable_file)
    });
    let steps = path
        .iter()
        .skip(1)
        .flat_map(|step| [Cow::Borrowed(step.edge.name.as_str()), step.class.in_reports()]);
    let parts: Vec<Cow<'_, str>> =
        std::iter::once(origin.into()).chain(steps).chain([items.class.in_reports()]).collect();
    fingerprint::fingerprint(parts.iter().map(Cow::as_ref))
}
