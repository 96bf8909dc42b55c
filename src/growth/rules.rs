//! Every constant that moves a verdict, with its reason.
//!
//! `docs/verdict.md` explains them to users.

/// The most snapshots whose censuses are compared. Older ones are thinned out; see
/// [`History`](super::History).
pub const MAX_OBSERVATIONS: usize = 16;

/// A fall by more than this share of the growth so far is a recovery: the series starts anew.
/// Caches that evict and batches that are written fall by most of their growth; leaks do not
/// fall.
pub const RECOVERY_SHARE: f64 = 0.3;

/// At least this share of the intervals in a series must have risen. One quiet interval in four
/// may be a pause in the load.
pub const MIN_RISING_SHARE: f64 = 0.75;

/// A series has not risen in an interval in which it rose by less than this share of a straight
/// line: single objects come and go.
pub const LEAST_PACE: f64 = 0.1;

/// An interval shorter than this share of the whole time says nothing about the whole: if
/// captures were taken a minute apart and then one after hours, three rises are chance.
pub const TELLING_SHARE: f64 = 0.025;

/// All falls together may be at most this share of all rises: requests in flight come and go on
/// top of the growth.
pub const MAX_FALLING_SHARE: f64 = 0.2;

/// The later half of a series must rise at least this fast, compared with the earlier half.
/// Caches, pools, code and feedback fill up and slow down; leaks do not.
pub const MIN_STEADINESS: f64 = 0.5;

/// The last rise must be at least this share of the median rise: growth that has just stopped
/// is no longer a leak.
pub const MIN_LAST_RISE: f64 = 0.33;

/// A growth is only confirmed if, after enough snapshots, it has once risen by this share of
/// its median rise: caches that have just filled, and programs that have warmed up, have slowed
/// down by then. After that, [`MIN_LAST_RISE`] is enough.
pub const CONFIRMING_RISE: f64 = 0.85;

/// If the last interval had less than this share of the usual work, a small last rise means
/// nothing.
pub const QUIET_WORK_SHARE: f64 = 0.5;

/// The number of steps required of sizes, which grow in steps and only show growth there: hash
/// tables double, arrays grow by half.
pub const MIN_SIZE_STEPS: u32 = 2;

/// A rise in size by less than this share of the whole growth is no step: strings that replace
/// each other differ a little in length. A sixteenth of a steady growth over
/// [`MAX_OBSERVATIONS`] snapshots is more.
pub const MIN_STEP_SHARE: f64 = 0.03;

/// A table with at most this many bytes per reference holds objects. Its objects show whether
/// it grows, not its size, which doubles once more when entries have been replaced for long
/// enough. A table with more bytes per reference holds numbers.
pub const TABLE_BYTES_PER_REFERENCE: f64 = 256.0;

/// The factor by which an object must have grown to count as growing.
pub const MIN_SIZE_GROWTH: f64 = 1.2;

/// A container that was still empty after this share of the work that the process did before
/// the first snapshot may be a batch, or a buffer that is emptied from time to time.
pub const YOUNG_SHARE: f64 = 0.35;

/// The age of a process means nothing until it has worked this long before the first snapshot,
/// in milliseconds of the event loop's processor time.
pub const MIN_WORK_FOR_AGE_MS: f64 = 25.0;

/// If a container starts with fewer than this many intervals' worth of items, it was first
/// used, or emptied, about one interval earlier.
pub const BEGINNERS_SHARE: f64 = 1.5;

/// A possible batch is watched over this many times as many intervals: most batches are written
/// or dropped in fewer rounds, and a leak continues.
pub const BATCH_PATIENCE: u32 = 2;

/// A series that pauses more often than [`MIN_RISING_SHARE`] allows, but rises in more than
/// this share of the intervals, is suspected.
pub const PAUSING_SHARE: f64 = 0.5;

/// The number of additional snapshots in which such a series must rise.
pub const PAUSES_CHECKS: u32 = 1;

