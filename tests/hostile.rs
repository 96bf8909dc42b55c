//! Snapshots with false claims must yield errors with a code and a place, and use no
//! memory that the bytes do not justify.

#[path = "../testkit/mod.rs"]
mod testkit;

use seep::{
    error::Result,
    graph::{GraphReader, HeapGraph},
};
use testkit::{Random, draw, fixture};

const MALFORMED: &str = "ERR_SNAPSHOT_MALFORMED";
const TOO_LARGE: &str = "ERR_SNAPSHOT_TOO_LARGE";
const TRUNCATED: &str = "ERR_SNAPSHOT_TRUNCATED";
const UNKNOWN_LAYOUT: &str = "ERR_SNAPSHOT_UNKNOWN_LAYOUT";

fn valid() -> String {
    draw("root -> app; app -items-> list; list -[0]-> app; app: object App at=1:2:3").json()
}

/// Parses `json` byte by byte.
fn drip(json: &[u8]) -> Result<HeapGraph> {
    let mut reader = GraphReader::new();
    for byte in json.chunks(1) {
        reader.push(byte)?;
    }
    reader.finish()
}

/// Asserts that `json` fails with `code`, in one piece and byte by byte. If given,
/// `place` is the text at which it must fail.
#[track_caller]
fn check(json: &str, code: &str, place: Option<&str>) {
    let whole = HeapGraph::from_bytes(json.as_bytes()).expect_err("hostile");
    let dripped = drip(json.as_bytes()).expect_err("hostile");
    assert_eq!(whole.code(), code, "{whole}");
    assert_eq!(dripped.code(), code, "{dripped}");
    if let Some(place) = place {
        let at = whole.offset().expect("a place") as usize;
        assert!(json[at..].starts_with(place), "{whole}: {}", &json[at.saturating_sub(20)..]);
    }
}

/// Runs [`check`] on the valid snapshot with `from` replaced.
#[track_caller]
fn check_replaced(from: &str, to: &str, code: &str, place: Option<&str>) {
    let valid = valid();
    assert!(valid.contains(from), "{from} is in\n{valid}");
    check(&valid.replacen(from, to, 1), code, place);
}

#[test]
fn every_truncation_is_an_error_at_its_end() {
    let json = valid();
    let json = json.trim_end();
    HeapGraph::from_bytes(json.as_bytes()).expect("valid");
    for length in 0..json.len() {
        let error = HeapGraph::from_bytes(&json.as_bytes()[..length]).expect_err("cut short");
        assert_eq!((error.code(), error.offset()), (TRUNCATED, Some(length as u64)));
    }
}

#[test]
fn counts_that_no_machine_holds() {
    let huge = (1_u64 << 60).to_string();
    check_replaced("\"node_count\":3", &format!("\"node_count\":{huge}"), TOO_LARGE, None);
    check_replaced("\"edge_count\":3", &format!("\"edge_count\":{huge}"), TOO_LARGE, None);
    check_replaced("\"edge_count\":3", "\"edge_count\":4294967296", TOO_LARGE, None);
    check_replaced("\"node_count\":3", "\"node_count\":536870913", TOO_LARGE, None);
    // Sizes beyond what numbers in reports can represent.
    check_replaced("3,3,3,16", &format!("3,3,3,{huge}"), TOO_LARGE, Some(&huge));
    // A single node that claims that many edges.
    check_replaced("9,1,1,0,1,0,0", &format!("9,1,1,0,{huge},0,0"), TOO_LARGE, None);
}

#[test]
fn counts_that_are_not_so() {
    check_replaced("\"node_count\":3", "\"node_count\":2", MALFORMED, None);
    check_replaced("\"node_count\":3", "\"node_count\":4", MALFORMED, Some(",\n\"edges\""));
    check_replaced("\"edge_count\":3", "\"edge_count\":2", MALFORMED, Some("1,0,0],"));
    check_replaced("\"edge_count\":3", "\"edge_count\":4", MALFORMED, Some(",\n\"edges\""));
    check_replaced("\"nodes\":[", "\"nodes\":[7,", MALFORMED, None);
    // One edge more than the nodes claim.
    check_replaced("\"edges\":[", "\"edges\":[2,1,0,", MALFORMED, None);
}

