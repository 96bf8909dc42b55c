//! One object: where it is, what is in it, and what holds it.

use serde::{Deserialize, Serialize};

use super::{
    Explorer, Order, Page, Rows,
    retainers::reference_row,
    rows::{ObjectSort, PathRow, ReferenceRow},
};
use crate::{
    analysis::{NodeFigures, Step, shown_steps},
    error::Result,
    report::SourceLocation,
    units::ObjectId,
};

/// Asks for one object.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ObjectOf {
    /// V8's id.
    pub id: ObjectId,
    /// What its fields are sorted by; V8's order without it.
    pub sort: Option<ObjectSort>,
    /// In which order.
    pub order: Order,
    /// Which of its fields.
    pub page: Page,
}

/// One object.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ObjectFound {
    /// Itself.
    #[serde(flatten)]
    pub node: NodeFigures,
    /// V8's id of its immediate dominator.
    pub dominator_id: ObjectId,
    /// Where its class or function is.
    pub location: Option<SourceLocation>,
    /// The path by which a person knows it, from a module or another origin.
    pub path: Vec<PathRow>,
    /// A shortest way from a root; empty when no way leads to it.
    pub shortest_path: Vec<Step>,
    /// Steps left out in the middle of that.
    pub omitted_steps: u64,
    /// The references that it has.
    pub fields: Rows<ReferenceRow>,
    /// The references to it, weak ones included.
    pub retainer_count: u64,
    /// What it says, where it is a string and contents may be shown.
    pub text: Option<String>,
}

impl Explorer {
    pub(super) fn object(&self, query: &ObjectOf) -> Result<Option<ObjectFound>> {
        let Some(node) = self.node(query.id) else { return Ok(None) };
        let (graph, figures, book) = (self.session.graph(), self.figures(), self.book());
        let guide = self.guide(&book);
        let path = guide.path_to(node);
        let path = path.into_iter().map(|(node, step)| PathRow::of(&figures, node, step)).collect();
        let way = self.shortest_way(node);
        let (shortest_path, omitted_steps) = shown_steps(graph, &way, |node| figures.of(node));
        let name = || format!("fields {:?} {:?} {:?}", query.id, query.sort, query.order);
        let selected = self.sorted.page(query.page, name, |add| {
            for (position, (_, to)) in (0..).zip(graph.links().of(node.0)) {
                let to = crate::units::NodeOrdinal(to);
                let key = query
                    .sort
                    .map_or(u64::from(position), |sort| sort.key(query.order, &figures, to));
                add(key, position);
            }
        });
        let field = |position: &u32| {
            let edge = graph.edges(node).nth(*position as usize)?;
            Some(reference_row(self, edge.to, edge, &figures))
        };
        let fields = selected.items.iter().filter_map(field).collect();
        Ok(Some(ObjectFound {
            node: figures.of(node),
            dominator_id: graph.id(figures.measures.dominators.immediate(node)),
            location: guide.place(node),
            path,
            shortest_path,
            omitted_steps,
            fields: Rows { total: selected.total, rows: fields },
            retainer_count: self.session.retainers().count(node) as u64,
            text: self.text_of(node)?,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explore::open::tests::{PROGRAM, explore};

    #[test]
    fn an_object_shows_where_it_is_and_what_is_in_it() {
        let ask = |sort, limit| {
            let page = Page { offset: 0, limit };
            let query = ObjectOf { id: ObjectId(103), sort, order: Order::Desc, page };
            explore(PROGRAM).object(&query).expect("no file is read").expect("there")
        };
        let found = ask(None, 1);
        let labels: Vec<_> = found.path.iter().map(|step| step.edge.label()).collect();
        assert_eq!(labels, ["module app/sessions.js", "sessions", "[…]"]);
        assert_eq!(found.path.last().map(|step| step.id), Some(ObjectId(103)));
        assert_eq!(found.shortest_path.last().map(|step| step.node.id), Some(ObjectId(103)));
        assert_eq!((found.node.class_name.as_str(), found.retainer_count), ("Session", 1));
        assert_eq!((found.fields.total, found.fields.rows.len()), (2, 1));
        assert_eq!(found.fields.rows[0].edge.name, "token");
        assert_eq!(ask(Some(ObjectSort::SelfBytes), 2).fields.rows[0].node.self_bytes, 40);
        assert_eq!(found.text, None);
    }
}
