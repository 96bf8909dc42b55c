//! The name of a leak that stays the same in every process and release.

/// FNV-1a, 64 bits: short, fixed for ever, and quite good enough to tell the
/// leaks of one program apart. (http://www.isthe.com/chongo/tech/comp/fnv)
pub(super) fn fingerprint<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    const OFFSET: u64 = 0xCBF2_9CE4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01B3;
    let mut hash = OFFSET;
    for part in parts {
        // A separator that no name contains, so that "ab","c" is not "a","bc".
        for byte in part.bytes().chain([0]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(PRIME);
        }
    }
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fingerprint_of_known_parts_never_changes() {
        assert_eq!(fingerprint([]), "cbf29ce484222325");
        assert_eq!(fingerprint(["requests", "Map"]), fingerprint(["requests", "Map"]));
        assert_ne!(fingerprint(["ab", "c"]), fingerprint(["a", "bc"]));
    }
}
