import type { AssertionError } from 'node:assert'
import type { EventEmitter } from 'node:events'

/**
 * Watches this process for memory leaks.
 *
 * Does not keep the process alive, and never emits `'error'`: a failure is a
 * `'skip'` with a code, and the next round runs on time. If a listener throws,
 * that becomes a process warning.
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
  /** Starts watching. Returns this. Does nothing if already started or stopped, or if switched off (see `enabled`). */
  start(): this
  /**
   * Stops permanently. Resolves once no thread, timer, child process or descriptor of this detector is left, and its
   * reports are written to `reportDir`.
   */
  stop(): Promise<void>
  /** Calls `stop()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>
  /**
   * Runs one round now: capture, analysis, verdict. Ignores the interval, the gate and the cool-down, but not the memory
   * and pause budgets. Also works before `start()`. Never rejects because of a failed capture: that round is a skip.
   *
   * If a round is running, waits for the next one; all callers that wait share that round. While another process on the
   * machine is capturing, waits for a minute at most.
   */
  check(): Promise<CheckReport>
  /**
   * Writes a heap snapshot for Chrome DevTools to `path` (default: V8's own file name, in `reportDir` or the working
   * directory), with mode 0600, from a forked child if possible. Resolves to the path.
   * Replaces a regular file of that name; refuses pipes, devices and symbolic links (`ERR_FILE_OS`).
   *
   * Rejects with a code if it would exceed a budget, if the file cannot be written, or if the detector is disabled
   * (`ERR_DISABLED`).
   */
  writeSnapshot(path?: string, options?: WriteSnapshotOptions): Promise<string>
  /**
   * Writes the allocation stacks of the leaks and suspects of the last check as a profile, with mode 0600: for Chrome
   * DevTools if `path` ends in `.heapprofile`, for pprof if it ends in `.pb.gz`. Captures nothing. Resolves to the absolute
   * path.
   *
   * Rejects with `ERR_NO_ALLOCATIONS` if no stacks are known.
   */
  writeAllocationProfile(path: string): Promise<string>
  /**
   * Reads where the memory of the process is, on the background thread. Captures nothing, and also works before `start()`.
   * Resolves to null after `stop()`, and if the detector is disabled. If a round is running,
   * waits for its end.
   */
  memory(): Promise<MemoryAccount | null>
  /** Returns a JSON-safe summary of everything so far. */
  status(): DetectorStatus
  /** False if `SEEP_ENABLED=0` or the platform is not supported; every method is then inert, and no native code is loaded. */
  readonly enabled: boolean
  /** Reason why `enabled` is false; null if it is true. */
  readonly disabledReason: string | null
}

/** Creates and starts a detector: `new LeakDetector(options).start()`. */
export declare function start(options?: LeakDetectorOptions): LeakDetector

/**
 * Returns the figures of a snapshot file (`.heapsnapshot`, compressed or not), as Chrome DevTools counts them. Works off the
 * event loop, and whatever `SEEP_ENABLED` says.
 *
 * Rejects with an `ERR_SNAPSHOT_*` code for an invalid file, and with `ERR_FILE_OS` and a `cause.code` such as `ENOENT` for a
 * file that cannot be read. The error's `path` is the file; its `offset` is the byte offset of the problem.
 */
export declare function analyzeFile(path: string, options?: AnalyzeOptions): Promise<Analysis>

export interface AnalyzeOptions {
  /** Ids (V8's) of objects whose figures to return. */
  ids?: number[]
  /** Ids (V8's) of objects whose paths and retainers to return. */
  paths?: number[]
  /** Class whose objects to return, by its name in `classes`. */
  className?: string
  /**
   * Whether to return the contents of duplicate strings, which come from the program's memory.
   *
   * @default false
   */
  contents?: boolean
  /**
   * Objects that count in `classes`; see {@link ObjectSet}.
   *
   * @default 'all'
   */
  only?: ObjectSet
  /**
   * Whether to name what holds the heap: adds `holders`, and the readable `path` to each of `paths`. Takes half as long again, and
   * more memory.
   *
   * @default false
   */
  holders?: boolean
  /** Cancels the work; the promise rejects with the signal's reason at once. */
  signal?: AbortSignal
}

export interface WriteSnapshotOptions {
  /**
   * Replaces what strings say and the keys of dictionaries by filler, as {@link stripFile} does. The whole snapshot is in a hidden
   * file in the same folder for as long as that takes.
   *
   * @default false
   */
  strip?: boolean
}

/**
 * Returns the report that a detector would have given for snapshot files of one process, oldest first; `cost` and `memory`
 * are null. The time of a snapshot is when its file was last modified. If there are fewer than `minChecks + 1` files,
 * whatever grew in every interval counts.
 *
 * Rejects like {@link analyzeFile}.
 */
export declare function compareFiles(
  paths: string[],
  options?: CompareOptions
): Promise<CheckReport>

export interface CompareOptions {
  /** Same as for a detector. */
  minChecks?: number
  /** Same as for a detector. */
  minGrowthBytes?: number
  /** Same as for a detector. */
  redactNames?: boolean
  /** Cancels the work; the promise rejects with the signal's reason at once. */
  signal?: AbortSignal
}

/**
 * Writes the snapshot in the file `from` to the file `to` without values: what strings say and the keys of dictionaries becomes
 * filler of the same length. Names of classes, functions, variables, properties and files stay, as do all figures. Gzipped if
 * `to` ends in `.gz`; with mode 0600. Replaces a regular file of that name, but not `from`.
 *
 * Rejects like {@link analyzeFile}; with `ERR_FILE_DISK_FULL` if there is no space.
 */
export declare function stripFile(
  from: string,
  to: string,
  options?: StripOptions
): Promise<StripResult>

export interface StripOptions {
  /** Cancels the work; the promise rejects with the signal's reason at once. */
  signal?: AbortSignal
}

export interface StripResult {
  /** Different values that were replaced. */
  values: number
  /** Size of the file `from`. */
  bytesRead: number
  /** Size of the snapshot that was written, before compression. */
  bytesWritten: number
}

/**
 * Tells whether a fix works: compares snapshot files from before it and from after it, each set as {@link compareFiles} takes
 * it, and then what grew in the one with what grows in the other. It takes three files or more on each side, under the same
 * load. In doubt, the outcome is never `'fixed'`.
 *
 * Rejects like {@link analyzeFile}.
 */
export declare function verifyFiles(
  before: string[],
  after: string[],
  options?: VerifyOptions
): Promise<FixReport>

export interface VerifyOptions extends CompareOptions {
  /** Judges only the leak with this fingerprint (`LeakReport.id`). By default, everything that grew has to have ended. */
  leak?: string
}

export interface FixReport {
  schemaVersion: 1
  /** `'not-fixed'`: a leak remains, or there is a new one. `'undecided'`: `reasons` has why it cannot be said. */
  outcome: 'fixed' | 'not-fixed' | 'undecided'
  /** Empty unless undecided. */
  reasons: FixDoubt[]
  /** Whatever grew before or grows after the fix, those from before first, worst first. */
  leaks: FollowedLeak[]
  before: FixSide
  after: FixSide
}

export interface FixDoubt {
  code:
    | 'TOO_FEW_FILES'
    | 'NO_LEAK_BEFORE'
    | 'TOO_SHORT'
    | 'STOPPED_LATE'
    | 'TOO_MANY_LEAKS'
    | 'NEW_GROWTH'
    | 'STILL_SUSPECTED'
    | 'HEAP_STILL_GROWS'
  /** The reason, for a person. */
  message: string
}

/** A leak, found again by its fingerprint. */
export interface FollowedLeak {
  /** Its fingerprint. */
  id: string
  title: string
  /** `'slower'`: less than half of its former pace; `'faster'`: more than double. `'unclear'`: `doubt` has the reason. */
  status: 'gone' | 'slower' | 'same' | 'faster' | 'new' | 'unclear'
  verdictBefore: 'leak' | 'suspected' | null
  verdictAfter: 'leak' | 'suspected' | null
  /** Null if it did not grow. */
  before: LeakPace | null
  /** Null if it does not grow. */
  after: LeakPace | null
  /** Why it cannot be said whether it is gone. */
  doubt: FixDoubt | null
  /** From after the fix if it still grows, else from before. */
  report: LeakReport
}

export interface LeakPace {
  itemsPerSnapshot: number
  bytesPerSnapshot: number
  /** Null if the times of the files do not ascend. */
  bytesPerHour: number | null
}

/** One of the two sets of files. */
export interface FixSide {
  files: number
  /** Time from the first file to the last; null if the times of the files do not ascend. */
  hours: number | null
  /** How fast the reachable heap grew; negative if it shrank. */
  heap: {
    bytesPerSnapshot: number
    /** Null if the times of the files do not ascend. */
    bytesPerHour: number | null
    /** The part that neither leaks, suspects nor V8 itself explain. */
    unexplainedBytesPerSnapshot: number
  } | null
  report: CheckReport
}

