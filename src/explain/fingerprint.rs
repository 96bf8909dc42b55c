//! An id for a leak that stays the same in every process and release.

use crate::v8::scripts;

/// Hashes `parts` with FNV-1a, 64 bits: short, never changing, and good enough to
/// distinguish the leaks of one program. (http://www.isthe.com/chongo/tech/comp/fnv)
pub(super) fn fingerprint<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    const OFFSET: u64 = 0xCBF2_9CE4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01B3;
    let mut hash = OFFSET;
    for part in parts {
        // The separator occurs in no name, so "ab","c" differs from "a","bc".
        for byte in part.bytes().chain([0]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(PRIME);
        }
    }
    format!("{hash:016x}")
}

/// Returns the part of a file's path that is the same on every host and in every release.
/// Inside a package that is the whole path; elsewhere it is the file's name, with its
/// folder where the name alone says nothing. Versions in folder names are left out.
pub(super) fn stable_file(path: &str) -> String {
    if scripts::is_node(path) {
        return path.to_owned();
    }
    if let Some(inside) = scripts::in_package(path) {
        return inside.replace('\\', "/");
    }
    let mut parts = path.rsplit(['/', '\\']);
    let name = parts.next().unwrap_or_default();
    if !name.starts_with("index.") && !name.starts_with("main.") {
        return name.to_owned();
    }
    let folder: String =
        parts.next().unwrap_or_default().chars().filter(char::is_ascii_alphabetic).collect();
    format!("{folder}/{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_keeps_its_name_over_hosts_and_releases() {
        assert_eq!(stable_file("/srv/app-1.2.3/server.js"), stable_file("/home/me/app/server.js"));
        assert_eq!(stable_file("/srv/app-1.2.3/index.js"), stable_file("/srv/app-1.2.4/index.js"));
        assert_ne!(stable_file("/srv/users/index.js"), stable_file("/srv/orders/index.js"));
        assert_eq!(stable_file("/a/node_modules/pg/lib/pool.js"), "pg/lib/pool.js");
        assert_eq!(stable_file("C:\\a\\node_modules\\pg\\lib\\pool.js"), "pg/lib/pool.js");
        assert_eq!(stable_file("C:\\app-1.2.3\\server.js"), "server.js");
        assert_eq!(stable_file("C:\\app-1.2.3\\index.js"), stable_file("/srv/app-1.2.4/index.js"));
        assert_eq!(stable_file("node:internal/timers"), "node:internal/timers");
    }

    #[test]
    fn the_fingerprint_of_known_parts_never_changes() {
        assert_eq!(fingerprint([]), "cbf29ce484222325");
        assert_eq!(fingerprint(["requests", "Map"]), fingerprint(["requests", "Map"]));
        assert_ne!(fingerprint(["ab", "c"]), fingerprint(["a", "bc"]));
    }
}