#[test]
fn targets_that_are_no_node() {
    check_replaced("2,2,7\n", "2,2,8\n", MALFORMED, Some("8\n"));
    check_replaced("2,2,7\n", "2,2,21\n", MALFORMED, Some("21\n"));
    check_replaced("2,2,7\n", "2,2,4294967295\n", MALFORMED, Some("4294967295\n"));
    check_replaced(
        "2,2,7\n",
        "2,2,18446744073709551615\n",
        MALFORMED,
        Some("18446744073709551615"),
    );
    check_replaced("[7,1,2,3]", "[8,1,2,3]", MALFORMED, Some("8,1,2,3]"));
    check_replaced("[7,1,2,3]", "[700,1,2,3]", MALFORMED, Some("700,1,2,3]"));
}

#[test]
fn names_that_are_no_string() {
    check_replaced("2,2,7\n", "2,7,7\n", MALFORMED, Some("}"));
    check_replaced("2,2,7\n", "2,4294967294,7\n", MALFORMED, None);
    check_replaced("2,2,7\n", "2,4294967296,7\n", TOO_LARGE, Some("4294967296,7\n"));
}

#[test]
fn of_two_faults_the_first_is_reported() {
    let valid = valid();
    let mut json = valid.replacen("2,2,7\n", "2,4294967296,7\n", 1);
    json = json.replacen("1,0,7]", "1,0,7.5]", 1);
    check(&json, TOO_LARGE, Some("4294967296,7\n"));
    // Too many rows, after a number that is too large.
    json = valid.replacen("2,2,7\n", "2,4294967296,7\n", 1);
    check(&json.replacen("1,0,7]", "1,0,7,2,2,7]", 1), TOO_LARGE, Some("4294967296,7\n"));
    json = valid.replacen("9,1,1,0", "9,1,4294967296,0", 1);
    check(&json.replacen("\"node_count\":3", "\"node_count\":2", 1), TOO_LARGE, None);
    // A header beyond its limit, with brackets that do not match either.
    let long = format!("{{\"snapshot\":{{\"x\":\"{}\"]}}}}", " ".repeat(1 << 20));
    check(&long, TOO_LARGE, None);
}

#[test]
fn numbers_that_are_none() {
    for (wrong, place) in [
        ("--1", "-1,"),
        ("-,", ","),
        ("1.5", ".5"),
        ("1e3", "e3"),
        ("", ","),
        ("1 2", "2,7"),
        ("\"1\"", "\"1"),
    ] {
        check_replaced("2,2,7\n", &format!("2,{wrong},7\n"), MALFORMED, Some(place));
    }
    check_replaced("3,3,3,16", "3,3,3,-16", MALFORMED, Some("-16"));
    check_replaced("1,0,7]", "1,-2147483649,7]", TOO_LARGE, None);
    let long = "9".repeat(21);
    check_replaced("2,2,7\n", &format!("2,{long},7\n"), TOO_LARGE, None);
    check_replaced("[7,1,2,3]", "[7,1,2,3,]", MALFORMED, Some("]"));
}

#[test]
fn sections_in_disorder() {
    let json = valid();
    let nodes_from = json.find("\"nodes\"").expect("a section");
    let edges_from = json.find("\"edges\"").expect("a section");
    let after_edges = json.find("\"trace_function_infos\"").expect("a section");
    let (head, nodes, edges, tail) = (
        &json[..nodes_from],
        &json[nodes_from..edges_from],
        &json[edges_from..after_edges],
        &json[after_edges..],
    );
    check(&[head, edges, nodes, tail].concat(), MALFORMED, None);
    check(&[head, nodes, nodes, edges, tail].concat(), MALFORMED, None);
    check(&[head, nodes, edges, edges, tail].concat(), MALFORMED, None);
    check(&[head, nodes, tail].concat(), MALFORMED, None);
    check(&["{", &head[1..], &head[1..], nodes, edges, tail].concat(), MALFORMED, None);
    check("{}", UNKNOWN_LAYOUT, None);
    let strings_from = json.find(",\n\"strings\"").expect("a section");
    check(&format!("{}}}", &json[..strings_from]), UNKNOWN_LAYOUT, None);
    check(&format!("{json}{{"), MALFORMED, Some("{"));
}

