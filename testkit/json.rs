//! Writes drawings as V8 writes snapshots.

use std::{collections::BTreeMap, fmt::Write};

use seep::graph::{EdgeKind, NodeKind};

use super::{Drawing, drawing::DrawnNode};

impl Drawing {
    /// Returns the drawing as a snapshot with the columns of Node 20.
    pub fn json(&self) -> String {
        let mut strings = Strings::default();
        strings.index("<dummy>");
        let mut nodes = Vec::new();
        let mut edges = Vec::new();
        let mut locations = Vec::new();
        for (index, node) in self.nodes.iter().enumerate() {
            let kind = NodeKind::ALL.iter().position(|&kind| kind == node.kind).expect("a kind");
            let name = strings.index(&node.name);
            let edge_count = self.edges[index].len();
            let DrawnNode { id, size, detached, .. } = node;
            nodes.push(format!("{kind},{name},{id},{size},{edge_count},0,{detached}"));
            if let Some([script, line, column]) = node.at {
                locations.push(format!("{},{script},{line},{column}", index * 7));
            }
            for edge in &self.edges[index] {
                let label = if edge.kind.has_name() {
                    strings.index(&edge.label).to_string()
                } else {
                    edge.label.clone()
                };
                edges.push(format!("{},{label},{}", edge.kind as u8, edge.to * 7));
            }
        }
        let header = header(nodes.len(), edges.len());
        let mut json = format!("{{\"snapshot\":{header},\n\"nodes\":[{}],\n", nodes.join("\n,"));
        let _ = writeln!(json, "\"edges\":[{}],", edges.join("\n,"));
        json += "\"trace_function_infos\":[],\n\"trace_tree\":[],\n\"samples\":[],\n";
        let _ = writeln!(json, "\"locations\":[{}],", locations.join("\n,"));
        let _ = writeln!(json, "\"strings\":[{}]}}", strings.list.join(",\n"));
        json
    }
}

#[derive(Default)]
struct Strings {
    list: Vec<String>,
    numbers: BTreeMap<String, usize>,
}

impl Strings {
    fn index(&mut self, text: &str) -> usize {
        if let Some(&number) = self.numbers.get(text) {
            return number;
        }
        let number = self.list.len();
        self.list.push(serde_json::to_string(text).expect("a string"));
        self.numbers.insert(text.to_owned(), number);
        number
    }
}

/// Returns the header with the columns of Node 20.
fn header(node_count: usize, edge_count: usize) -> String {
    let quoted = |names: Vec<&str>| format!("\"{}\"", names.join("\",\""));
    let node_kinds: Vec<_> = NodeKind::ALL
        .iter()
        .filter(|&&kind| kind != NodeKind::Other)
        .map(|kind| kind.name())
        .collect();
    let edge_kinds: Vec<_> = EdgeKind::ALL
        .iter()
        .filter(|&&kind| kind != EdgeKind::Other)
        .map(|kind| kind.name())
        .collect();
    let node_kinds = quoted(node_kinds);
    let edge_kinds = quoted(edge_kinds);
    format!(
        "{{\"meta\":{{\"node_fields\":[\"type\",\"name\",\"id\",\"self_size\",\"edge_count\",\
         \"trace_node_id\",\"detachedness\"],\"node_types\":[[{node_kinds}],\"string\",\"number\",\
         \"number\",\"number\",\"number\",\"number\"],\"edge_fields\":[\"type\",\"name_or_index\",\
         \"to_node\"],\"edge_types\":[[{edge_kinds}],\"string_or_number\",\"node\"],\
         \"trace_function_info_fields\":[\"function_id\",\"name\",\"script_name\",\"script_id\",\
         \"line\",\"column\"],\"trace_node_fields\":[\"id\",\"function_info_index\",\"count\",\
         \"size\",\"children\"],\"sample_fields\":[\"timestamp_us\",\"last_assigned_id\"],\
         \"location_fields\":[\"object_index\",\"script_id\",\"line\",\"column\"]}},\
         \"node_count\":{node_count},\"edge_count\":{edge_count},\"trace_function_count\":0}}"
    )
}
