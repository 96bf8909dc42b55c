//! Tells one growth as a [`LeakReport`].

use super::{
    class, fingerprint, kind,
    place::{self, Places},
    subject::{self, Below, Subject},
    text,
    trail::{self, Hop},
};
use crate::{
    census::{
        scopes,
        tree::{NameTree, Origin},
        words::Words,
    },
    graph::{Edge, EdgeKind, HeapGraph},
    growth::{Decision, Growth, History, Measure},
    report::{
        Container, GrowthSeries, Items, LeakKind, LeakReport, PathEdge, PathStep, SCHEMA_VERSION,
        Verdict,
    },
    units::NodeOrdinal,
};

/// What a story is told from: the last graph and what was made of it.
pub(super) struct Scene<'a> {
    /// The latest snapshot.
    pub(super) graph: &'a HeapGraph,
    /// Structural names in it.
    pub(super) words: &'a Words,
    /// Its name tree.
    pub(super) tree: &'a NameTree,
    /// Children in the tree.
    pub(super) below: Below,
    /// Places in the source.
    pub(super) places: Places<'a>,
    /// Earlier censuses.
    pub(super) history: &'a History,
}

impl Scene<'_> {
    /// The report on `growth`. `retained` tells the bytes that an object alone
    /// keeps alive.
    pub(super) fn tell(&self, growth: &Growth, retained: impl Fn(NodeOrdinal) -> u64) -> Told {
        let subject = Subject::of(growth, self.graph, self.tree, &self.below, self.history);
        let kind = kind::kind_of(&subject, growth.measure, self.graph, self.words);
        let path = self.path(&subject);
        let container = self.container(&subject, retained);
        let items = self.items(&subject, growth);
        let per_hour = growth.bytes_per_ms * 3_600_000.0;
        let shown = shown_container(&container, &path);
        let title = title(growth, &items, &shown, per_hour);
        let note = note(growth, &items);
        let report = LeakReport {
            schema_version: SCHEMA_VERSION,
            id: fingerprint_of(&path, &items),
            verdict: match growth.decision {
                Decision::Leak => Verdict::Leak,
                Decision::Suspect => Verdict::Suspected,
            },
            kind,
            title,
            advice: kind::advice(kind, &shown, &items.class_name),
            path_text: text::tree(&path, &note, place::display),
            container,
            items,
            growth: self.series(growth, per_hour),
            path,
            confidence: growth.confidence,
        };
        let container = subject.container;
        let store = subject.trail.hops[subject.container_at.saturating_sub(1)].node;
        Told { report, container, store, is_scope: scopes::is_scope(self.graph, container) }
    }

    fn container(&self, subject: &Subject, retained: impl Fn(NodeOrdinal) -> u64) -> Container {
        let at = subject.container_at;
        let name = subject::expression(&subject.trail, at, self.graph, self.words);
        // The nearest place above: the class of an owner, else the function or
        // file whose variable it is.
        let location =
            subject.trail.hops[..=at].iter().rev().find_map(|hop| self.places.place(hop.node));
        Container {
            class_name: class::class_name(self.graph, subject.container),
            name,
            retained_bytes: retained(subject.container),
            location,
        }
    }

    fn items(&self, subject: &Subject, growth: &Growth) -> Items {
        Items {
            class_name: class::class_name(self.graph, subject.item),
            count: growth.counts.last().copied().unwrap_or(0),
            added_count: growth.net_count(),
            location: self.places.place(subject.item),
        }
    }

    fn series(&self, growth: &Growth, bytes_per_hour: f64) -> GrowthSeries {
        let since = self.history.clocks().get(growth.start).map_or(0.0, |clock| clock.epoch_ms);
        GrowthSeries {
            checks: growth.checks,
            counts: growth.counts[growth.start..].to_vec(),
            retained_bytes: growth.held[growth.start..].to_vec(),
            bytes_per_hour,
            first_seen: super::iso8601(since),
        }
    }

    /// The trail as steps, internals and repetitions folded away.
    fn path(&self, subject: &Subject) -> Vec<PathStep> {
        let hops = &subject.trail.hops;
        let last = hops.len() - 1;
        let mut steps = vec![self.origin(subject)];
        let mut marked = false;
        for (at, hop) in hops.iter().enumerate().skip(1) {
            let Some(edge) = hop.edge else { continue };
            let folded =
                at > 1 && self.tree.node_of(hop.node) == self.tree.node_of(hops[at - 1].node);
            let hidden = trail::is_internal(self.graph, hop.node) && !self.is_told(edge, *hop);
            if at < last && (folded || hidden) {
                continue;
            }
            let suspect = !marked && at >= subject.entry_at;
            marked |= suspect;
            steps.push(self.step(edge, hop.node, suspect));
        }
        steps
    }

    /// Internals that say how the next object is held.
    fn is_told(&self, edge: Edge, hop: Hop) -> bool {
        edge.kind == EdgeKind::Internal && self.graph.name(hop.node).contains("PromiseReaction")
    }

    fn step(&self, edge: Edge, node: NodeOrdinal, suspect: bool) -> PathStep {
        PathStep {
            edge: PathEdge {
                kind: edge.kind.name().to_owned(),
                name: trail::edge_name(self.graph, self.words, edge),
            },
            class_name: class::class_name(self.graph, node),
            node_kind: self.graph.kind(node).name().to_owned(),
            location: self.places.place(node),
            suspect,
        }
    }

    fn origin(&self, subject: &Subject) -> PathStep {
        let hop = subject.trail.hops[0];
        let kind = self.graph.kind(hop.node).name().to_owned();
        let class_name = class::class_name(self.graph, hop.node);
        let (name, class_name, location) = match subject.trail.origin {
            Origin::Module(script) => {
                let file = scopes::script_name(self.graph, script);
                (
                    format!("module {}", place::short_file(file)),
                    "Module".to_owned(),
                    Some(self.places.file(script)),
                )
            }
            Origin::Exports => ("module registry".to_owned(), class_name, None),
            Origin::Global => ("global".to_owned(), class_name, None),
            Origin::Own => ("pending check()".to_owned(), class_name, None),
            Origin::Native | Origin::Transient | Origin::Runtime => {
                (format!("native {class_name}"), class_name, None)
            }
        };
        let edge = PathEdge { kind: "root".to_owned(), name };
        PathStep { edge, class_name, node_kind: kind, location, suspect: false }
    }
}

