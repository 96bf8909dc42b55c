//! The drawing language.

use std::collections::BTreeMap;

use seep::{
    graph::{EdgeKind, HeapGraph, NodeKind},
    units::NodeOrdinal,
};

/// A node of a drawing.
#[derive(Clone, Debug)]
pub struct DrawnNode {
    pub label: String,
    pub kind: NodeKind,
    pub name: String,
    pub id: u64,
    pub size: u64,
    pub at: Option<[u32; 3]>,
    pub detached: u32,
}

/// An edge of a drawing.
#[derive(Clone, Debug)]
pub struct DrawnEdge {
    pub kind: EdgeKind,
    pub label: String,
    pub to: usize,
}

/// A heap drawn as text.
#[derive(Clone, Debug, Default)]
pub struct Drawing {
    pub nodes: Vec<DrawnNode>,
    pub edges: Vec<Vec<DrawnEdge>>,
    by_label: BTreeMap<String, usize>,
}

/// Parses a drawing; the module describes the language.
#[track_caller]
pub fn draw(text: &str) -> Drawing {
    let mut drawing = Drawing::default();
    for line in text.lines() {
        let tokens = tokenize(line);
        for statement in tokens.split(|token| token == ";").filter(|tokens| !tokens.is_empty()) {
            drawing.statement(statement);
        }
    }
    drawing
}

impl Drawing {
    /// Builds the graph from a snapshot in V8's format.
    #[track_caller]
    pub fn graph(&self) -> HeapGraph {
        HeapGraph::from_bytes(self.json().as_bytes()).expect("a drawing is a valid snapshot")
    }

    /// Returns the node called `label` in the drawing.
    #[track_caller]
    pub fn node(&self, label: &str) -> NodeOrdinal {
        let index = self.by_label.get(label);
        NodeOrdinal(*index.unwrap_or_else(|| panic!("nothing called {label} is drawn")) as u32)
    }

    /// Returns the name of `node` in the drawing.
    pub fn label(&self, node: NodeOrdinal) -> &str {
        &self.nodes[node.index()].label
    }

    /// Adds a node and returns its number.
    pub fn add_node(&mut self, label: &str) -> usize {
        if let Some(&index) = self.by_label.get(label) {
            return index;
        }
        let index = self.nodes.len();
        let is_root = index == 0;
        self.nodes.push(DrawnNode {
            label: label.to_owned(),
            kind: if is_root { NodeKind::Synthetic } else { NodeKind::Object },
            name: if is_root {
                String::new()
            } else {
                label.trim_end_matches(|end: char| end.is_ascii_digit()).to_owned()
            },
            id: 2 * index as u64 + 1,
            size: if is_root { 0 } else { 16 },
            at: None,
            detached: 0,
        });
        self.edges.push(Vec::new());
        self.by_label.insert(label.to_owned(), index);
        index
    }

    /// Adds an edge between existing nodes.
    pub fn add_edge(&mut self, from: usize, kind: EdgeKind, label: &str, to: usize) {
        self.edges[from].push(DrawnEdge { kind, label: label.to_owned(), to });
    }

    #[track_caller]
    fn statement(&mut self, tokens: &[String]) {
        let from = self.add_node(tokens[0].trim_end_matches(':'));
        if tokens[0].ends_with(':') {
            return self.declare(from, &tokens[1..]);
        }
        let (arrow, targets) = tokens[1..].split_first().expect("an arrow after the node");
        let inner = arrow.strip_prefix('-').and_then(|arrow| arrow.strip_suffix("->"));
        let inner = match arrow.as_str() {
            "->" => None,
            _ => Some(inner.unwrap_or_else(|| panic!("{arrow} is no arrow"))),
        };
        assert!(!targets.is_empty(), "an arrow leads to something");
        for target in targets {
            let to = self.add_node(target);
            let (kind, label) = match inner {
                None => (EdgeKind::Property, target.as_str()),
                Some(inner) => edge_label(inner),
            };
            self.add_edge(from, kind, label, to);
        }
    }

    #[track_caller]
    fn declare(&mut self, node: usize, tokens: &[String]) {
        let mut words = tokens.iter();
        let kind = words.next().expect("a declaration begins with a kind");
        let node = &mut self.nodes[node];
        node.kind = match kind.as_str() {
            "cons" => NodeKind::ConsString,
            "sliced" => NodeKind::SlicedString,
            name => NodeKind::named(name),
        };
        assert_ne!(node.kind, NodeKind::Other, "{kind} is no kind of node");
        for word in words {
            match word.split_once('=') {
                Some(("size", size)) => node.size = size.parse().expect("size in bytes"),
                Some(("id", id)) => node.id = id.parse().expect("id"),
                Some(("detached", state)) => node.detached = state.parse().expect("state"),
                Some(("at", place)) => {
                    let mut numbers = place.split(':').map(|number| number.parse().expect("at"));
                    node.at = Some(std::array::from_fn(|_| numbers.next().expect("at=1:2:3")));
                }
                _ => node.name.clone_from(word),
            }
        }
    }
}

/// Parses `kind:label`, `[index]` or `label`.
fn edge_label(inner: &str) -> (EdgeKind, &str) {
    if let Some(index) = inner.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')) {
        return (EdgeKind::Element, index);
    }
    match inner.split_once(':') {
        Some((kind, label)) if EdgeKind::named(kind) != EdgeKind::Other => {
            (EdgeKind::named(kind), label)
        }
        _ => (EdgeKind::Property, inner),
    }
}

/// Splits a line into words. Quotes keep spaces and are removed; `;` is a word of its
/// own.
fn tokenize(line: &str) -> Vec<String> {
    let mut tokens = vec![String::new()];
    let mut is_quoted = false;
    let mut was_quoted = false;
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' => {
                is_quoted = !is_quoted;
                was_quoted = true;
            }
            _ if is_quoted => tokens.last_mut().expect("one").push(character),
            '/' if characters.peek() == Some(&'/') => break,
            ';' => tokens.extend([";".to_owned(), String::new()]),
            _ if character.is_whitespace() => {
                if was_quoted || !tokens.last().expect("one").is_empty() {
                    tokens.push(String::new());
                }
                was_quoted = false;
            }
            _ => tokens.last_mut().expect("one").push(character),
        }
    }
    // An empty name can be given as "" only in the middle of a line.
    if tokens.last().is_some_and(String::is_empty) && !was_quoted {
        tokens.pop();
    }
    tokens.retain({
        let mut before_semicolon = false;
        move |token| {
            let keep = !(token.is_empty() && before_semicolon);
            before_semicolon = token == ";";
            keep
        }
    });
    tokens
}
