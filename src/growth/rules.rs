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

/// In an interval in which it rose by less than this share of what a straight line would have
/// it, a series has not risen: single objects come and go.
pub const LEAST_PACE: f64 = 0.1;

/// An interval of less than this share of the time says nothing alone of what a series does in
/// all of it: of captures a minute apart before one after hours, three rises are chance.
pub const TELLING_SHARE: f64 = 0.025;

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

/// More rises than this need not be remembered: where more checks are asked for than
/// snapshots are kept, an interval that spans several stands for all of them.
pub const ENOUGH_RISES: u32 = 5;

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

/// So many times as long where no major collection was seen in that time: what is garbage still counts, and V8 may see no
/// reason to collect it (objects whose memory ICU or an addon has taken look small to it).
pub const UNCOLLECTED_PATIENCE: u32 = 6;

/// The later half of a counter must rise at this share of the pace of the earlier half: an
/// allocator that keeps what a busy time took slows down over dozens of rounds.
pub const NATIVE_STEADINESS: f64 = 0.75;

/// After a recovery a series has to rise this many times as far above the low
/// before its earlier peak as it did then. Measured from there, because what a
/// container holds besides says nothing of what comes and goes.
pub const PEAK_FACTOR: f64 = 1.5;

/// Captures whose distances in time differ from the usual one by no more than this
/// factor are regular: how long a capture takes is chance.
pub const REGULAR_FACTOR: f64 = 3.0;

/// Work of less than so many milliseconds a round says nothing: a collection, a
/// function that is compiled and the round itself take as much.
pub const MIN_WORK_MS: f64 = 20.0;

/// To be confirmed, the later half of a series must rise at this share of the
/// pace of the earlier half: a cache whose keys come from a finite set slows down
/// from the beginning, and a leak can wait for a better moment.
pub const CONFIRMING_STEADINESS: f64 = 0.9;

/// When a growth is confirmed, the pairs of intervals that slowed down must not
/// outnumber those that sped up by more than so many standard deviations of what
/// chance would have (Kendall's tau). Three intervals that each add less than the
/// one before do.
pub const MAX_SLOWING: f64 = 1.0;

/// What has this share of its earlier pace has not slowed down, however regularly each
/// interval adds a little less: chance does that to one leak in six. Where a detector may be
/// patient, a growth is watched over [`LONG_PATIENCE`] if it has less: a cache that takes
/// hours to fill slows down by so much in a quarter of an hour.
pub const SAME_PACE: f64 = 0.95;

/// The later half of a series that is confirmed rises at no more than so many times
/// the pace of the earlier half: what grows ever faster follows something that
/// grows, and may end with it.
pub const MAX_SPEED_UP: f64 = 1.6;

/// A growth of which more than this share is in other intervals than a straight
/// line would have it is watched for as long as a batch ([`BATCH_PATIENCE`]).
pub const MAX_MISFIT: f64 = 0.06;

/// The same where a detector may be patient: captures far apart, of a program whose work
/// hardly shows in its processor time, are no straighter.
pub const PATIENT_MISFIT: f64 = 0.15;

/// Traffic that has risen by less than this share has not risen.
pub const MORE_TRAFFIC: f64 = 0.2;

/// A count follows the traffic when that has risen by this share of what the
/// count has, or more, both as shares of what they were.
pub const FOLLOWING_SHARE: f64 = 0.4;

/// With less than this share of the traffic of the interval before, what follows
/// the traffic would have fallen.
pub const LESS_TRAFFIC: f64 = 0.8;

/// Where a detector may be patient, a growth is watched for so many times `minChecks`
/// rounds before it is told, if nothing speaks against it: by then what fills up has
/// mostly slowed down, and most batches are written. By the clock, because captures may be
/// far apart.
pub const PATIENCE: u32 = 5;

/// So many, if the capture shows code, and with it most of what fills up.
pub const SEEING_PATIENCE: u32 = 3;

/// So many, if something does: it pauses, is uneven, has fallen back before, or has just
/// begun. No longer, because most of what is so, and grows for half an hour, leaks.
pub const LONG_PATIENCE: u32 = 10;

/// The same if the capture shows code.
pub const SEEING_LONG_PATIENCE: u32 = 5;

/// So many, if what holds the objects declares a bound or removes what is old: four hours
/// of minutes. Most such stores are full then, and a leak in one is rare.
pub const DECLARED_PATIENCE: u32 = 80;

/// So many, if it has also been seen to fall by [`REMOVAL_SHARE`], so that it does what it
/// declares: a day has one morning.
pub const REMOVING_PATIENCE: u32 = 320;

/// A fall by this share is more than an item or two that somebody took back.
pub const REMOVAL_SHARE: f64 = 0.02;