/**
 * Opens a snapshot file (`.heapsnapshot`, compressed or not) to be looked through, and resolves once its classes can be counted.
 * The heap stays in memory (about 1.2 times the size of the file, outside V8's heap) until it is closed or collected. Works
 * off the event loop, and whatever `SEEP_ENABLED` says. docs/open-heap.md explains the queries.
 *
 * Rejects like {@link analyzeFile}.
 *
 * @example
 * const heap = await openHeap('heap.heapsnapshot')
 * const { rows } = await heap.holders({ limit: 10 })
 * await heap.close()
 */
export declare function openHeap(file: string, options?: OpenHeapOptions): Promise<Heap>

export interface OpenHeapOptions {
  /**
   * Whether queries may return what strings say, which comes from the program's memory. It is read from the file when it is
   * asked for, so the file must stay as it is.
   *
   * @default false
   */
  contents?: boolean
  /**
   * Most memory, in bytes, that the heap and everything derived from it may take. What does not fit rejects with
   * `ERR_CAPTURE_NO_MEMORY`.
   *
   * @default none
   */
  maxMemoryBytes?: number
  /** Is told how far the work is, about ten times a second while the file is read. What it throws rejects the promise. */
  onProgress?: (progress: HeapProgress) => void
  /** Cancels the work; the promise rejects with the signal's reason at once. */
  signal?: AbortSignal
}

/** How far opening a heap, or preparing it for queries, is. */
export interface HeapProgress {
  /**
   * What is being done. `openHeap()` reads the file, puts references in order (`graph`) and sorts objects into `classes`;
   * `ready()` works out `dominators` with sizes and distances, `holders`, `retainers`, and copies of `strings`.
   */
  stage: 'reading' | 'graph' | 'classes' | 'dominators' | 'holders' | 'retainers' | 'strings'
  /** Bytes of the file read so far; null in later stages. */
  doneBytes: number | null
  /** Size of the file, if it is known; null in later stages. */
  totalBytes: number | null
}

/**
 * A snapshot file that is open. Objects go by V8's ids, which DevTools shows after an `@`. Several queries may run at once;
 * two at a time do.
 *
 * A query throws a `TypeError` or `RangeError` (`ERR_INVALID_ARG_*`) at once if an option is wrong. It rejects with
 * `ERR_HEAP_CLOSED` after `close()`, and with the signal's reason as soon as that aborts. A query about an object or holder
 * that is not in the snapshot resolves to null.
 */
export interface Heap {
  /** The file's absolute path. */
  readonly file: string
  /** Resolves once everything that queries need has been worked out; until then, the first of a kind may take longer. */
  ready(options?: ReadyOptions): Promise<void>
  /** Returns totals of the whole heap. */
  summary(options?: QueryOptions): Promise<HeapSummary>
  /** Returns the holders below another, or those where paths begin: module → variable → `Map` → `[n × Session]`. */
  holders(options?: HoldersOptions): Promise<Rows<HolderRow> | null>
  /** Returns one holder, and the steps that lead to it. */
  holder(key: string, options?: QueryOptions): Promise<HolderWithPath | null>
  /** Returns what may be too much in this one snapshot, biggest first: a cache is listed as well as a leak. */
  suspects(options?: SuspectsOptions): Promise<Rows<HeapSuspect>>
  /** Returns the biggest cells of the dominator tree or of the tree of holders, for a map of the heap. */
  tree(options?: TreeOptions): Promise<HeapTree | null>
  /** Returns classes, as in the Summary view of DevTools. */
  classes(options?: ClassesOptions): Promise<Rows<ClassRow>>
  /** Returns the objects of a class by what holds them. */
  instances(options: InstancesOptions & { groupBy: 'holder' }): Promise<InstancesFound<HeldRow>>
  /** Returns the objects of a class. Objects without a size of their own do not count, as in DevTools. */
  instances(
    options: InstancesOptions & { groupBy?: undefined }
  ): Promise<InstancesFound<InstanceRow>>
  /** Returns one object: the readable path to it, the shortest, its fields, its place in the source. */
  object(id: number, options?: ObjectOptions): Promise<HeapObject | null>
  /** Returns the references to an object, the nearest first and weak ones last. */
  retainers(id: number, options?: RetainersOptions): Promise<Rows<RetainerRow> | null>
  /** Returns a short path from the root to an object that does not go through the objects in `ignore`. */
  path(id: number, options?: PathOptions): Promise<HeapPath | null>
  /** Returns the readable paths to the objects of a class, or to some objects, merged into one tree: one level of it. */
  mergedPaths(options: MergedPathsOptions): Promise<(Rows<HeldRow> & HeldTotals) | null>
  /** Returns what hangs directly below an object in the dominator tree. */
  dominators(
    options?: DominatorsOptions & { groupBy?: undefined }
  ): Promise<DominatorRows<DominatorRow> | null>
  /** Returns the same by class, sorted by `retainedBytes` or `selfBytes`. */
  dominators(
    options: DominatorsOptions & { groupBy: 'class' }
  ): Promise<DominatorRows<ClassBelowRow> | null>
  /** Returns holders of duplicate strings. */
  strings(
    options?: StringsOptions & { holder?: undefined }
  ): Promise<Rows<StringHolderRow> & StringTotals>
  /** Returns the duplicate strings of one holder. */
  strings(options: StringsOptions & { holder: string }): Promise<Rows<StringRow> & StringTotals>
  /** Searches for classes and holders by words, or for objects by an expression such as `class:Session retained>1MB`. */
  find(expression: string, options?: FindOptions & { list?: undefined }): Promise<FindResult>
  /** Returns one list of what was found. */
  find(expression: string, options: FindOptions & { list: 'classes' }): Promise<Rows<ClassRow>>
  find(expression: string, options: FindOptions & { list: 'holders' }): Promise<Rows<HeldRow>>
  find(expression: string, options: FindOptions & { list: 'objects' }): Promise<Rows<ObjectRow>>
  /** Returns what would be freed at least if the objects of a class, or some objects, were gone. */
  whatIf(options: WhatIfOptions): Promise<WhatIfResult>
  /** Returns figures of this heap beside those of other snapshots of the same program. */
  compare(
    files: string[],
    options?: CompareHeapOptions & { list?: undefined }
  ): Promise<HeapComparison>
  /** Returns one list of the comparison. */
  compare(
    files: string[],
    options: CompareHeapOptions & { list: 'classes' }
  ): Promise<Rows<ClassSeries> & ComparedFiles>
  compare(
    files: string[],
    options: CompareHeapOptions & { list: 'holders' }
  ): Promise<Rows<HolderSeries> & ComparedFiles>
  /** Returns the objects that are new or gone since another snapshot of the same process, by class and by their ids. */
  changes(since: string, options?: ChangesOptions): Promise<HeapChanges>
  /** Ends the queries that are running, which reject with `ERR_HEAP_CLOSED`, and gives the memory back. May be called again. */
  close(): Promise<void>
  /** Same as `close()`. */
  [Symbol.asyncDispose](): Promise<void>
}

/** Options of every query. */
export interface QueryOptions {
  /** Cancels the query; the promise rejects with the signal's reason at once. */
  signal?: AbortSignal
}

export interface ReadyOptions extends QueryOptions {
  /** As for `openHeap()`. */
  onProgress?: (progress: HeapProgress) => void
}

export interface SuspectsOptions extends QueryOptions {
  /**
   * Most rows to return, up to 1,000.
   *
   * @default 20
   */
  limit?: number
}

export interface TreeOptions extends QueryOptions {
  /**
   * Which tree.
   *
   * @default 'dominators'
   */
  of?: 'dominators' | 'holders'
  /** Id of the object below which cells are, in the tree of dominators; the whole heap without it. */
  id?: number
  /** Key of the holder below which cells are, in the tree of holders; the whole heap without it. */
  key?: string
  /**
   * Levels, 1 to 250.
   *
   * @default 250
   */
  depth?: number
  /**
   * Most cells, 1 to 5,000, chosen by size. Those that stand for the rest of others come on top.
   *
   * @default 1000
   */
  limit?: number
}

/** Options of queries that return a list. */
export interface PageOptions extends QueryOptions {
  /**
   * Rows to skip.
   *
   * @default 0
   */
  offset?: number
  /**
   * Most rows to return, up to 10,000.
   *
   * @default 100
   */
  limit?: number
}

/** Options of lists that can be sorted and narrowed. */
export interface ListOptions<Sort extends string> extends PageOptions {
  /** Figure to sort by; the first one listed is the default. */
  sort?: Sort
  /** Direction; by default, sizes and counts descend, and names, ids and distances ascend. */
  order?: 'asc' | 'desc'
  /** Text that the name of a row must contain, in letters of either case. */
  filter?: string
}

export type ObjectSort = 'retainedBytes' | 'selfBytes' | 'distance' | 'id'

export interface HoldersOptions extends ListOptions<'heldBytes' | 'selfBytes' | 'count' | 'name'> {
  /** Key of the holder whose children to return; those where paths begin without it. */
  key?: string
}

/** Sets of objects that DevTools can narrow its Summary view to. */
export type ObjectSet =
  | 'all'
  | 'unreachable'
  | 'contexts'
  | 'detached'
  | 'eventHandlers'
  | 'console'

