//! Sentences for and against a growth being a leak.

use super::text;
use crate::{
    growth::{
        Broken, Decision, Declared, Growth, Most, Removal, RemovingCode, clock::Base, rules,
        trend::Trend,
    },
    limits::code::Removing,
    report::Evidence,
};

/// Below this distance from a straight line, growth is proportional to its base.
const STRAIGHT: f64 = 0.15;

/// Returns the evidence on `growth`, of which each request adds `per_request` bytes, without names of
/// the program where they are `hidden`.
pub(super) fn of(
    growth: &Growth,
    per_request: Option<f64>,
    is_work_known: bool,
    hidden: bool,
) -> Evidence {
    // Requests are the work that a person knows.
    let is_work_told = is_work_known && per_request.is_none();
    let mut evidence = of_trend(&growth.trend, growth.decision, is_work_told);
    evidence.pro.extend(
        per_request
            .map(|bytes| format!("It grows with each HTTP request, by {}.", text::bytes(bytes))),
    );
    let [count, held] = growth.in_each();
    if let Some(declared) = &growth.signs.declared {
        match growth.signs.broken {
            Some(Broken::Exceeded) => evidence.pro.extend(excess(declared, count, hidden)),
            Some(Broken::Outlived(ms)) => evidence.pro.extend(outlived(declared, ms, hidden)),
            None => evidence.contra.push(declaration(declared, count, held, hidden)),
        }
    }
    let declared = growth.signs.declared.as_ref().and_then(|declared| declared.most.as_ref());
    let is_said = |code: &RemovingCode| {
        code.how == Removing::Compared && code.most == declared.map(|most| most.value)
    };
    let code = growth.signs.code.as_ref().filter(|code| !is_said(code));
    if let Some(code) = code.filter(|_| growth.signs.broken.is_none()) {
        let is_exceeded = code.is_exceeded_by(count);
        let side = if is_exceeded { &mut evidence.pro } else { &mut evidence.contra };
        side.push(removing_code(code, count, hidden));
    }
    evidence.contra.extend(growth.signs.waiting.as_ref().map(|timer| {
        let delay = text::duration(timer.delay_ms);
        let does = "has not run yet: it may empty it.";
        if hidden || timer.function.is_empty() {
            format!("A timer set to {delay} can reach it and {does}")
        } else {
            format!("`{}`, which a timer calls after {delay}, {does}", timer.function)
        }
    }));
    evidence.contra.extend(growth.signs.removal.map(|removal| {
        match removal {
            Removal::OldestFirst => {
                "Entries are removed from it, the oldest first: they may only live for a limited time."
                    .to_owned()
            }
            Removal::Anywhere => {
                "Entries are removed from it: those that stay may just live longer.".to_owned()
            }
        }
    }));
    if growth.signs.is_of_loader {
        evidence.contra.push(
            "Node's module loader remembers each path that it looks up: it may only be loading modules."
                .to_owned(),
        );
    }
    if growth.has_spare_room {
        evidence.contra.push(
            "Its table has had room for more entries from the start: it may only be filling up."
                .to_owned(),
        );
    }
    evidence
}

/// Describes the limit that the program declares, where there are `count` items of `held` bytes.
fn declaration(declared: &Declared, count: u64, held: u64, hidden: bool) -> String {
    let Declared { class, names, of_items, most, .. } = declared;
    let conclusion =
        if *of_items { "they may expire on their own." } else { "it may only be filling up." };
    let fill = most.as_ref().map(|most| fill(count, held, most));
    if hidden {
        let who = if *of_items { "Its items declare" } else { "Its owner declares" };
        let fill = fill.map_or_else(String::new, |fill| format!(" of {fill}"));
        return format!("{who} a limit{fill}: {conclusion}");
    }
    let quoted: Vec<String> = names
        .iter()
        .map(|name| match (&fill, most) {
            (Some(fill), Some(most)) if most.name == *name => format!("`{name}` {fill}"),
            _ => format!("`{name}`"),
        })
        .collect();
    format!("{class} has {}: {conclusion}", quoted.join(", "))
}

/// Says that code which has run removes entries, of a store that holds `count`.
fn removing_code(code: &RemovingCode, count: u64, hidden: bool) -> String {
    let RemovingCode { function, how, most, .. } = code;
    let who = if hidden || function.is_empty() {
        "Code that uses it".to_owned()
    } else {
        format!("`{function}`")
    };
    match (how, most) {
        (Removing::ByAmount | Removing::Compared, &Some(most)) => {
            let fill = filled(count, most);
            let removes = if *how == Removing::Compared { "" } else { " and removes entries" };
            if code.is_exceeded_by(count) {
                format!("{who} compares its size with {fill}, and it grows on.")
            } else {
                format!("{who} compares its size with {fill}{removes}: it may only be filling up.")
            }
        }
        (Removing::ByAmount | Removing::Compared, None) => {
            format!("{who} looks at its size and removes entries: it may only be filling up.")
        }
        (Removing::ByAge, _) => {
            format!("{who} looks at the time and removes entries: they may only live for a time.")
        }
        (Removing::Chosen, _) => {
            format!("{who} removes entries by a comparison: it may only be filling up.")
        }
        (Removing::Drained, _) => {
            format!("{who} takes entries out until none is left: it may only be behind.")
        }
        (Removing::All, _) => format!("{who} empties it: it may only be collecting."),
    }
}

