import type { AssertionError } from 'node:assert'
import type { EventEmitter } from 'node:events'

/**
 * Watches this process for memory leaks.
 *
 * Holds no handle that keeps the process alive, and emits no `'error'`: what
 * fails is a `'skip'` with a code, and the next round runs on time. What a
 * listener throws becomes a process warning.
 *
 * @example
 * const detector = new LeakDetector()
 * detector.on('leak', (leak) => console.error(leak.title, leak.pathText))
 * detector.start()
 */
export declare class LeakDetector extends EventEmitter<LeakDetectorEvents> {
  /**
   * @throws {TypeError} `ERR_INVALID_ARG_TYPE`: an option of the wrong type; `ERR_INVALID_ARG_VALUE`: an unknown option
   * @throws {RangeError} `ERR_INVALID_ARG_VALUE`: an option out of range or not one of its choices
   */
  constructor(options?: LeakDetectorOptions)
  /** Starts watching. Returns this. Does nothing when already started or stopped, or when switched off (see `enabled`). */
  start(): this
  /**
   * Stops for good; resolves once no thread, timer, child process or descriptor of this detector is left, and the reports
   * of its leaks are in `reportDir`.
   */
  stop(): Promise<void>
  /** `stop()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>
  /**
   * Runs one round now: capture, analysis, verdict. Ignores the interval, the gate and the cool-down; never the memory
   * and pause budgets. Works before `start()` too. Never rejects for a failed capture: that round is a skip.
   *
   * Called during a round, it waits for the next one; all who wait share that round. While another process of the
   * machine captures, it waits for a minute at most.
   */
  check(): Promise<CheckReport>
  /**
   * Writes a heap snapshot for Chrome DevTools to `path` (default: v8's own naming, in `reportDir` or the working
   * directory), mode 0600, through the forked child where there is one; resolves to the path.
   * A regular file of that name is replaced; pipes, devices and symbolic links are refused (`ERR_FILE_OS`).
   *
   * Rejects with a code when a budget forbids it, the disk refuses it, or the detector is disabled (`ERR_DISABLED`).
   */
  writeSnapshot(path?: string): Promise<string>
  /** What happened so far; JSON-safe. */
  status(): DetectorStatus
  /** false when `SEEP_ENABLED=0` or the platform cannot run it; then nothing native is loaded and every method is inert. */
  readonly enabled: boolean
  /** Why `enabled` is false; null when it is true. */
  readonly disabledReason: string | null
}

/** `new LeakDetector(options).start()` */
export declare function start(options?: LeakDetectorOptions): LeakDetector

/**
 * The figures of a snapshot file (`.heapsnapshot`, gzipped or not), as Chrome DevTools counts them. Works off the event
 * loop, and whatever `SEEP_ENABLED` says.
 *
 * Rejects with an `ERR_SNAPSHOT_*` code, or `ERR_FILE_OS` and `cause.code` (`ENOENT`) for a file that cannot be read; `offset` is the byte at which a broken file went wrong,
 * and `path` the file.
 */
export declare function analyzeFile(path: string, options?: AnalyzeOptions): Promise<Analysis>

export interface AnalyzeOptions {
  /** Objects whose figures are wanted one by one, by V8's id. */
  ids?: number[]
  /** Objects of which it is wanted what holds them, by V8's id. */
  paths?: number[]
  /** Class whose objects are wanted, by the name that `classes` has. */
  className?: string
  /**
   * Whether duplicate strings are told with what they say: the contents of the program's memory.
   *
   * @default false
   */
  contents?: boolean
  /** Ends the work; the promise rejects with the signal's reason at once. */
  signal?: AbortSignal
}

/**
 * The verdict over snapshot files of one process, oldest first, as the detector would have given it; `cost` and `memory`
 * are null. Times are those at which the files were last written. With fewer files than `minChecks + 1`, what grew
 * from each to the next counts.
 *
 * Rejects as {@link analyzeFile} does.
 */
export declare function compareFiles(
  paths: string[],
  options?: CompareOptions
): Promise<CheckReport>

