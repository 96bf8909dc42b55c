//! Names for plain objects, by their properties.
//!
//! An object literal has no constructor to be called by. DevTools calls those
//! that begin with the same properties, if there are enough of them, after
//! these: `{id, name}`. All objects that have at least those properties are
//! then called so, by the largest such set.

use rustc_hash::FxHashMap;

use super::shapes::{Shape, Shapes, properties};
use crate::{
    column::Column,
    graph::{HeapGraph, NodeKind},
    units::{NameId, NodeOrdinal},
    v8::class_name::devtools,
};

/// Longest name, in UTF-16 units, that another property may be added to:
/// DevTools' `MAX_INTERFACE_NAME_LENGTH`.
const MAX_NAME: usize = 120;
/// Fewest objects that make a name: DevTools' `MIN_OBJECT_COUNT_PER_INTERFACE`.
const MIN_OBJECTS: u64 = 2;
/// Share of the plain objects that makes a name, as a divisor: DevTools'
/// `MIN_OBJECT_PROPORTION_PER_INTERFACE`.
const MIN_PROPORTION: u64 = 1000;

/// The names found for the plain objects of one snapshot.
pub(super) struct Interfaces {
    /// Names by number.
    pub(super) names: Vec<String>,
    /// Number of the name of each shape, where it has one.
    pub(super) of_shape: Vec<Option<u32>>,
}

struct Definition {
    name: String,
    properties: Vec<NameId>,
    count: u64,
}

impl Interfaces {
    /// Names the plain objects, which are called `Object`. In `shapes`, which
    /// has a zero for every node, each of them gets the number of its shape
    /// plus one.
    pub(super) fn of(graph: &HeapGraph, shapes: &mut [u32]) -> Self {
        let found = shapes_of(graph, shapes);
        Self::matching(graph, &found, definitions(graph, &found))
    }

    /// Does the same with the names that the plain objects of `model` have.
    pub(super) fn like(model: &HeapGraph, graph: &HeapGraph, shapes: &mut [u32]) -> Self {
        let mut of_model: Column<u32> = Column::zeroed(model.node_count());
        let definitions = definitions(model, &shapes_of(model, &mut of_model));
        drop(of_model);
        let found = shapes_of(graph, shapes);
        Self::matching(graph, &found, translated(definitions, model, graph))
    }

    fn matching(graph: &HeapGraph, found: &[Shape], definitions: Vec<Definition>) -> Self {
        let matcher = Matcher::new(&definitions);
        let mut counts = vec![0; matcher.required.len()];
        let best = found
            .iter()
            .map(|shape| matcher.best(properties(graph, shape.example), &mut counts))
            .collect();
        let names = definitions.into_iter().map(|definition| definition.name).collect();
        Self { names, of_shape: best }
    }
}

/// Returns the shapes of the plain objects, each of which gets the number of its own plus one in
/// `of`.
fn shapes_of(graph: &HeapGraph, of: &mut [u32]) -> Vec<Shape> {
    let Some(object) = graph.names().find("Object") else { return Vec::new() };
    let mut found = Shapes::new(graph);
    for ((node, kind, name), shape) in graph.named_nodes().zip(of) {
        if kind == NodeKind::Object && name == object {
            *shape = found.add(node) + 1;
        }
    }
    found.finish()
}

/// Returns those of the `definitions` of `model` whose properties `graph` has, too.
fn translated(
    mut definitions: Vec<Definition>,
    model: &HeapGraph,
    graph: &HeapGraph,
) -> Vec<Definition> {
    let mut numbers: FxHashMap<&str, Option<NameId>> = FxHashMap::default();
    for &property in definitions.iter().flat_map(|definition| &definition.properties) {
        numbers.insert(model.names().get(property), None);
    }
    for name in (0..graph.names().len() as u32).map(NameId) {
        if let Some(number) = numbers.get_mut(graph.names().get(name)) {
            *number = Some(name);
        }
    }
    definitions.retain_mut(|Definition { properties, .. }| {
        let names = properties.iter().map(|&it| numbers[model.names().get(it)]);
        names.collect::<Option<_>>().map(|names| *properties = names).is_some()
    });
    definitions
}

