//! Maps generated code back to its source, through source maps.
//!
//! TypeScript and bundlers put a `sourceMappingURL` at the end of their output. V8 only
//! knows lines of the generated file; a person edits the source. Files are read once per
//! round and dropped after it, so that a deployment that replaces them is noticed and
//! nothing stays in memory.

mod address;
mod map;

use std::{
    cell::RefCell,
    fs::{File, Metadata},
    io::{Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use percent_encoding::percent_decode_str;
use rustc_hash::FxHashMap;

use self::map::{GeneratedPlace, Map};
use crate::{explain::SourceLookup, report::SourceLocation};

/// A larger source map is not read: parsing it would take several times as much memory in
/// the host's process.
const MAX_MAP_BYTES: u64 = 32 << 20;

/// The comment with the map's address, including any inline map, is looked for in this
/// many bytes at the end of a script.
const MAX_TAIL_BYTES: u64 = MAX_MAP_BYTES;

/// Without an inline map, the comment is within this many bytes of the end.
const TAIL_BYTES: u64 = 4096;

/// Source maps of the scripts that one round asks for.
#[derive(Default)]
pub struct SourceMaps {
    maps: RefCell<FxHashMap<String, Option<Loaded>>>,
}

struct Loaded {
    map: Map,
    folder: PathBuf,
}

impl SourceMaps {
    /// Creates an empty set of maps.
    pub fn new() -> Self {
        Self::default()
    }
}

impl SourceLookup for SourceMaps {
    fn original(&self, place: &SourceLocation) -> Option<SourceLocation> {
        let file = place.file.as_deref()?;
        let line = place.line?.checked_sub(1)?;
        let column = place.column.unwrap_or(1).saturating_sub(1);
        let mut maps = self.maps.borrow_mut();
        let loaded = maps.entry(file.to_owned()).or_insert_with(|| load(file)).as_ref()?;
        let original = loaded.map.original(GeneratedPlace { line, column })?;
        Some(SourceLocation {
            file: Some(address::source_name(&loaded.folder, original.root, original.source)),
            line: Some(original.place.line.saturating_add(1)),
            column: Some(original.place.column.saturating_add(1)),
            function_name: place.function_name.clone(),
        })
    }

    fn forget(&self) {
        self.maps.borrow_mut().clear();
    }
}

/// Loads the map of a script, if the script is a file that refers to one.
fn load(file: &str) -> Option<Loaded> {
    let path = address::local_path(file)?;
    let folder = path.parent()?.to_owned();
    let address = mapping_url(&path)?;
    let (json, folder) = if let Some(data) = address.strip_prefix("data:") {
        (decode_data(data)?, folder)
    } else {
        let map = address::relative_path(&folder, &address)?;
        (read_map(&map)?, map.parent()?.to_owned())
    };
    let text = String::from_utf8(json).ok()?;
    Some(Loaded { map: Map::parse(&text)?, folder })
}

/// Reads a map, if it is a regular file of permitted size: the script may give any
/// address, even that of a device or a pipe.
fn read_map(map: &Path) -> Option<Vec<u8>> {
    let is_readable = |file: Metadata| file.is_file() && file.len() <= MAX_MAP_BYTES;
    map.metadata().is_ok_and(is_readable).then(|| std::fs::read(map).ok())?
}

/// Returns the address in the last `sourceMappingURL` comment of a script.
fn mapping_url(script: &Path) -> Option<String> {
    const MARK: &str = "# sourceMappingURL=";
    if !script.metadata().ok()?.is_file() {
        return None;
    }
    let mut file = File::open(script).ok()?;
    let length = file.metadata().ok()?.len();
    for tail in [TAIL_BYTES, MAX_TAIL_BYTES] {
        let text = read_tail(&mut file, length, tail)?;
        // An inline map makes its comment start far from the end.
        if let Some(at) = text.rfind(MARK) {
            let address = text[at + MARK.len()..].split_whitespace().next()?;
            return Some(address.to_owned());
        }
        let is_inline = text.trim_end().rsplit('\n').next().is_some_and(|line| line.len() > 1000);
        if !is_inline || length <= tail {
            return None;
        }
    }
    None
}

fn read_tail(file: &mut File, length: u64, tail: u64) -> Option<String> {
    file.seek(SeekFrom::Start(length.saturating_sub(tail))).ok()?;
    let mut bytes = Vec::new();
    file.take(tail).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// Decodes a `data:` URL, given its text after the scheme as `data`.
fn decode_data(data: &str) -> Option<Vec<u8>> {
    let (head, encoded) = data.split_once(',')?;
    if head.ends_with(";base64") {
        base64_simd::STANDARD.decode_to_vec(encoded).ok()
    } else {
        Some(percent_decode_str(encoded).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAP: &str =
        r#"{"version":3,"sources":["../src/shop.ts"],"names":[],"mappings":"AAAA;AAIE"}"#;

    fn place(file: &Path, line: u32) -> SourceLocation {
        SourceLocation {
            file: Some(file.to_string_lossy().into_owned()),
            line: Some(line),
            column: Some(1),
            function_name: Some("f".to_owned()),
        }
    }

    /// Writes a script, with a map file next to it or in it.
    fn written(name: &str, address: &str) -> PathBuf {
        let folder =
            std::env::temp_dir().join(format!("seep-sources-{}-{name}", std::process::id()));
        std::fs::create_dir_all(folder.join("dist")).expect("a folder");
        std::fs::write(folder.join("dist/shop.js.map"), MAP).expect("a map");
        let script = folder.join("dist/shop.js");
        let text = format!("line one\nline two\n//# sourceMappingURL={address}\n");
        std::fs::write(&script, text).expect("a script");
        script
    }

    #[track_caller]
    fn check(name: &str, address: &str) {
        let script = written(name, address);
        let original = SourceMaps::new().original(&place(&script, 2)).expect("a place");
        let file = original.file.expect("a file");
        assert!(file.ends_with(&format!("{name}/src/shop.ts")), "{file}");
        assert_eq!((original.line, original.column), (Some(5), Some(3)));
        assert_eq!(original.function_name.as_deref(), Some("f"));
        std::fs::remove_dir_all(script.parent().and_then(Path::parent).expect("a folder"))
            .expect("removed");
    }

    #[test]
    fn a_map_beside_the_script_is_followed() {
        check("beside", "shop.js.map");
    }

    #[test]
    fn a_map_in_the_script_is_followed() {
        let encoded = base64_simd::STANDARD.encode_to_string(MAP);
        check("inline", &format!("data:application/json;base64,{encoded}"));
        let encoded = MAP.replace('"', "%22");
        check("inline-text", &format!("data:application/json;charset=utf-8,{encoded}"));
    }

    #[cfg(unix)]
    #[test]
    fn addresses_are_decoded() {
        let script = written("my app", "shop%2ejs.map");
        let url = format!("file://{}", script.to_string_lossy().replace(' ', "%20"));
        let original = SourceMaps::new().original(&place(Path::new(&url), 2)).expect("a place");
        assert!(original.file.expect("a file").ends_with("my app/src/shop.ts"));
        std::fs::remove_dir_all(script.parent().and_then(Path::parent).expect("a folder"))
            .expect("removed");
    }

    #[test]
    fn what_has_no_map_keeps_its_place() {
        let maps = SourceMaps::new();
        assert_eq!(maps.original(&place(Path::new("node:internal/timers"), 1)), None);
        assert_eq!(maps.original(&place(Path::new("/nowhere/at/all.js"), 1)), None);
        // Opening either would never return.
        assert_eq!(maps.original(&place(Path::new("/dev/zero"), 1)), None);
        let endless = written("endless", "/dev/zero");
        assert_eq!(maps.original(&place(&endless, 2)), None);
        std::fs::remove_dir_all(endless.parent().and_then(Path::parent).expect("a folder"))
            .expect("removed");
        let broken = written("broken", "missing.map");
        assert_eq!(maps.original(&place(&broken, 2)), None);
        std::fs::remove_dir_all(broken.parent().and_then(Path::parent).expect("a folder"))
            .expect("removed");
    }
}
