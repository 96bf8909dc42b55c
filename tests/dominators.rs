//! Checks dominators and retained sizes against their definition.

#[path = "../testkit/mod.rs"]
mod testkit;

use seep::{
    analysis::{Dominators, RetainedSizes},
    graph::{EdgeKind, HeapGraph},
    units::NodeOrdinal,
};
use testkit::{Random, draw, random_heap};

/// Asserts that in `drawing`, `object` is held by `holder` alone.
#[track_caller]
fn check(drawing: &str, object: &str, holder: &str) {
    let drawing = draw(drawing);
    let dominators = Dominators::of(&drawing.graph());
    assert_eq!(drawing.label(dominators.immediate(drawing.node(object))), holder);
}

#[test]
fn a_chain_is_held_link_by_link() {
    check("root -> a; a -> b; b -> c", "c", "b");
}

#[test]
fn a_diamond_is_held_by_its_top() {
    check("root -> a; a -> b c; b -> d; c -> d", "d", "a");
}

#[test]
fn a_second_path_found_late_still_lifts_the_holder() {
    check("root -> a d; a -> b c; d -> e; e -> b; b -> c", "c", "root");
}

#[test]
fn an_edge_back_changes_nothing() {
    check("root -> a; a -> b; b -> c; c -> a b", "c", "b");
}

#[test]
fn two_entries_into_a_loop_share_it() {
    check("root -> a b; a -> c; b -> d; c -> d; d -> c", "c", "root");
}

#[test]
fn what_is_held_weakly_alone_hangs_below_the_root() {
    check("root -> a; a -weak:it-> b; b -> c", "b", "root");
    check("root -> a; a -weak:it-> b; b -> c", "c", "b");
}

#[test]
fn a_loop_that_nothing_holds_hangs_below_the_root() {
    check("root -> a; a -weak:it-> b; b -> c; c -> b", "c", "root");
    check("root -> a b; c -> d b; d -> c", "b", "root");
}

#[test]
fn a_value_in_a_weak_map_is_held_by_its_key() {
    let entry = "/ part of key (Key @3) -> value (V @5) pair in WeakMap (table @7)\"->";
    let heap = format!(
        "root -> key table; key: object Key id=3; value: object V id=5; table: array \"\" id=7
         key -internal:\"2 {entry} value; table -internal:\"1 {entry} value"
    );
    check(&heap, "value", "key");
}

#[test]
fn shortcuts_count_at_the_root_only() {
    check("root -shortcut:global-> a; a -> b; b -> c; a -shortcut:near-> c", "c", "b");
    check("root -shortcut:global-> a", "a", "root");
}

#[test]
fn what_is_outside_the_page_does_not_hold_what_is_inside() {
    let heap = "root -shortcut:global-> window; window -> item; root -[1]-> gc; gc -> item
                gc: synthetic \"(GC roots)\"";
    check(heap, "item", "window");
}

#[test]
fn the_page_is_also_what_references_lead_to_that_hold_nothing() {
    // Nothing in the page is held from outside, nor by the window's shortcut.
    let heap = "root -shortcut:global-> window; window -shortcut:near-> item; item -> part
                root -[1]-> gc; gc -> item part; gc: synthetic \"(GC roots)\"";
    check(heap, "item", "root");
    check(heap, "part", "item");
}

#[test]
fn the_page_is_also_where_document_trees_begin() {
    let heap = "root -[1]-> trees gc; trees -> item; gc -> item
                trees: synthetic \"(Document DOM trees)\"; gc: synthetic \"(GC roots)\"";
    check(heap, "item", "trees");
}

#[test]
fn the_page_is_also_what_weak_maps_in_it_lead_to() {
    let entry = "/ part of key (Key @3) -> value (V @5) pair in WeakMap (table @7)\"->";
    let heap = format!(
        "root -shortcut:global-> window; window -> table; root -[1]-> gc; gc -> key part
         key -internal:\"2 {entry} value; table -internal:\"1 {entry} value; value -> part
         key: object Key id=3; value: object V id=5; table: array \"\" id=7
         gc: synthetic \"(GC roots)\""
    );
    // The key is outside, and the table holds nothing.
    check(&heap, "value", "root");
    check(&heap, "part", "value");
}

#[test]
fn a_page_that_leads_to_the_root_is_all_there_is() {
    let heap = "root -shortcut:global-> window; window -> item; root -[1]-> gc; gc -> item
                gc: synthetic \"(GC roots)\"; window -> root";
    check(heap, "item", "root");
    let heap = heap.replace("window -> root", "window -shortcut:up-> root");
    check(&heap, "item", "root");
}