/// More rises than this need not be remembered: if `minChecks` is larger than the number of
/// snapshots kept, an interval that spans several counts for all of them.
pub const ENOUGH_RISES: u32 = 5;

/// Growth that has lasted long enough is suspected once it has reached this share of
/// `minGrowthBytes`: it will get there.
pub const SUSPICIOUS_SHARE: f64 = 0.5;

/// The most readings of the process's memory that are remembered.
pub const MAX_READINGS: usize = 64;

/// The least growth of `ArrayBuffer`s, of WebAssembly memories and of other external memory that
/// is reported: in bytes, and as a share of the first value. V8 only collects old garbage once
/// such memory has grown by some tens of megabytes (its soft limit is 64 MiB); until then the
/// counters may rise without a leak.
pub const NATIVE_GROWTH: (u64, f64) = (32 << 20, 0.2);

/// The same for memory that native code allocates or maps, and for what an allocator keeps: code,
/// caches of libraries and of the allocator itself come and go in it.
pub const RESIDENT_GROWTH: (u64, f64) = (48 << 20, 0.25);

/// The same for a number of threads: pools start some at once, and then no more.
pub const THREADS_GROWTH: (u64, f64) = (16, 0.5);

/// The same for a number of mappings of files.
pub const MAPPINGS_GROWTH: (u64, f64) = (64, 0.5);

/// The same for a number of handles, which are as many as there are connections: they follow the
/// load more than anything else does.
pub const HANDLES_GROWTH: (u64, f64) = (256, 1.0);

/// Handles are watched over this many times as many intervals.
pub const HANDLES_PATIENCE: u32 = 2;

/// Handles that grow by no more than so many bytes each are what the memory belongs to.
pub const BYTES_PER_HANDLE: f64 = 1_048_576.0;

/// Memory outside the heap must have been watched over this many times `minChecks` intervals. A
/// patient detector watches it over [`PATIENCE`] times as many, as long as memory lasts.
pub const NATIVE_PATIENCE: u32 = 2;

/// The same if no major collection was seen in that time: garbage still counts, and V8 may see
/// no reason to collect it (objects whose memory was allocated by ICU or an addon look small to
/// it).
pub const UNCOLLECTED_PATIENCE: u32 = 6;

/// So many readings in a row of a patient detector must show the same growth before it is told:
/// most of those that end are shown by fewer.
pub const NATIVE_CONFIRMED: u32 = 8;

/// The later half of a growth must rise at this share of the pace of the earlier half: an
/// allocator that keeps the memory of a busy period slows down over dozens of rounds.
pub const NATIVE_STEADINESS: f64 = 0.85;

/// It must also rise at no more than this many times that pace: noise and the beginning of a busy
/// period rise at the end alone.
pub const NATIVE_SPEED_UP: f64 = 2.0;

/// Each quarter of a growth must rise at this share of the average pace. A step does not.
pub const NATIVE_QUARTER: f64 = 0.4;

/// Of so many parts of a growth, [`MIN_RISING_SHARE`] must do so too: a few steps are no climb.
pub const NATIVE_PIECES: u8 = 8;

/// A growth must be this many times as much as readings are usually off a line through their
/// neighbours: nearly three times the range of noise that is the same at all times.
pub const NATIVE_NOISE: f64 = 6.0;

/// No fall of a growth from one reading to a later one may be more than this share of it.
pub const NATIVE_FALL: f64 = 0.25;

/// By so many standard deviations more pairs of readings rise than fall (Kendall's tau).
pub const NATIVE_RISING: f64 = 3.0;

/// Readings that a growth consists of, if they were taken right after a collection; with fewer
/// collections, those in between are bounds.
pub const COLLECTED_READINGS: usize = 8;

/// Readings without a collection after which V8 is asked for one, if a counter rises, and again
/// if it did not come.
pub const READINGS_TO_COLLECT: u32 = 4;

