//! Which objects hold the contents of `ArrayBuffer`s and WebAssembly memories: their backing stores
//! are nodes, with their sizes.

use super::{heap_path::HeapPath, redact, text, variable_name::Namer};
use crate::{
    census::tree::{NameTree, Origin},
    growth::History,
    session::Session,
    v8::{class_name::ClassName, scripts},
};

/// How V8 calls a backing store.
const STORE: &str = "system / JSArrayBufferData";

/// At most so many holders are named.
const MOST: usize = 3;

/// Paths that are looked at for that: some lead to the same holder.
const MOST_PATHS: usize = 12;

/// Fewer bytes are not worth a name.
const LEAST: u64 = 1 << 20;

/// What a holder holds.
struct Held {
    holder: String,
    bytes: u64,
    growth: u64,
}

/// Returns the holders of most backing stores, each with its bytes and their growth, most first.
pub(crate) fn buffer_holders(
    session: &Session,
    tree: &NameTree,
    history: &History,
    hides: bool,
) -> Vec<String> {
    let (graph, words) = (session.graph(), session.words());
    let is_store = |name: &str| name == STORE;
    let mut stores: Vec<_> = tree
        .nodes()
        .iter()
        .filter(|node| node.self_bytes >= LEAST && is_store(graph.name(node.sample)))
        .collect();
    stores.sort_by_key(|node| std::cmp::Reverse(node.self_bytes));
    let namer = Namer { graph, words: &words, tree };
    let mut all: Vec<Held> = Vec::new();
    for node in stores.into_iter().take(MOST_PATHS) {
        let heap_path = HeapPath::to(node.sample, graph, tree);
        // The object that a person knows: a buffer, and not what is in it.
        let is_inner = |at: usize| {
            let object = heap_path.hops[at].node;
            is_store(graph.name(object)) || graph.name(object) == "ArrayBuffer" && at > 1
        };
        let at = (0..heap_path.hops.len()).rev().find(|&at| !is_inner(at)).unwrap_or(0);
        let expression = namer.expression(&heap_path, at).map(|mut expression| {
            if hides {
                redact::expression(&mut expression);
            }
            expression.text()
        });
        let holder = expression.unwrap_or_else(|| {
            let mut class = ClassName::of(graph, &words, heap_path.hops[at].node);
            if hides {
                redact::class(&mut class);
            }
            class.in_reports().into_owned()
        });
        let file = match heap_path.origin {
            Origin::Module(script) => Some(scripts::script_name(graph, script)),
            Origin::Exports(file) => Some(graph.names().get(file)),
            _ => None,
        };
        let holder = match file {
            Some(file) if !file.is_empty() => format!("{holder} ({})", scripts::short_file(file)),
            _ => holder,
        };
        let first = history.first(node.key).self_bytes;
        let (bytes, growth) = (node.self_bytes, node.self_bytes.saturating_sub(first));
        match all.iter_mut().find(|held| held.holder == holder) {
            Some(held) => {
                held.bytes += bytes;
                held.growth += growth;
            }
            None => all.push(Held { holder, bytes, growth }),
        }
    }
    all.sort_by_key(|held| std::cmp::Reverse((held.growth, held.bytes)));
    all.truncate(MOST);
    all.iter().map(spelled).collect()
}

fn spelled(held: &Held) -> String {
    let size = |bytes: u64| text::bytes(text::as_f64(bytes));
    let Held { holder, bytes, growth } = held;
    if *growth > 0 {
        format!("{holder}: {}, {} more", size(*bytes), size(*growth))
    } else {
        format!("{holder}: {}", size(*bytes))
    }
}
