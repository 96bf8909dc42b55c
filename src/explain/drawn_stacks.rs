//! Draws the stacks of samples for a report: their functions as they were written, and the
//! function of the program that most bytes come from.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::{
    redact,
    source_location::{SourceLookup, presentable},
};
use crate::{
    allocations::{Allocations, Frame},
    report::{
        AllocationRole, AllocationStack, FrameKind, LeakAllocations, SourceLocation, StackFrame,
        StackPlace,
    },
    v8::scripts,
};

/// The number of stacks of each role in a report.
const MOST_STACKS: [(AllocationRole, usize); 4] = [
    (AllocationRole::Item, 3),
    (AllocationRole::Store, 3),
    (AllocationRole::Content, 4),
    (AllocationRole::Unknown, 10),
];

/// The number of frames of a stack: as many as V8 records.
const MOST_FRAMES: usize = 64;

/// From the function that allocated to the outermost one that is not Node's or V8's.
pub(super) fn frames_of(
    allocations: &Allocations,
    frame: u32,
    sources: &dyn SourceLookup,
) -> Vec<StackFrame> {
    let stack = allocations.stack(frame).take(MOST_FRAMES);
    let mut frames: Vec<StackFrame> = stack.map(|frame| shown(frame, sources)).collect();
    if let Some(last) = frames.iter().rposition(|frame| is_programs(frame.kind)) {
        frames.truncate(last + 1);
    }
    frames
}

/// Whether V8 has called the outermost function of the program, or Node has from its queue
/// of microtasks: then it has gone on after an `await`, or answers a promise.
fn is_cut_by_await(allocations: &Allocations, frame: u32) -> bool {
    let mut stack = allocations.stack(frame).take(MOST_FRAMES);
    let mut callers: Vec<&Frame> = Vec::new();
    for frame in stack.by_ref() {
        if frame.script.as_deref().is_some_and(|script| !scripts::is_node(script)) {
            callers.clear();
        } else {
            callers.push(frame);
        }
    }
    let is_engine = |frame: &Frame| frame.script.is_none();
    let is_queue = |frame: &Frame| MICROTASKS.contains(&&*frame.function);
    callers.first().is_some_and(|frame| is_engine(frame) || is_queue(frame))
        && callers.iter().all(|frame| is_engine(frame) || is_queue(frame))
}

/// The functions by which Node has V8 run microtasks.
const MICROTASKS: [&str; 2] = ["processTicksAndRejections", "runNextTicks"];

/// What the samples of a stack represent.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum {
    pub(super) samples: u64,
    pub(super) bytes: f64,
}

/// A stack with its samples.
pub(super) struct Stack {
    role: AllocationRole,
    frame: u32,
    pub(super) sum: Sum,
    is_cut: bool,
    frames: Vec<StackFrame>,
}

/// Returns the stacks that `sums` has by role and frame: first those with the program's own code,
/// last those without any of it or of packages; each by role and bytes.
pub(super) fn drawn(
    allocations: &Allocations,
    sums: FxHashMap<(AllocationRole, u32), Sum>,
    sources: &dyn SourceLookup,
) -> Vec<Stack> {
    let mut stacks: Vec<Stack> = sums
        .into_iter()
        .map(|((role, frame), sum)| Stack {
            role,
            sum,
            is_cut: is_cut_by_await(allocations, frame),
            frames: frames_of(allocations, frame, sources),
            frame,
        })
        .collect();
    stacks.sort_by(|a, b| {
        let order = silence(&a.frames).cmp(&silence(&b.frames));
        let bytes = b.sum.bytes.total_cmp(&a.sum.bytes);
        order.then(a.role.cmp(&b.role)).then(bytes).then(a.frame.cmp(&b.frame))
    });
    stacks
}

/// How little a stack tells: 0 with the program's own code, 1 with packages alone, 2 with neither.
fn silence(frames: &[StackFrame]) -> u8 {
    let has = |kind| frames.iter().any(|frame| frame.kind == kind);
    if has(FrameKind::App) { 0 } else { 1 + u8::from(!has(FrameKind::Package)) }
}

fn is_programs(kind: FrameKind) -> bool {
    matches!(kind, FrameKind::App | FrameKind::Package)
}

