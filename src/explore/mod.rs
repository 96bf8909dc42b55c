//! Questions about one heap that somebody looks through, for `openHeap`.
//!
//! An [`Explorer`] keeps a [`Session`], so that what one question worked out serves the next.
//! There is a file for each question. Long lists are asked for in pages ([`Page`]), and objects
//! go by V8's ids. Names are those of reports (`explain::Guide`), figures those of DevTools.

mod analysis;
mod biggest;
mod changes;
mod classes;
mod compare;
mod contents;
mod dominator_cells;
mod dominators;
mod find;
mod holders;
mod instances;
mod known_files;
mod merged_paths;
mod object;
mod only;
mod open;
mod page;
mod path;
mod recorded;
mod retainers;
mod rows;
mod stacks;
mod stage;
mod strings;
mod summary;
mod suspects;
mod tree;
mod what_if;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use self::{only::Members, page::SortedLists};
use crate::{
    analysis::{ClassTotals, Measures, NodeFigures, Readings},
    column::{self, Account, Cancellation, Watched},
    error::{DetectError, Result},
    explain::{Creators, Guide, GuideBook, PlaceBook},
    session::{Facet, Policy, Session},
    units::{NodeOrdinal, ObjectId},
};

pub use self::{
    biggest::BigObjects,
    compare::Comparison,
    only::Only,
    open::{OpenOptions, Opened},
    page::{Order, Page, Rows},
    recorded::Recorded,
    rows::PathRow,
    stacks::{StackRow, StacksOf},
    stage::{Follow, Follower, Stage},
    strings::StringHolder,
    suspects::Suspect,
};

/// One heap that is being looked through. Several threads may ask at once.
pub struct Explorer {
    session: Session,
    opened: Opened,
    contents: Option<contents::Contents>,
    own_scripts: Vec<String>,
    /// Where the memory of everything that it keeps is counted.
    account: Account,
    max_bytes: Option<u64>,
    places: Facet<PlaceBook>,
    book: Facet<GuideBook>,
    creators: Facet<Creators>,
    members: [Facet<Members>; only::SORTS],
    totals: [Facet<Vec<ClassTotals>>; only::SORTS],
    counts: Facet<Vec<(u64, u64)>>,
    unreachable: Facet<(u64, u64)>,
    spelled: Facet<Vec<Box<str>>>,
    copies: Facet<strings::Copies>,
    around: retainers::Around,
    biggest: dominator_cells::KnownCells,
    suspected: Facet<Vec<suspects::Found>>,
    compared: compare::Compared,
    changed: known_files::KnownFiles<changes::Changes>,
    sorted: SortedLists,
}

/// A question.
#[derive(Debug, Deserialize)]
#[serde(tag = "query", rename_all = "camelCase")]
pub enum Query {
    /// Works out what the other questions need, so that none of them waits.
    Prepare,
    /// Totals of the whole heap.
    Summary,
    /// Branches of the name tree.
    Holders(holders::Holders),
    /// One branch of the name tree.
    Holder(holders::HolderOf),
    /// What may be too much in the heap.
    Suspects(suspects::SuspectsOf),
    /// The biggest cells of a tree.
    Tree(tree::TreeOf),
    /// The Summary view of DevTools.
    Classes(classes::ClassesOf),
    /// Objects of a class.
    Instances(instances::Instances),
    /// One object.
    Object(object::ObjectOf),
    /// The references to an object.
    Retainers(retainers::RetainersOf),
    /// A way from a root to an object.
    Path(path::PathOf),
    /// Where the objects of a class are held.
    MergedPaths(merged_paths::MergedPaths),
    /// What hangs below an object in the dominator tree.
    Dominators(dominators::DominatorsOf),
    /// Strings that are there more than once.
    Strings(strings::Strings),
    /// A search.
    Find(find::Find),
    /// What would be freed.
    WhatIf(what_if::WhatIf),
    /// The same heap at other times.
    Compare(compare::Compare),
    /// The objects that are new or gone since another time.
    Changes(changes::ChangesOf),
}

/// The answer to a question; `null` where it is about an object that is not there.
#[derive(Debug, Serialize)]
#[serde(untagged)]
#[expect(missing_docs, reason = "each answers the question of its name")]
pub enum Answer {
    Prepared,
    Summary(summary::Summary),
    Holders(Option<Rows<rows::HolderRow>>),
    Holder(Option<holders::HolderFound>),
    Suspects(Rows<suspects::Suspect>),
    Tree(Option<tree::TreeFound>),
    Classes(Rows<classes::ClassRow>),
    Instances(instances::InstancesFound),
    Object(Option<object::ObjectFound>),
    Retainers(Option<Rows<retainers::RetainerRow>>),
    Path(Option<path::PathFound>),
    MergedPaths(Option<merged_paths::Merged>),
    Dominators(Option<dominators::DominatorsFound>),
    Strings(strings::StringsFound),
    Find(find::FindAnswer),
    WhatIf(what_if::WhatIfFound),
    Compare(compare::CompareAnswer),
    Changes(changes::ChangesFound),
}

