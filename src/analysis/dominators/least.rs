//! The least semidominator of many nodes, roughly.

/// Nodes that are looked up together, as a power of two.
const BLOCK_BITS: u32 = 12;

/// The least semidominator of each run of 4,096 numbers, as far as they have
/// been noted.
pub(super) struct Least {
    blocks: Vec<u32>,
}

impl Least {
    pub(super) fn new(count: usize) -> Self {
        Self { blocks: vec![u32::MAX; (count >> BLOCK_BITS) + 1] }
    }

    #[inline]
    pub(super) fn note(&mut self, number: u32, semi: u32) {
        let block = &mut self.blocks[(number >> BLOCK_BITS) as usize];
        *block = semi.min(*block);
    }

    /// Returns at most the least noted of `from..=to`.
    pub(super) fn between(&self, from: u32, to: u32) -> u32 {
        let blocks = (from >> BLOCK_BITS) as usize..=(to >> BLOCK_BITS) as usize;
        self.blocks[blocks].iter().copied().fold(u32::MAX, u32::min)
    }
}