/// Returns the names that enough objects begin with, the most popular first.
fn definitions(graph: &HeapGraph, shapes: &[Shape]) -> Vec<Definition> {
    let proto = graph.names().find("__proto__");
    let objects: u64 = shapes.iter().map(|shape| shape.count).sum();
    let mut by_name: FxHashMap<String, usize> = FxHashMap::default();
    let mut definitions: Vec<Definition> = Vec::new();
    for shape in shapes {
        let (name, properties) = candidate(graph, shape.example, proto);
        if properties.is_empty() {
            continue;
        }
        let index = *by_name.entry(name).or_insert_with_key(|name| {
            definitions.push(Definition { name: name.clone(), properties, count: 0 });
            definitions.len() - 1
        });
        definitions[index].count += shape.count;
    }
    definitions.retain(|definition| {
        definition.count >= MIN_OBJECTS && definition.count * MIN_PROPORTION >= objects
    });
    // Stable: of equals the one that was seen first stays first.
    definitions.sort_by_key(|definition| std::cmp::Reverse(definition.count));
    definitions
}

/// Returns the name after the properties that `node` begins with, and these.
fn candidate(graph: &HeapGraph, node: NodeOrdinal, proto: Option<NameId>) -> (String, Vec<NameId>) {
    let mut name = String::from("{");
    let mut length = 1;
    let mut taken = Vec::new();
    for property in properties(graph, node).filter(|&property| Some(property) != proto) {
        let text = devtools::property(graph.names().get(property));
        let added = text.encode_utf16().count();
        if length > 1 && length + added > MAX_NAME {
            break;
        }
        if length > 1 {
            name.push_str(", ");
            length += 2;
        }
        name.push_str(&text);
        length += added;
        taken.push(property);
    }
    name.push('}');
    (name, taken)
}

/// Finds the largest definition whose properties an object has.
struct Matcher {
    /// Number of each property that a definition needs.
    numbers: FxHashMap<NameId, u32>,
    /// By number of a property: the definitions to try when an object has it.
    required: Vec<Vec<u32>>,
    /// By definition: each property's number and how often it is needed.
    needs: Vec<Vec<(u32, u32)>>,
    sizes: Vec<usize>,
}

impl Matcher {
    fn new(definitions: &[Definition]) -> Self {
        let mut this = Self {
            numbers: FxHashMap::default(),
            required: Vec::new(),
            needs: Vec::new(),
            sizes: Vec::new(),
        };
        let mut popularity: Vec<u32> = Vec::new();
        for definition in definitions {
            let mut needs: Vec<(u32, u32)> = Vec::new();
            for &property in &definition.properties {
                let next = this.numbers.len() as u32;
                let number = *this.numbers.entry(property).or_insert(next);
                popularity.resize(this.numbers.len(), 0);
                if let Some((_, times)) = needs.iter_mut().find(|(known, _)| *known == number) {
                    *times += 1;
                } else {
                    popularity[number as usize] += 1;
                    needs.push((number, 1));
                }
            }
            this.needs.push(needs);
            this.sizes.push(definition.properties.len());
        }
        // A definition is tried when its rarest property is met.
        this.required.resize(this.numbers.len(), Vec::new());
        for (definition, needs) in (0..).zip(&this.needs) {
            let rarest = needs.iter().min_by_key(|(number, _)| popularity[*number as usize]);
            if let Some(&(number, _)) = rarest {
                this.required[number as usize].push(definition);
            }
        }
        this
    }

    /// Returns the largest definition, of equals the first, that `properties` fulfil.
    /// `counts` has a zero per property, and has again afterwards.
    fn best(&self, properties: impl Iterator<Item = NameId>, counts: &mut [u32]) -> Option<u32> {
        let mut present = Vec::new();
        for property in properties {
            if let Some(&number) = self.numbers.get(&property) {
                if counts[number as usize] == 0 {
                    present.push(number);
                }
                counts[number as usize] += 1;
            }
        }
        let has = |&(number, times): &(u32, u32)| counts[number as usize] >= times;
        let best = present
            .iter()
            .flat_map(|&number| &self.required[number as usize])
            .filter(|&&definition| self.needs[definition as usize].iter().all(has))
            .min_by_key(|&&definition| (usize::MAX - self.sizes[definition as usize], definition))
            .copied();
        for number in present {
            counts[number as usize] = 0;
        }
        best
    }
}