export interface CompareOptions {
  /** As for a detector. */
  minChecks?: number
  /** As for a detector. */
  minGrowthBytes?: number
  /** As for a detector. */
  redactNames?: boolean
  /** Ends the work; the promise rejects with the signal's reason at once. */
  signal?: AbortSignal
}

/**
 * For test runners: calls `fn` in rounds, looks at the heap after each, and rejects when something goes on growing with
 * the calls. Needs no `--expose-gc`. What the runner itself keeps does not count.
 *
 * Takes some seconds on a busy machine, so give the test a time limit of its own. Whatever else runs in the process
 * meanwhile is seen too: do not run it beside other tests of the same process. Of the environment only `SEEP_ENABLED`
 * counts.
 *
 * Rejects with an `AssertionError` (`ERR_ASSERTION`) whose message explains the leaks, and whose `leaks` has their
 * reports; with the code of a skip when the heap cannot be captured, `ERR_DISABLED` among them; with what `fn` throws;
 * with a `TypeError` or `RangeError` (`ERR_INVALID_ARG_*`) for wrong arguments.
 *
 * @example
 * test('closing a session leaves nothing behind', async () => {
 *   await expectNoLeak(async () => (await openSession()).close(), { rounds: 5 })
 * })
 */
export declare function expectNoLeak(
  fn: () => unknown,
  options?: ExpectNoLeakOptions
): Promise<void>

export interface ExpectNoLeakOptions {
  /**
   * Minimum number of rounds. Growth that is not yet confirmed after these gets up to three times as many.
   *
   * An integer from 3 to 1000 (rounds).
   *
   * @default 5
   */
  rounds?: number | undefined
  /**
   * Calls of `fn` in each round, one after the other. More calls show smaller leaks.
   *
   * An integer from 1 to 1000000 (calls in each round).
   *
   * @default 100
   */
  calls?: number | undefined
  /**
   * Growth over all rounds that is not worth a failure.
   *
   * An integer from 0 to 2^53 - 1 (bytes).
   *
   * @default 16_384
   */
  minGrowthBytes?: number | undefined
  /**
   * As for a detector.
   *
   * @default 'auto'
   */
  capture?: 'auto' | 'walk' | 'fork' | 'inline' | undefined
  /** Leaks for which this returns true do not count. */
  ignore?: ((leak: LeakReport) => boolean) | undefined
}

/** What `expectNoLeak()` rejects with. */
export interface LeakAssertionError extends AssertionError {
  operator: 'expectNoLeak'
  /** Worst first. */
  leaks: LeakReport[]
}

export interface LeakDetectorEvents {
  /** A leak became confirmed, or is still confirmed once its cool-down has passed, or at a `check()`. */
  leak: [report: LeakReport]
  /**
   * A leak that was emitted is neither confirmed nor suspected any more, by a check with a verdict: its last report. Comes
   * before the `check`.
   */
  resolved: [report: LeakReport]
  /** A round ended with a verdict. */
  check: [report: CheckReport]
  /** A round was not run or not finished; or the snapshot file that `SEEP_SNAPSHOT_SIGNAL` asks for was not written. */
  skip: [report: SkipReport]
  /** The detector has stopped, and nothing of it is left. */
  stop: []
}

/**
 * What `node:diagnostics_channel` carries: to subscribers of `seep:leak`, `seep:resolved`, `seep:check` and `seep:skip`, of
 * every detector in the thread.
 */
export interface ChannelMessages {
  'seep:leak': { detector: LeakDetector; leak: LeakReport }
  'seep:resolved': { detector: LeakDetector; resolved: LeakReport }
  'seep:check': { detector: LeakDetector; check: CheckReport }
  'seep:skip': { detector: LeakDetector; skip: SkipReport }
}

