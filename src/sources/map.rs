//! One source map: maps places in the script to places in the source.

use std::borrow::Cow;

use oxc_sourcemap::{JSONSourceMap, OwnedSourceMap, SourceMap, Token};
use serde::{Deserialize, de::IgnoredAny};

/// A map, or several maps that each cover a part of the script.
pub(super) struct Map {
    /// Sorted by start.
    sections: Vec<Section>,
}

struct Section {
    begin: GeneratedPlace,
    map: OwnedSourceMap,
    root: String,
}

/// A place in a script, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(super) struct GeneratedPlace {
    pub(super) line: u32,
    pub(super) column: u32,
}

/// A place in a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Original<'a> {
    /// `sourceRoot`, or empty.
    pub(super) root: &'a str,
    /// The source, as the map names it.
    pub(super) source: &'a str,
    pub(super) place: GeneratedPlace,
}

/// The parts of a map that are read. The library's own parser keeps the text of all
/// sources, and accepts neither sections nor sources without a name.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Json<'a> {
    version: u32,
    #[serde(borrow, default)]
    mappings: Cow<'a, str>,
    source_root: Option<String>,
    #[serde(default)]
    sources: Vec<Option<String>>,
    #[serde(default)]
    names: Vec<IgnoredAny>,
    #[serde(borrow)]
    sections: Option<Vec<JsonSection<'a>>>,
}

#[derive(Deserialize)]
struct JsonSection<'a> {
    offset: GeneratedPlace,
    #[serde(borrow)]
    map: Option<Json<'a>>,
}

impl Map {
    /// Parses `json` if it is a map.
    pub(super) fn parse(json: &str) -> Option<Self> {
        let mut json: Json<'_> = serde_json::from_str(json).ok()?;
        let mut sections = Vec::new();
        if let Some(parts) = json.sections.take() {
            for JsonSection { offset, map } in parts {
                // A section may refer to a map elsewhere; no tool makes such sections.
                if let Some(map) = map {
                    sections.push(Section::of(offset, map)?);
                }
            }
            sections.sort_by_key(|section| section.begin);
        } else {
            sections.push(Section::of(GeneratedPlace { line: 0, column: 0 }, json)?);
        }
        Some(Self { sections })
    }

    /// Returns the origin of the code at `place`.
    pub(super) fn original(&self, place: GeneratedPlace) -> Option<Original<'_>> {
        let after = self.sections.partition_point(|section| section.begin <= place);
        self.sections.get(after.checked_sub(1)?)?.original(place)
    }
}

impl Section {
    fn of(begin: GeneratedPlace, json: Json<'_>) -> Option<Self> {
        let map = SourceMap::from_json(JSONSourceMap {
            version: json.version,
            file: None,
            mappings: json.mappings.into_owned(),
            source_root: None,
            sources: json.sources.into_iter().map(Option::unwrap_or_default).collect(),
            sources_content: None,
            // Mappings refer to names, which nothing asks for.
            names: vec![String::new(); json.names.len()],
            debug_id: None,
            x_google_ignore_list: None,
        });
        let is_known = json.version == 3 && json.sections.is_none();
        let root = json.source_root.unwrap_or_default();
        Some(Self { begin, map: is_known.then_some(map)?.ok()?.into(), root })
    }

    fn original(&self, place: GeneratedPlace) -> Option<Original<'_>> {
        let column = if place.line == self.begin.line { self.begin.column } else { 0 };
        let token = self.token(place.line - self.begin.line, place.column - column)?;
        let source = self.map.get_source(token.get_source_id()?)?;
        let place = GeneratedPlace { line: token.get_src_line(), column: token.get_src_col() };
        (!source.is_empty()).then_some(Original { root: &self.root, source, place })
    }

    /// Returns the last token at or before a place, on its line. The library's own lookup
    /// needs a table of all lines, either built anew for each lookup or borrowed from the
    /// map it is stored with.
    fn token(&self, line: u32, column: u32) -> Option<Token> {
        let at = |index: u32| self.map.get_token(index);
        let is_before =
            |token: &Token| (token.get_dst_line(), token.get_dst_col()) <= (line, column);
        let (mut low, mut high) = (0, u32::try_from(self.map.get_tokens().count()).ok()?);
        while low < high {
            let middle = low + (high - low) / 2;
            if at(middle).as_ref().is_some_and(is_before) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        at(low.checked_sub(1)?).filter(|token| token.get_dst_line() == line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(map: &Map, place: (u32, u32), expected: Option<(&str, u32, u32)>) {
        let (line, column) = place;
        let found = map.original(GeneratedPlace { line, column });
        let told = |found: Original<'_>| {
            (format!("{}|{}", found.root, found.source), found.place.line, found.place.column)
        };
        let expected = expected.map(|(name, line, column)| (name.to_owned(), line, column));
        assert_eq!(found.map(told), expected);
    }

    #[test]
    fn a_place_is_that_of_the_last_token_before_it() {
        let json = r#"{"version":3,"sourceRoot":"../src","sources":["a.ts"],"names":["f"],
            "sourcesContent":["text"],"mappings":"AAAA;AAIEA"}"#;
        let map = Map::parse(json).expect("a map");
        check(&map, (0, 7), Some(("../src|a.ts", 0, 0)));
        check(&map, (1, 0), Some(("../src|a.ts", 4, 2)));
        check(&map, (2, 0), None);
    }

    #[test]
    fn each_section_of_an_index_map_counts_from_where_it_begins() {
        let json = r#"{"version":3,"sections":[
            {"offset":{"line":2,"column":10},
             "map":{"version":3,"sourceRoot":"b","sources":["b.ts"],"mappings":"AAAA,IAIE;AAAA"}},
            {"offset":{"line":0,"column":0},
             "map":{"version":3,"sources":["a.ts"],"names":[],"mappings":"AAAA;AAEA"}},
            {"offset":{"line":9,"column":0},"url":"elsewhere.map"}]}"#;
        let map = Map::parse(json).expect("a map");
        check(&map, (1, 3), Some(("|a.ts", 2, 0)));
        check(&map, (2, 9), None);
        check(&map, (2, 10), Some(("b|b.ts", 0, 0)));
        check(&map, (2, 14), Some(("b|b.ts", 4, 2)));
        check(&map, (3, 0), Some(("b|b.ts", 4, 2)));
    }

    #[test]
    fn a_source_without_a_name_is_no_place() {
        let json = r#"{"version":3,"sources":[null,"a.ts"],"mappings":"AAAA;ACAA"}"#;
        let map = Map::parse(json).expect("a map");
        check(&map, (0, 0), None);
        check(&map, (1, 0), Some(("|a.ts", 0, 0)));
    }

    #[test]
    fn what_is_no_map_is_not_read() {
        for json in [
            "",
            "[]",
            r#"{"version":2,"sources":[],"mappings":""}"#,
            r#"{"version":3,"sources":["a.ts"],"mappings":"A!"}"#,
            r#"{"version":3,"sources":[],"mappings":"AAAA"}"#,
            r#"{"version":3,"sections":[{"offset":{"line":0,"column":0},
                "map":{"version":3,"sections":[]}}]}"#,
        ] {
            assert!(Map::parse(json).is_none(), "{json}");
        }
    }
}
