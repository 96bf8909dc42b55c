//! What `seep analyze` prints of a heap.

use std::time::Duration;

use super::{
    Explorer, Order, Page, Rows,
    instances::WhichClass,
    only::Only,
    rows::PathRow,
    strings::{StringHolder, StringSort, Strings},
    suspects::{Suspect, SuspectsOf},
};
use crate::{
    analysis::{Analysis, AnalyzeOptions, ClassFigures, Instances},
    explain::recorded_stacks,
    units::ObjectId,
};

impl Explorer {
    /// Works out what names need, beside [`Self::prepare_figures`].
    pub(crate) fn prepare_holders(&self) {
        drop(self.book());
    }

    /// Works out the figures of DevTools.
    pub(crate) fn prepare_figures(&self) {
        drop(self.session.measures());
    }

    /// Returns the figures that `options` ask for; of classes, those of the objects `only`.
    pub(crate) fn analysis(
        &self,
        options: &AnalyzeOptions,
        only: Only,
        parsing: Duration,
    ) -> Analysis {
        let mut analysis = self.session.analysis(options, parsing);
        if only != Only::All {
            let (readings, totals) = (self.session.readings(), self.class_totals(only));
            let classes = readings.classes().rows();
            let row = |row: &crate::analysis::ClassTotals| ClassFigures {
                name: classes[row.class.0 as usize].name.clone(),
                kind: classes[row.class.0 as usize].kind.name(),
                count: row.count,
                self_bytes: row.self_bytes,
                retained_bytes: row.retained_bytes,
                distance: row.distance,
                created_in: None,
            };
            analysis.classes = totals.iter().map(row).collect();
        }
        self.locate_classes(only, &mut analysis.classes);
        if let Some(instances) = &mut analysis.instances {
            self.add_stacks(instances);
        }
        analysis
    }

    /// Fills in the heaviest stacks by which the objects of a class were allocated.
    fn add_stacks(&self, instances: &mut Instances) {
        let Some(recorded) = self.session.graph().recorded() else { return };
        let class = WhichClass { class_id: None, class_name: Some(instances.class_name.clone()) };
        let (meant, readings) = (self.classes_meant(&class), self.session.readings());
        let is_meant = |node| meant[readings.classes().class_of(node).0 as usize];
        instances.stacks = Some(recorded_stacks(recorded, is_meant, &()));
    }

    /// Returns the suspects that are largest.
    pub(crate) fn top_suspects(&self, limit: usize) -> Vec<Suspect> {
        self.suspects(&SuspectsOf { limit }).rows
    }

    /// Returns the holders of copied strings that waste most.
    pub(crate) fn string_holders(&self, limit: usize) -> Rows<StringHolder> {
        let query = Strings {
            holder: None,
            sort: StringSort::WastedBytes,
            order: Order::Desc,
            filter: None,
            page: Page { offset: 0, limit },
        };
        self.holders_of_copies(&self.copies(), &query)
    }

    /// Returns the path by which a person knows the object with this id.
    pub(crate) fn readable_path(&self, id: ObjectId) -> Option<Vec<PathRow>> {
        self.node(id).map(|node| self.path_rows(&self.figures(), node))
    }
}