/** What is not given comes from the environment (`SEEP_*`), else from the default. */
export interface LeakDetectorOptions {
  /**
   * Time from the end of one round to the start of the next.
   *
   * An integer from 100 to 2147483647 (milliseconds). Environment: `SEEP_INTERVAL_MS`.
   *
   * @default 60_000
   */
  intervalMs?: number | undefined
  /**
   * Which rounds capture. `'growth'`: the first `minChecks + 1` once the process has started; after them, a round captures
   * only if a floor of memory has risen since the last capture and goes on rising; or, at growing distances, to confirm or
   * refute what is suspected, and to see whether a leak has ended. `'always'`: every round captures.
   *
   * Environment: `SEEP_GATE`.
   *
   * @default 'growth'
   */
  gate?: 'growth' | 'always' | undefined
  /**
   * How the heap is captured. `'walk'`: by a forked child that reads it, while the process goes on; `'fork'`: by V8 in a
   * forked child; `'inline'`: by the process itself, which pauses meanwhile; `'auto'`: walked where that is safe, else
   * forked, and in-process only where forking is impossible.
   *
   * Environment: `SEEP_CAPTURE`.
   *
   * @default 'auto'
   */
  capture?: 'auto' | 'walk' | 'fork' | 'inline' | undefined
  /**
   * Whether V8 samples allocations, so that a leak's report says which code made the leaked objects and which stored them.
   * `'auto'`: while something grows, and until the stacks of all that grows are known; `'off'`: never; `'always'`: from
   * the start to the end. Only where the heap is walked.
   *
   * Environment: `SEEP_ALLOCATIONS`.
   *
   * @default 'auto'
   */
  allocations?: 'auto' | 'off' | 'always' | undefined
  /**
   * Event-loop pause that one capture may cost. A capture estimated above it is skipped.
   *
   * An integer from 1 to 2147483647 (milliseconds). Environment: `SEEP_MAX_PAUSE_MS`.
   *
   * @default 500
   */
  maxPauseMs?: number | undefined
  /**
   * Share of the free memory (of the control group or the machine) that a capture may take. A capture estimated above it
   * is skipped, and a child that reaches it ends at once; 32 MiB always stay free.
   *
   * A number from 0.01 to 1.
   *
   * @default 0.5
   */
  maxHeadroomFraction?: number | undefined
  /**
   * Processor time that a day's captures may cost. Forked children and seep's own thread count, and captures that fail.
   * With `gate: 'growth'`, rounds wait when it is spent; `check()` and `writeSnapshot()` count, and never wait.
   *
   * An integer from 1000 to 2^53 - 1 (milliseconds). Environment: `SEEP_MAX_DAILY_CPU_MS`.
   *
   * @default 300_000
   */
  maxDailyCpuMs?: number | undefined
  /**
   * How many times something must have grown, from one snapshot to the next, before it is a confirmed leak. A verdict
   * needs one snapshot more.
   *
   * An integer from 2 to 1000 (snapshots). Environment: `SEEP_MIN_CHECKS`.
   *
   * @default 3
   */
  minChecks?: number | undefined
  /**
   * Minimum growth over all snapshots compared, for a confirmed leak. What has gained half of it is suspected.
   *
   * An integer from 0 to 2^53 - 1 (bytes). Environment: `SEEP_MIN_GROWTH_BYTES`.
   *
   * @default 65_536
   */
  minGrowthBytes?: number | undefined
  /**
   * Time for which a leak that was emitted is not emitted again.
   *
   * An integer from 0 to 2^53 - 1 (milliseconds). Environment: `SEEP_COOLDOWN_MS`.
   *
   * @default 3_600_000
   */
  cooldownMs?: number | undefined
  /**
   * Time after `start()` in which rounds do not capture. What a `check()` captures meanwhile counts for nothing
   * afterwards.
   *
   * An integer from 0 to 2147483647 (milliseconds). Environment: `SEEP_WARMUP_MS`.
   *
   * @default 0
   */
  warmUpMs?: number | undefined
  /**
   * Leaks that are neither emitted nor reported. A string is a fingerprint, a class, the container's name or a package on
   * the path; a regular expression is looked for in each of these; a function returns true for what to ignore.
   *
   * Environment: `SEEP_IGNORE`.
   *
   * @default []
   */
  ignore?: readonly (string | RegExp | ((leak: LeakReport) => boolean))[] | undefined
  /**
   * Whether the names of variables, properties and functions are hidden in reports, events, logs, pages, metrics and
   * files. Each becomes a stable hash. Names of classes and files stay, and so do fingerprints and patterns. Heap
   * snapshots hold everything all the same.
   *
   * Environment: `SEEP_REDACT_NAMES`.
   *
   * @default false
   */
  redactNames?: boolean | undefined
  /** Stops the detector when aborted. */
  signal?: AbortSignal | undefined
  /**
   * Where events are logged. `'json'`: one object a line on stderr; `'pretty'`: for a person, on stderr; an object: its
   * `warn` (leaks, skips), `info` (checks) and `debug` (rounds held back by the gate) methods, as pino has them. A
   * `Console` is given text, and nothing of the rounds held back, since it shows every level.
   *
   * Environment: `SEEP_LOG`.
   *
   * @default false
   */
  logger?: Logger | 'json' | 'pretty' | false | undefined
  /**
   * Folder to which each confirmed leak also goes, as a JSON file and as a page that needs no network. Both are of mode
   * 0600.
   *
   * Environment: `SEEP_REPORT_DIR`.
   */
  reportDir?: string | undefined
}