/// Describes a limit and how far it has been reached.
fn fill(count: u64, held: u64, most: &Most) -> String {
    let value = most.value;
    if most.is_bytes {
        let [bound, held] = [value, held].map(|bytes| text::bytes(text::as_f64(bytes)));
        return format!("{bound} (it holds {held})");
    }
    filled(count, value)
}

/// Describes a number of items and how far it has been reached.
fn filled(count: u64, most: u64) -> String {
    let bound = text::count(most);
    if count <= most {
        #[expect(clippy::cast_precision_loss, reason = "counts")]
        let share = count as f64 / most as f64;
        format!("{bound} ({} full)", text::percent(share))
    } else {
        format!("{bound} (it holds {})", text::count(count))
    }
}

/// Says that the store holds more than the number that should limit it.
fn excess(declared: &Declared, count: u64, hidden: bool) -> Option<String> {
    let most = declared.most.as_ref()?;
    let (bound, count) = (text::count(most.value), text::count(count));
    Some(if hidden {
        format!("Its owner declares a limit of {bound}, but it holds {count}.")
    } else {
        format!("{} has `{}` {bound}, but it holds {count}.", declared.class, most.name)
    })
}

/// Says that items stay for longer than they should live.
fn outlived(declared: &Declared, ms: u64, hidden: bool) -> Option<String> {
    let lifetime = declared.lifetime.as_ref()?;
    let who = if hidden {
        "Its owner declares how long its items live".to_owned()
    } else {
        format!("{} has `{}`", declared.class, lifetime.name)
    };
    Some(format!("{who}, but nothing was removed in {}.", text::duration(ms)))
}

