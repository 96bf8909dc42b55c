//! One snapshot, and everything derived from it.
//!
//! A [`Session`] has an immutable graph, and *facets*: words, scopes, classes,
//! dominators, figures. Each is worked out when it is first asked for, so that questions may come
//! in any order and nobody pays for what nobody asks. A [`Policy`] says whether a facet outlives
//! its readers: a round of the detector gives each back as soon as it can; an explorer of the
//! heap keeps them.

mod facet;
mod objects;

use std::{sync::Arc, time::Duration};

use crate::{
    analysis::{
        Analysis, AnalyzeOptions, Dominators, Figures, Measures, NodeFigures, OnlyChildren,
        Readings, Ways,
    },
    census::tree::NameTree,
    graph::{HeapGraph, Retainers},
    units::NodeOrdinal,
    v8::{scopes::Scopes, words::Words},
};

pub(crate) use facet::Facet;
pub use facet::Policy;

/// One snapshot, to be asked about.
#[derive(Debug)]
pub struct Session {
    graph: HeapGraph,
    policy: Policy,
    words: Facet<Words>,
    scopes: Facet<Scopes>,
    readings: Facet<Readings>,
    dominators: Facet<Dominators>,
    measures: Facet<Measures>,
    ways: Facet<Ways>,
    retainers: Facet<Retainers>,
    only_children: Facet<OnlyChildren>,
    name_tree: Facet<NameTree>,
}

impl Session {
    /// Opens a session over `graph`.
    pub fn new(graph: HeapGraph, policy: Policy) -> Self {
        Self {
            graph,
            policy,
            words: Facet::default(),
            scopes: Facet::default(),
            readings: Facet::default(),
            dominators: Facet::default(),
            measures: Facet::default(),
            ways: Facet::default(),
            retainers: Facet::default(),
            only_children: Facet::default(),
            name_tree: Facet::default(),
        }
    }

    /// Opens a session that gives each facet back with its last reader.
    pub fn lean(graph: HeapGraph) -> Self {
        Self::new(graph, Policy::Lean)
    }

    /// Returns the graph.
    pub fn graph(&self) -> &HeapGraph {
        &self.graph
    }

    /// Returns the names that V8 and Node use, as numbers.
    pub fn words(&self) -> Arc<Words> {
        self.words.get(self.policy, || Words::of(&self.graph))
    }

    /// Returns which scope belongs to which script.
    pub fn scopes(&self) -> Arc<Scopes> {
        self.scopes.get(self.policy, || Scopes::of(&self.graph, &self.words()))
    }

    /// Returns what was read off the names: classes, and the rules for figures.
    pub fn readings(&self) -> Arc<Readings> {
        self.readings.get(self.policy, || Readings::of(&self.graph))
    }

    /// Returns the dominator tree.
    pub fn dominators(&self) -> Arc<Dominators> {
        // Asked before, as below: holding one facet while waiting for the other could deadlock.
        let measures = self.measures.known();
        self.dominators.get_shared(self.policy, || match measures {
            Some(measures) => Arc::clone(&measures.dominators),
            None => Arc::new(Dominators::of(&self.graph)),
        })
    }

    /// Returns the figures of Chrome DevTools.
    pub fn measures(&self) -> Arc<Measures> {
        let dominators = self.dominators.known();
        self.measures.get(self.policy, || {
            let (sizes, readings) = (self.graph.self_sizes().clone(), self.readings());
            Measures::of(&self.graph, sizes, &readings, dominators)
        })
    }

    /// Returns which node is referred to by which.
    pub fn retainers(&self) -> Arc<Retainers> {
        self.retainers.get(self.policy, || Retainers::of(self.graph.links()))
    }

    /// Returns which nodes of the dominator tree have a single child.
    pub fn only_children(&self) -> Arc<OnlyChildren> {
        self.only_children.get(self.policy, || self.dominators().only_children())
    }

    /// Returns the name tree; `own_scripts` are parts of the paths of seep's own files, the same
    /// whenever it is asked for.
    pub fn name_tree(&self, own_scripts: &[String]) -> Arc<NameTree> {
        self.name_tree.get(self.policy, || {
            NameTree::of(&self.graph, &self.words(), &self.scopes(), own_scripts)
        })
    }

    /// Returns the figures of `node`, as they are shown.
    pub fn figures_of(
        &self,
        node: NodeOrdinal,
        readings: &Readings,
        measures: &Measures,
    ) -> NodeFigures {
        NodeFigures {
            id: self.graph.id(node),
            class_name: readings.classes().name_of(node).to_owned(),
            name: self.graph.name(node).to_owned(),
            kind: self.graph.kind(node).name(),
            self_bytes: measures.self_size(node),
            retained_bytes: measures.retained.retained(node),
            distance: measures.distances.get(node),
        }
    }

    /// Returns the shortest way to each object.
    fn ways(&self) -> Arc<Ways> {
        self.ways.get(self.policy, || Ways::of(&self.graph, &self.readings()))
    }

    /// Returns the figures that `options` ask for; `parsing` is the time that it took to read
    /// the snapshot.
    pub fn analysis(&self, options: &AnalyzeOptions, parsing: Duration) -> Analysis {
        let (readings, measures) = (self.readings(), self.measures());
        let figures = Figures { skeleton: &self.graph, readings: &readings, measures: &measures };
        let objects = objects::Objects { session: self, figures };
        Analysis {
            objects: objects.figures(&options.ids),
            paths: objects.paths(&options.paths),
            instances: options.class.as_deref().map(|name| objects.instances(name)),
            ..figures.analysis(parsing)
        }
    }
}