/// What the latest collection has freed, if it was at least this share of what had come since the
/// one before, was garbage for the most part.
pub const GARBAGE_SHARE: f64 = 0.5;

/// Up to this many times as much as a collection has freed before may be garbage again.
pub const GARBAGE_FACTOR: f64 = 1.5;

/// Garbage is only told of if it takes this share of the resident memory.
pub const WAITING_SHARE: f64 = 0.1;

/// What a collection has freed is told of for so many rounds: a program whose garbage waits lets it
/// wait again.
pub const WAITING_ROUNDS: u32 = 32;

/// An allocator keeps much if it keeps so many bytes, and as a share of what is in use.
pub const MUCH_KEPT: (u64, f64) = (64 << 20, 0.5);

/// V8 keeps much if it keeps so many bytes, and as a share of what objects take.
pub const MUCH_FREE_HEAP: (u64, f64) = (64 << 20, 1.0);

/// What is kept is told of if it was kept in as many of the latest readings.
pub const KEPT_READINGS: usize = 4;

/// Intervals over which memory must have grown before the time to its limit is known.
pub const EXHAUSTION_INTERVALS: u32 = 6;

/// The growth from which on that is so: in bytes, and as a share of what there was.
pub const EXHAUSTING_GROWTH: (u64, f64) = (16 << 20, 0.02);

/// Of the growth of a control group, this share must be memory that the kernel cannot drop.
pub const UNDROPPABLE_SHARE: f64 = 0.5;

/// After a recovery, a series must rise this many times as far above the low before its earlier
/// peak as that peak was. It is measured from the low because the size of a container says
/// nothing about what comes and goes.
pub const PEAK_FACTOR: f64 = 1.5;

/// Captures are regular if their distances in time differ from the usual one by no more than
/// this factor: the duration of a capture is chance.
pub const REGULAR_FACTOR: f64 = 3.0;

/// Less work than this per round, in milliseconds, means nothing: a collection, the compilation
/// of a function and the round itself take as much.
pub const MIN_WORK_MS: f64 = 20.0;

/// Fewer HTTP requests than this per round say nothing: those of a monitor come by the clock.
pub const MIN_REQUESTS: f64 = 20.0;

/// With less than this share outside a straight line, growth is in proportion to what the line is
/// drawn over, even if it is closer to another one.
pub const CLOSE_MISFIT: f64 = 0.02;

/// To be confirmed, the later half of a series must rise at this share of the pace of the
/// earlier half. A cache whose keys come from a finite set slows down from the start, and a
/// leak can be reported later.
pub const CONFIRMING_STEADINESS: f64 = 0.9;

/// A growth is only confirmed if the pairs of intervals that slowed down do not outnumber those
/// that sped up by more than this many standard deviations of chance (Kendall's tau). Three
/// intervals that each add less than the previous one do.
pub const MAX_SLOWING: f64 = 1.0;

/// A growth that has kept this share of its earlier pace has not slowed down, however regularly
/// each interval adds a little less: chance does that to one leak in six. A patient detector
/// watches a growth with less over [`LONG_PATIENCE`]: a cache that takes hours to fill slows
/// down by this much in a quarter of an hour.
pub const SAME_PACE: f64 = 0.95;

/// The later half of a confirmed series rises at no more than this many times the pace of the
/// earlier half: growth that keeps accelerating follows something else that grows, and may end
/// with it.
pub const MAX_SPEED_UP: f64 = 1.6;

/// A growth with more than this share outside a straight line is watched for as long as a batch
/// ([`BATCH_PATIENCE`]).
pub const MAX_MISFIT: f64 = 0.06;

/// The same for a patient detector: captures that are far apart, of a program whose work hardly
/// shows in its processor time, are no straighter.
pub const PATIENT_MISFIT: f64 = 0.15;

/// Traffic that has risen by less than this share has not risen.
pub const MORE_TRAFFIC: f64 = 0.2;

