//! The report on code whose live allocations grow, where no snapshot shows who holds them.

use std::fmt::Write as _;

use rustc_hash::FxHashMap;

use super::{
    Manner,
    drawn_stacks::{Stack, Sum, drawn, hide, place_of, shown_stacks},
    evidence, fingerprint, text,
};
use crate::{
    allocations::{Allocations, Sample},
    growth::{Decision, LiveGrowth},
    report::{
        AllocationRole, AllocationSource, Container, GrowthSeries, Items, LeakAllocations,
        LeakKind, LeakReport, SCHEMA_VERSION, SamplerOwner, StackFrame, Verdict, iso8601,
    },
    v8::class_name::ClassName,
};

/// The class of what is not known.
const UNKNOWN: &str = "(unknown)";

/// Names of functions that distinguish a place from others in its file.
const NAMES: usize = 4;

/// A growth, and the samples behind it.
pub(crate) struct GrowingCode<'a> {
    pub(crate) growth: &'a LiveGrowth,
    pub(crate) samples: &'a [Sample],
    /// When the growth began, in milliseconds since the epoch.
    pub(crate) since: f64,
    /// Whether the program's work is known.
    pub(crate) is_work_known: bool,
}

/// Returns the stacks of `samples`, as the allocations of a leak of which nothing else is known.
pub(crate) fn stacks<'a>(
    allocations: &Allocations,
    samples: impl Iterator<Item = &'a Sample>,
    manner: Manner<'_>,
) -> LeakAllocations {
    let mut report = unhidden(allocations, &drawn_of(allocations, samples, manner));
    if manner.redact_names {
        hide(&mut report);
    }
    report
}

fn drawn_of<'a>(
    allocations: &Allocations,
    samples: impl Iterator<Item = &'a Sample>,
    manner: Manner<'_>,
) -> Vec<Stack> {
    let mut sums: FxHashMap<(AllocationRole, u32), Sum> = FxHashMap::default();
    for sample in samples {
        let sum = sums.entry((AllocationRole::Unknown, sample.frame)).or_default();
        sum.samples += 1;
        sum.bytes += allocations.weight(sample.bytes);
    }
    drawn(allocations, sums, manner.sources)
}

fn unhidden(allocations: &Allocations, stacks: &[Stack]) -> LeakAllocations {
    LeakAllocations {
        source: AllocationSource::Growth,
        sampler: SamplerOwner::of(allocations.are_own()),
        samples: stacks.iter().map(|stack| stack.sum.samples).sum(),
        interval_bytes: allocations.interval,
        created_in: place_of(AllocationRole::Unknown, stacks),
        stored_in: None,
        stacks: shown_stacks(stacks),
    }
}

/// Returns the report; `None` if no function of the program is on the stacks.
pub(crate) fn report(
    code: &GrowingCode<'_>,
    allocations: &Allocations,
    manner: Manner<'_>,
) -> Option<LeakReport> {
    let GrowingCode { growth, samples, .. } = code;
    let drawn = drawn_of(allocations, samples.iter(), manner);
    let mut stacks = unhidden(allocations, &drawn);
    let id = fingerprint_of(&stacks)?;
    if manner.redact_names {
        hide(&mut stacks);
    }
    let place = stacks.created_in.as_ref()?.frame.clone();
    let held = &growth.held;
    let (first, last) = (held[growth.start], held[held.len() - 1]);
    let gained = text::as_f64(last.saturating_sub(first));
    let count = growth.counts[growth.counts.len() - 1];
    let mut evidence = evidence::of_trend(&growth.trend, growth.decision, code.is_work_known);
    evidence.pro.push("The heap after collections has grown with it.".to_owned());
    evidence.contra.push(
        "No snapshot could be compared: only the stacks of sampled allocations are known, and \
         not who holds the objects."
            .to_owned(),
    );
    Some(LeakReport {
        schema_version: SCHEMA_VERSION,
        id,
        verdict: match growth.decision {
            Decision::Leak => Verdict::Leak,
            Decision::Suspect => Verdict::Suspected,
        },
        kind: LeakKind::Unlocated,
        title: format!(
            "Objects created in {} accumulate: about {} of them are alive, {} more in {}, {}",
            spelled(&place),
            text::bytes(text::as_f64(last)),
            text::bytes(gained),
            text::checks(u64::from(growth.trend.intervals)),
            manner.rate.of(growth.bytes_per_ms, gained, growth.trend.intervals),
        ),
        container: Container {
            class: ClassName::called(UNKNOWN),
            name: None,
            retained_bytes: last,
            location: None,
        },
        items: Items {
            class: ClassName::called(UNKNOWN),
            count,
            added_count: count.saturating_sub(growth.counts[growth.start]),
            exclusive_bytes: 0,
            consists_of: Vec::new(),
            location: Some(place.place),
        },
        growth: GrowthSeries {
            checks: growth.trend.rises,
            counts: growth.counts[growth.start..].to_vec(),
            retained_bytes: growth.held[growth.start..].to_vec(),
            bytes_per_hour: growth.bytes_per_ms * 3_600_000.0,
            bytes_per_request: None,
            first_seen: iso8601(code.since),
        },
        path: Vec::new(),
        path_text: callers(&stacks),
        advice: "What this function creates, or what it calls creates, stays alive. Look for \
                 where its results are kept. The holder is not known, because captures are \
                 skipped: with more free memory or a larger maxPauseMs a snapshot shows it."
            .to_owned(),
        pattern: None,
        confidence: growth.confidence,
        evidence,
        allocations: Some(stacks),
        allocations_reason: None,
        replaced_by: None,
    })
}

/// Spells a frame as `make (src/a.js:1:2)`.
fn spelled(StackFrame { place, .. }: &StackFrame) -> String {
    match (&place.function_name, place.label()) {
        (Some(name), Some(label)) => format!("{name} ({label})"),
        (Some(name), None) => name.clone(),
        (None, label) => label.unwrap_or_else(|| "an unnamed function".to_owned()),
    }
}

/// Draws the heaviest stack, from the function that allocated to its callers.
fn callers(stacks: &LeakAllocations) -> String {
    let mut text = String::new();
    for frame in stacks.stacks.iter().take(1).flat_map(|stack| &stack.frames) {
        let before = if text.is_empty() { "" } else { "\n  called by " };
        let _ = write!(text, "{before}{}", spelled(frame));
    }
    text
}

/// Returns the fingerprint: the file, and the names of the functions from the place on.
fn fingerprint_of(stacks: &LeakAllocations) -> Option<String> {
    let place = &stacks.created_in.as_ref()?.frame;
    let frames = &stacks.stacks.first()?.frames;
    let from = frames.iter().position(|frame| frame == place).unwrap_or(0);
    let named = frames[from..].iter().filter(|frame| frame.kind == place.kind);
    let mut names: Vec<&str> = Vec::new();
    // A function without a name is known by its callers.
    for name in named.map(|frame| frame.place.function_name.as_deref()).take(NAMES) {
        names.push(name.unwrap_or_default());
        if name.is_some() {
            break;
        }
    }
    let file = fingerprint::stable_file(place.place.file.as_deref()?);
    Some(fingerprint::fingerprint(["allocated in", &file].into_iter().chain(names)))
}