export interface ClassesOptions
  extends ListOptions<'retainedBytes' | 'selfBytes' | 'count' | 'distance' | 'name'> {
  /**
   * Objects that count: all, those that nothing leads to, or those held only by scopes of functions, by detached nodes or
   * event handlers of a page, or by DevTools' console.
   *
   * @default 'all'
   */
  only?: ObjectSet
  /**
   * Whether to return retained sizes and distances. Counts and own sizes are there earlier, since they need no dominators.
   *
   * @default true
   */
  retained?: boolean
}

/** Says which class is meant, by its name or by a `classId` from a row; several classes may share a name. */
export interface WhichClass {
  classId?: number
  className?: string
}

export interface InstancesOptions extends WhichClass, ListOptions<ObjectSort> {
  /** As for `classes()`. */
  only?: ObjectSet
  /** Another snapshot of the same process: only objects that are new since then, by their ids. As for `changes()`. */
  since?: string
  /** Key of a holder: only objects that it or a holder below it has. */
  holder?: string
  /** Returns holders of the objects rather than objects; those whose objects have most bytes first, whatever `sort` says. */
  groupBy?: 'holder'
}

export interface ObjectOptions extends PageOptions {
  /** Figure to sort fields by; V8's order without it. */
  sort?: ObjectSort
  /** As for lists. */
  order?: 'asc' | 'desc'
  /** Text that the name of a field, or the class of the object in it, must contain. */
  filter?: string
  /**
   * Whether to return the two paths, which take longest. Without them, both are empty.
   *
   * @default true
   */
  paths?: boolean
}

export interface RetainersOptions
  extends ListOptions<'distance' | 'retainedBytes' | 'selfBytes' | 'id'> {
  /**
   * Whether weak references, which keep nothing alive, are listed.
   *
   * @default true
   */
  weak?: boolean
  /** Ids of objects to leave out. What nothing but these holds comes last. */
  ignore?: number[]
}

export interface PathOptions extends QueryOptions {
  /** Ids of objects that the path must not go through. */
  ignore?: number[]
}

export interface MergedPathsOptions extends WhichClass, PageOptions {
  /** Ids of the objects, rather than a class. */
  ids?: number[]
  /** Key of the holder whose children to return; those where paths begin without it. */
  key?: string
}

export interface DominatorsOptions extends ListOptions<ObjectSort> {
  /** Id of the object whose children to return; the root without it. */
  id?: number
  /**
   * Whether to fold a chain of objects that each hold a single other.
   *
   * @default true
   */
  fold?: boolean
  /** Whether to return the classes of the children in their place. */
  groupBy?: 'class'
  /** A `classId` of the rows by class, to return the children of this class alone. */
  classId?: number
}

export interface StringsOptions extends ListOptions<'wastedBytes' | 'selfBytes' | 'copies'> {
  /** Key of a holder whose strings to return one by one. */
  holder?: string
}

export interface FindOptions extends PageOptions {
  /** The only list to return: `offset` and `limit` then apply to it alone. */
  list?: 'classes' | 'holders' | 'objects'
  /** Figure to sort objects by. */
  sort?: ObjectSort
  /** As for lists. */
  order?: 'asc' | 'desc'
}

export interface WhatIfOptions extends WhichClass, QueryOptions {
  /** Ids of the objects, rather than a class. */
  ids?: number[]
}

export interface CompareHeapOptions extends ListOptions<'bytesDelta' | 'countDelta' | 'bytes'> {
  /** The only list to return: `offset` and `limit` then apply to it alone. */
  list?: 'classes' | 'holders'
}

export interface ChangesOptions
  extends ListOptions<
    'bytesDelta' | 'countDelta' | 'newBytes' | 'newCount' | 'deletedBytes' | 'deletedCount'
  > {}

/** Objects that are new or gone. Those without a size of their own do not count, as in DevTools. */
export interface Change {
  newCount: number
  newBytes: number
  deletedCount: number
  deletedBytes: number
}

export interface HeapChanges extends Change, Rows<ClassChange> {
  /** Whether both snapshots are of one process, by the ids that they share. If not, ids say nothing, and there are no rows. */
  isSameProcess: boolean
}

/** Objects of a class that are new or gone. */
export interface ClassChange extends Change {
  /** Stands for the class in this heap; null if all its objects are gone. */
  classId: number | null
  className: string
}

/** Some rows of a list. */
export interface Rows<Row> {
  /** Rows of the whole list. */
  total: number
  /** Those asked for. */
  rows: Row[]
}

/** One object. */
export interface ObjectRow {
  /** V8's id. */
  id: number
  /** Name of its class, as DevTools shows it. */
  className: string
  /** Name that V8 gives it; empty for strings, whose contents are not names. */
  name: string
  /** V8's node type. */
  kind: string
  selfBytes: number
  /** Bytes that would be freed with it. */
  retainedBytes: number
  /** References from the root; null if nothing leads to it. Objects that only V8's own roots lead to have 100,000,000 more. */
  distance: number | null
}

/** Objects of a class, or what holds them; and where all of them were allocated, not only those of the page. */
export interface InstancesFound<Row> extends Rows<Row> {
  createdIn?: CreatedIn
  /** The heaviest stacks that allocated them, with the role `unknown`; only of a snapshot that was recorded with stacks. */
  stacks?: AllocationStack[]
}

export interface InstanceRow extends ObjectRow {
  /** Where it was allocated. */
  createdIn?: CreatedIn
}

/** A reference, and the object at its far end. */
export interface ReferenceRow extends ObjectRow {
  edge: { kind: string; name: string }
}

/** A reference to an object, and the object that has it. */
export interface RetainerRow extends ReferenceRow {
  /** With `ignore`: whether something leads from the root to that object without those ignored. */
  isHeld?: boolean
}

/** One step of a readable path. */
export interface PathRow {
  id: number
  /** The reference that leads to the object; `label` is how a person would write it. */
  edge: { kind: string; name: string; label: string }
  /** Class, as reports spell it. */
  className: string
  /** Class, as a person would say it. */
  label: string
  location: SourceLocation | null
  selfBytes: number
  retainedBytes: number
}

/** The objects that one path of names leads to. */
export interface HolderRow {
  /** Stands for the path; the same in every snapshot of a program. */
  key: string
  edge: { kind: string; name: string; label: string }
  /** Class, as reports spell it. */
  className: string
  /** Class, as a person would say it. */
  label: string
  /** Where the class or function is written; the file, for a module. */
  location: SourceLocation | null
  /** What the path begins at: a module's variables, `Module._cache`, the global object, a root of V8 or Node, or V8's own data. */
  origin: 'module' | 'exports' | 'global' | 'native' | 'transient' | 'runtime' | 'seep'
  /** Number of objects. */
  count: number
  /** Their own bytes, as V8 wrote them. */
  selfBytes: number
  /** Bytes of these and of all holders below. Each object counts in one holder, so these add up. */
  heldBytes: number
  hasChildren: boolean
  /** Id of one of the objects. */
  sampleId: number
}

/** A holder, and how it is reached. */
export interface HolderWithPath extends HolderRow {
  /** From the origin to the holder itself. Of more than 200 steps, the last. */
  path: HolderStep[]
  /** Where most of what its objects keep alive was allocated. */
  createdIn?: CreatedIn
}

/** A step to a holder. */
export interface HolderStep {
  /** Of the holder that it leads to. */
  key: string
  edge: { kind: string; name: string; label: string }
  /** Class, as reports spell it. */
  className: string
  /** Class, as a person would say it. */
  label: string
  location: SourceLocation | null
}

/** What may be too much in one snapshot. No two of them share bytes of the tree that each belongs to. */
export interface HeapSuspect {
  /**
   * `manyItems`: a holder with at least 16 objects, eight times as many as the one above it. `accumulation`: an object that keeps
   * much alive, of which no few objects below it have the most.
   */
  kind: 'manyItems' | 'accumulation'
  /** The objects, for `manyItems`. */
  holder: HolderRow | null
  /** The object, for `accumulation`. */
  object: ObjectRow | null
  className: string
  /** Number of objects. */
  count: number
  /** Bytes with everything that they hold, or keep alive. */
  bytes: number
  /** `bytes` as a share of the heap, 0 to 1. */
  fraction: number
  /** Readable path to the object, or to one of those of the holder. */
  path: PathRow[]
  /** Where most of what they keep alive was allocated. */
  createdIn?: CreatedIn
}

/** The biggest cells of a tree. */
export interface HeapTree {
  /** Bytes of what the cells are below, and of the cells. */
  totalBytes: number
  /** Its own bytes, which are in no cell. */
  selfBytes: number
  /** Each cell comes after the one above it. */
  rows: TreeCell[]
}