/// A count follows the traffic if the traffic has risen by at least this share of the count's
/// rise, both relative to their first values.
pub const FOLLOWING_SHARE: f64 = 0.4;

/// If traffic falls below this share of the previous interval, a count that follows it would
/// have fallen.
pub const LESS_TRAFFIC: f64 = 0.8;

/// A patient detector watches a growth for this many times `minChecks` rounds before it is
/// reported, if nothing speaks against a leak: by then most caches have slowed down, and most
/// batches are written. It goes by the clock, because captures may be far apart.
pub const PATIENCE: u32 = 5;

/// The same if the capture shows code, and with it most caches.
pub const SEEING_PATIENCE: u32 = 3;

/// The same if something speaks against a leak: the series pauses, is uneven, has fallen back
/// before, or has just begun. It is no longer than this because most series of this kind that
/// grow for half an hour are leaks.
pub const LONG_PATIENCE: u32 = 10;

/// The same if the capture shows code.
pub const SEEING_LONG_PATIENCE: u32 = 5;

/// The same if the holder of the objects declares a bound or removes old entries: four hours at
/// one round per minute. Most such stores are full by then, and leaks in them are rare.
pub const DECLARED_PATIENCE: u32 = 80;

/// Where the holder declares a bound or removes old entries, so many captures must have seen it rise:
/// a pool that is looked at once in an hour or two may by chance be larger each time.
pub const DECLARED_RISES: u32 = 6;

/// The same if the series has also been seen to fall by [`REMOVAL_SHARE`], so that the holder
/// does what it declares: a whole day, which has one morning.
pub const REMOVING_PATIENCE: u32 = 480;

/// A fall by this share is more than an item or two that were taken back.
pub const REMOVAL_SHARE: f64 = 0.02;

/// The same if entries are removed from it. It is no longer than this because a store with a
/// TTL first removes entries when it no longer grows, and requests of which some never end leak
/// in this way. In simulated days, four times as long for entries that are removed oldest first
/// avoided no report of a store with a TTL, and reported queues hours later.
pub const REMOVED_PATIENCE: u32 = 10;

/// The number of snapshots that must have shown removed entries: a single removal may have been
/// manual.
pub const REMOVALS_SEEN: u32 = 2;

/// For so many snapshots after its last growth, the removals seen in a store are remembered: a store
/// with a TTL grows and shrinks with the traffic.
pub const REMOVALS_REMEMBERED: u32 = 8;

/// A store with more than this many times its declared limit does not obey that limit. Up to
/// here it may hold keys beside its values, or a generation that is about to go.
pub const EXCEEDED_FACTOR: u64 = 2;

/// A store from which nothing was removed for this many times the declared lifetime of its items does
/// not obey it: expiry may be checked only now and then, but not more rarely than items expire.
pub const OUTLIVED_FACTOR: u64 = 2;

/// The smallest heap that V8 reserves if there is enough memory, used when its limit is
/// unknown: a bound beyond the heap bounds nothing.
pub const USUAL_HEAP_BYTES: f64 = 2e9;

/// The same if it was empty, or had not changed, when the process had long been at work:
/// nightly jobs take three quarters of an hour, and consumers come back after as long.
pub const LATE_PATIENCE: u32 = 15;

/// A growth that was reported and then stopped was no leak, or a leak that waits. If it falls
/// back and grows again, it is watched for this many times as long.
pub const REFUTED_PATIENCE: u32 = 4;

/// This share of the waiting time is enough: timers are not exact.
pub const NEARLY: f64 = 0.95;

/// A detector may not be patient if the rest of the heap's limit is less than this many times
/// the growth that was seen.
pub const URGENT_SHARE: f64 = 12.0;

/// The same for a holder that declares a bound, which is hardly larger than the heap.
pub const DECLARED_URGENT_SHARE: f64 = 3.0;

/// A growth that rises without a pause and would reach `minGrowthBytes` within this many
/// milliseconds is not ignored: the process is not called healthy.
pub const SLOWEST_MS: f64 = 3_600_000.0;