/** The object comes first, as with pino. */
export interface Logger {
  warn(fields: object, message: string): void
  info?(fields: object, message: string): void
  debug?(fields: object, message: string): void
}

/** The end of a round, whatever came of it. */
export interface CheckReport {
  schemaVersion: 1
  /**
   * - `leak`: at least one leak is confirmed
   * - `suspected`: something grows, but has not yet grown `minChecks` times
   * - `healthy`: enough snapshots were seen, and nothing grows
   * - `native-growth`: memory grows outside the JavaScript heap
   * - `insufficient-data`: fewer snapshots than a verdict needs, `minChecks + 1`
   * - `skipped`: the round ended without a snapshot
   */
  verdict: 'leak' | 'suspected' | 'healthy' | 'native-growth' | 'insufficient-data' | 'skipped'
  /** All currently confirmed, worst first. */
  leaks: LeakReport[]
  /** Growing, but not yet `minChecks` times. */
  suspects: LeakReport[]
  /** Leaks of earlier rounds that now stand still or have gone, as they were last reported. Each is here once. */
  resolved: LeakReport[]
  /** How the heap's growth since the oldest snapshot compared is accounted for; null before there are two snapshots. */
  growth: HeapGrowth | null
  /** What grows when the verdict is `native-growth`; else null. */
  native: NativeGrowthReport | null
  /** Classes that have grown since the first snapshot, by bytes added; at most 20. No verdict: warming up is growth too. */
  classes: ClassGrowth[]
  /** Why there is no snapshot; null when there is one. */
  skip: SkipReport | null
  snapshot: SnapshotFigures | null
  cost: CheckCost | null
  /** The process when the round began. */
  memory: MemoryFigures | null
  /** When the round ended, ISO 8601. */
  at: string
}

/** Growth of the reachable heap, in bytes; negative where it has shrunk. The last three add up to the first. */
export interface HeapGrowth {
  heapBytes: number
  /** What the leaks and suspects hold of it. */
  explainedBytes: number
  /** V8's own (code, hidden classes, feedback), and seep's. */
  engineBytes: number
  /** The rest. When it goes on growing, it is a suspect, then a leak, of kind `unlocated`. */
  unexplainedBytes: number
}

/** What an object is called. */
export interface ClassName {
  /** Constructor name, or the kind of a string, closure or array. Stays the same, to be compared: `closure tick`. */
  className: string
  /** The same for people: `function tick()`. */
  label: string
}

/** A class that has grown since the first snapshot, whoever holds its objects. */
export interface ClassGrowth extends ClassName {
  /** Objects now. */
  count: number
  /** Sum of their own sizes, in bytes. */
  selfBytes: number
  /** How many more there are than in the first snapshot; may be negative. */
  addedCount: number
  /** The same in bytes. */
  addedBytes: number
}

