//! The report on growth that no holder explains: which class grows, and how its objects
//! are reached.

use super::{
    allocation_stacks::NOT_LINKED,
    evidence, fingerprint, redact,
    report_builder::{ReportBuilder, Sizes},
    text,
};
use crate::{
    analysis::kept::{self, Holding},
    census::tree::{NONE, Origin, ancestors},
    growth::{Growth, Measure, Rest, Signs},
    report::{ClassGrowth, LeakKind, LeakReport},
    v8::class_name::{ClassName, devtools},
};

/// A tree node is on the way to most objects of a class if at least this share of the
/// class's growth lies below it.
const COMMON_SHARE: f64 = 0.5;

/// Classes that are named in the title.
const MAX_NAMED: usize = 3;

/// Returns the report on `rest`. The classes that have grown are `classes`, and the leaks
/// in `known` explain theirs. Returns `None` when none of the program's classes has
/// grown.
pub(super) fn report(
    rest: &Rest,
    builder: &ReportBuilder<'_>,
    classes: &[ClassGrowth],
    known: &[LeakReport],
    holding: &Holding<'_>,
) -> Option<LeakReport> {
    let is_known = |class: &ClassName| {
        known.iter().any(|leak| {
            leak.items.class == *class
                || leak.items.consists_of.iter().any(|part| part.class == *class)
        })
    };
    // Classes that grow in the program; seep keeps objects of its own, too.
    let mut placed = classes
        .iter()
        .filter(|class| !is_internal_row(&class.class) && !is_known(&class.class))
        .take(2 * MAX_NAMED)
        .filter_map(|class| Some((growth_of(rest, builder, &class.class)?, class)))
        .take(MAX_NAMED);
    let (growth, class) = placed.next()?;
    let grown: Vec<&ClassGrowth> =
        std::iter::once(class).chain(placed.map(|(_, class)| class)).collect();
    let shown = |class: &ClassName| {
        let mut class = class.clone();
        if builder.redact_names {
            redact::class(&mut class);
        }
        class.plain().into_owned()
    };
    let per_hour = rest.bytes_per_ms * 3_600_000.0;
    let names: Vec<String> = grown
        .iter()
        .map(|class| {
            let more = u64::try_from(class.added_count).unwrap_or(0);
            format!("{} ({} more)", shown(&class.class), text::count(more))
        })
        .collect();
    let checks = text::checks(u64::from(rest.trend.intervals));
    let chosen = builder.chosen(&growth);
    let retained = kept::retained(builder.graph, holding, &[chosen.container])[0];
    let sizes = Sizes { retained, exclusive: 0 };
    let mut report = builder.report(&growth, &chosen, sizes, Err(NOT_LINKED)).report;
    report.id = fingerprint::fingerprint(["unlocated", &class.class.in_reports()]);
    report.kind = LeakKind::Unlocated;
    report.pattern = None;
    report.title = format!(
        "The heap grows and no single holder explains it: {} more in {checks}, {}; most of it is {}",
        text::bytes(rest.trend.net),
        builder.rate(rest.bytes_per_ms, rest.trend.net, rest.trend.intervals),
        names.join(", ")
    );
    report.advice = format!(
        "{} accumulates under ever-changing names or across many holders; the path leads to where most of these \
         objects are. Look for the code that creates and keeps them. No growing collection was found: compare \
         two writeSnapshot() files in Chrome DevTools by that class.",
        shown(&class.class)
    );
    if !builder.redact_names {
        report.items.class.clone_from(&class.class);
    }
    report.items.count = class.count;
    report.items.added_count = u64::try_from(class.added_count).unwrap_or(0);
    report.growth.checks = rest.trend.rises;
    report.growth.counts.clone_from(&rest.objects);
    report.growth.retained_bytes.clone_from(&rest.bytes);
    report.growth.bytes_per_hour = per_hour;
    report.confidence = rest.confidence;
    report.evidence = evidence::of_trend(&rest.trend, rest.decision, builder.is_work_known());
    report.evidence.contra.push("No single holder meets the same rules on its own.".to_owned());
    Some(report)
}

/// Whether a row with this name is V8's own, or does not say who made its objects.
fn is_internal_row(class: &ClassName) -> bool {
    [devtools::COMPILED_CODE, devtools::SYSTEM, "(array)"].iter().any(|row| class == row)
}

/// Returns the growth of the objects of `class` at the place where most of them are.
fn growth_of(rest: &Rest, builder: &ReportBuilder<'_>, class: &ClassName) -> Option<Growth> {
    let nodes = builder.tree.nodes();
    let mut added: Vec<u64> = vec![0; nodes.len()];
    let mut most = None;
    for (index, node) in (0u32..).zip(nodes) {
        let more = u64::from(node.count.saturating_sub(builder.history.first(node.key).count));
        let is_program = !matches!(node.origin, Origin::Runtime | Origin::Transient | Origin::Own);
        if more > 0
            && is_program
            && ClassName::of(builder.graph, builder.words, node.sample) == *class
        {
            added[index as usize] = more;
            most = most.max(Some((more, index)));
        }
    }
    let (_, item) = most?;
    for at in (0..nodes.len()).rev() {
        if nodes[at].parent != NONE {
            added[nodes[at].parent as usize] += added[at];
        }
    }
    let total: u64 =
        nodes.iter().zip(&added).filter(|(node, _)| node.parent == NONE).map(|(_, n)| n).sum();
    // Goes up from the commonest place to one that most of the other objects also lie
    // below.
    #[expect(clippy::cast_precision_loss, reason = "counts")]
    let is_common = |&at: &u32| added[at as usize] as f64 >= COMMON_SHARE * total as f64;
    let container = ancestors(nodes, item).find(is_common).unwrap_or(item);
    Some(Growth {
        container,
        containers: 1,
        items: vec![item],
        measure: Measure::Count,
        counts: builder.history.counts(nodes[item as usize].key),
        held: builder.history.counts(nodes[item as usize].key),
        start: 0,
        checks: rest.trend.rises,
        intervals: rest.trend.intervals,
        bytes_per_ms: rest.bytes_per_ms,
        decision: rest.decision,
        confidence: rest.confidence,
        trend: rest.trend,
        has_spare_room: false,
        signs: Signs::default(),
    })
}
