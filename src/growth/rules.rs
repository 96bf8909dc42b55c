//! Every constant that moves a verdict, with its reason.
//!
//! `docs/verdict.md` explains them to users.

/// How many snapshots' censuses are compared at most. Older ones are thinned
/// out; see [`History`](super::History).
pub const MAX_OBSERVATIONS: usize = 16;

/// A fall by more than this share of the growth so far is a recovery: the
/// series starts anew. Caches that evict and batches that are written fall by
/// most of what they gained; a leak by nothing.
pub const RECOVERY_SHARE: f64 = 0.3;

/// Of the intervals in a series, at least this share must have risen. One
/// quiet interval in four may be a pause in the load.
pub const MIN_RISING_SHARE: f64 = 0.75;

/// All falls together may be at most this share of all rises: requests in
/// flight come and go on top of what stays.
pub const MAX_FALLING_SHARE: f64 = 0.2;

/// The later half of a series must rise at least this fast, compared with the
/// earlier half. What fills up (caches, pools, code, feedback) slows down;
/// what leaks does not.
pub const MIN_STEADINESS: f64 = 0.5;

/// The last rise must be at least this share of the median rise: growth that
/// has just stopped is not a leak any more.
pub const MIN_LAST_RISE: f64 = 0.33;

/// To be confirmed, a growth must once have risen by this share of its median
/// rise after enough snapshots: a cache that is just full, and what warms up,
/// have slowed down by then. Later on [`MIN_LAST_RISE`] is enough.
pub const CONFIRMING_RISE: f64 = 0.85;

/// With less work done in the last interval than this share of the usual,
/// a small last rise says nothing.
pub const QUIET_WORK_SHARE: f64 = 0.5;

/// A series of sizes that grows in steps (hash tables double, arrays grow by
/// half) is only seen at its steps: this many are asked for.
pub const MIN_SIZE_STEPS: u32 = 2;

/// A rise in size by less than this share of the whole growth is no step: strings
/// that replace each other differ a little in length. A sixteenth of a steady
/// growth over [`MAX_OBSERVATIONS`] snapshots is more.
pub const MIN_STEP_SHARE: f64 = 0.03;

/// A table of this many bytes to one reference, or fewer, holds objects: what it
/// holds says whether it grows, not its size, which doubles once more when
/// entries are replaced for long enough. One with more holds numbers.
pub const TABLE_BYTES_PER_REFERENCE: f64 = 256.0;

/// An object that gets bigger has grown by at least this factor.
pub const MIN_SIZE_GROWTH: f64 = 1.2;

/// A container that was empty when the process had already done this share of
/// the work that it has done by the first snapshot may be a batch or a buffer
/// that is emptied now and then.
pub const YOUNG_SHARE: f64 = 0.35;

/// Until a process has worked this long before the first snapshot, in
/// milliseconds of the event loop's processor time, nothing can be told from
/// its age.
pub const MIN_WORK_FOR_AGE_MS: f64 = 25.0;

/// A container that at the first snapshot has less than so many times what it
/// gains in one interval was first used, or emptied, within about one interval
/// before.
pub const BEGINNERS_SHARE: f64 = 1.5;

/// What may be a batch is watched over this many times as many intervals: most
/// are written or dropped after fewer rounds, and a leak goes on.
pub const BATCH_PATIENCE: u32 = 2;

/// What pauses more often than [`MIN_RISING_SHARE`] allows, but rises in more than
/// this share of the intervals, is suspected.
pub const PAUSING_SHARE: f64 = 0.5;

/// Such growth has to rise in so many more snapshots.
pub const PAUSES_CHECKS: u32 = 1;

/// Growth that has gone on for long enough is suspected once it has gained this
/// share of the least growth that is told: it will get there.
pub const SUSPICIOUS_SHARE: f64 = 0.5;

/// Least growth of `ArrayBuffer`s and of other external memory that is told: in
/// bytes, and as a share of what there was. V8 collects what has become old only
/// when such memory has grown by some tens of megabytes (its soft limit is 64 MiB);
/// until then the counters may rise without a leak.
pub const NATIVE_GROWTH: (u64, f64) = (32 << 20, 0.2);

/// The same for resident memory, which also holds what allocators keep back,
/// code, and the pages that a snapshot has touched.
pub const RESIDENT_GROWTH: (u64, f64) = (48 << 20, 0.25);

/// Counters must have been watched over this many times as many intervals.
pub const NATIVE_PATIENCE: u32 = 2;

/// After a recovery the same key has to exceed its earlier peak by this factor.
pub const PEAK_FACTOR: f64 = 1.1;