/// Returns the edges that count, applying the rules one by one.
fn essential(graph: &HeapGraph) -> Vec<Vec<NodeOrdinal>> {
    let root = graph.root();
    let mut page = vec![false; graph.node_count()];
    let mut pending: Vec<_> = (graph.edges(root))
        .filter(|edge| edge.kind == EdgeKind::Shortcut)
        .map(|edge| edge.to)
        .collect();
    while let Some(node) = pending.pop() {
        if !std::mem::replace(&mut page[node.index()], true) {
            let strong = graph.edges(node).filter(|edge| edge.kind != EdgeKind::Weak);
            pending.extend(strong.map(|edge| edge.to));
        }
    }
    let mut edges: Vec<Vec<_>> = (graph.ordinals())
        .map(|node| {
            graph
                .edges(node)
                .filter(|edge| edge.kind != EdgeKind::Weak && edge.to != node)
                .filter(|edge| node == root || edge.kind != EdgeKind::Shortcut)
                .filter(|edge| node == root || page[node.index()] || !page[edge.to.index()])
                .map(|edge| edge.to)
                .collect()
        })
        .collect();
    let held: Vec<_> = edges.iter().flatten().copied().collect();
    let orphans = graph.ordinals().filter(|node| *node != root && !held.contains(node));
    edges[root.index()].extend(orphans.collect::<Vec<_>>());
    edges
}

/// Returns the nodes that can be reached from `root` without `without`.
fn reached(
    edges: &[Vec<NodeOrdinal>],
    root: NodeOrdinal,
    without: Option<NodeOrdinal>,
) -> Vec<bool> {
    let mut seen = vec![false; edges.len()];
    let mut pending = vec![root];
    while let Some(node) = pending.pop() {
        if Some(node) != without && !std::mem::replace(&mut seen[node.index()], true) {
            pending.extend(&edges[node.index()]);
        }
    }
    seen
}

#[test]
fn agrees_with_the_definition_on_random_heaps() {
    let mut random = Random::new(5);
    for round in 0..5_000 {
        let drawing = random_heap(&mut random, if round % 50 == 0 { 120 } else { 16 });
        let graph = drawing.graph();
        let root = graph.root();
        let edges = essential(&graph);
        let alive = reached(&edges, root, None);
        let dominators = Dominators::of(&graph);
        let sizes = RetainedSizes::of(&graph, &dominators);
        // d dominates v when v cannot be reached without d.
        let without: Vec<_> =
            graph.ordinals().map(|node| reached(&edges, root, Some(node))).collect();
        for node in graph.ordinals() {
            let dominates = |above: NodeOrdinal, below: NodeOrdinal| {
                alive[below.index()] && !without[above.index()][below.index()]
            };
            let holders: Vec<_> =
                graph.ordinals().filter(|&it| it != node && dominates(it, node)).collect();
            let mut chain: Vec<_> = dominators.chain(node).collect();
            let nearest = dominators.immediate(node);
            if node != root && alive[node.index()] {
                chain.sort_unstable();
                assert_eq!(chain, holders, "round {round}, node {node:?} of {}", drawing.json());
                assert!(holders.iter().all(|&it| it == nearest || dominates(it, nearest)));
            } else {
                assert_eq!(nearest, root);
            }
            let retained: u64 = if node == root {
                graph.total_self_size()
            } else {
                let held = graph.ordinals().filter(|&it| it == node || dominates(node, it));
                held.map(|it| graph.self_size(it)).sum()
            };
            assert_eq!(sizes.retained(node), retained, "round {round}, node {node:?}");
        }
    }
}

#[test]
fn the_order_has_every_node_once_and_after_its_dominator() {
    let mut random = Random::new(9);
    for _ in 0..200 {
        let graph = random_heap(&mut random, 50).graph();
        let dominators = Dominators::of(&graph);
        let mut seen = vec![false; graph.node_count()];
        for (node, _) in dominators.pairs() {
            assert!(node == graph.root() || seen[dominators.immediate(node).index()]);
            assert!(!std::mem::replace(&mut seen[node.index()], true));
        }
        assert!(seen.iter().all(|&it| it));
    }
}

/// Creates a snapshot of `count` one-byte nodes, where `edges` gives the targets.
fn large(count: usize, edges: impl Fn(usize) -> Vec<usize>) -> HeapGraph {
    let mut drawing = draw("root -> n0");
    for index in 1..count {
        drawing.add_node(&format!("n{index}"));
    }
    for node in &mut drawing.nodes {
        node.size = 1;
    }
    for index in 0..count {
        for target in edges(index) {
            drawing.add_edge(index + 1, EdgeKind::Element, "0", target + 1);
        }
    }
    drawing.graph()
}

