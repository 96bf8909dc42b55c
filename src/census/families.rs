//! Families of files whose names differ only in numbers.
//!
//! If a program compiles a module under a new name for each request, no path has a
//! growing count: every module is a root of its own, which occurs once. Therefore the
//! members of a large family of names are counted together.

use rustc_hash::{FxHashMap, FxHashSet};

use super::hashes;

/// Modules with names of one form that make a family. Bundlers number their files too,
/// and those are better reported by their names.
const MIN_MEMBERS: usize = 64;

/// Keeps the hash of a form distinct from that of any file's name.
const FAMILY: u64 = 0xFA31_FA31_FA31_FA31;

/// The forms of names that many modules share.
#[derive(Debug, Default)]
pub(super) struct Families {
    large: FxHashSet<u64>,
}

impl Families {
    /// Finds the families among the file names of all modules.
    pub(super) fn of<'a>(files: impl Iterator<Item = &'a str>) -> Self {
        let mut members: FxHashMap<u64, usize> = FxHashMap::default();
        for file in files {
            *members.entry(form(file)).or_default() += 1;
        }
        let large = members.into_iter().filter(|&(_, count)| count >= MIN_MEMBERS);
        Self { large: large.map(|(form, _)| form).collect() }
    }

    /// Returns the hash of `file`; the same for all members of a family.
    pub(super) fn spell(&self, file: &str) -> u64 {
        let form = form(file);
        if self.large.contains(&form) { form } else { hashes::hash_text(file) }
    }
}

/// Hashes `file` with each run of digits replaced by a single one, and each word that is
/// a hexadecimal number too.
fn form(file: &str) -> u64 {
    let mut spelt = String::with_capacity(file.len());
    for word in file.split_inclusive(|at: char| !at.is_ascii_alphanumeric()) {
        let name = word.trim_end_matches(|at: char| !at.is_ascii_alphanumeric());
        let has_digits = name.bytes().any(|byte| byte.is_ascii_digit());
        if has_digits && name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            spelt.push('#');
        } else {
            for at in name.chars() {
                let at = if at.is_ascii_digit() { '#' } else { at };
                if at != '#' || !spelt.ends_with('#') {
                    spelt.push(at);
                }
            }
        }
        spelt.push_str(&word[name.len()..]);
    }
    hashes::mix(FAMILY, hashes::hash_text(&spelt))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_files_whose_names_differ_in_numbers_are_a_family() {
        let files: Vec<String> = (0..MIN_MEMBERS).map(|i| format!("/app/view{i}.js")).collect();
        let few = ["/app/step1.js", "/app/step2.js"];
        let families = Families::of(files.iter().map(String::as_str).chain(few));
        assert_eq!(families.spell(&files[1]), families.spell(&files[40]));
        assert_eq!(families.spell("/app/view99.js"), families.spell(&files[1]));
        assert_ne!(families.spell(few[0]), families.spell(few[1]));
        assert_ne!(families.spell("/lib/view1.js"), families.spell(&files[1]));
    }

    #[test]
    fn a_name_that_is_a_hash_counts_as_a_number() {
        assert_eq!(form("/tmp/3fa9c0.js"), form("/tmp/b77e21.js"));
        assert_ne!(form("/tmp/cache.js"), form("/tmp/b77e21.js"));
    }
}