/** Size of one snapshot. */
export interface SnapshotFigures {
  /** Objects. */
  nodes: number
  /** References. */
  edges: number
  /** Bytes of JSON that V8 wrote. */
  jsonBytes: number
  /** Sum of the objects' own sizes, in bytes. */
  selfBytes: number
}

/** What one round cost the process. */
export interface CheckCost {
  capture: 'walk' | 'fork' | 'inline'
  /** Why the heap was not walked, where that was wanted; null where it was, or was not asked for. */
  notWalked: string | null
  /** Event-loop stall, in milliseconds. */
  pauseMs: number
  /** From the start of the capture to its last byte, in milliseconds. */
  captureMs: number
  /** From the last byte to the verdict, in milliseconds. */
  analysisMs: number
  /** Most memory that the analysis held at once, in bytes. */
  peakAnalysisBytes: number
  /** Captures that were begun; more than one when V8's helper threads were busy at the first. */
  attempts: number
  /** What the forked child used; null when there was none. */
  child: {
    /** Processor time, in milliseconds. */
    cpuMs: number
    /** The most memory that it had for itself, in bytes: its own pages, and copied ones. */
    privateBytes: number
    /**
     * Memory that was copied for the process while the child lived, in bytes; an upper bound. Null where the system gives
     * out huge pages unasked, since page faults are what it is counted by.
     */
    copiedBytes: number | null
    /** Before the fork, beside the event loop: finding V8's memory and lending it, in milliseconds. */
    scanMs: number
    /** Part of `pauseMs`: lending what was mapped since. */
    lendMs: number
    /** Part of `pauseMs`: the system's `fork`. */
    forkMs: number
    /** After the fork, beside the event loop: keeping the memory from children again. */
    restoreMs: number
  } | null
  /** Processor time of seep's own thread for the round, in milliseconds; null where the system does not tell. */
  analysisCpuMs: number | null
  /** What the capture was thought to need before it was begun. */
  estimate: {
    /** Objects; `snapshot.nodes` is how many there were. */
    nodes: number
    /** Memory, in bytes; it took `child.privateBytes` and `peakAnalysisBytes` together. */
    bytes: number
    /** Event-loop stall, in milliseconds; `pauseMs` is what it was. */
    pauseMs: number
  }
}

/** As `process.memoryUsage()` has them. */
export interface MemoryFigures {
  /** Resident set size. */
  rssBytes: number
  /** The JavaScript heap, garbage included. */
  heapUsedBytes: number
  /** What the JavaScript heap takes of the system, used or kept for later. */
  heapTotalBytes: number
  /** What JavaScript objects keep outside of the heap. */
  externalBytes: number
  /** Part of `externalBytes`. */
  arrayBuffersBytes: number
  /** Lowest used heap that was seen since the last capture; before `start()`, what is used now. */
  floorBytes: number
  /** What the heap's old generation may grow to (`--max-old-space-size`); null where it is not known. */
  heapLimitBytes: number | null
  /** Whether a major collection was seen since the round before: without one, what is garbage still counts. */
  collected: boolean
}

/** Why a round was skipped, or no file written at `SEEP_SNAPSHOT_SIGNAL`; docs/api.md says what each means and docs/operating.md what to do. More may come. */
export type SkipCode =
  | 'GATE_CLOSED'
  | 'DAILY_BUDGET_SPENT'
  | 'ERR_DISABLED'
  | 'ERR_STOPPED'
  | 'ERR_ABORTED'
  | 'ERR_SNAPSHOT_TRUNCATED'
  | 'ERR_SNAPSHOT_MALFORMED'
  | 'ERR_SNAPSHOT_TOO_LARGE'
  | 'ERR_SNAPSHOT_UNKNOWN_LAYOUT'
  | 'ERR_CAPTURE_OS'
  | 'ERR_CAPTURE_CHILD_DIED'
  | 'ERR_CAPTURE_TIMEOUT'
  | 'ERR_CAPTURE_NO_MEMORY'
  | 'ERR_CAPTURE_PAUSE_BUDGET'
  | 'ERR_CAPTURE_UNAVAILABLE'
  | 'ERR_CAPTURE_BUSY'
  | 'ERR_CAPTURE_BACKOFF'
  | 'ERR_CAPTURE_IN_PROGRESS'
  | 'ERR_CAPTURE_ELSEWHERE'
  | 'ERR_CAPTURE_FAILED'
  | 'ERR_FILE_DISK_FULL'
  | 'ERR_FILE_OS'
  | 'ERR_INTERNAL'
  | (string & {})

