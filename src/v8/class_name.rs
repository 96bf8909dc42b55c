//! The name of an object's class: stored in parts, and spelled for each reader.
//!
//! | the object                   | [reports](ClassName::in_reports) | [plain](ClassName::plain)   | [DevTools](devtools) |
//! | ---------------------------- | -------------------------------- | --------------------------- | -------------------- |
//! | of a class                   | `User`                           | `User`                      | `User`               |
//! | a function                   | `closure tick`                   | `function tick()`           | `Function`           |
//! | one without a name           | `closure (anonymous)`            | `function (anonymous)`      | `Function`           |
//! | an async function that waits | `AsyncFunction work`             | `suspended function work()` | `Generator`          |
//! | a string                     | `string`                         | `string`                    | `(string)`           |
//! | of Node's C++                | `Node / Http2Session`            | `Http2Session`              | `Node / Http2Session` |
//!
//! The first spelling is the one that programs compare, filter and make fingerprints of;
//! it never changes. The second is for people. The third is the one that Chrome shows for
//! the same snapshot.

use std::borrow::Cow;

use serde::{Serialize, Serializer, ser::SerializeStruct};

use super::{
    names::{self, INTERNAL},
    pages, references,
    words::Words,
};
use crate::{
    graph::{HeapGraph, NodeKind},
    units::NodeOrdinal,
};

/// V8's name for a `Proxy`.
pub const PROXY: &str = "system / JSProxy";

/// The name of a function or class that has none.
const ANONYMOUS: &str = "(anonymous)";

/// The prefix of class names in Node's C++.
const NODES: &str = "Node / ";

/// The class of an object, in parts.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClassName {
    kind: Kind,
    /// The name of the function, for kinds that go by one.
    function: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Kind {
    /// A constructor's name, or a word for a string, table or number.
    Called(Cow<'static, str>),
    Function(FunctionKind),
}

/// The sorts of objects that are named after a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum FunctionKind {
    Closure,
    Code,
    Generator,
    AsyncFunction,
    AsyncGenerator,
}

impl FunctionKind {
    fn name(self) -> &'static str {
        match self {
            Self::Closure => "closure",
            Self::Code => "code",
            Self::Generator => "Generator",
            Self::AsyncFunction => "AsyncFunction",
            Self::AsyncGenerator => "AsyncGenerator",
        }
    }

    /// Returns the sort of call that V8 keeps in an object called `name`.
    fn of_call(name: &str) -> Option<Self> {
        [Self::Generator, Self::AsyncFunction, Self::AsyncGenerator]
            .into_iter()
            .find(|kind| kind.name() == name)
    }
}

impl ClassName {
    /// Returns the class of `node`: a constructor's name, or the kind of a string,
    /// function or array, but never its contents.
    pub fn of(graph: &HeapGraph, words: &Words, node: NodeOrdinal) -> Self {
        let name = names::without_ids(graph.name(node));
        if let Some(function) = suspended(graph, words, node) {
            return Self::function(call_kind(graph, words, node), graph.name(function));
        }
        Self::called(match graph.kind(node) {
            NodeKind::Closure => return Self::function(FunctionKind::Closure, name),
            NodeKind::String | NodeKind::ConsString => "string",
            NodeKind::SlicedString => "sliced string",
            NodeKind::RegExp => "RegExp",
            NodeKind::Symbol => "Symbol",
            NodeKind::BigInt => "bigint",
            NodeKind::Number => "number",
            NodeKind::Array => "(array)",
            // V8's own code is named by what it is, a function's code by the function.
            NodeKind::Code if !name.is_empty() && !name.starts_with(INTERNAL) => {
                return Self::function(FunctionKind::Code, name);
            }
            NodeKind::Code if name.is_empty() => "(code)",
            NodeKind::Native if pages::is_detached(graph, node) => {
                return Self::called(format!("Detached {name}"));
            }
            _ if name == "system / JSArrayBufferData" => "backing store",
            _ if name == PROXY => "Proxy",
            _ if name.is_empty() => ANONYMOUS,
            NodeKind::Object if name != "Object" => {
                return Self::called(later_class(graph, words, node).unwrap_or(name).to_owned());
            }
            _ => return Self::called(name.strip_prefix(INTERNAL).unwrap_or(name).to_owned()),
        })
    }

    /// Creates a class with a name of its own.
    pub fn called(name: impl Into<Cow<'static, str>>) -> Self {
        Self { kind: Kind::Called(name.into()), function: None }
    }

    /// Creates the class of a function called `name`; "" for one without a name.
    pub fn closure(name: &str) -> Self {
        Self::function(FunctionKind::Closure, name)
    }

    fn function(kind: FunctionKind, name: &str) -> Self {
        let function = (!name.is_empty()).then(|| name.to_owned());
        Self { kind: Kind::Function(kind), function }
    }

    /// Whether it is a function's class.
    pub fn is_closure(&self) -> bool {
        matches!(self.kind, Kind::Function(FunctionKind::Closure))
    }