/// So many, if entries are removed from it. No longer: what expires is first removed when it no
/// longer grows, and requests of which some never end leak so. In simulated days four times as
/// long for what is removed oldest first told no store with a TTL less, and queues hours later.
pub const REMOVED_PATIENCE: u32 = 10;

/// So many snapshots must have shown that entries are removed: once may have been by hand.
pub const REMOVALS_SEEN: u32 = 2;

/// A store that holds more than so many times what it may does not go by that number. Up to
/// there it may hold keys beside its values, or a generation that is to go.
pub const EXCEEDED_FACTOR: u64 = 2;

/// The least heap that V8 takes for itself where there is memory, when its limit is unknown:
/// a bound that is further off bounds nothing.
pub const USUAL_HEAP_BYTES: f64 = 2e9;

/// So many, if it was empty, or had stood still, when the process had long been at work: nightly
/// jobs take three quarters of an hour, and consumers that are down as long come back.
pub const LATE_PATIENCE: u32 = 15;

/// What was told and then stood still was no leak, or one that waits: when it has fallen
/// back and grows again, it is watched for so many times as long.
pub const REFUTED_PATIENCE: u32 = 4;

/// Of the time that is waited for, this share is enough: timers are not exact.
pub const NEARLY: f64 = 0.95;

/// It may not when what is left of the heap's limit is less than so many times what
/// the growth has gained while it was watched.
pub const URGENT_SHARE: f64 = 12.0;

/// The same for what declares a bound: it is hardly larger than the heap.
pub const DECLARED_URGENT_SHARE: f64 = 3.0;

/// What rises without a pause, and so fast that it comes to the least growth that is told
/// within so many milliseconds, is not passed over: the process is not called healthy.
pub const SLOWEST_MS: f64 = 3_600_000.0;

/// Work in less than this share of the time is what an idle process does. Of what a
/// process does under load nothing is known then.
pub const IDLE_SHARE: f64 = 0.0005;

/// A table that has held more than so many times the entries without getting larger was
/// made for more: V8 makes an array or hash table at most twice as large as its entries need.
pub const SPARE_FACTOR: f64 = 2.0;

/// A slot of an array or hash table takes at least so many bytes.
pub const BYTES_PER_SLOT: f64 = 8.0;

/// All of the heap that no holder explains is watched over this many times as many
/// intervals before it is told, and half of them before it is suspected: requests in
/// flight, buffers and caches all add to it.
pub const REST_PATIENCE: u32 = 4;

/// What is left has to grow by so many times the least growth that is told.
pub const REST_GROWTH: f64 = 4.0;

/// And by this share of what it was: requests in flight and buffers of a server with
/// 20 MB wander by more than one part in a hundred.
pub const REST_SHARE: f64 = 0.05;

/// A level that has grown by no more than the traffic follows it, if the traffic has risen
/// by this share: in half an hour of a morning it rises by no more.
pub const A_LITTLE_MORE_TRAFFIC: f64 = 0.05;

/// And if in the last third of the time there was so much of that of the middle third: what
/// goes on when the traffic no longer rises does not follow it.
pub const STILL_MORE_TRAFFIC: f64 = 1.02;

/// What has followed the traffic for more rounds than this is told all the same: a
/// leak that makes the program slower looks so, too. No traffic rises for longer than half
/// a day of minutes.
pub const MAX_FOLLOWING: u32 = 720;

/// What has risen by less than this share of what it has gained by now, in more than that
/// share of the time, had not begun to grow then.
pub const PLATEAU_RISE: f64 = 0.05;

/// See [`PLATEAU_RISE`].
pub const PLATEAU_SHARE: f64 = 0.25;

/// A series is also looked at with so many snapshots taken for one, by the least
/// of each: what comes and goes on top of a leak hides it from one snapshot to the
/// next, but not what stays.
pub const GRAINS: [usize; 3] = [2, 3, 4];

/// Rises that have to be seen at such a grain.
pub const GRAIN_RISES: u32 = 4;

/// Of the growth that is seen at a coarser grain, no fall from one snapshot to a
/// later one may be more than this share.
pub const GRAIN_FALL: f64 = 0.4;

/// What is seen at a coarser grain may have slowed down by this many times the share of it
/// that the deepest fall is, on top of what [`CONFIRMING_STEADINESS`] allows: where noise is so
/// large, halves differ by chance.
pub const GRAIN_SLACK: f64 = 2.0;

/// At a coarser grain, no more than one part in so many of what is remembered may lie
/// before the climb: a leak goes on from the first snapshot, and what wanders has been
/// up and down before.
pub const GRAIN_HISTORY: usize = 5;

/// At a coarser grain only noise is looked through that comes and goes: what a
/// series is off a straight line by must not carry over from one snapshot to the
/// next (Durbin and Watson's ratio; 2 by chance). What wanders up and down carries it.
pub const GRAIN_INDEPENDENCE: f64 = 1.3;