/** `error.code` of what seep throws or rejects with; see `SkipCode`. More may come. */
export type ErrorCode =
  | 'ERR_INVALID_ARG_TYPE'
  | 'ERR_INVALID_ARG_VALUE'
  | 'ERR_MISSING_PEER'
  | SkipCode

/** What seep throws or rejects with. */
export interface SeepError extends Error {
  code: ErrorCode
  /** Of a snapshot file: the byte at which it went wrong. */
  offset?: number
  /** The snapshot file that it is about. */
  path?: string
}

/** A round that was not run or not finished, or a snapshot file that a signal asked for and that was not written. */
export interface SkipReport {
  /** Stable. */
  code: SkipCode
  /** For a person; not stable. */
  message: string
  /** ISO 8601 */
  at: string
}

/** Something that grows, who holds it, and where to look. Carries no string contents or source text of the heap. */
export interface LeakReport {
  schemaVersion: 1
  /** Fingerprint: the same leak has the same id in every process and release. */
  id: string
  verdict: 'leak' | 'suspected'
  kind: LeakKind
  /** One line: what grows, where, how fast. */
  title: string
  /** What holds the growing items. */
  container: ClassName & {
    /** The variable or property that a person knows it by. */
    name: string | null
    /** Bytes freed if it were released. */
    retainedBytes: number
    location: SourceLocation | null
  }
  /** What accumulates in it. */
  items: ClassName & {
    count: number
    /** How many came since the first snapshot of the growth. */
    addedCount: number
    /** Bytes that the items alone keep alive: what fixing the leak frees at least. */
    exclusiveBytes: number
    /** The classes that each brings with it, two or three at most, most bytes first. */
    consistsOf: (ClassName & { addedCount: number; addedBytes: number })[]
    location: SourceLocation | null
  }
  growth: {
    /** Snapshots in which it grew. */
    checks: number
    /** Items in each snapshot, oldest first. */
    counts: number[]
    /** Bytes that they keep alive, in each snapshot, oldest first. */
    retainedBytes: number[]
    bytesPerHour: number
    /** ISO 8601 */
    firstSeen: string
  }
  /** From a root that a person knows (module, global, timer list ...) to one leaked item, or on to the function that keeps it. */
  path: PathStep[]
  /** The same as a readable tree. */
  pathText: string
  /** What to look at, in one or two sentences. */
  advice: string
  /** Id of the known structure that it fits (`promise-reactions`, say; docs/verdict.md lists them), or null. */
  pattern: string | null
  /** 0 to 1. */
  confidence: number
  /** What speaks for a leak, and what against it or for waiting, in sentences. */
  evidence: { for: string[]; against: string[] }
  /** Which code made the leaked objects and which stored them, as far as that was sampled. */
  allocations: LeakAllocations | null
  /** Why that is not known: a stable code. Null where it is. */
  allocationsReason: AllocationsReason | null
}

/**
 * Why there are no stacks: switched off; nothing was sampled until now; none of the samples is of an object of the leak;
 * V8 wrote the snapshot, which knows no samples; they cannot be had here (`status().allocations.why` says why).
 */
export type AllocationsReason =
  | 'ALLOCATIONS_OFF'
  | 'ALLOCATIONS_NOT_SAMPLED'
  | 'ALLOCATIONS_NOT_LINKED'
  | 'ALLOCATIONS_NOT_WALKED'
  | 'ALLOCATIONS_UNAVAILABLE'