impl Explorer {
    /// Answers `query` for somebody who `follows` the work.
    ///
    /// # Errors
    ///
    /// When memory runs out, when the question was cancelled, or when a file that it needs
    /// cannot be read.
    pub fn answer(&self, query: &Query, follows: &Follower) -> Result<Answer> {
        let work = || self.find_answer(query, &**follows);
        within(&self.account, self.max_bytes, follows, work)
    }

    fn find_answer(&self, query: &Query, follows: &dyn Follow) -> Result<Answer> {
        go_on(follows)?;
        Ok(match query {
            Query::Prepare => {
                self.prepare(follows)?;
                Answer::Prepared
            }
            Query::Summary => Answer::Summary(self.summary()),
            Query::Holders(query) => Answer::Holders(self.holders(query)),
            Query::Holder(query) => Answer::Holder(self.holder(query)),
            Query::Suspects(query) => Answer::Suspects(self.suspects(query)),
            Query::Tree(query) => Answer::Tree(self.tree(query)),
            Query::Classes(query) => Answer::Classes(self.classes(query)),
            Query::Instances(query) => Answer::Instances(self.instances(query, follows)?),
            Query::Object(query) => Answer::Object(self.object(query)?),
            Query::Retainers(query) => Answer::Retainers(self.retainers(query)),
            Query::Path(query) => Answer::Path(self.path(query)),
            Query::MergedPaths(query) => Answer::MergedPaths(self.merged_paths(query)),
            Query::Dominators(query) => Answer::Dominators(self.dominators(query)),
            Query::Strings(query) => Answer::Strings(self.strings(query)?),
            Query::Find(query) => Answer::Find(self.find(query)),
            Query::WhatIf(query) => Answer::WhatIf(self.what_if(query)),
            Query::Compare(query) => Answer::Compare(self.compare(query, follows)?),
            Query::Changes(query) => Answer::Changes(self.changes(query, follows)?),
        })
    }

    /// Works out what is as large as the heap has objects, one after the other.
    fn prepare(&self, follows: &dyn Follow) -> Result<()> {
        let begin = |stage| {
            follows.begin(stage);
            go_on(follows)
        };
        begin(Stage::Dominators)?;
        drop(self.session.measures());
        begin(Stage::Holders)?;
        drop(self.book());
        begin(Stage::Retainers)?;
        drop(self.session.retainers());
        drop(self.session.only_children());
        begin(Stage::Strings)?;
        drop((self.copies(), self.spelled(), self.class_counts(), self.unreachable()));
        Ok(())
    }

    /// Gives everything back.
    pub fn close(self) {
        let _counting = self.account.clone().count();
        drop(self);
    }

    /// Returns what the heap takes at present, in bytes of large columns.
    pub fn live_bytes(&self) -> u64 {
        let _counting = self.account.clone().count();
        column::live_bytes() as u64
    }

    fn book(&self) -> Arc<GuideBook> {
        let places = self.places();
        self.book.get(Policy::Keep, || GuideBook::of(&self.session, places, &self.own_scripts))
    }

    fn places(&self) -> Arc<PlaceBook> {
        self.places.get(Policy::Keep, || PlaceBook::of(&self.session))
    }

    fn guide<'a>(&'a self, book: &'a GuideBook) -> Guide<'a> {
        Guide::new(self.session.graph(), book)
    }

    fn figures(&self) -> FiguresOf<'_> {
        let (readings, measures) = (self.session.readings(), self.session.measures());
        FiguresOf { session: &self.session, readings, measures }
    }

    /// Returns the object with this `id`.
    fn node(&self, id: ObjectId) -> Option<NodeOrdinal> {
        let graph = self.session.graph();
        graph.ordinals().find(|&node| graph.id(node) == id)
    }

    /// Returns those of the objects with these `ids` that are there, each once.
    fn nodes(&self, ids: &[ObjectId]) -> Vec<NodeOrdinal> {
        let ids: rustc_hash::FxHashSet<_> = ids.iter().copied().collect();
        let graph = self.session.graph();
        graph.ordinals().filter(|&node| ids.contains(&graph.id(node))).collect()
    }
}

/// Does some work whose memory counts in `account`, at most `max_bytes` in all, until it is cancelled
/// by whoever `follows` it.
fn within<T>(
    account: &Account,
    max_bytes: Option<u64>,
    follows: &Follower,
    work: impl FnOnce() -> Result<T>,
) -> Result<T> {
    let _counting = account.clone().count();
    let _watched =
        Watched::by(move || max_bytes.is_none_or(|most| column::live_bytes() as u64 <= most));
    let follows = Arc::clone(follows);
    let _cancelling = Cancellation::by(move || follows.is_cancelled()).begin();
    column::catch_no_memory(work)
}

/// Ends the work of a question that was cancelled.
fn go_on(follows: &dyn Follow) -> Result<()> {
    if follows.is_cancelled() { Err(DetectError::Aborted) } else { Ok(()) }
}

/// The figures of single objects.
struct FiguresOf<'a> {
    session: &'a Session,
    readings: Arc<Readings>,
    measures: Arc<Measures>,
}

impl FiguresOf<'_> {
    fn of(&self, node: NodeOrdinal) -> NodeFigures {
        self.session.figures_of(node, &self.readings, &self.measures)
    }
}