/// A frame as it was written.
fn shown(frame: &Frame, sources: &dyn SourceLookup) -> StackFrame {
    let name = |name: &Arc<str>| (!name.is_empty()).then(|| name.to_string());
    let place = SourceLocation {
        file: frame.script.as_deref().map(|script| presentable(script).to_owned()),
        line: frame.place.map(|(line, _)| line),
        column: frame.place.map(|(_, column)| column),
        function_name: name(&frame.function),
    };
    let place = sources.original(&place).unwrap_or(place);
    let kind = match place.file.as_deref() {
        None => FrameKind::Engine,
        Some(file) if scripts::is_node(file) => FrameKind::Node,
        Some(file) if scripts::is_programs(file) => FrameKind::App,
        Some(_) => FrameKind::Package,
    };
    StackFrame { place, kind }
}

/// Returns the function that most bytes of the stacks of `role` come from: of each stack the
/// first function of the program's own code, or of a package if there is none.
pub(super) fn place_of(role: AllocationRole, stacks: &[Stack]) -> Option<StackPlace> {
    let mut places: Vec<(&StackFrame, Sum)> = Vec::new();
    let mut total = 0.0;
    for stack in stacks.iter().filter(|stack| stack.role == role) {
        total += stack.sum.bytes;
        let Some(frame) = first_of_program(&stack.frames) else { continue };
        let known = places.iter_mut().find(|(place, _)| *place == frame);
        if let Some((_, sum)) = known {
            sum.samples += stack.sum.samples;
            sum.bytes += stack.sum.bytes;
        } else {
            places.push((frame, stack.sum));
        }
    }
    // The first of equals, which is that of the heaviest stack.
    let most = places.into_iter().rev().max_by(|(_, a), (_, b)| a.bytes.total_cmp(&b.bytes));
    most.map(|(frame, sum)| StackPlace {
        role,
        frame: frame.clone(),
        share: sum.bytes / total,
        samples: sum.samples,
    })
}

/// Returns the first function of the program's own code, or of a package if there is none.
pub(crate) fn first_of_program(frames: &[StackFrame]) -> Option<&StackFrame> {
    let first = |kind| first_named(frames, kind);
    first(FrameKind::App).or_else(|| first(FrameKind::Package))
}

/// Returns the first function of a kind. One without a name that V8 calls for another in the same
/// file, as `map` does, is taken for a part of that. The top level of a module that is loaded is
/// taken for a part of what loads it, again and again.
fn first_named(frames: &[StackFrame], kind: FrameKind) -> Option<&StackFrame> {
    let at = frames.iter().position(|frame| frame.kind == kind)?;
    let first = &frames[at];
    if first.place.function_name.is_some() {
        return Some(first);
    }
    if (first.place.line, first.place.column) == (Some(1), Some(1)) {
        let mut loaders = frames[at + 1..].iter();
        let is_loaded = loaders.next().is_some_and(|frame| frame.kind == FrameKind::Node);
        return loaders.find(|frame| frame.kind == kind).filter(|_| is_loaded).or(Some(first));
    }
    let mut callers = frames[at + 1..].iter().skip_while(|frame| frame.kind == FrameKind::Engine);
    let is_part = |caller: &&StackFrame| {
        caller.place.file == first.place.file && caller.place.function_name.is_some()
    };
    callers.next().filter(is_part).or(Some(first))
}

/// Returns the heaviest stacks of each role, as reports have them.
pub(super) fn shown_stacks(stacks: &[Stack]) -> Vec<AllocationStack> {
    let mut reports = Vec::new();
    for (role, most) in MOST_STACKS {
        let of_role = || stacks.iter().filter(|stack| stack.role == role);
        let total: f64 = of_role().map(|stack| stack.sum.bytes).sum();
        reports.extend(of_role().take(most).map(|stack| AllocationStack {
            role,
            share: stack.sum.bytes / total,
            samples: stack.sum.samples,
            bytes: whole(stack.sum.bytes),
            cut_by_await: stack.is_cut,
            frames: stack.frames.clone(),
        }));
    }
    reports.sort_by_key(|stack| silence(&stack.frames));
    reports
}

#[expect(clippy::cast_sign_loss, reason = "a sum of bytes")]
fn whole(bytes: f64) -> u64 {
    bytes.round().max(0.0) as u64
}

/// Hides the names in a report.
pub(super) fn hide(report: &mut LeakAllocations) {
    let stacks = report.stacks.iter_mut().flat_map(|stack| &mut stack.frames);
    let places = [&mut report.created_in, &mut report.stored_in];
    let places = places.into_iter().flatten().map(|place| &mut place.frame);
    for frame in stacks.chain(places) {
        redact::place(Some(&mut frame.place));
    }
}
