//! The integers that describe V8's layout in a Node binary.
//!
//! V8 exports them for post-mortem debuggers (`tools/gen-postmortem-metadata.py`
//! in its sources): `v8dbg_class_JSFunction__context__Context` is the offset of a
//! field, `v8dbg_type_JSMap__JS_MAP_TYPE` an instance type. Each of Node's release
//! builds has some 500 of them; `nm -D` lists them.

/// A source of constants: the running binary, or a table in a test.
pub trait Symbols {
    /// Returns the value of `v8dbg_<name>`.
    fn get(&self, name: &str) -> Option<i32>;

    /// Returns the value of the first of `names` that exists: names contain the type of
    /// the field, which changes between versions.
    fn any(&self, names: &[&str]) -> Option<i32> {
        names.iter().find_map(|name| self.get(name))
    }
}

/// The running binary.
#[derive(Clone, Copy, Debug, Default)]
pub struct Binary;

impl Symbols for Binary {
    fn get(&self, name: &str) -> Option<i32> {
        let at = address_of(&format!("v8dbg_{name}"))?;
        // SAFETY: V8 exports `int`s with this prefix, and nobody else does.
        Some(unsafe { at.cast::<i32>().read_unaligned() })
    }
}

/// Returns the address of an exported symbol.
pub(in crate::walk) fn address_of(name: &str) -> Option<*const u8> {
    let name = std::ffi::CString::new(name).ok()?;
    Some(crate::symbols::address(&name)?.cast_const().cast())
}

#[cfg(test)]
pub(in crate::walk) mod tests {
    use super::*;

    /// Constants in lines of `name value`: one of the tables in `fixtures/v8dbg`.
    pub(in crate::walk) struct Listed(pub(in crate::walk) Vec<(String, i32)>);

    impl Listed {
        pub(in crate::walk) fn of_node(major: u32) -> Self {
            let path = format!("{}/fixtures/v8dbg/node{major}.txt", env!("CARGO_MANIFEST_DIR"));
            let text = std::fs::read_to_string(path).expect("a table");
            let line = |line: &str| {
                let (name, value) = line.split_once(' ')?;
                Some((name.to_owned(), value.parse().ok()?))
            };
            Self(text.lines().filter_map(line).collect())
        }

        pub(in crate::walk) fn without(mut self, name: &str) -> Self {
            let before = self.0.len();
            self.0.retain(|(known, _)| known != name);
            assert!(self.0.len() < before, "{name} is not in the table");
            self
        }
    }

    impl Symbols for Listed {
        fn get(&self, name: &str) -> Option<i32> {
            self.0.iter().find(|(known, _)| known == name).map(|(_, value)| *value)
        }
    }
}