/** A cell of a tree. */
export interface TreeCell {
  /** Index of the cell above it in `rows`; null at the top. */
  parent: number | null
  /** Number of cells above it. */
  depth: number
  /** What it is called: a class, or for holders the names of a chain. Empty for the rest of others. */
  label: string
  className: string
  /** Id of the object, in the tree of dominators. */
  id: number | null
  /** Key of the holder, in the tree of holders. */
  key: string | null
  /** Bytes with the cells below. */
  bytes: number
  /** Bytes without them. */
  selfBytes: number
  /** Objects of the cell itself; of a chain of holders, those of the first. */
  count: number
  /** The `classId` of a class, if it stands for all its objects (eight or more) directly below one dominator; they are the cells in it. */
  classId: number | null
  /** Further objects or holders of a chain that the cell stands for. */
  folded: number
  /** If it stands for the cells that are left out below its parent, how many these are; otherwise 0. */
  others: number
  place: SourceLocation | null
}

/** Objects of a class, or some objects, that one holder has. */
export interface HeldRow extends HeldTotals {
  holder: HolderRow
  /** Labels of the path to the holder. */
  path: string[]
  /** Where most of its objects were allocated; only of `instances()`. */
  createdIn?: CreatedIn
}

export interface HeldTotals {
  /** The objects that are meant. */
  objects: number
  /** Their own bytes. */
  objectBytes: number
}

export interface ClassRow {
  /** Stands for the class while the heap is open. */
  classId: number
  className: string
  /** V8's node type. */
  kind: string
  /** Where it is written, if objects say so; null with `retained: false`. */
  location: SourceLocation | null
  count: number
  selfBytes: number
  /** Null with `retained: false`. */
  retainedBytes: number | null
  /** Of the nearest object; null with `retained: false`, and where nothing leads to one of them, as in DevTools. */
  distance: number | null
  /** Where most of its objects were allocated. */
  createdIn?: CreatedIn
}

export interface HeapSummary {
  path: string
  /** Size of the file; 0 for a pipe. */
  fileBytes: number
  nodeCount: number
  edgeCount: number
  classCount: number
  /** Retained size of the root. */
  totalBytes: number
  /** Objects that nothing leads to. */
  unreachableCount: number
  unreachableBytes: number
  /** Objects of which DevTools has recorded the stacks of their allocation; left out if there are none. */
  recorded?: RecordedObjects
  /** DevTools' statistics, in bytes. */
  statistics: Record<string, number>
  /** The root and what it refers to, by retained size; 20 at most. */
  specialNodes: ObjectRow[]
  /** The origins that hold most; 20 at most. */
  holders: HolderRow[]
}

export interface HeapObject extends ObjectRow {
  dominatorId: number
  /** Where its class or function is written. */
  location: SourceLocation | null
  /** The path by which a person knows it, from a module or another origin. */
  path: PathRow[]
  /** A shortest path from the root; empty if nothing leads to it. */
  shortestPath: ReferenceRow[]
  /** Steps left out in the middle of the shortest path. */
  omittedSteps: number
  /** Its references; `limit` and `sort` apply to these. */
  fields: Rows<ReferenceRow>
  /** References to it, including weak ones. */
  retainerCount: number
  /** What a string says, if the heap was opened with `contents`; otherwise null. */
  text: string | null
  /** Functions on the stack by which it was allocated, from the innermost; null if DevTools has not recorded it. */
  stack: StackFrame[] | null
  /** The function of the program, or of a package, on that stack that created it; null if there is none. */
  createdIn: StackFrame | null
}

export interface HeapPath {
  id: number
  /** From the root to the object; empty if there is no such path. */
  steps: ReferenceRow[]
  /** Steps left out in the middle. */
  omittedSteps: number
  /** Whether the search ended before it was certain that there is no path. */
  gaveUp: boolean
}

export interface DominatorRows<Row> extends Rows<Row> {
  /** The object above them. */
  node: ObjectRow
  /** Objects that are not in `rows`, together. */
  others: { count: number; retainedBytes: number }
}

export interface DominatorRow extends ObjectRow {
  location: SourceLocation | null
  /** Further objects of the chain that the row stands for. */
  folded: number
  /** Id of the chain's last object, to ask for the children of. */
  endId: number
  hasChildren: boolean
}

/** The objects of one class directly below another in the dominator tree. */
export interface ClassBelowRow {
  classId: number
  className: string
  count: number
  selfBytes: number
  retainedBytes: number
  /** The object, where it is the only one; otherwise null. */
  only: DominatorRow | null
}

export interface StringTotals {
  /** Copies beyond the first of each string, in the whole heap. */
  extraCopies: number
  /** Their bytes. */
  wastedBytes: number
}

/** A holder of duplicate strings. */
export interface StringHolderRow {
  holder: HolderRow
  /** Labels of the path to the holder. */
  path: string[]
  /** Copies that it has. */
  copies: number
  /** Different strings among them. */
  distinct: number
  selfBytes: number
  /** Its part in the bytes that all copies waste. */
  wastedBytes: number
}

/** A duplicate string of one holder. */
export interface StringRow {
  /** Id of one of the copies. */
  sampleId: number
  /** Copies that the holder has. */
  copies: number
  /** Copies in the whole heap. */
  allCopies: number
  selfBytes: number
  /** The part of these copies in the bytes that all copies waste. */
  wastedBytes: number
  /** What it says, if the heap was opened with `contents`; otherwise null. */
  text: string | null
}

export interface FindResult {
  /** Found by an expression; empty if there were only words. */
  objects: Rows<ObjectRow>
  /** Found by words. */
  classes: Rows<ClassRow>
  /** Found by words in their own name, class or file. */
  holders: Rows<HeldRow>
}

export interface WhatIfResult {
  /** The objects that are meant and in the snapshot. */
  objects: number
  /** Those of them that no other of them holds. */
  outermost: number
  /** Bytes that would be freed at least. What several of them keep alive together is not included. */
  freedBytes: number
  /** `freedBytes` as a share of the whole heap, 0 to 1. */
  share: number
}

/** The files of a comparison, the open heap last. */
export interface ComparedFiles {
  files: { path: string; nodeCount: number; selfBytes: number }[]
}

/** A class in several heaps, with a number per file. */
export interface ClassSeries {
  className: string
  counts: number[]
  selfBytes: number[]
}

/** A holder in several heaps, with a number per file. */
export interface HolderSeries extends HeldRow {
  counts: number[]
  heldBytes: number[]
}

/** Figures of several heaps. */
export interface HeapComparison extends ComparedFiles {
  /** Classes, matched by name. */
  classes: Rows<ClassSeries>
  /** Holders of the open heap, matched by key. */
  holders: Rows<HolderSeries>
}

/**
 * For test runners: calls `fn` in rounds, captures the heap after each, and rejects if something keeps growing with the
 * calls. Needs no `--expose-gc`. Objects that the test runner keeps do not count.
 *
 * Takes several seconds on a busy machine, so give the test its own timeout. Other code that runs in the process
 * meanwhile counts too, so do not run it concurrently with other tests in the same process. The only environment variable
 * that matters is `SEEP_ENABLED`.
 *
 * Rejects with an `AssertionError` (`ERR_ASSERTION`) whose message explains the leaks, and whose `leaks` property has their
 * reports; with the code of a skip, such as `ERR_DISABLED`, if the heap cannot be captured; with the error that `fn` throws;
 * or with a `TypeError` or `RangeError` (`ERR_INVALID_ARG_*`) for invalid arguments.
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
   * Minimum number of rounds. If growth is not yet confirmed after these, there are up to three times as many.
   *
   * An integer from 3 to 1000 (rounds).
   *
   * @default 5
   */
  rounds?: number | undefined
  /**
   * Calls of `fn` per round, one after the other. More calls reveal smaller leaks.
   *
   * An integer from 1 to 1000000 (calls in each round).
   *
   * @default 100
   */
  calls?: number | undefined
  /**
   * Minimum growth, across all rounds, that makes the test fail.
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
  /** Returns true for leaks that do not count. */
  ignore?: ((leak: LeakReport) => boolean) | undefined
}

/** The error of a leak that `expectNoLeak()` found. */
export interface LeakAssertionError extends AssertionError {
  operator: 'expectNoLeak'
  /** Worst first. */
  leaks: LeakReport[]
}

export interface LeakDetectorEvents {
  /** A leak was confirmed, or is still confirmed after its cool-down or at a `check()`. */
  leak: [report: LeakReport]
  /**
   * A check with a verdict found that a leak that was emitted is neither confirmed nor suspected any more, or reports it under
   * another `id` (`replacedBy`). The argument is its last report. Comes before the `check` event.
   */
  resolved: [report: LeakReport]
  /** A round ended with a verdict. Its `snapshot` and `cost` are null if it was reached without one; there is a `skip` event, too. */
  check: [report: CheckReport]
  /** A round was not run or not completed, or the snapshot file for `SEEP_SNAPSHOT_SIGNAL` was not written. */
  skip: [report: SkipReport]
  /** Memory outside the JavaScript heap grows (`isGrowth`), or still does after the cool-down or at a `check()`. */
  'memory-growth': [report: NativeGrowthReport]
  /** At the present rate, memory runs out in less than `exhaustionMs`, or still does after the cool-down or at a `check()`. */
  exhaustion: [report: MemoryExhaustion]
  /** The detector has stopped and released everything. */
  stop: []
}

