//! What speaks for a leak and what against it, in sentences.

use super::text;
use crate::{
    growth::{Decision, Declared, Growth, clock::Base, rules, trend::Trend},
    report::Evidence,
};

/// On a line as straight as this, growth is in step with what it is measured by.
const STRAIGHT: f64 = 0.15;

/// The evidence on `growth`; names of the program are left out where they are `hidden`.
pub(super) fn of(growth: &Growth, is_work_known: bool, hidden: bool) -> Evidence {
    let mut evidence = of_trend(&growth.trend, growth.decision, is_work_known);
    evidence.contra.extend(growth.declared.as_ref().map(|declared| declaration(declared, hidden)));
    if growth.has_spare_room {
        evidence.contra.push(
            "Its table has had room for more entries from the beginning: it may only be filling up."
                .to_owned(),
        );
    }
    evidence
}

/// What the program says of a bound.
fn declaration(Declared { class, names, of_items }: &Declared, hidden: bool) -> String {
    let conclusion =
        if *of_items { "they may go by themselves." } else { "it may only be filling up." };
    if hidden {
        let who = if *of_items { "Its items name" } else { "Its owner names" };
        return format!("{who} a bound: {conclusion}");
    }
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    format!("{class} has {}: {conclusion}", quoted.join(", "))
}

/// The evidence that a series alone gives.
pub(super) fn of_trend(trend: &Trend, decision: Decision, is_work_known: bool) -> Evidence {
    let mut pro = vec![format!(
        "It rose in {} of {}.",
        trend.rises.min(trend.intervals),
        text::checks(u64::from(trend.intervals))
    )];
    let mut contra = Vec::new();
    let keeps_pace = trend.late_share >= rules::CONFIRMING_STEADINESS
        && (!trend.slows_down() || decision == Decision::Leak);
    let pace = text::percent(trend.late_share);
    if trend.intervals > 1 && trend.misfit <= STRAIGHT && is_work_known {
        pro.push(match trend.base {
            Base::Work => "It grows in step with the work that the program does.".to_owned(),
            Base::Time => "It grows in step with time.".to_owned(),
        });
    }
    if trend.intervals > 2 {
        if trend.late_share < rules::CONFIRMING_STEADINESS {
            contra.push(format!(
                "It slows down: its later half has {pace} of the pace of the earlier half. A cache that fills up does."
            ));
        } else if !keeps_pace {
            contra.push(
                "It adds a little less from check to check. A cache that fills up does.".to_owned(),
            );
        } else if trend.late_share > rules::MAX_SPEED_UP {
            contra.push(format!(
                "It speeds up: its later half has {pace} of the pace of the earlier half. It may follow something that grows for a time."
            ));
        } else {
            pro.push(format!(
                "It does not slow down: its later half has {pace} of the pace of the earlier half."
            ));
        }
    }
    if trend.follows_traffic {
        contra.push(
            "It rises with the traffic, as sessions do that end by themselves. Whether it goes on when the traffic \
             does not rise is yet to be seen."
                .to_owned(),
        );
    }
    if trend.to_pass.is_some() {
        contra.push("It has fallen back by itself before.".to_owned());
    } else if trend.began_late {
        contra.push(
            "It began to grow when it had stood still for long: a job, or a queue that is not read for a time, ends."
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
    use crate::growth::Clock;

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
    fn a_leak_with_each_request_has_nothing_against_it() {
        let work = [0.0, 1000.0, 1500.0, 3500.0, 4000.0];
        let evidence = evidence(&[100.0, 200.0, 250.0, 450.0, 500.0], &work);
        assert_eq!(
            evidence.pro,
            [
                "It rose in 4 of 4 checks.",
                "It grows in step with the work that the program does.",
                "It does not slow down: its later half has 100 % of the pace of the earlier half."
            ]
        );
        assert!(evidence.contra.is_empty(), "{evidence:?}");
    }

    #[test]
    fn what_slows_down_by_less_than_a_tenth_is_not_said_to_have_a_pace() {
        let work = [0.0, 1000.0, 2000.0, 3000.0, 4000.0, 5000.0];
        let evidence = evidence(&[0.0, 500.0, 990.0, 1455.0, 1910.0, 2355.0], &work);
        assert_eq!(
            evidence.contra,
            ["It adds a little less from check to check. A cache that fills up does."]
        );
    }

    #[test]
    fn a_cache_that_fills_up_is_told_to_slow_down() {
        let work = [0.0, 1000.0, 2000.0, 3000.0, 4000.0];
        let evidence = evidence(&[100.0, 300.0, 450.0, 560.0, 640.0], &work);
        assert!(evidence.contra[0].starts_with("It slows down"), "{evidence:?}");
    }
}
