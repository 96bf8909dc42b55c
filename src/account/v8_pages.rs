//! Pages of V8's heaps, those of Workers included.

use crate::allocations::sampler::Peek;

/// Pages begin at multiples of this (`kPageSizeBits`, src/base/build_config.h).
pub(super) const ALIGNMENT: u64 = 256 << 10;

/// Objects begin within this many bytes of a page: after its header, and bits that mark them.
const HEADER: u64 = 32 << 10;

/// Words of the metadata that are searched.
const METADATA_WORDS: usize = 32;

/// Returns the end of the page whose header is `words`; `region_end` ends the mapping.
///
/// The header (`MemoryChunk`), or from V8 13 on the metadata that its second word points to
/// (`MemoryChunkMetadata`), has where objects begin and end, in words next to each other, or with
/// one between. Which words depends on the version.
pub(super) fn end(memory: &impl Peek, at: u64, words: &[u64], region_end: u64) -> Option<u64> {
    if !at.is_multiple_of(ALIGNMENT) {
        return None;
    }
    area_end(at, words, region_end).or_else(|| {
        let metadata: [u64; METADATA_WORDS] = memory.words(*words.get(1)?)?;
        area_end(at, &metadata, region_end)
    })
}

fn area_end(at: u64, words: &[u64], region_end: u64) -> Option<u64> {
    let most = region_end.max(at + ALIGNMENT);
    let is_area = |start: u64, end: u64| {
        // References between objects have their lowest bit set.
        let is_aligned = start.is_multiple_of(8) && end.is_multiple_of(8);
        is_aligned && at < start && start <= at + HEADER && start < end && end <= most
    };
    (1..words.len()).find_map(|i| {
        let near = &words[i.saturating_sub(2)..i];
        near.iter().find_map(|&word| {
            let (one, other) = (word, words[i]);
            let end = is_area(one, other).then_some(other);
            end.or_else(|| is_area(other, one).then_some(one))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Memory with these words at an address.
    struct At(u64, Vec<u64>);

    impl Peek for At {
        fn read(&self, at: u64, to: &mut [u8]) -> bool {
            let bytes: Vec<u8> = self.1.iter().flat_map(|word| word.to_ne_bytes()).collect();
            let found = at.checked_sub(self.0).and_then(|from| bytes.get(from as usize..));
            found.and_then(|found| found.get(..to.len())).is_some_and(|found| {
                to.copy_from_slice(found);
                true
            })
        }
    }

    const PAGE: u64 = 0x1_0000_0000;

    #[test]
    fn a_page_says_where_its_objects_end() {
        let nothing = At(8, Vec::new());
        let end = |words: &[u64], region_end| end(&nothing, PAGE, words, region_end);
        let header = [ALIGNMENT, 3, 77, PAGE + 0x1000, PAGE + 0x3_f000];
        assert_eq!(end(&header, PAGE + ALIGNMENT), Some(PAGE + 0x3_f000));
        let large = [9 << 20, 3, 77, PAGE + 0x1000, PAGE + (9 << 20)];
        assert_eq!(end(&large, PAGE + (9 << 20)), Some(PAGE + (9 << 20)));
        assert_eq!(end(&large, PAGE + (8 << 20)), None, "beyond its mapping");
        assert_eq!(end(&[PAGE + 0x1000, 5, 6, PAGE + 0x3_f000], PAGE + ALIGNMENT), None);
        assert_eq!(end(&[PAGE + 0x1001, PAGE + 0x3_f001], PAGE + ALIGNMENT), None, "references");
        assert_eq!(end(&[], PAGE + ALIGNMENT), None);
    }

    #[test]
    fn newer_versions_keep_it_elsewhere() {
        let mut words = vec![0; METADATA_WORDS];
        (words[3], words[4]) = (PAGE + 0x100, PAGE + ALIGNMENT);
        let memory = At(0x5000, words);
        assert_eq!(end(&memory, PAGE, &[1, 0x5000], PAGE + ALIGNMENT), Some(PAGE + ALIGNMENT));
        let mut words = vec![0; METADATA_WORDS];
        (words[7], words[9]) = (PAGE + ALIGNMENT, PAGE + 0x10);
        let memory = At(0x5000, words);
        assert_eq!(end(&memory, PAGE, &[1, 0x5000], PAGE + ALIGNMENT), Some(PAGE + ALIGNMENT));
        assert_eq!(end(&memory, PAGE, &[1, 0x5008], PAGE + ALIGNMENT), None, "not readable");
        assert_eq!(end(&memory, PAGE + 4096, &[1, 0x5000], PAGE + ALIGNMENT), None);
    }
}