/** Messages on the channels of `node:diagnostics_channel`, from every detector in the thread. */
export interface ChannelMessages {
  'seep:leak': { detector: LeakDetector; leak: LeakReport }
  'seep:resolved': { detector: LeakDetector; resolved: LeakReport }
  'seep:check': { detector: LeakDetector; check: CheckReport }
  'seep:skip': { detector: LeakDetector; skip: SkipReport }
  'seep:memory-growth': { detector: LeakDetector; memoryGrowth: NativeGrowthReport }
  'seep:exhaustion': { detector: LeakDetector; exhaustion: MemoryExhaustion }
}

/** Options that are not given come from the environment (`SEEP_*`), or else from the default. */
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
   * Which rounds capture. `'always'`: every round. `'growth'`: the first `minChecks + 1` rounds after start-up; after
   * that, only rounds in which a memory floor has risen since the last capture and keeps rising, and, at increasing
   * intervals, rounds that confirm or refute a suspect or find out whether a leak has ended.
   *
   * Environment: `SEEP_GATE`.
   *
   * @default 'growth'
   */
  gate?: 'growth' | 'always' | undefined
  /**
   * How the heap is captured. `'walk'`: a forked child reads it while the process continues. `'fork'`: V8 writes it in a
   * forked child. `'inline'`: V8 writes it in the process, which is paused meanwhile. `'auto'`: the first of these that is
   * safe here; in-process only where forking is impossible.
   *
   * Environment: `SEEP_CAPTURE`.
   *
   * @default 'auto'
   */
  capture?: 'auto' | 'walk' | 'fork' | 'inline' | undefined
  /**
   * Whether V8 samples allocations, so that the report of a leak names the code that created the leaked objects and the
   * code that stored them. `'auto'`: while something grows or memory rises, until the stacks of everything that grows are
   * known; `'off'`: never; `'always'`: from the first round to `stop()`.
   *
   * Environment: `SEEP_ALLOCATIONS`.
   *
   * @default 'auto'
   */
  allocations?: 'auto' | 'off' | 'always' | undefined
  /**
   * Whether calls of `malloc` are sampled while native code's memory grows, so that the report names the native functions
   * that allocate it. `'auto'`: from the reading that finds such growth until it has ended; `'off'`: never. Only on Linux
   * x64 with the GNU C library.
   *
   * Environment: `SEEP_NATIVE_STACKS`.
   *
   * @default 'off'
   */
  nativeStacks?: 'auto' | 'off' | undefined
  /**
   * Maximum event-loop pause of a capture. A capture whose estimate is higher is skipped.
   *
   * An integer from 1 to 2147483647 (milliseconds). Environment: `SEEP_MAX_PAUSE_MS`.
   *
   * @default 500
   */
  maxPauseMs?: number | undefined
  /**
   * Maximum share of the free memory (of the control group or the machine) that a capture may use. A capture whose
   * estimate is higher is skipped, and a child that reaches it exits at once. At least 32 MiB stay free. Unless it is set,
   * a walk may use more, if enough is left for the program.
   *
   * A number from 0.01 to 1.
   *
   * @default 0.5
   */
  maxHeadroomFraction?: number | undefined
  /**
   * CPU time that captures may use per day. It includes forked children, seep's own thread, and failed captures. Once it
   * is spent, rounds with `gate: 'growth'` are skipped; `check()` and `writeSnapshot()` count towards it but are never
   * skipped.
   *
   * An integer from 1000 to 2^53 - 1 (milliseconds). Environment: `SEEP_MAX_DAILY_CPU_MS`.
   *
   * @default 300_000
   */
  maxDailyCpuMs?: number | undefined
  /**
   * Minimum number of intervals between snapshots in which something must have grown before it is a confirmed leak. A
   * verdict needs one snapshot more than that.
   *
   * An integer from 2 to 1000 (snapshots). Environment: `SEEP_MIN_CHECKS`.
   *
   * @default 3
   */
  minChecks?: number | undefined
  /**
   * Minimum growth, across all snapshots compared, for a confirmed leak. Half of it makes a suspect.
   *
   * An integer from 0 to 2^53 - 1 (bytes). Environment: `SEEP_MIN_GROWTH_BYTES`.
   *
   * @default 65_536
   */
  minGrowthBytes?: number | undefined
  /**
   * Time during which an emitted leak is not emitted again.
   *
   * An integer from 0 to 2^53 - 1 (milliseconds). Environment: `SEEP_COOLDOWN_MS`.
   *
   * @default 3_600_000
   */
  cooldownMs?: number | undefined
  /**
   * Time left until memory runs out, at the present rate, below which an `exhaustion` event is emitted; 0 for never. It
   * runs out at the limit of the control group, or of the JavaScript heap, whichever comes first.
   *
   * An integer from 0 to 2^53 - 1 (milliseconds). Environment: `SEEP_EXHAUSTION_MS`.
   *
   * @default 3_600_000
   */
  exhaustionMs?: number | undefined
  /**
   * Whether free memory that the allocator of the GNU C library keeps is returned to the system after each capture
   * (`malloc_trim`), on a background thread. Code that allocates meanwhile waits, for about 80 ms per GB of fragmented
   * memory.
   *
   * Environment: `SEEP_TRIM_MEMORY`.
   *
   * @default false
   */
  trimMemory?: boolean | undefined
  /**
   * Time after `start()` during which no round captures. Snapshots that a `check()` takes meanwhile are ignored
   * afterwards.
   *
   * An integer from 0 to 2147483647 (milliseconds). Environment: `SEEP_WARMUP_MS`.
   *
   * @default 0
   */
  warmUpMs?: number | undefined
  /**
   * Leaks that are neither emitted nor reported. A string matches a fingerprint, a class, the container's name or a
   * package on the path. A regular expression is tested against each of these. A function returns true for a leak to
   * ignore.
   *
   * Environment: `SEEP_IGNORE`.
   *
   * @default []
   */
  ignore?: readonly (string | RegExp | ((leak: LeakReport) => boolean))[] | undefined
  /**
   * Whether the names of variables, properties and functions are replaced by stable hashes in reports, events, logs,
   * pages, metrics and files. Names of classes and files stay, and so do fingerprints and patterns. Heap snapshots are not
   * redacted.
   *
   * Environment: `SEEP_REDACT_NAMES`.
   *
   * @default false
   */
  redactNames?: boolean | undefined
  /** Stops the detector when aborted. */
  signal?: AbortSignal | undefined
  /**
   * Where events are logged. `'json'`: JSON lines on stderr. `'pretty'`: text on stderr. An object: its methods `warn`
   * (leaks, skips), `info` (checks) and `debug` (rounds held back by the gate), as in pino. A `Console` receives text,
   * without the rounds held back, since it shows every level.
   *
   * Environment: `SEEP_LOG`.
   *
   * @default false
   */
  logger?: Logger | 'json' | 'pretty' | false | undefined
  /**
   * Whether the process listens on a Unix socket in a private folder, through which its user can ask what seep knows
   * (`seep ps`, `seep check`, `seep leaks`, `seep snapshot`, `seep open`, `seep top`). It opens no port.
   *
   * Environment: `SEEP_SOCKET`.
   *
   * @default false
   */
  socket?: boolean | undefined
  /**
   * Folder to which each confirmed leak is also written, as a JSON file and as a self-contained HTML page. Both have mode
   * 0600.
   *
   * Environment: `SEEP_REPORT_DIR`.
   */
  reportDir?: string | undefined
}

/** Takes the object first, like pino. */
export interface Logger {
  warn(fields: object, message: string): void
  info?(fields: object, message: string): void
  debug?(fields: object, message: string): void
}

/** The result of a round. */
export interface CheckReport {
  schemaVersion: 1
  /**
   * - `leak`: at least one leak is confirmed
   * - `suspected`: something is growing, but not yet for `minChecks` intervals
   * - `healthy`: there are enough snapshots, and nothing grows
   * - `native-growth`: memory grows outside the JavaScript heap
   * - `insufficient-data`: there are fewer snapshots than a verdict needs (`minChecks + 1`)
   * - `skipped`: the round ended without a snapshot, and nothing is known without one
   *
   * `leak` and `suspected` also occur without a snapshot, if live allocation samples show what grows.
   */
  verdict: 'leak' | 'suspected' | 'healthy' | 'native-growth' | 'insufficient-data' | 'skipped'
  /** All confirmed leaks, worst first. */
  leaks: LeakReport[]
  /** Suspected leaks: growing, but not yet for `minChecks` intervals. */
  suspects: LeakReport[]
  /** Leaks of earlier rounds that have stopped growing or disappeared, as last reported. Each is listed once. */
  resolved: LeakReport[]
  /** Breakdown of the heap's growth since the oldest snapshot compared; null before there are two snapshots. */
  growth: HeapGrowth | null
  /** Growth outside the JavaScript heap, whatever the verdict; null if there is none. Null for files. */
  native: NativeGrowthReport | null
  /**
   * Up to 20 classes that have grown since the first snapshot, by bytes added. Not a verdict: classes also grow during
   * warm-up.
   */
  classes: ClassGrowth[]
  /** Why there is no snapshot; null if there is one. Its message says whether allocation samples were judged instead. */
  skip: SkipReport | null
  snapshot: SnapshotFigures | null
  cost: CheckCost | null
  /** Memory of the process when the round began. */
  memory: MemoryFigures | null
  /** Time at which the round ended, ISO 8601. */
  at: string
}

