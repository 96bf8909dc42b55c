//! The sampled allocations that are alive: a table of fixed size, read and written without locks.
//!
//! An allocation is put in before its address is returned to the program, and taken out before
//! it is freed. So nobody else asks for an address while it is put in or taken out.

use std::sync::atomic::{
    AtomicU8, AtomicU32, AtomicU64, AtomicUsize,
    Ordering::{Acquire, Relaxed, Release},
};

/// Addresses that share a hash; a line of the processor's cache.
const WAYS: usize = 8;
const BUCKETS: usize = 1 << 13;
/// How many samples there can be.
pub(super) const MOST: usize = BUCKETS * WAYS;
const FILTERS: usize = 1 << 16;

/// An address that is being put in.
const TAKEN: usize = 1;

#[repr(C, align(4096))]
pub(super) struct Samples {
    addresses: [[AtomicUsize; WAYS]; BUCKETS],
    /// What each stands for, in bytes.
    bytes: [AtomicU64; MOST],
    /// Where each was allocated (`Copies`, `Stacks`).
    stacks: [AtomicU32; MOST],
    /// How many samples have this hash: nearly always none, so that a call of `free` reads one byte.
    filters: [AtomicU8; FILTERS],
}

/// One sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sample {
    pub(super) bytes: u64,
    pub(super) stack: u32,
}

/// Mixes the bits of an address. Those of equal pages and those of equal offsets differ.
fn hash(address: usize) -> usize {
    (address >> 4).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

fn filter_of(address: usize) -> usize {
    hash(address) >> (usize::BITS - FILTERS.ilog2())
}

fn bucket_of(address: usize) -> usize {
    (hash(address) >> 24) % BUCKETS
}

impl Samples {
    #[expect(clippy::large_stack_arrays, reason = "a static")]
    pub(super) const fn new() -> Self {
        Self {
            addresses: [const { [const { AtomicUsize::new(0) }; WAYS] }; BUCKETS],
            bytes: [const { AtomicU64::new(0) }; MOST],
            stacks: [const { AtomicU32::new(0) }; MOST],
            filters: [const { AtomicU8::new(0) }; FILTERS],
        }
    }

    /// Whether `address` may be among the samples.
    #[inline]
    pub(super) fn may_have(&self, address: usize) -> bool {
        self.filters[filter_of(address)].load(Relaxed) != 0
    }

    /// Puts a sample in, and returns its number; `None` if there is no room.
    pub(super) fn put(&self, address: usize, sample: Sample) -> Option<u32> {
        if self.may_have(address) {
            // Freed by a call that was not seen.
            self.take(address);
        }
        let filter = &self.filters[filter_of(address)];
        if filter.fetch_add(1, Relaxed) > u8::MAX / 2 {
            filter.fetch_sub(1, Relaxed);
            return None;
        }
        let bucket = bucket_of(address);
        for (way, slot) in self.addresses[bucket].iter().enumerate() {
            if slot.load(Relaxed) == 0 && slot.compare_exchange(0, TAKEN, Acquire, Relaxed).is_ok()
            {
                let number = bucket * WAYS + way;
                self.bytes[number].store(sample.bytes, Relaxed);
                self.stacks[number].store(sample.stack, Relaxed);
                slot.store(address, Release);
                return u32::try_from(number).ok();
            }
        }
        filter.fetch_sub(1, Relaxed);
        None
    }

    /// Takes a sample out.
    pub(super) fn take(&self, address: usize) -> Option<Sample> {
        let bucket = bucket_of(address);
        let way = self.addresses[bucket].iter().position(|slot| slot.load(Acquire) == address)?;
        let number = bucket * WAYS + way;
        let sample = Sample {
            bytes: self.bytes[number].load(Relaxed),
            stack: self.stacks[number].load(Relaxed),
        };
        // Fails for a program that frees an address twice.
        self.addresses[bucket][way].compare_exchange(address, 0, Release, Relaxed).ok()?;
        self.filters[filter_of(address)].fetch_sub(1, Relaxed);
        Some(sample)
    }

    /// Replaces the stack of sample `number`, if it still is the one that is known.
    pub(super) fn set_stack(&self, number: u32, known: u32, stack: u32) -> bool {
        self.stacks
            .get(number as usize)
            .is_some_and(|at| at.compare_exchange(known, stack, Relaxed, Relaxed).is_ok())
    }

    /// Calls `with` for each sample that is alive.
    pub(super) fn each(&self, mut with: impl FnMut(Sample)) {
        for (number, address) in self.addresses.iter().flatten().enumerate() {
            if address.load(Acquire) > TAKEN {
                with(Sample {
                    bytes: self.bytes[number].load(Relaxed),
                    stack: self.stacks[number].load(Relaxed),
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn total(samples: &Samples) -> (usize, u64) {
        let (mut count, mut bytes) = (0, 0);
        samples.each(|sample| {
            count += 1;
            bytes += sample.bytes;
        });
        (count, bytes)
    }

    fn empty() -> Box<Samples> {
        // SAFETY: zero bytes are an empty table; it is too big for a test's stack.
        unsafe { Box::<Samples>::new_zeroed().assume_init() }
    }

    #[test]
    fn what_is_put_in_is_there_until_it_is_taken_out() {
        let samples = empty();
        for at in 1..=1000_usize {
            assert!(samples.put(at * 48, Sample { bytes: at as u64, stack: 7 }).is_some());
        }
        assert_eq!(total(&samples), (1000, 500_500));
        assert!(samples.may_have(48));
        assert_eq!(samples.take(48), Some(Sample { bytes: 1, stack: 7 }));
        assert_eq!(samples.take(48), None);
        for at in 2..=1000_usize {
            assert_eq!(samples.take(at * 48).map(|sample| sample.bytes), Some(at as u64));
        }
        assert_eq!(total(&samples), (0, 0));
        assert!((1..=1000_usize).all(|at| !samples.may_have(at * 48)));
    }

    #[test]
    fn an_address_that_was_freed_unseen_is_replaced() {
        let samples = empty();
        samples.put(4096, Sample { bytes: 10, stack: 1 });
        samples.put(4096, Sample { bytes: 20, stack: 2 });
        assert_eq!(total(&samples), (1, 20));
        assert!(samples.take(4096).is_some());
        assert!(!samples.may_have(4096));
    }

    #[test]
    fn a_full_table_refuses_more() {
        let samples = empty();
        let put = (1..4 * MOST)
            .filter(|at| samples.put(at * 16, Sample { bytes: 1, stack: 0 }).is_some())
            .count();
        assert!(put <= MOST, "{put}");
        assert_eq!(total(&samples).0, put);
    }

    #[test]
    fn threads_do_not_lose_each_others_samples() {
        let samples = empty();
        std::thread::scope(|scope| {
            for thread in 0..4_usize {
                let samples = &samples;
                scope.spawn(move || {
                    let at = |n: usize| (thread << 40) + n * 32;
                    for round in 1..200_usize {
                        let put: Vec<usize> = (round..round + 50)
                            .map(at)
                            .filter(|at| samples.put(*at, Sample { bytes: 1, stack: 0 }).is_some())
                            .collect();
                        for at in put {
                            assert!(samples.take(at).is_some());
                        }
                    }
                });
            }
        });
        assert_eq!(total(&samples), (0, 0));
    }
}