/// In fewer snapshots than this, a process in which something has grown is not called healthy because
/// that has fallen or paused once: entries are removed, and a round may have had no work.
pub const FEW_SNAPSHOTS: usize = 7;

/// An idle process works in less than this share of the time. Nothing is then known about the
/// process under load.
pub const IDLE_SHARE: f64 = 0.0005;

/// A table that has held more than this many times the entries without growing was allocated
/// for more: V8 makes an array or hash table at most twice as large as its entries need.
pub const SPARE_FACTOR: f64 = 2.0;

/// The least number of bytes in a slot of an array or hash table.
pub const BYTES_PER_SLOT: f64 = 8.0;

/// The part of the heap that no holder explains is watched over this many times as many
/// intervals before it is reported, and over half as many before it is suspected: requests in
/// flight, buffers and caches all contribute to it.
pub const REST_PATIENCE: u32 = 4;

/// The unexplained part must grow by this many times `minGrowthBytes`.
pub const REST_GROWTH: f64 = 4.0;

/// It must also grow by this share of its first value: requests in flight and buffers of a
/// server with 20 MB vary by more than one percent.
pub const REST_SHARE: f64 = 0.05;

/// A level that has grown no more than the traffic follows it, if the traffic has risen by this
/// share: in half an hour of a morning it rises no more.
pub const A_LITTLE_MORE_TRAFFIC: f64 = 0.05;

/// The last third of the time must have this many times the traffic of the middle third: growth
/// that continues when traffic no longer rises does not follow it.
pub const STILL_MORE_TRAFFIC: f64 = 1.02;

/// A growth that has followed the traffic for more rounds than this is reported: a leak that
/// makes the program slower looks the same. No traffic rises for longer than half a day at one
/// round per minute.
pub const MAX_FOLLOWING: u32 = 720;

/// A series had not begun to grow while it rose by less than this share of its growth in more
/// than [`PLATEAU_SHARE`] of the time.
pub const PLATEAU_RISE: f64 = 0.05;

/// See [`PLATEAU_RISE`].
pub const PLATEAU_SHARE: f64 = 0.25;

/// A series is also examined with this many snapshots merged into one, by their minimum: noise
/// hides a leak from one snapshot to the next, but not from such a window.
pub const GRAINS: [usize; 3] = [2, 3, 4];

/// The number of rises required at such a grain.
pub const GRAIN_RISES: u32 = 4;

/// At a coarser grain, no fall from one snapshot to a later one may be more than this share of
/// the growth.
pub const GRAIN_FALL: f64 = 0.4;

/// At a coarser grain, a series may have slowed down by this many times the share of its
/// deepest fall, on top of [`CONFIRMING_STEADINESS`]: with that much noise, halves differ by
/// chance.
pub const GRAIN_SLACK: f64 = 2.0;

/// At a coarser grain, at most one part in this many of what is remembered may precede the
/// climb: a leak grows from the first snapshot on, and a level that wanders has been up and
/// down before.
pub const GRAIN_HISTORY: usize = 5;

/// At a coarser grain, only independent noise is tolerated: deviations from a straight line
/// must not carry over from one snapshot to the next (Durbin and Watson's ratio; 2 by chance).
/// A level that wanders carries them over.
pub const GRAIN_INDEPENDENCE: f64 = 1.3;

/// Live samples of a place in the code below which its growth is chance, and below which it is
/// only suspected. Poisson's noise of 20 is a fifth.
pub const LIVE_SAMPLES: (u64, u64) = (5, 20);

/// Samples begin with the sampler: what has lived for longer is not among them, so anything that
/// lives for an hour grows for an hour. The floor of the heap must have risen by this share of the
/// growth.
pub const LIVE_FLOOR_SHARE: f64 = 0.5;

/// The most confidence in a growth of which only samples are known, and no holder.
pub const LIVE_CONFIDENCE: f64 = 0.7;