/** Growth of the reachable heap, in bytes; negative if it has shrunk. The last three add up to the first. */
export interface HeapGrowth {
  heapBytes: number
  /** Part explained by the leaks and suspects. */
  explainedBytes: number
  /** Part that belongs to V8 (code, hidden classes, feedback) and to seep. */
  engineBytes: number
  /** The rest. If it keeps growing, it becomes a suspect and then a leak of kind `unlocated`. */
  unexplainedBytes: number
}

/** The name of an object's class. */
export interface ClassName {
  /** Constructor name, or the kind of a string, closure or array. Stable, for comparison: `closure tick`. */
  className: string
  /** The same for display: `function tick()`. */
  label: string
}

/** A class that has grown since the first snapshot, whatever holds its objects. */
export interface ClassGrowth extends ClassName {
  /** Current number of objects. */
  count: number
  /** Sum of their own sizes, in bytes. */
  selfBytes: number
  /** Change in the number of objects since the first snapshot; may be negative. */
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

/** Cost of one round. */
export interface CheckCost {
  capture: 'walk' | 'fork' | 'inline'
  /** Why the heap was not walked although that was wanted; otherwise null. */
  notWalked: string | null
  /** Event-loop pause, in milliseconds. */
  pauseMs: number
  /** From the start of the capture to its last byte, in milliseconds. */
  captureMs: number
  /** From the last byte to the verdict, in milliseconds. */
  analysisMs: number
  /** Peak memory of the analysis, in bytes. */
  peakAnalysisBytes: number
  /** Number of capture attempts; more than one if V8's helper threads were busy at the first. */
  attempts: number
  /** Cost of the forked child; null if there was none. */
  child: {
    /** CPU time, in milliseconds. */
    cpuMs: number
    /** Peak private memory, in bytes: its own pages, and copied ones. */
    privateBytes: number
    /**
     * Memory of the process that was copied while the child lived, in bytes; an upper bound. Null if the system uses huge
     * pages by default, because it is counted by page faults.
     */
    copiedBytes: number | null
    /** Before the fork, off the event loop: finding V8's memory and making it available to the child, in milliseconds. */
    scanMs: number
    /** Part of `pauseMs`: making memory that was mapped since then available. */
    lendMs: number
    /** Part of `pauseMs`: the `fork` system call. */
    forkMs: number
    /** After the fork, off the event loop: excluding that memory from other children again. */
    restoreMs: number
  } | null
  /** CPU time of seep's own thread for the round, in milliseconds; null if the system does not report it. */
  analysisCpuMs: number | null
  /** Estimate made before the capture. */
  estimate: {
    /** Objects; the actual number is `snapshot.nodes`. */
    nodes: number
    /** Memory, in bytes; the actual use is `child.privateBytes` plus `peakAnalysisBytes`. */
    bytes: number
    /** Event-loop pause, in milliseconds; the actual pause is the outer `pauseMs`. */
    pauseMs: number
  }
}

/** Memory of the process, mostly as in `process.memoryUsage()`. */
export interface MemoryFigures {
  /** Resident set size. */
  rssBytes: number
  /** Used JavaScript heap, including garbage. */
  heapUsedBytes: number
  /** Memory that the JavaScript heap has from the system, used or not. */
  heapTotalBytes: number
  /** Memory outside the heap that JavaScript objects keep. */
  externalBytes: number
  /** Part of `externalBytes`. */
  arrayBuffersBytes: number
  /** Lowest used heap since the last capture; before `start()`, the current one. */
  floorBytes: number
  /** Limit of the heap's old generation (`--max-old-space-size`); null if unknown. */
  heapLimitBytes: number | null
  /** Whether there was a major collection since the previous round; without one, the figures include garbage. */
  collected: boolean
}

/**
 * Why a round was skipped, or the file for `SEEP_SNAPSHOT_SIGNAL` not written. docs/api.md explains each code, and
 * docs/operating.md what to do. More codes may be added.
 */
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

/** `error.code` of errors that seep throws or rejects with; see `SkipCode`. More codes may be added. */
export type ErrorCode =
  | 'ERR_INVALID_ARG_TYPE'
  | 'ERR_INVALID_ARG_VALUE'
  | 'ERR_HEAP_CLOSED'
  | 'ERR_MISSING_PEER'
  | 'ERR_NO_ALLOCATIONS'
  | SkipCode

/** An error that seep throws or rejects with. */
export interface SeepError extends Error {
  code: ErrorCode
  /** Byte offset of the problem in a snapshot file. */
  offset?: number
  /** The snapshot file concerned. */
  path?: string
}

/** A round that was not run or not completed, or a snapshot file requested by a signal that was not written. */
export interface SkipReport {
  /** Stable. */
  code: SkipCode
  /** For people; not stable. */
  message: string
  /** ISO 8601 */
  at: string
}

/** Describes something that grows, what holds it, and where to look. Contains no string contents or source text of the heap. */
export interface LeakReport {
  schemaVersion: 1
  /** Fingerprint: the same leak has the same id in every process and release. */
  id: string
  verdict: 'leak' | 'suspected'
  kind: LeakKind
  /** One line: what grows, where, how fast. */
  title: string
  /** The object that holds the growing items. */
  container: ClassName & {
    /** Its variable or property name. */
    name: string | null
    /** Retained size: bytes that would be freed with it. */
    retainedBytes: number
    location: SourceLocation | null
  }
  /** The objects that accumulate in it. */
  items: ClassName & {
    count: number
    /** Number of items added since the first snapshot of the growth. */
    addedCount: number
    /** Bytes that only the items keep alive: fixing the leak frees at least this much. */
    exclusiveBytes: number
    /** Up to three classes that each item brings with it, most bytes first. */
    consistsOf: (ClassName & { addedCount: number; addedBytes: number })[]
    location: SourceLocation | null
  }
  growth: {
    /** Number of snapshots in which it grew. */
    checks: number
    /** Items in each snapshot, oldest first. */
    counts: number[]
    /** Bytes that the items keep alive in each snapshot, oldest first. */
    retainedBytes: number[]
    bytesPerHour: number
    /** Bytes that each HTTP request to the program's servers leaves behind; null if it does not grow in proportion to them. */
    bytesPerRequest: number | null
    /** ISO 8601 */
    firstSeen: string
  }
  /** Path from a recognizable root (module, global, timer list ...) to one leaked item, or on to the function that keeps it. */
  path: PathStep[]
  /** The path as a readable tree. */
  pathText: string
  /** What to look at, in one or two sentences. */
  advice: string
  /** Id of the known structure that it matches, such as `promise-reactions` (docs/verdict.md lists them), or null. */
  pattern: string | null
  /** 0 to 1. */
  confidence: number
  /** Sentences that support the verdict of a leak, and sentences that speak against it or for waiting. */
  evidence: { for: string[]; against: string[] }
  /** Which code created the leaked objects and which stored them, if that was sampled. */
  allocations: LeakAllocations | null
  /** Why `allocations` is null: a stable code. Null if it is not. */
  allocationsReason: AllocationsReason | null
  /** In `resolved`, if a snapshot has shown the holder of a leak that had none: the `id` under which it is reported now. */
  replacedBy?: string
}

/**
 * `ALLOCATIONS_OFF`: sampling is switched off. `ALLOCATIONS_NOT_SAMPLED`: nothing was sampled before this capture.
 * `ALLOCATIONS_NOT_LINKED`: none of the samples belongs to an object of the leak. `ALLOCATIONS_NOT_WALKED`: V8 wrote the
 * snapshot in a child, and no samples grow. `ALLOCATIONS_UNAVAILABLE`: V8's sampler cannot be used here (`status().allocations.why` has the reason).
 */
export type AllocationsReason =
  | 'ALLOCATIONS_OFF'
  | 'ALLOCATIONS_NOT_SAMPLED'
  | 'ALLOCATIONS_NOT_LINKED'
  | 'ALLOCATIONS_NOT_WALKED'
  | 'ALLOCATIONS_UNAVAILABLE'

/**
 * What a sampled object is to a leak: an item, a store of items (a table, the elements of a list, an entry), or part of the
 * contents of items. `unknown` with the source `growth`.
 */
export type AllocationRole = 'item' | 'store' | 'content' | 'unknown'

/** Sampled allocations of the objects of a leak. */
export interface LeakAllocations {
  /**
   * `linked`: each sample is an object of the leak. `growth`: the live samples of these stacks grow, but no snapshot shows
   * which objects they are. Several leaks of one report then have the same stacks.
   */
  source: 'linked' | 'growth'
  /** `own`: seep sampled. `shared`: another profiler in the process did, and its samples were read. */
  sampler: 'own' | 'shared'
  /** Number of samples. */
  samples: number
  /** Average distance between two samples, in allocated bytes. */
  intervalBytes: number
  /**
   * The function of the program in which, or in what it calls, most of the items are created. If no sample says that, or
   * only a package does, the one that creates most of their contents; `role` is `'content'` then.
   */
  createdIn: StackPlace | null
  /** The function of the program in which, or in what it calls, most of the stores are allocated. */
  storedIn: StackPlace | null
  /**
   * Up to ten stacks: of items, of stores, of contents, each by bytes. First come those with the program's own code, last
   * those with neither that nor packages.
   */
  stacks: AllocationStack[]
}

/** A stack from which objects were allocated. */
export interface AllocationStack {
  role: AllocationRole
  /** Share of the bytes of this role. */
  share: number
  /** Number of samples; of objects, in a snapshot that was recorded with stacks. */
  samples: number
  /** Estimate of the bytes that these samples represent. */
  bytes: number
  /** Whether the stack begins where a function continued after an `await`; its callers are not known. */
  cutByAwait: boolean
  /** From the function that allocated to the outermost caller in the program. */
  frames: StackFrame[]
}

/** A function on a stack. Its location is where the function begins. */
export interface StackFrame extends SourceLocation {
  kind: 'app' | 'package' | 'node' | 'engine'
}

/** The function that allocates most of something. */
export interface StackPlace extends StackFrame {
  role: AllocationRole
  /** Share of the bytes of this role. */
  share: number
  /** Number of samples. */
  samples: number
}

/**
 * The function that allocated most of some objects, in a snapshot that DevTools has recorded with the stacks of allocations;
 * left out if no stack of theirs has one of the program or of a package.
 */
export interface CreatedIn extends StackFrame {
  /** Share of the bytes of those objects whose stack was recorded. */
  share: number
  /** Number of objects that it allocated. */
  count: number
  /** Their own bytes. */
  bytes: number
}

/** Objects of which the stack of their allocation is known. */
export interface RecordedObjects {
  count: number
  selfBytes: number
}

/** Whether allocations are sampled now, and what sampling has cost so far. */
export interface AllocationStatus {
  sampling: boolean
  /** `own`: seep samples. `shared`: another profiler does. */
  sampler: 'own' | 'shared' | null
  intervalBytes: number | null
  /** The reason for sampling or not sampling, in words. */
  why: string
  /** Samples that V8 has taken for seep, up to the last capture. */
  samples: number
  /** Estimate of the CPU time of these samples, in milliseconds. */
  cpuMs: number
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

/** Growth outside the JavaScript heap. docs/native.md explains the kinds. */
export interface NativeGrowthReport {
  /**
   * What kind of memory it is:
   * - `array-buffers`: `ArrayBuffer`s that objects hold
   * - `waiting`: memory that rises until V8 collects garbage, and falls then; no leak
   * - `wasm`: WebAssembly memories
   * - `external`: other memory that V8 counts, as contents of big strings, and that JavaScript objects hold
   * - `allocations`: memory that native code has allocated and not freed
   * - `fragmentation`: memory that the allocator keeps although it is free
   * - `threads`: threads
   * - `mapped-files`: mapped files
   * - `mappings`: mappings that a library has made for itself
   * - `handles`: handles and requests of the event loop
   * - `heap-free`: memory that V8 has taken from the system and does not use; no leak
   * - `resident`: resident memory of unknown kind
   */
  kind: NativeKind
  /** Whether it grows without an end in sight. Otherwise it only explains where memory is. */
  isGrowth: boolean
  /** The counter of the process that shows it. */
  counter: 'arrayBuffers' | 'external' | 'resident'
  /** One line: what grows, and how fast. */
  title: string
  /** Its values while it grew, oldest first, in bytes. */
  bytes: number[]
  /** The number of threads, mappings or handles at these times; null for other kinds. */
  counts: number[] | null
  /** Number of readings of the memory in which it grew. */
  checks: number
  /** Slope of `bytes` over time. */
  bytesPerHour: number
  /** What exactly grows, worst first: names of threads, files, types of handles, holders. */
  culprits: string[]
  /** Why it is taken for this kind. */
  evidence: string[]
  /** What to do about it. */
  advice: string
  /**
   * Where live memory was allocated since this growth was found, most first; empty unless `nativeStacks` is `'auto'` and the
   * memory is that of native code. At most 10.
   */
  stacks: NativeStack[]
}

/** Live memory that native code has allocated on one stack. */
export interface NativeStack {
  /** An estimate of the memory that is alive. */
  bytes: number
  /** How many samples that is an estimate from. */
  samples: number
  /** The callers of the allocator, the innermost first; empty if they are not known. */
  frames: NativeFrame[]
}

/** A function on a native stack. */
export interface NativeFrame {
  /** Its name, without parameters; null if its file has no name for it. */
  function: string | null
  /** The program's or library's file, after its npm package if it is in one: `sharp sharp.node`. */
  module: string
}

export type NativeKind =
  | 'array-buffers'
  | 'waiting'
  | 'wasm'
  | 'external'
  | 'allocations'
  | 'fragmentation'
  | 'threads'
  | 'mapped-files'
  | 'mappings'
  | 'handles'
  | 'heap-free'
  | 'resident'

/** Where the resident memory of the process is. The `parts` add up to `rssBytes`; the rest says more about single parts. */
export interface MemoryAccount {
  schemaVersion: 1
  /** When it was read, ISO 8601. */
  at: string
  /** Resident set size. */
  rssBytes: number
  /** Its parts, which add up to it. */
  parts: MemoryParts
  /** V8's figures of the heap of this thread, by space. */
  spaces: HeapSpaceFigures[]
  /** What Node counts for this thread, resident or not. */
  external: {
    /** `process.memoryUsage().arrayBuffers`. */
    arrayBuffersBytes: number
    /** `process.memoryUsage().external` without the former. */
    otherBytes: number
  }
  /** The allocator of native code. */
  allocator: AllocatorFigures
  /** Threads of the process by name, most first. */
  threads: Counted[]
  /** Up to 20 mapped files that are neither programs nor libraries, biggest first. */
  files: MappedFile[]
  /** Active handles and requests of this thread's event loop by type (`process.getActiveResourcesInfo()`), most first. */
  handles: Counted[]
  /** Memory of the process that is swapped out. */
  swapBytes: number | null
  /** The kernel's page tables for the process. Not part of `rssBytes`. */
  pageTablesBytes: number | null
  /** What the control group counts; null without one. */
  group: GroupMemory | null
  /** How long it took to read, in milliseconds, off the event loop. */
  tookMs: number
}

/** Resident memory by what it is, in bytes. */
export interface MemoryParts {
  /** Pages of V8's heaps, Workers' included: objects, garbage and what is free between them. */
  heapBytes: number
  /** WebAssembly memories. */
  wasmBytes: number
  /** Contents of `ArrayBuffer`s and `Buffer`s. */
  arrayBuffersBytes: number
  /** Other memory that V8 counts, as contents of big strings. */
  externalBytes: number
  /** The rest of what the allocator has handed out; null if the allocator reports nothing. */
  allocatedBytes: number | null
  /** What the allocator keeps although it is free; null if it reports nothing. */
  allocatorFreeBytes: number | null
  /** Stacks of threads. */
  stacksBytes: number
  /** Programs and libraries. */
  imagesBytes: number
  /** Other mapped files. */
  filesBytes: number
  /** Memory that is shared between processes. */
  sharedBytes: number
  /** What seep holds for a capture or its analysis. */
  seepBytes: number
  /** Everything else: mappings that a library has made for itself, and the allocator's memory where it reports nothing. */
  unattributedBytes: number
}

/** A space of V8's heap. */
export interface HeapSpaceFigures {
  /** V8's name: `old_space`. */
  name: string
  /** Taken by objects, garbage included. */
  usedBytes: number
  /** Taken from the system. */
  committedBytes: number
  /** Taken from the system and not used by objects. */
  freeBytes: number
}

/** The allocator of native code, and what it reports. */
export interface AllocatorFigures {
  name: 'glibc' | 'musl' | 'jemalloc' | 'mimalloc' | 'tcmalloc' | 'unknown'
  /** Handed out, resident or not. */
  usedBytes: number | null
  /** Kept although it is free, resident or not. */
  freeBytes: number | null
  /** Part of `usedBytes` with mappings of its own. */
  mappedBytes: number | null
  arenas: number | null
  /** When it was asked, or its figures were estimated, ISO 8601. */
  at: string | null
  /** Why it reports nothing, or why its figures are an estimate; otherwise null. */
  why: string | null
}

/** How many there are of one name or type. */
export interface Counted {
  name: string
  count: number
}

export interface MappedFile {
  /** Its path. */
  file: string
  /** Mapped, resident or not. */
  mappedBytes: number
  /** How often it is mapped. */
  mappings: number
}

/** Memory as a control group counts it: what a container's limit applies to. */
export interface GroupMemory {
  /** Version of control groups: 1 or 2. */
  version: number
  /** The tightest limit above the process; null if there is none. */
  limitBytes: number | null
  /** In use, the page cache included. */
  usedBytes: number
  /** In use without the page cache that the kernel can drop (`inactive_file`): what Kubernetes evicts by. */
  workingSetBytes: number
  /** Anonymous memory of all its processes. */
  anonymousBytes: number | null
  /** Page cache. */
  cacheBytes: number | null
  /** The kernel's own: page tables, slabs, sockets. */
  kernelBytes: number | null
  /** Swap in use. */
  swapBytes: number | null
}

/** When memory runs out at the present rate. */
export interface MemoryExhaustion {
  /**
   * What runs out first: the memory of the control group (the kernel ends a process of the container), of the JavaScript heap
   * (Node ends with "heap out of memory"), or of the machine.
   */
  limit: 'group' | 'heap'
  limitBytes: number
  /** What counts toward the limit now. */
  usedBytes: number
  /** How fast that grows; 0 or less if it does not. */
  bytesPerHour: number
  /** Time until the limit is reached, in milliseconds; null if it does not grow. */
  leftMs: number | null
}

/** One reference of a path, and the object that it leads to. */
export interface PathStep extends ClassName {
  /**
   * `kind` is V8's kind of reference, or `root`; `name` the property, variable or slot; `label` the same as in code:
   * `.next`, `[…]`.
   */
  edge: { kind: string; name: string; label: string }
  /** V8's kind of object. */
  nodeKind: string
  location: SourceLocation | null
  /** Whether this reference is where the leak is most likely to be fixed. */
  suspect: boolean
}

/** A place in the source. Lines and columns are 1-based. */
export interface SourceLocation {
  file: string | null
  line: number | null
  column: number | null
  functionName: string | null
  /** For display: `src/cart.js:12:3`, with enough of the path to distinguish files; null if there is no file. */
  label: string | null
}

/** How captures are taken. */
export interface CaptureStatus {
  /**
   * How the next capture is attempted first: the cheapest way that is allowed and works. Null if `options.capture` rules
   * out all of them.
   */
  way: 'walk' | 'fork' | 'inline' | null
  /** Why the heap is not walked although that is wanted; otherwise null. */
  notWalked: string | null
  /** Walks that produced a snapshot. */
  walks: number
  /** Walks that were discarded; V8 then wrote in the same round, unless `options.capture` is `'walk'`. */
  failedWalks: number
  /** Whether walks are switched off, because three in a row failed. */
  walksAreOff: boolean
}

export interface DetectorStatus {
  schemaVersion: 1
  enabled: boolean
  disabledReason: string | null
  state: 'idle' | 'watching' | 'stopped' | 'disabled'
  /** Whether a round is running or pending. */
  checking: boolean
  /** Options in effect, from code, environment and defaults; null if disabled. */
  options: Record<string, string | number | boolean | null | string[]> | null
  /** Lowest used heap since the last capture, in bytes; null before `start()`. */
  floorBytes: number | null
  /** Growth since the last capture, as last seen by the gate; null if there is none. */
  growth: {
    /** The floor: the old generation of the heap, ArrayBuffers, other external memory, or the rest of the resident memory. */
    signal: 'heap' | 'arrayBuffers' | 'external' | 'resident'
    /** Growth since the last capture. */
    bytes: number
    /** The same as a share of the floor. */
    share: number
    /** Slope, in bytes from one round to the next. */
    perWindow: number
  } | null
  /** Remainder of `maxDailyCpuMs`; negative if the last capture overdrew it. Null if disabled. */
  cpuMsLeftToday: number | null
  /** Null before the first round that captures, and if disabled. */
  capture: CaptureStatus | null
  /** Null before the first round that captures, and if disabled. */
  allocations: AllocationStatus | null
  /** The socket of the option `socket`, shared by the detectors of a thread; null without the option. */
  socket: {
    /** Null after `stop()`, and if there is none. */
    path: string | null
    /** Why there is none. */
    problem: string | null
  } | null
  /** The last account of the memory, read at a round or while one was held back; null before that, and if disabled. */
  memory: MemoryAccount | null
  /** What it showed to grow outside the JavaScript heap; null if nothing does. */
  native: NativeGrowthReport | null
  /** When memory runs out at the present rate; null if no limit is known, or too few readings. */
  exhaustion: MemoryExhaustion | null
  /** ISO 8601; null before `start()`. */
  startedAt: string | null
  /** Rounds that began. */
  rounds: number
  /** Rounds that took a snapshot. */
  captures: number
  /** `leak` events; a leak that is emitted again after its cool-down counts again. */
  leaks: number
  /** `resolved` events. */
  resolved: number
  /** Total event-loop pause of all captures, in milliseconds. */
  pauseMs: number
  /** Number of skipped rounds, by code. */
  skips: Partial<Record<SkipCode, number>>
  /** The last round with a verdict. */
  lastCheck: CheckReport | null
}

export interface ObjectFigures {
  id: number
  className: string
  /** V8's name for it; "" for strings, whose name would be their contents. */
  name: string
  kind: string
  selfBytes: number
  retainedBytes: number
  /** Number of references from the nearest user root, as in DevTools; null if it is unreachable. */
  distance: number | null
  /** Its immediate dominator. */
  dominatorId: number
}

/** What keeps one object alive. */
export interface PathFigures {
  id: number
  /** A shortest path from a root; empty if the object is unreachable. */
  steps: ReferenceStep[]
  /** The path by which a person knows it, from a module or another origin. Only with the option `holders`. */
  path?: PathRow[]
  /** Steps omitted in the middle of a path longer than 200. */
  omittedSteps: number
  /** Objects that refer to it: the 100 nearest, weak references last. */
  retainers: ReferenceStep[]
  retainerCount: number
}

export interface ReferenceStep extends Omit<ObjectFigures, 'dominatorId'> {
  /** In `steps`, the reference from the previous object to this one; in `retainers`, the reference from this object. */
  edge: { kind: string; name: string }
}

/** Big objects that one holder has. */
export interface BigObjects {
  /** Key of the holder. */
  key: string
  /** Labels of the path to the holder. */
  path: string[]
  /** Class of the biggest, as reports spell it. */
  className: string
  /** Class, as a person would say it. */
  label: string
  location: SourceLocation | null
  /** Id of the biggest. */
  id: number
  /** Number of big objects. */
  count: number
  selfBytes: number
  retainedBytes: number
  /** Where most of what they keep alive was allocated. */
  createdIn?: CreatedIn
}

/** Figures of one snapshot; sizes are in bytes. */
export interface Analysis {
  schemaVersion: 1
  nodeCount: number
  edgeCount: number
  /** Retained size of the root. */
  totalBytes: number
  /** The classes of DevTools' Summary view, by retained size. */
  classes: {
    name: string
    kind: string
    count: number
    selfBytes: number
    retainedBytes: number
    /** Distance of the nearest object; null if none is reachable. */
    distance: number | null
    createdIn?: CreatedIn
  }[]
  /** The 100 objects with the largest retained size. */
  dominators: {
    id: number
    className: string
    kind: string
    selfBytes: number
    retainedBytes: number
  }[]
  /** Objects requested with `ids`, without those that do not exist. */
  objects: ObjectFigures[]
  /** Paths of the objects requested with `paths`, without those that do not exist. */
  paths: PathFigures[]
  /** Objects of the class requested with `className`; null without it. */
  instances: {
    className: string
    count: number
    /** The 100 with the largest retained size. */
    objects: ObjectFigures[]
    /** The heaviest stacks that allocated them, with the role `unknown`; only of a snapshot that was recorded with stacks. */
    stacks?: AllocationStack[]
  } | null
  /** Duplicate strings. Strings with the same first 1,024 characters, which is all that V8 writes, count as equal. */
  duplicates: {
    /** Copies beyond the first of each. */
    extraCopies: number
    /** Size of these copies, in bytes. */
    wastedBytes: number
    /** The 100 strings that waste most. */
    strings: {
      count: number
      /** Length in UTF-16 code units, 1,024 at most. */
      length: number
      selfBytes: number
      /** Size of all copies but one, in bytes. */
      wastedBytes: number
      /** Only with the option `contents`. */
      text?: string
    }[]
  }
  /** Composition of the heap. */
  statistics: Record<string, number>
  /** What holds the heap; null without the option `holders`. */
  holders: {
    /** What may be too much, biggest first; 100 at most. A cache is listed as well as a leak. */
    suspects: HeapSuspect[]
    /** The biggest objects by what holds them; 100 at most. */
    biggest: BigObjects[]
    /** Holders of duplicate strings, those whose copies waste most; 100 rows at most. */
    strings: Rows<StringHolderRow>
  } | null
  /** Objects of which DevTools has recorded the stacks of their allocation; left out if there are none. */
  recorded?: RecordedObjects
  /** Times in milliseconds. */
  cost: {
    parseMs: number
    graphMs: number
    dominatorsMs: number
    totalMs: number
    /** Peak memory of the graph's columns. */
    peakBytes: number
  }
}