#[test]
fn headers_that_lack_what_is_needed() {
    for column in ["type", "name", "id", "self_size", "edge_count"] {
        let from = format!("\"{column}\"");
        check_replaced(&from, "\"else\"", UNKNOWN_LAYOUT, None);
    }
    for column in ["name_or_index", "to_node"] {
        check_replaced(&format!("\"{column}\""), "\"else\"", UNKNOWN_LAYOUT, None);
    }
    check_replaced("\"node_types\"", "\"other_types\"", UNKNOWN_LAYOUT, None);
    check_replaced("\"node_count\":3", "\"node_count\":-3", UNKNOWN_LAYOUT, None);
    check_replaced("\"node_count\":3,", "", UNKNOWN_LAYOUT, None);
    check_replaced("\"node_count\":3,", "\"node_count\":3,\"root_index\":1,", MALFORMED, None);
    check_replaced("\"node_count\":3,", "\"node_count\":3,,", MALFORMED, None);
}

#[test]
fn a_new_column_or_kind_is_no_error() {
    let json = valid();
    let more = json
        .replacen("\"trace_node_id\"", "\"colour\"", 1)
        .replacen("\"synthetic\"", "\"planetary\"", 1)
        .replacen("\"samples\"", "\"weather\":{\"a\":[1,{}]},\"samples\"", 1);
    let graph = HeapGraph::from_bytes(more.as_bytes()).expect("still a snapshot");
    assert_eq!(graph.kind(graph.root()), seep::graph::NodeKind::Other);
    assert_eq!(graph.node_count(), 3);
}

#[test]
fn brackets_without_end_or_mate() {
    let nested = "[".repeat(1 << 20);
    let from = "\"trace_tree\":[";
    check_replaced(from, &format!("\"trace_tree\":{nested}"), TOO_LARGE, None);
    check_replaced(from, "\"trace_tree\":[{]", MALFORMED, Some("]"));
    check_replaced("{\"meta\":", &format!("{{\"more\":{nested}"), TOO_LARGE, None);
    let long = format!("{{\"{}", "k".repeat(10_000));
    check(&long, TOO_LARGE, None);
}

#[test]
fn strings_that_are_none() {
    check_replaced("\"<dummy>\"", "7", MALFORMED, Some("7"));
    check_replaced("\"App\"", "\"A\\x\"", MALFORMED, Some("\\x"));
    check_replaced("\"App\"", "\"A\\u12\"", MALFORMED, Some("\\u12"));
    check_replaced("\"App\"", "\"App\" \"App\"", MALFORMED, Some("\"App\","));
    let mut bytes = valid().into_bytes();
    let app = bytes.windows(3).position(|it| it == b"App").expect("a name");
    bytes[app] = 0xFF;
    let error = HeapGraph::from_bytes(&bytes).expect_err("no UTF-8");
    assert_eq!((error.code(), error.offset()), (MALFORMED, Some(app as u64)));
}

#[test]
fn the_first_error_is_final() {
    let mut reader = GraphReader::new();
    assert!(reader.push(b"[").is_err());
    assert!(reader.push(valid().as_bytes()).is_err());
    assert!(reader.finish().is_err());
}

#[test]
fn any_damage_to_a_real_snapshot_is_an_error_or_a_graph() {
    let bytes = fixture("node20");
    let mut random = Random::new(3);
    for _ in 0..40 {
        let mut damaged = bytes.clone();
        for _ in 0..=random.below(3) {
            let at = random.below(damaged.len());
            damaged[at] = random.next() as u8;
        }
        // A graph that was built can be walked.
        if let Ok(graph) = HeapGraph::from_bytes(&damaged) {
            let edges: usize = graph.ordinals().map(|node| graph.edges(node).len()).sum();
            assert_eq!(edges, graph.edge_count());
        }
    }
}