/// Returns the evidence that a series gives by itself.
pub(super) fn of_trend(trend: &Trend, decision: Decision, is_work_known: bool) -> Evidence {
    let mut pro = vec![format!(
        "It grew in {} of {}.",
        trend.rises.min(trend.intervals),
        text::checks(u64::from(trend.intervals))
    )];
    let mut contra = Vec::new();
    let keeps_pace = trend.late_share >= rules::CONFIRMING_STEADINESS
        && (!trend.slows_down() || decision == Decision::Leak);
    let rate = format!("{} of the rate of the earlier half", text::percent(trend.late_share));
    if trend.intervals > 1 && trend.misfit <= STRAIGHT && is_work_known {
        pro.push(match trend.base {
            Base::Requests => "It grows in proportion to the requests answered.".to_owned(),
            Base::Work => "It grows in proportion to the work the program does.".to_owned(),
            Base::Time => "It grows steadily over time.".to_owned(),
        });
    }
    if trend.intervals > 2 {
        if trend.late_share < rules::CONFIRMING_STEADINESS {
            contra.push(format!(
                "It is slowing down: the later half grew at {rate}. A cache does so as it fills up."
            ));
        } else if !keeps_pace {
            contra.push(
                "It adds slightly less with each check. A cache does so as it fills up.".to_owned(),
            );
        } else if trend.late_share > rules::MAX_SPEED_UP {
            contra.push(format!(
                "It is speeding up: the later half grew at {rate}. It may follow something that grows only for a time."
            ));
        } else {
            pro.push(format!("It is not slowing down: the later half grew at {rate}."));
        }
    }
    if trend.follows_traffic {
        contra.push(
            "It rises with traffic, as sessions that expire on their own do. Whether it keeps growing under \
             steady traffic remains to be seen."
                .to_owned(),
        );
    }
    if trend.to_pass.is_some() {
        contra.push("It has fallen back on its own before.".to_owned());
    } else if trend.began_late {
        contra.push(
            "It began to grow after a long time without growth, as a job or a briefly unread queue does; \
             that growth ends."
                .to_owned(),
        );
    }
    if trend.misfit > rules::MAX_MISFIT && decision == Decision::Suspect {
        contra.push("It grows unevenly.".to_owned());
    }
    Evidence { pro, contra }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::growth::{Clock, Lifetime};

    fn evidence(values: &[f64], work: &[f64]) -> Evidence {
        let clocks: Vec<Clock> = (0_u32..)
            .zip(work)
            .map(|(round, &active_ms)| Clock {
                epoch_ms: f64::from(round) * 60_000.0,
                active_ms: Some(active_ms),
                round,
                ..Clock::default()
            })
            .collect();
        of_trend(&Trend::of(values, &clocks), Decision::Suspect, true)
    }

    #[test]
    fn a_bound_is_reported_with_how_full_it_is_and_without_its_name_when_hidden() {
        let most = Most { name: "#max".to_owned(), value: 5000, is_bytes: false };
        let names = vec!["#max".to_owned(), "evict".to_owned()];
        let declared = Declared {
            class: "Cache".to_owned(),
            names,
            of_items: false,
            most: Some(most),
            lifetime: None,
        };
        assert_eq!(
            declaration(&declared, 4200, 0, false),
            "Cache has `#max` 5,000 (84 % full), `evict`: it may only be filling up."
        );
        assert_eq!(
            declaration(&declared, 6000, 0, true),
            "Its owner declares a limit of 5,000 (it holds 6,000): it may only be filling up."
        );
        assert_eq!(
            excess(&declared, 12_000, false).as_deref(),
            Some("Cache has `#max` 5,000, but it holds 12,000.")
        );
        assert_eq!(
            excess(&declared, 12_000, true).as_deref(),
            Some("Its owner declares a limit of 5,000, but it holds 12,000.")
        );
    }

    #[test]
    fn items_that_outlive_their_time_are_reported_with_its_name_where_that_is_not_hidden() {
        let lifetime = Lifetime { name: "ttl".to_owned(), longest_ms: 60_000 };
        let declared = Declared {
            class: "Cache".to_owned(),
            names: vec!["ttl".to_owned()],
            of_items: false,
            most: None,
            lifetime: Some(lifetime),
        };
        assert_eq!(
            outlived(&declared, 600_000, false).as_deref(),
            Some("Cache has `ttl`, but nothing was removed in 10 min.")
        );
        assert_eq!(
            outlived(&declared, 600_000, true).as_deref(),
            Some("Its owner declares how long its items live, but nothing was removed in 10 min.")
        );
    }

    #[test]
    fn code_that_removes_entries_is_told_by_its_name_where_that_is_not_hidden() {
        let code = |function: &str, how, most| RemovingCode {
            function: function.to_owned(),
            how,
            most,
            is_certain: true,
        };
        assert_eq!(
            removing_code(&code("remember", Removing::ByAmount, None), 9, false),
            "`remember` looks at its size and removes entries: it may only be filling up."
        );
        let hidden = "Code that uses it looks at the time and removes entries: they may only live for a time.";
        assert_eq!(removing_code(&code("sweep", Removing::ByAge, None), 9, true), hidden);
        assert_eq!(removing_code(&code("", Removing::ByAge, None), 9, false), hidden);
        let most = &code("remember", Removing::ByAmount, Some(5_000));
        assert_eq!(
            removing_code(most, 4_200, false),
            "`remember` compares its size with 5,000 (84 % full) and removes entries: it may only be filling up."
        );
        assert_eq!(
            removing_code(most, 12_000, true),
            "Code that uses it compares its size with 5,000 (it holds 12,000), and it grows on."
        );
        assert_eq!(
            removing_code(&code("put", Removing::Compared, Some(500)), 100, false),
            "`put` compares its size with 500 (20 % full): it may only be filling up."
        );
        assert_eq!(
            removing_code(&code("flush", Removing::All, None), 9, false),
            "`flush` empties it: it may only be collecting."
        );
    }

    #[test]
    fn a_leak_with_each_request_has_nothing_against_it() {
        let work = [0.0, 1000.0, 1500.0, 3500.0, 4000.0];
        let evidence = evidence(&[100.0, 200.0, 250.0, 450.0, 500.0], &work);
        assert_eq!(
            evidence.pro,
            [
                "It grew in 4 of 4 checks.",
                "It grows in proportion to the work the program does.",
                "It is not slowing down: the later half grew at 100 % of the rate of the earlier half."
            ]
        );
        assert!(evidence.contra.is_empty(), "{evidence:?}");
    }

    #[test]
    fn a_slowdown_of_less_than_a_tenth_is_reported_without_a_rate() {
        let work = [0.0, 1000.0, 2000.0, 3000.0, 4000.0, 5000.0];
        let evidence = evidence(&[0.0, 500.0, 990.0, 1455.0, 1910.0, 2355.0], &work);
        assert_eq!(
            evidence.contra,
            ["It adds slightly less with each check. A cache does so as it fills up."]
        );
    }

    #[test]
    fn a_cache_that_fills_up_is_reported_as_slowing_down() {
        let work = [0.0, 1000.0, 2000.0, 3000.0, 4000.0];
        let evidence = evidence(&[100.0, 300.0, 450.0, 560.0, 640.0], &work);
        assert!(evidence.contra[0].starts_with("It is slowing down"), "{evidence:?}");
    }
}