#[test]
fn a_chain_of_a_million_is_no_deep_recursion() {
    let count = 1_000_000;
    // Every tenth link also leads back, so that paths are compressed.
    let graph = large(count, |index| match index {
        _ if index + 1 == count => vec![0],
        _ if index % 10 == 9 => vec![index + 1, index / 2],
        _ => vec![index + 1],
    });
    let dominators = Dominators::of(&graph);
    let sizes = RetainedSizes::of(&graph, &dominators);
    for node in 1..=count as u32 {
        assert_eq!(dominators.immediate(NodeOrdinal(node)), NodeOrdinal(node - 1));
        assert_eq!(sizes.retained(NodeOrdinal(node)), count as u64 + 1 - u64::from(node));
    }
}

#[test]
fn a_fan_of_a_million_edges_is_held_by_its_hub() {
    let count = 500_000;
    // The hub refers to each node twice, and each node of the first half to one of the second.
    let graph = large(count, |index| match index {
        0 => (1..count).chain(1..count).collect(),
        _ if index < count / 2 => vec![index + count / 2],
        _ => vec![],
    });
    assert!(graph.edge_count() > 1_000_000);
    let dominators = Dominators::of(&graph);
    let sizes = RetainedSizes::of(&graph, &dominators);
    for node in 2..=count as u32 {
        assert_eq!(dominators.immediate(NodeOrdinal(node)), NodeOrdinal(1));
        assert_eq!(sizes.retained(NodeOrdinal(node)), 1);
    }
    assert_eq!(sizes.retained(NodeOrdinal(1)), count as u64);
}

/// Computes immediate dominators by the iteration of Cooper, Harvey and Kennedy (*A
/// Simple, Fast Dominance Algorithm*, 2001): slow, but too simple to get wrong.
fn iterated(graph: &HeapGraph) -> Vec<u32> {
    let links = graph.links();
    let mut postorder = Vec::new();
    let mut entered = vec![false; graph.node_count()];
    let mut pending = vec![(graph.root().0, false)];
    while let Some((node, is_done)) = pending.pop() {
        if is_done {
            postorder.push(node);
        } else if !std::mem::replace(&mut entered[node as usize], true) {
            pending.push((node, true));
            pending.extend(links.of(node).map(|(_, target)| (target, false)));
        }
    }
    let mut rank = vec![0; graph.node_count()];
    for (index, &node) in postorder.iter().enumerate() {
        rank[node as usize] = index;
    }
    let mut sources = vec![Vec::new(); graph.node_count()];
    for source in graph.ordinals().map(|node| node.0) {
        links.of(source).for_each(|(_, target)| sources[target as usize].push(source));
    }
    let mut holder = vec![u32::MAX; graph.node_count()];
    holder[graph.root().index()] = graph.root().0;
    let mut is_stable = false;
    while !is_stable {
        is_stable = true;
        for &node in postorder.iter().rev().skip(1) {
            let known = sources[node as usize].iter().copied();
            let known = known.filter(|&it| holder[it as usize] != u32::MAX);
            let common = known.reduce(|mut a, mut b| {
                while a != b {
                    let lower = if rank[a as usize] < rank[b as usize] { &mut a } else { &mut b };
                    *lower = holder[*lower as usize];
                }
                a
            });
            let common = common.expect("its parent in the search comes first");
            is_stable &= holder[node as usize] == common;
            holder[node as usize] = common;
        }
    }
    holder
}

#[test]
fn what_thousands_refer_to_is_held_by_what_holds_them_all() {
    let mut random = Random::new(3);
    let count = 30_000;
    for round in 0..6 {
        // A tree with as many edges across it, and two hubs in the middle that all nodes
        // above and below refer to, from some point on.
        let hubs = [100 + random.below(9_000), 100 + random.below(9_000)];
        let first = hubs[0].min(hubs[1]) - 50 + random.below(100);
        let mut edges = vec![Vec::new(); count];
        for node in 1..count {
            let near = |random: &mut Random| node - 1 - random.below(node.min(5 << round));
            edges[near(&mut random)].push(node);
            if random.once_in(2) {
                edges[near(&mut random)].push(node);
            }
            if node > first {
                edges[node].push(hubs[random.below(2)]);
            }
        }
        let graph = large(count, |node| edges[node].clone());
        let dominators = Dominators::of(&graph);
        let holders = iterated(&graph);
        for node in graph.ordinals() {
            assert_eq!(dominators.immediate(node).0, holders[node.index()], "{node:?}");
        }
    }
}