/** Sampled allocations of objects that a leak keeps alive. */
export interface LeakAllocations {
  /** `linked`: each sample is of an object that the leak keeps alive. */
  source: 'linked'
  /** `shared`: of another profiler in the process, whose samples are read along. */
  sampler: 'own' | 'shared'
  /** How many. */
  samples: number
  /** One is taken in about so many bytes. */
  intervalBytes: number
  /** The function of the program in which, or in what it calls, most of the items are made. */
  createdIn: StackPlace | null
  /** The same for what holds the items: tables, lists, entries. */
  storedIn: StackPlace | null
  /** A few: of items first, then of what holds them, then of what they bring along; in each the most bytes first. */
  stacks: {
    role: 'item' | 'store' | 'content'
    /** Share of the bytes of this role. */
    share: number
    samples: number
    /** That the samples stand for. */
    bytes: number
    /** Begins where a function went on after an `await`: who called that is not known. */
    cutByAwait: boolean
    /** From what allocated to its callers, as far as the program's own. */
    frames: StackFrame[]
  }[]
}

/** A function on a stack; its line is where it begins. */
export interface StackFrame extends SourceLocation {
  kind: 'app' | 'package' | 'node' | 'engine'
}

export interface StackPlace extends StackFrame {
  share: number
  samples: number
}

/** Whether allocations are sampled now. */
export interface AllocationStatus {
  sampling: boolean
  sampler: 'own' | 'shared' | null
  intervalBytes: number | null
  /** In words. */
  why: string
}

export type LeakKind =
  | 'collection'
  | 'listeners'
  | 'timers'
  | 'promises'
  | 'closures'
  | 'linked-list'
  | 'unlocated'
  | 'strings'
  | 'buffers'
  | 'contexts'
  | 'other'

/** Growth outside the JavaScript heap. */
export interface NativeGrowthReport {
  /** Which counter of the process grows. */
  counter: 'arrayBuffers' | 'external' | 'resident'
  /** One line: what grows and how fast. */
  title: string
  /** Its values in the snapshots of the growth, oldest first, in bytes. */
  bytes: number[]
  /** Snapshots in which it grew. */
  checks: number
  /** Slope of `bytes` over time. */
  bytesPerHour: number
  /** What usually causes it. */
  advice: string
}

/** One reference on the way, and what it leads to. */
export interface PathStep extends ClassName {
  /** V8's kind of reference, or `root`; the property, variable or slot; and the same as code has it: `.next`, `[…]`. */
  edge: { kind: string; name: string; label: string }
  /** V8's kind of object. */
  nodeKind: string
  location: SourceLocation | null
  /** Whether this reference is where the leak is most likely to be fixed. */
  suspect: boolean
}

/** Numbers count from 1. */
export interface SourceLocation {
  file: string | null
  line: number | null
  column: number | null
  functionName: string | null
  /** For people: `src/cart.js:12:3`, with as much of the path as tells files apart; null when there is no file. */
  label: string | null
}

/** By which way captures are taken. */
export interface CaptureStatus {
  /** How the next capture begins: the cheapest way that is permitted and works. Null where `options.capture` forbids all that do. */
  way: 'walk' | 'fork' | 'inline' | null
  /** Why the heap is not walked, where that is wanted; null where it is, or is not asked for. */
  notWalked: string | null
  /** Walks that ended with a snapshot. */
  walks: number
  /** Walks that were thrown away; V8 wrote in the same round, unless `options.capture` is `'walk'`. */
  failedWalks: number
  /** Whether three in a row failed, so that there are no more. */
  walksAreOff: boolean
}