/// `Map requests (leaky.js)`.
fn shown_container(container: &Container, path: &[PathStep]) -> String {
    let file = container
        .location
        .as_ref()
        .or_else(|| path.first()?.location.as_ref())
        .and_then(|place| Some(place::short_file(place.file.as_deref()?).to_owned()));
    let named = match &container.name {
        Some(name) => format!("{} `{name}`", container.class_name),
        None => container.class_name.clone(),
    };
    match file {
        Some(file) => format!("{named} ({file})"),
        None => named,
    }
}

fn title(growth: &Growth, items: &Items, container: &str, per_hour: f64) -> String {
    let rate = format!("{}/h", text::bytes(per_hour));
    match growth.measure {
        Measure::Count => format!(
            "{} accumulates in {container}: {} now, {} more in {} checks, {rate}",
            items.class_name,
            text::count(items.count),
            text::count(items.added_count),
            growth.counts.len() - 1 - growth.start,
        ),
        Measure::Size => format!(
            "{} in {container} gets bigger: {} more in {} checks, {rate}",
            items.class_name,
            text::bytes(as_f64(growth.net_bytes())),
            growth.held.len() - 1 - growth.start,
        ),
    }
}

fn note(growth: &Growth, items: &Items) -> String {
    match growth.measure {
        Measure::Count => {
            format!("grows: {} held, +{}", text::count(items.count), text::count(items.added_count))
        }
        Measure::Size => format!("grows: +{}", text::bytes(as_f64(growth.net_bytes()))),
    }
}

#[expect(clippy::cast_precision_loss, reason = "sizes below 2^53")]
fn as_f64(bytes: u64) -> f64 {
    bytes as f64
}

/// Made of names alone, from the origin to the items: no line numbers, no
/// directories, no counts.
fn fingerprint_of(path: &[PathStep], items: &Items) -> String {
    let steps = path.iter().flat_map(|step| [step.edge.name.as_str(), step.class_name.as_str()]);
    fingerprint::fingerprint(steps.chain([items.class_name.as_str()]))
}

/// A report and the objects by which it is told from others.
pub(super) struct Told {
    report: LeakReport,
    container: NodeOrdinal,
    store: NodeOrdinal,
    is_scope: bool,
}

/// The reports without those that tell the same leak again: two stores of one
/// object (its slots and its dictionary), the lists of one emitter's events.
pub(super) fn without_twins(told: Vec<Told>) -> Vec<LeakReport> {
    let mut kept: Vec<Told> = Vec::new();
    for new in told {
        let is_twin = |old: &Told| {
            let same_object = old.container == new.container && !new.is_scope;
            let listeners = |told: &Told| told.report.kind == LeakKind::Listeners;
            same_object || (listeners(old) && listeners(&new) && old.store == new.store)
        };
        if !kept.iter().any(is_twin) {
            kept.push(new);
        }
    }
    kept.into_iter().map(|told| told.report).collect()
}