    /// Returns the name of the function that runs or waits; "" if it has none.
    pub fn running(&self) -> Option<&str> {
        match self.kind {
            Kind::Called(_) | Kind::Function(FunctionKind::Code) => None,
            Kind::Function(_) => Some(self.function.as_deref().unwrap_or_default()),
        }
    }

    /// Replaces the function's name, if there is one, with `hidden` of it.
    pub fn hide(&mut self, hidden: impl FnOnce(&str) -> String) {
        if let Some(function) = &mut self.function {
            *function = hidden(function);
        }
    }

    /// Returns the spelling of reports, which programs compare and fingerprints are made
    /// of.
    pub fn in_reports(&self) -> Cow<'_, str> {
        match &self.kind {
            Kind::Called(name) => Cow::Borrowed(name),
            Kind::Function(kind) => {
                let function = self.function.as_deref().unwrap_or(ANONYMOUS);
                Cow::Owned(format!("{} {function}", kind.name()))
            }
        }
    }

    /// Returns the spelling for people.
    pub fn plain(&self) -> Cow<'_, str> {
        match (&self.kind, self.function.as_deref()) {
            (Kind::Called(name), _) => Cow::Borrowed(name.strip_prefix(NODES).unwrap_or(name)),
            (Kind::Function(FunctionKind::Code), _) => self.in_reports(),
            (Kind::Function(FunctionKind::Closure), Some(name)) => {
                format!("function {name}()").into()
            }
            (Kind::Function(FunctionKind::Closure), None) => format!("function {ANONYMOUS}").into(),
            (Kind::Function(_), Some(name)) => format!("suspended function {name}()").into(),
            (Kind::Function(_), None) => format!("suspended function {ANONYMOUS}").into(),
        }
    }
}

impl PartialEq<str> for ClassName {
    fn eq(&self, other: &str) -> bool {
        self.in_reports() == other
    }
}

impl PartialEq<&str> for ClassName {
    fn eq(&self, other: &&str) -> bool {
        self == *other
    }
}

/// Writes the fields `className` and `label` into the object whose class it is.
impl Serialize for ClassName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("ClassName", 2)?;
        fields.serialize_field("className", &self.in_reports())?;
        fields.serialize_field("label", &self.plain())?;
        fields.end()
    }
}

/// The spelling of Chrome DevTools, which groups objects by class in its Summary view and
/// has one name for most kinds.
pub mod devtools {
    use std::borrow::Cow;

    use crate::graph::NodeKind;

    /// The Summary view's prefix for objects of a page that is gone.
    const DETACHED: &str = "Detached ";

    /// The row of all compiled code.
    pub const COMPILED_CODE: &str = "(compiled code)";

    /// The row of all of V8's own nodes.
    pub const SYSTEM: &str = "(system)";

    /// Returns the name of nodes of `kind`, for kinds that share one name.
    pub fn of_kind(kind: NodeKind) -> Cow<'static, str> {
        match kind {
            NodeKind::Hidden => SYSTEM.into(),
            NodeKind::Code => COMPILED_CODE.into(),
            NodeKind::Closure => "Function".into(),
            NodeKind::RegExp => "RegExp".into(),
            kind => format!("({})", kind.name()).into(),
        }
    }

    /// Returns the name of a node called `name` whose page is gone.
    pub fn detached(name: &str) -> String {
        without_attributes(&format!("{DETACHED}{name}"))
    }

    /// Whether `name` belongs to an element of a page, gone or not.
    pub fn is_element(name: &str) -> bool {
        tag(name).starts_with('<')
    }

    /// Shortens `<div class=a>` to `<div>`.
    pub fn without_attributes(name: &str) -> String {
        let tag = tag(name);
        match tag.find(' ') {
            Some(space) if is_element(name) => {
                format!("{}{}>", &name[..name.len() - tag.len()], &tag[..space])
            }
            _ => name.to_owned(),
        }
    }

    /// Spells the name of a property among others in braces. It is quoted if it has a
    /// character that would be misleading there.
    pub fn property(name: &str) -> Cow<'_, str> {
        if name.contains([',', '\'', '"', '{', '}'])
            && let Ok(quoted) = serde_json::to_string(name)
        {
            return quoted.into();
        }
        name.into()
    }

    /// Returns `name` without the prefix for a page that is gone.
    fn tag(name: &str) -> &str {
        name.strip_prefix(DETACHED).unwrap_or(name)
    }
}

/// Returns the function whose suspended call `node` keeps.
pub fn suspended(graph: &HeapGraph, words: &Words, node: NodeOrdinal) -> Option<NodeOrdinal> {
    let is_call = graph.kind(node) == NodeKind::Object && !graph.name(node).starts_with(INTERNAL);
    let function = is_call.then(|| references::internal(graph, node, words.function))?;
    function.filter(|&function| graph.kind(function) == NodeKind::Closure)
}

/// Does the same for an object that V8 names only as a suspended function.
pub fn suspended_as_such(
    graph: &HeapGraph,
    words: &Words,
    node: NodeOrdinal,
) -> Option<NodeOrdinal> {
    is_suspended_call(graph, node).then(|| suspended(graph, words, node))?
}

