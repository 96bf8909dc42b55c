'use strict'

/**
 * The table of a detector's options, which is the only place that describes them.
 *
 * Validation and environment (lib/options.js, lib/environment.js) read it, and so does the code that passes options to the
 * native part (lib/rounds.js). `npm run options` generates the types in index.d.ts and the tables in docs/api.md from it. Tests
 * keep all of these equal. lib/integration-options.js has the same for the page and for metrics.
 */

const types = require('./option-types')

/** setTimeout fires at once for anything longer. */
const MAX_DELAY_MS = 2 ** 31 - 1
const KIB = 1024

/**
 * @typedef {object} OptionSpec
 * @property {import('./option-types').OptionType} type values that it accepts
 * @property {unknown} default
 * @property {string | null} env its environment variable
 * @property {boolean} [native] whether it is passed to the native part (`Options` in src/detector/round.rs)
 * @property {string} about text for types and docs; the table of variables has its first sentence only
 */

/** @type {Readonly<Record<string, OptionSpec>>} */
const OPTIONS = Object.freeze({
  intervalMs: {
    type: types.integer(100, MAX_DELAY_MS, 'milliseconds'),
    default: 60_000,
    env: 'SEEP_INTERVAL_MS',
    about: 'Time from the end of one round to the start of the next.'
  },
  gate: {
    type: types.oneOf('growth', 'always'),
    default: 'growth',
    env: 'SEEP_GATE',
    about:
      "Which rounds capture. `'always'`: every round. `'growth'`: the first `minChecks + 1` rounds after start-up; after that, " +
      'only rounds in which a memory floor has risen since the last capture and keeps rising, and, at increasing intervals, ' +
      'rounds that confirm or refute a suspect or find out whether a leak has ended.'
  },
  capture: {
    type: types.oneOf('auto', 'walk', 'fork', 'inline'),
    default: 'auto',
    env: 'SEEP_CAPTURE',
    native: true,
    about:
      "How the heap is captured. `'walk'`: a forked child reads it while the process continues. `'fork'`: V8 writes it in a " +
      "forked child. `'inline'`: V8 writes it in the process, which is paused meanwhile. `'auto'`: the first of these that is " +
      'safe here; in-process only where forking is impossible.'
  },
  allocations: {
    type: types.oneOf('auto', 'off', 'always'),
    default: 'auto',
    env: 'SEEP_ALLOCATIONS',
    native: true,
    about:
      'Whether V8 samples allocations, so that the report of a leak names the code that created the leaked objects and the ' +
      "code that stored them. `'auto'`: while something grows or memory rises, until the stacks of everything that grows are " +
      "known; `'off'`: never; `'always'`: from the first round to `stop()`."
  },
  nativeStacks: {
    type: types.oneOf('auto', 'off'),
    default: 'off',
    env: 'SEEP_NATIVE_STACKS',
    native: true,
    about:
      "Whether calls of `malloc` are sampled while native code's memory grows, so that the report names the native functions " +
      "that allocate it. `'auto'`: from the reading that finds such growth until it has ended; `'off'`: never. Only on Linux " +
      'x64 with the GNU C library.'
  },
  maxPauseMs: {
    type: types.integer(1, MAX_DELAY_MS, 'milliseconds'),
    default: 500,
    env: 'SEEP_MAX_PAUSE_MS',
    native: true,
    about: 'Maximum event-loop pause of a capture. A capture whose estimate is higher is skipped.'
  },
  maxHeadroomFraction: {
    type: types.number(0.01, 1),
    default: 0.5,
    env: null,
    native: true,
    about:
      'Maximum share of the free memory (of the control group or the machine) that a capture may use. A capture whose estimate ' +
      'is higher is skipped, and a child that reaches it exits at once. At least 32 MiB stay free. Unless it is set, a walk may ' +
      'use more, if enough is left for the program.'
  },
  maxDailyCpuMs: {
    type: types.integer(1000, Number.MAX_SAFE_INTEGER, 'milliseconds'),
    default: 300_000,
    env: 'SEEP_MAX_DAILY_CPU_MS',
    about:
      "CPU time that captures may use per day. It includes forked children, seep's own thread, and failed captures. Once it is " +
      "spent, rounds with `gate: 'growth'` are skipped; `check()` and `writeSnapshot()` count towards it but are never skipped."
  },
  minChecks: {
    type: types.integer(2, 1000, 'snapshots'),
    default: 3,
    env: 'SEEP_MIN_CHECKS',
    native: true,
    about:
      'Minimum number of intervals between snapshots in which something must have grown before it is a confirmed leak. A ' +
      'verdict needs one snapshot more than that.'
  },
  minGrowthBytes: {
    type: types.integer(0, Number.MAX_SAFE_INTEGER, 'bytes'),
    default: 64 * KIB,
    env: 'SEEP_MIN_GROWTH_BYTES',
    native: true,
    about:
      'Minimum growth, across all snapshots compared, for a confirmed leak. Half of it makes a suspect.'
  },
  cooldownMs: {
    type: types.integer(0, Number.MAX_SAFE_INTEGER, 'milliseconds'),
    default: 3_600_000,
    env: 'SEEP_COOLDOWN_MS',
    native: true,
    about: 'Time during which an emitted leak is not emitted again.'
  },
  exhaustionMs: {
    type: types.integer(0, Number.MAX_SAFE_INTEGER, 'milliseconds'),
    default: 3_600_000,
    env: 'SEEP_EXHAUSTION_MS',
    native: true,
    about:
      'Time left until memory runs out, at the present rate, below which an `exhaustion` event is emitted; 0 for never. It runs ' +
      'out at the limit of the control group, or of the JavaScript heap, whichever comes first.'
  },
  trimMemory: {
    type: types.boolean(),
    default: false,
    env: 'SEEP_TRIM_MEMORY',
    native: true,
    about:
      'Whether free memory that the allocator of the GNU C library keeps is returned to the system after each capture ' +
      '(`malloc_trim`), on a background thread. Code that allocates meanwhile waits, for about 80 ms per GB of fragmented memory.'
  },
  warmUpMs: {
    type: types.integer(0, MAX_DELAY_MS, 'milliseconds'),
    default: 0,
    env: 'SEEP_WARMUP_MS',
    about:
      'Time after `start()` during which no round captures. Snapshots that a `check()` takes meanwhile are ignored afterwards.'
  },
  ignore: {
    type: types.matchers(),
    default: Object.freeze([]),
    env: 'SEEP_IGNORE',
    about:
      "Leaks that are neither emitted nor reported. A string matches a fingerprint, a class, the container's name or a package " +
      'on the path. A regular expression is tested against each of these. A function returns true for a leak to ignore.'
  },
  redactNames: {
    type: types.boolean(),
    default: false,
    env: 'SEEP_REDACT_NAMES',
    native: true,
    about:
      'Whether the names of variables, properties and functions are replaced by stable hashes in reports, events, logs, pages, ' +
      'metrics and files. Names of classes and files stay, and so do fingerprints and patterns. Heap snapshots are not ' +
      'redacted.'
  },
  signal: {
    type: types.abortSignal(),
    default: null,
    env: null,
    about: 'Stops the detector when aborted.'
  },
  logger: {
    type: types.logger(),
    default: false,
    env: 'SEEP_LOG',
    about:
      "Where events are logged. `'json'`: JSON lines on stderr. `'pretty'`: text on stderr. An object: its methods `warn` " +
      '(leaks, skips), `info` (checks) and `debug` (rounds held back by the gate), as in pino. A `Console` receives text, ' +
      'without the rounds held back, since it shows every level.'
  },
  socket: {
    type: types.boolean(),
    default: false,
    env: 'SEEP_SOCKET',
    about:
      'Whether the process listens on a Unix socket in a private folder, through which its user can ask what seep knows ' +
      '(`seep ps`, `seep check`, `seep leaks`, `seep snapshot`, `seep open`, `seep top`). It opens no port.'
  },
  reportDir: {
    type: types.path(),
    default: null,
    env: 'SEEP_REPORT_DIR',
    about:
      'Folder to which each confirmed leak is also written, as a JSON file and as a self-contained HTML page. Both have mode 0600.'
  }
})

module.exports = { OPTIONS }