export interface DetectorStatus {
  schemaVersion: 1
  enabled: boolean
  disabledReason: string | null
  state: 'idle' | 'watching' | 'stopped' | 'disabled'
  /** Whether a round runs or waits now. */
  checking: boolean
  /** As they count, from code, environment and defaults; null when disabled. */
  options: Record<string, string | number | boolean | null | string[]> | null
  /** Lowest used heap since the last capture, in bytes; null before `start()`. */
  floorBytes: number | null
  /** What the gate last found to have grown since the last capture; null when nothing has. */
  growth: {
    /** Which floor: the old generation of the heap, ArrayBuffers, other external memory, or the rest of the resident memory. */
    signal: 'heap' | 'arrayBuffers' | 'external' | 'resident'
    /** Since the last capture. */
    bytes: number
    /** The same as a share of the floor. */
    share: number
    /** Slope, in bytes from one round to the next. */
    perWindow: number
  } | null
  /** What is left of `maxDailyCpuMs`; negative when the last capture overdrew it. Null when disabled. */
  cpuMsLeftToday: number | null
  /** Null before the first round that captures, and when disabled. */
  capture: CaptureStatus | null
  /** Null before the first round that captures, and when disabled. */
  allocations: AllocationStatus | null
  /** ISO 8601; null before `start()`. */
  startedAt: string | null
  /** Rounds that began. */
  rounds: number
  /** Rounds that took a snapshot. */
  captures: number
  /** Leaks that were emitted; one that is emitted again after its cool-down counts again. */
  leaks: number
  /** Leaks that were emitted and have ended. */
  resolved: number
  /** Event-loop stall of all captures together, in milliseconds. */
  pauseMs: number
  /** How often a round was skipped, by code. */
  skips: Partial<Record<SkipCode, number>>
  /** The last round with a verdict. */
  lastCheck: CheckReport | null
}

export interface ObjectFigures {
  id: number
  className: string
  /** What V8 calls it; "" for the contents of strings. */
  name: string
  kind: string
  selfBytes: number
  retainedBytes: number
  /** References away from a root that a person knows; null when none leads to it. */
  distance: number | null
  /** The object that alone keeps it alive. */
  dominatorId: number
}

/** What holds one object. */
export interface PathFigures {
  id: number
  /** A shortest way from a root; empty when none leads to the object. */
  steps: ReferenceStep[]
  /** Steps left out in the middle of a way of more than 200. */
  omittedSteps: number
  /** What refers to the object: the 100 nearest, weak references last. */
  retainers: ReferenceStep[]
  retainerCount: number
}

export interface ReferenceStep extends Omit<ObjectFigures, 'dominatorId'> {
  /** In `steps`, the reference to this object from the one before; in `retainers`, from this object. */
  edge: { kind: string; name: string }
}

/** One snapshot in figures; sizes in bytes. */
export interface Analysis {
  schemaVersion: 1
  nodeCount: number
  edgeCount: number
  /** Retained size of the root. */
  totalBytes: number
  /** DevTools' Summary view, by retained size. */
  classes: {
    name: string
    kind: string
    count: number
    selfBytes: number
    retainedBytes: number
    /** Of the nearest object; null when none can be reached. */
    distance: number | null
  }[]
  /** The 100 objects that retain most. */
  dominators: {
    id: number
    className: string
    kind: string
    selfBytes: number
    retainedBytes: number
  }[]
  /** Those asked for by `ids`; ids that are not there are left out. */
  objects: ObjectFigures[]
  /** What holds those asked for by `paths`; ids that are not there are left out. */
  paths: PathFigures[]
  /** The objects of the class asked for by `className`; null without. */
  instances: {
    className: string
    count: number
    /** The 100 that retain most. */
    objects: ObjectFigures[]
  } | null
  /** Strings that are there more than once. Strings that agree in the 1,024 characters that V8 writes count as equal. */
  duplicates: {
    /** Copies beyond the first of each. */
    extraCopies: number
    /** Bytes of these. */
    wastedBytes: number
    /** The 100 that waste most. */
    strings: {
      count: number
      /** In UTF-16 units, 1,024 at most. */
      length: number
      selfBytes: number
      /** Bytes of all copies but one. */
      wastedBytes: number
      /** With the option `contents` only. */
      text?: string
    }[]
  }
  /** What the heap is made of. */
  statistics: Record<string, number>
  /** Times in milliseconds. */
  cost: {
    parseMs: number
    graphMs: number
    dominatorsMs: number
    totalMs: number
    /** Most memory that the columns of the graph held at once. */
    peakBytes: number
  }
}
