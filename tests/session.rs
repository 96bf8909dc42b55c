//! A session answers the same whatever it is asked first, and keeps no more than its policy says.

#[path = "../testkit/mod.rs"]
mod testkit;

use std::{sync::Arc, time::Duration};

use seep::{
    analysis::{Analysis, AnalysisCost, AnalyzeOptions, Measured},
    graph::HeapGraph,
    session::{Policy, Session},
    units::ObjectId,
};
use testkit::draw;

fn graph() -> HeapGraph {
    draw(
        "root -> app other; app -cache-> cache; cache -items-> list; list -[7]-> item; list -> twin
         other -deep-> item; app: object App; cache: object Cache; list: array \"\" size=100
         item: object Item id=99; twin: object Item id=101",
    )
    .graph()
}

fn options() -> AnalyzeOptions {
    AnalyzeOptions {
        ids: vec![ObjectId(101), ObjectId(99)],
        paths: vec![ObjectId(99)],
        class: Some("Item".into()),
        ..AnalyzeOptions::default()
    }
}

/// All that is said of a snapshot, but for the time that it took.
fn said(analysis: Analysis) -> String {
    format!("{:?}", Analysis { cost: AnalysisCost::default(), ..analysis })
}

#[test]
fn the_order_of_questions_does_not_matter() {
    let expected = said(Session::lean(graph()).analysis(&options(), Duration::ZERO));
    let totals = said(Measured::of(graph()).figures().analysis(Duration::ZERO));
    for policy in [Policy::Lean, Policy::Keep] {
        for asked_first in 0..3 {
            let session = Session::new(graph(), policy);
            match asked_first {
                0 => drop(session.dominators()),
                1 => drop(session.measures()),
                _ => drop(session.analysis(&AnalyzeOptions::default(), Duration::ZERO)),
            }
            for _ in 0..2 {
                assert_eq!(said(session.analysis(&options(), Duration::ZERO)), expected);
            }
            let analysis = session.analysis(&AnalyzeOptions::default(), Duration::ZERO);
            assert_eq!(said(analysis), totals, "names are given up without a trace");
        }
    }
}

#[test]
fn what_a_lean_session_worked_out_belongs_to_its_readers() {
    let (lean, keeping) = (Session::lean(graph()), Session::new(graph(), Policy::Keep));
    assert_eq!(Arc::strong_count(&lean.dominators()), 1);
    assert_eq!(Arc::strong_count(&keeping.dominators()), 2);
    let (first, again) = (lean.words(), lean.words());
    assert!(Arc::ptr_eq(&first, &again), "while it is read it is there once");
}

#[test]
fn there_is_one_dominator_tree_whoever_asks_first() {
    let before = Session::new(graph(), Policy::Keep);
    let dominators = before.dominators();
    assert!(Arc::ptr_eq(&dominators, &before.measures().dominators));
    let after = Session::new(graph(), Policy::Keep);
    let measures = after.measures();
    assert!(Arc::ptr_eq(&after.dominators(), &measures.dominators));
}
