//! Holds a growth back for as long as what speaks against a leak asks for.

use super::{
    clock,
    finding::{Growth, Measure},
    history::{History, Past},
    judge::{Decision, Judge, Sensitivity},
    rules,
    signs::{Removal, RemovingCode, Signs},
};
use crate::{census::tree::TreeNode, limits::code::Removing};

/// Takes a growth against which there are `signs` for a suspect until it was watched for as
/// long as these ask for, and while it slows down at all. A number of items that is not
/// reached yet is proof that it may be filling, and waited for where nothing else is.
pub fn hold_back(
    growth: &mut Growth,
    mut signs: Signs,
    history: &History,
    nodes: &[TreeNode],
    sensitivity: &Sensitivity,
) {
    let is_filling = complete(&mut signs, growth, history);
    let patience = patience_for(growth, &signs, is_filling);
    growth.signs = signs;
    let key = nodes[growth.container as usize].key;
    let was_reported = history.past(key) == Past::Confirmed;
    #[expect(clippy::cast_precision_loss, reason = "sizes below 2^53")]
    let held: Vec<f64> = growth.held[growth.start..].iter().map(|&bytes| bytes as f64).collect();
    let was_asked = clock::were_asked_for(&history.clocks()[growth.start..]);
    let is_patient = sensitivity.is_patient || sensitivity.round_ms.is_some() && !was_asked;
    let judge = Judge::over(history, &Sensitivity { is_patient, ..*sensitivity });
    // What comes and goes between captures that are far apart may by chance have risen in each.
    let is_news = sensitivity.is_patient && !history.was_suspected(key);
    if is_news && judge.may_wait(&held, growth.start, rules::URGENT_SHARE) {
        growth.decision = Decision::Suspect;
    }
    let Some(patience) = patience else { return };
    let slows_down = is_patient
        && growth.measure == Measure::Count
        && growth.trend.late_share < rules::SAME_PACE;
    let is_declared = patience >= rules::DECLARED_PATIENCE;
    let is_seldom_seen = is_declared
        && growth.trend.rises < rules::DECLARED_RISES
        && judge.may_wait(&held, growth.start, rules::DECLARED_URGENT_SHARE);
    let is_open = slows_down || is_seldom_seen || !judge.was_watched(&held, growth.start, patience);
    let is_early = is_filling && (!is_patient || was_asked);
    if is_early || !was_reported && is_open {
        growth.decision = Decision::Suspect;
    }
}

/// Adds to `signs` what follows from the growth, and says whether it may be filling up to a number.
fn complete(signs: &mut Signs, growth: &Growth, history: &History) -> bool {
    let [count, _] = growth.in_each();
    if let Some(most) = signs.declared.as_mut().and_then(|declared| declared.most.as_mut()) {
        most.is_bytes = is_of_bytes(most.value, growth, history);
    }
    let climbed_ms = climbed_ms(growth, history);
    let kept_ms = signs.keeps_all.then_some(climbed_ms);
    signs.broken = signs.declared.as_ref().and_then(|it| it.broken(count, kept_ms));
    // A timer that would have run since the growth began has not stopped it.
    signs.waiting.take_if(|timer| timer.delay_ms < climbed_ms);
    // What code compares with the very size goes before what is only named like a limit.
    let by_code = signs.code.as_ref().filter(|it| it.how == Removing::ByAmount);
    let declared = signs.declared.as_ref().and_then(|declared| declared.most.as_ref());
    let most = by_code.and_then(|code| code.most).or(declared.map(|most| most.value));
    let has_room = |most: u64| count < most && has_memory_for(most, growth, history);
    growth.measure == Measure::Count && most.is_some_and(has_room)
}

/// Returns how many times `minChecks` rounds to wait; none where nothing speaks against it.
fn patience_for(growth: &Growth, signs: &Signs, is_filling: bool) -> Option<u32> {
    #[expect(clippy::cast_precision_loss, reason = "counts")]
    let fell = |w: &[u64]| (w[1] as f64) < (1.0 - rules::REMOVAL_SHARE) * w[0] as f64;
    let by_removal = signs.removal.map(|_| rules::REMOVED_PATIENCE);
    // What is full goes oldest first and then grows no more: where that is seen of what grows, the
    // code does not keep it small. What goes by its age goes on doing so.
    let goes_first = signs.removal == Some(Removal::OldestFirst);
    let goes_by_age = |code: &RemovingCode| {
        let is_sure = code.is_certain || signs.removal.is_some();
        code.how == Removing::ByAge && code.most.is_none() && is_sure
    };
    let [count, _] = growth.in_each();
    let by_code = signs
        .code
        .as_ref()
        .filter(|code| signs.broken.is_none() && !code.is_exceeded_by(count))
        .filter(|code| !goes_first || goes_by_age(code))
        .map(|code| {
            let is_sure = is_filling || goes_by_age(code);
            match code.how {
                _ if is_sure => rules::REMOVING_PATIENCE,
                Removing::Drained => rules::LONG_PATIENCE,
                _ => rules::DECLARED_PATIENCE,
            }
        });
    let by_timer = signs.waiting.as_ref().map(|_| rules::DECLARED_PATIENCE);
    let by_loader = signs.is_of_loader.then_some(rules::DECLARED_PATIENCE);
    let by_name = signs.declared.as_ref().filter(|_| signs.broken.is_none()).map(|declared| {
        let obeys =
            growth.counts.windows(2).any(fell) || signs.removal == Some(Removal::OldestFirst);
        if is_filling || !declared.of_items && obeys {
            rules::REMOVING_PATIENCE
        } else if declared.of_items {
            rules::LONG_PATIENCE
        } else {
            rules::DECLARED_PATIENCE
        }
    });
    by_removal.max(by_name).max(by_code).max(by_timer).max(by_loader)
}

/// Returns how long `growth` has been rising.
fn climbed_ms(growth: &Growth, history: &History) -> u64 {
    let clocks = &history.clocks()[growth.start..];
    let ms = |clock: Option<&clock::Clock>| clock.map_or(0.0, |clock| clock.epoch_ms);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a time of day")]
    let climbed = (ms(clocks.last()) - ms(clocks.first())) as u64;
    climbed
}

/// Whether a maximum can only be one of bytes: no heap has room for as many items, and the items take less.
fn is_of_bytes(most: u64, growth: &Growth, history: &History) -> bool {
    let [_, held] = growth.in_each();
    held < most && !has_memory_for(most, growth, history)
}

/// Whether the heap is large enough for the declared maximum of items.
fn has_memory_for(most: u64, growth: &Growth, history: &History) -> bool {
    let [count, held] = growth.in_each();
    #[expect(clippy::cast_precision_loss, reason = "sizes below 2^53")]
    let needed = held as f64 / count.max(1) as f64
        * most.saturating_sub(count) as f64
        * growth.containers as f64;
    needed < history.left_bytes().unwrap_or(rules::USUAL_HEAP_BYTES)
}