/// Whether V8 names `node` as a suspended function; the same for all objects of one kind and
/// name.
pub fn is_suspended_call(graph: &HeapGraph, node: NodeOrdinal) -> bool {
    graph.kind(node) == NodeKind::Object && FunctionKind::of_call(graph.name(node)).is_some()
}

/// Returns the sort of function whose call `node` keeps. V8 names it after the function
/// or a generator; an async function's call is recognised by its missing prototype.
fn call_kind(graph: &HeapGraph, words: &Words, node: NodeOrdinal) -> FunctionKind {
    let own = FunctionKind::of_call(names::without_ids(graph.name(node)));
    let of_prototype = references::property(graph, node, words.proto).and_then(|prototype| {
        if graph.kind(prototype) == NodeKind::Hidden {
            return Some(FunctionKind::AsyncFunction);
        }
        FunctionKind::of_call(graph.name(prototype))
    });
    of_prototype.or(own).unwrap_or(FunctionKind::Generator)
}

/// Returns the class that an object was given after its creation.
///
/// V8 names an object after the constructor that created it. Where the prototype was
/// replaced (`AbortSignal`s are created as `EventTarget`s), a person knows it by the
/// constructor of its prototype.
/// the constructor of its prototype.
fn later_class<'a>(graph: &'a HeapGraph, words: &Words, node: NodeOrdinal) -> Option<&'a str> {
    let prototype = references::property(graph, node, words.proto)?;
    let constructor = references::property(graph, prototype, words.constructor)?;
    let is_class = graph.kind(constructor) == NodeKind::Closure && constructor != node;
    is_class.then(|| graph.name(constructor)).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testkit::draw;

    /// Asserts how the node `a` of a drawing is named in reports, for people and by
    /// DevTools.
    #[track_caller]
    fn check(a: &str, in_reports: &str, plain: &str, in_devtools: &str) {
        let drawing = draw(&format!("root -> a; {a}"));
        let graph = drawing.graph();
        let node = drawing.node("a");
        let class = ClassName::of(&graph, &Words::of(&graph), node);
        assert_eq!((&*class.in_reports(), &*class.plain()), (in_reports, plain));
        let kind = graph.kind(node);
        let devtools = match kind {
            NodeKind::Object | NodeKind::Native => graph.name(node).into(),
            kind => devtools::of_kind(kind),
        };
        assert_eq!(devtools, in_devtools);
    }

    #[test]
    fn each_reader_has_its_spelling() {
        check("a: object User", "User", "User", "User");
        check("a: closure tick", "closure tick", "function tick()", "Function");
        check("a: closure \"\"", "closure (anonymous)", "function (anonymous)", "Function");
        check("a: string \"secret\"", "string", "string", "(string)");
        check("a: cons \"\"", "string", "string", "(concatenated string)");
        check("a: array \"\"", "(array)", "(array)", "(array)");
        check("a: code tick", "code tick", "code tick", "(compiled code)");
        check("a: code \"\"", "(code)", "(code)", "(compiled code)");
        check("a: hidden \"system / Map\"", "Map", "Map", "(system)");
        let session = "Node / Http2Session";
        check(&format!("a: native \"{session}\""), session, "Http2Session", session);
        check("a: object \"system / JSProxy\"", "Proxy", "Proxy", "system / JSProxy");
    }

    #[test]
    fn what_waits_is_called_by_its_function() {
        let waiting = |name: &str, prototype: &str| {
            format!(
                "a: object {name}; a -internal:function-> f; f: closure work
                 a -property:__proto__-> p; p: {prototype}"
            )
        };
        let plain = "suspended function work()";
        for kind in ["Generator", "AsyncGenerator"] {
            let class = format!("{kind} work");
            check(&waiting("work", &format!("object {kind}")), &class, plain, "work");
        }
        let asynchronous = waiting("Generator", "hidden null");
        check(&asynchronous, "AsyncFunction work", plain, "Generator");
        let nameless = "a: object Generator; a -internal:function-> f; f: closure \"\"";
        check(nameless, "Generator (anonymous)", "suspended function (anonymous)", "Generator");
    }

    #[test]
    fn a_class_goes_by_the_constructor_that_it_was_given_later() {
        check(
            "a: object EventTarget; a -property:__proto__-> p; p -property:constructor-> c
             c: closure AbortSignal",
            "AbortSignal",
            "AbortSignal",
            "EventTarget",
        );
    }

    #[test]
    fn only_names_of_functions_are_hidden() {
        let hidden = |mut class: ClassName| {
            class.hide(|name| format!("~{}", name.len()));
            class.in_reports().into_owned()
        };
        assert_eq!(hidden(ClassName::closure("get a")), "closure ~5");
        assert_eq!(hidden(ClassName::closure("")), "closure (anonymous)");
        for class in ["Map", "Generator", "(array)", "sliced string"] {
            assert_eq!(hidden(ClassName::called(class)), class);
        }
    }

    #[test]
    fn both_spellings_are_written() {
        let json = serde_json::to_string(&ClassName::closure("tick")).expect("JSON");
        assert_eq!(json, r#"{"className":"closure tick","label":"function tick()"}"#);
    }
}
