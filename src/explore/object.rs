//! One object: where it is, what is in it, and what holds it.

use serde::{Deserialize, Serialize};

use super::{
    Explorer, FiguresOf, Order, Page, Rows,
    retainers::reference_row,
    rows::{Containing, ObjectSort, PathRow, ReferenceRow},
};
use crate::{
    analysis::{NodeFigures, Step, shown_steps},
    error::Result,
    explain::first_of_program,
    graph::{Edge, EdgeLabel},
    report::{SourceLocation, StackFrame},
    units::{NodeOrdinal, ObjectId},
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
    /// What the name of a field, or the class in it, contains.
    pub filter: Option<String>,
    /// Which of its fields.
    pub page: Page,
    /// Whether paths are wanted, which take longest.
    pub paths: bool,
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
    /// The path by which a person knows it, from a module or another origin; empty when paths are
    /// not wanted.
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
    /// The functions on the stack by which it was allocated, from the innermost, if the snapshot
    /// was recorded with stacks.
    pub stack: Option<Vec<StackFrame>>,
    /// Of these, the one of the program or of a package that created it.
    pub created_in: Option<StackFrame>,
}

impl Explorer {
    pub(super) fn object(&self, query: &ObjectOf) -> Result<Option<ObjectFound>> {
        let Some(node) = self.node(query.id) else { return Ok(None) };
        let (graph, figures) = (self.session.graph(), self.figures());
        let (mut path, mut shortest) = (Vec::new(), (Vec::new(), 0));
        if query.paths {
            path = self.path_rows(&figures, node);
            let way = self.shortest_way(node);
            shortest = shown_steps(graph, &way, |node| figures.of(node));
        }
        let (shortest_path, omitted_steps) = shortest;
        let stack = self.stack_of(node);
        Ok(Some(ObjectFound {
            node: figures.of(node),
            dominator_id: graph.id(figures.measures.dominators.immediate(node)),
            location: self.places().place(graph, node),
            path,
            shortest_path,
            omitted_steps,
            fields: self.fields(query, node, &figures),
            retainer_count: self.session.retainers().count(node) as u64,
            text: self.text_of(node)?,
            created_in: stack.as_deref().and_then(first_of_program).cloned(),
            stack,
        }))
    }

    /// Returns the path by which a person knows `node`.
    pub(super) fn path_rows(&self, figures: &FiguresOf<'_>, node: NodeOrdinal) -> Vec<PathRow> {
        let book = self.book();
        let path = self.guide(&book).path_to(node);
        path.into_iter().map(|(node, step)| PathRow::of(figures, node, step)).collect()
    }

    fn fields(
        &self,
        query: &ObjectOf,
        node: NodeOrdinal,
        figures: &FiguresOf<'_>,
    ) -> Rows<ReferenceRow> {
        let graph = self.session.graph();
        let ObjectOf { id, sort, order, filter, .. } = query;
        let classes = figures.readings.classes();
        let mut containing = filter.as_ref().map(|text| Containing::new(graph, text));
        let mut is_wanted = |edge: &Edge| {
            containing.as_mut().is_none_or(|it| {
                let is_called_so = match edge.label {
                    EdgeLabel::Name(name) => it.is_in_name(name),
                    EdgeLabel::Index(index) => it.is_in(&index.to_string()),
                };
                is_called_so || it.is_in(&classes.rows()[classes.class_of(edge.to).0 as usize].name)
            })
        };
        let name = || format!("fields {id:?} {sort:?} {order:?} {filter:?}");
        let selected = self.sorted.page(query.page, name, |add| {
            let wanted = (0..).zip(graph.edges(node)).filter(|(_, edge)| is_wanted(edge));
            for (position, edge) in wanted {
                let key = sort.map_or(u64::from(position), |sort: ObjectSort| {
                    sort.key(*order, figures, edge.to)
                });
                add(key, position);
            }
        });
        let field = |position: &u32| {
            let edge = graph.edges(node).nth(*position as usize)?;
            Some(reference_row(self, edge.to, edge, figures))
        };
        let rows = selected.items.iter().filter_map(field).collect();
        Rows { total: selected.total, rows }
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
            let query = ObjectOf {
                id: ObjectId(103),
                sort,
                order: Order::Desc,
                filter: None,
                page,
                paths: true,
            };
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

    #[test]
    fn fields_are_narrowed_and_paths_left_out() {
        let explorer = explore(PROGRAM);
        let ask = |filter: &str| {
            let page = Page { offset: 0, limit: 9 };
            let filter = Some(filter.to_owned());
            let (id, order) = (ObjectId(103), Order::Asc);
            let query = ObjectOf { id, sort: None, order, filter, page, paths: false };
            explorer.object(&query).expect("no file is read").expect("there")
        };
        let found = ask("RES");
        let names: Vec<_> = found.fields.rows.iter().map(|row| &*row.edge.name).collect();
        assert_eq!((found.fields.total, names), (1, vec!["rest"]));
        assert!(found.path.is_empty() && found.shortest_path.is_empty());
        assert_eq!(ask("(string)").fields.total, 2, "the class of both");
        assert_eq!(ask("secret").fields.total, 0, "what a string says is no name");
    }
}
