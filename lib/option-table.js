'use strict'

/**
 * The table of options: everything that is known of each, once.
 *
 * From it come validation and environment (lib/options.js, lib/environment.js), what the native part is given (lib/rounds.js),
 * and, by `node scripts/options.js`, the types in index.d.ts and the tables in docs/api.md. Tests hold all of these equal.
 */

const types = require('./option-types')

/** setTimeout fires at once for anything longer. */
const MAX_DELAY_MS = 2 ** 31 - 1
const KIB = 1024

/**
 * @typedef {object} OptionSpec
 * @property {import('./option-types').OptionType} type what it takes
 * @property {unknown} default
 * @property {string | null} env its variable
 * @property {boolean} [native] whether the native part is given it (`Options` of src/detector/round.rs)
 * @property {string} about for types and docs; the first sentence stands alone in the table of variables
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
      "Which rounds capture. `'growth'`: the first `minChecks + 1` once the process has started; after them, a round captures " +
      'only if a floor of memory has risen since the last capture and goes on rising; or, at growing distances, to confirm ' +
      "or refute what is suspected, and to see whether a leak has ended. `'always'`: every round captures."
  },
  capture: {
    type: types.oneOf('auto', 'walk', 'fork', 'inline'),
    default: 'auto',
    env: 'SEEP_CAPTURE',
    native: true,
    about:
      "How the heap is captured. `'walk'`: by a forked child that reads it, while the process goes on; `'fork'`: by V8 in a " +
      "forked child; `'inline'`: by the process itself, which pauses meanwhile; `'auto'`: walked where that is safe, else " +
      'forked, and in-process only where forking is impossible.'
  },
  allocations: {
    type: types.oneOf('auto', 'off', 'always'),
    default: 'auto',
    env: 'SEEP_ALLOCATIONS',
    native: true,
    about:
      "Whether V8 samples allocations, so that a leak's report says which code made the leaked objects and which stored them. " +
      "`'auto'`: while something grows, and until the stacks of all that grows are known; `'off'`: never; `'always'`: from the " +
      'start to the end. Only where the heap is walked.'
  },
  maxPauseMs: {
    type: types.integer(1, MAX_DELAY_MS, 'milliseconds'),
    default: 500,
    env: 'SEEP_MAX_PAUSE_MS',
    native: true,
    about: 'Event-loop pause that one capture may cost. A capture estimated above it is skipped.'
  },
  maxHeadroomFraction: {
    type: types.number(0.01, 1),
    default: 0.5,
    env: null,
    native: true,
    about:
      'Share of the free memory (of the control group or the machine) that a capture may take. A capture estimated above it ' +
      'is skipped, and a child that reaches it ends at once; 32 MiB always stay free.'
  },
  maxDailyCpuMs: {
    type: types.integer(1000, Number.MAX_SAFE_INTEGER, 'milliseconds'),
    default: 300_000,
    env: 'SEEP_MAX_DAILY_CPU_MS',
    about:
      "Processor time that a day's captures may cost. Forked children and seep's own thread count, and captures that fail. " +
      "With `gate: 'growth'`, rounds wait when it is spent; `check()` and `writeSnapshot()` count, and never wait."
  },
  minChecks: {
    type: types.integer(2, 1000, 'snapshots'),
    default: 3,
    env: 'SEEP_MIN_CHECKS',
    native: true,
    about:
      'How many times something must have grown, from one snapshot to the next, before it is a confirmed leak. A verdict ' +
      'needs one snapshot more.'
  },
  minGrowthBytes: {
    type: types.integer(0, Number.MAX_SAFE_INTEGER, 'bytes'),
    default: 64 * KIB,
    env: 'SEEP_MIN_GROWTH_BYTES',
    native: true,
    about:
      'Minimum growth over all snapshots compared, for a confirmed leak. What has gained half of it is suspected.'
  },
  cooldownMs: {
    type: types.integer(0, Number.MAX_SAFE_INTEGER, 'milliseconds'),
    default: 3_600_000,
    env: 'SEEP_COOLDOWN_MS',
    native: true,
    about: 'Time for which a leak that was emitted is not emitted again.'
  },
  warmUpMs: {
    type: types.integer(0, MAX_DELAY_MS, 'milliseconds'),
    default: 0,
    env: 'SEEP_WARMUP_MS',
    about:
      'Time after `start()` in which rounds do not capture. What a `check()` captures meanwhile counts for nothing afterwards.'
  },
  ignore: {
    type: types.matchers(),
    default: Object.freeze([]),
    env: 'SEEP_IGNORE',
    about:
      "Leaks that are neither emitted nor reported. A string is a fingerprint, a class, the container's name or a package on " +
      'the path; a regular expression is looked for in each of these; a function returns true for what to ignore.'
  },
  redactNames: {
    type: types.boolean(),
    default: false,
    env: 'SEEP_REDACT_NAMES',
    native: true,
    about:
      'Whether the names of variables, properties and functions are hidden in reports, events, logs, pages, metrics and ' +
      'files. Each becomes a stable hash. Names of classes and files stay, and so do fingerprints and patterns. Heap ' +
      'snapshots hold everything all the same.'
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
      "Where events are logged. `'json'`: one object a line on stderr; `'pretty'`: for a person, on stderr; an object: its " +
      '`warn` (leaks, skips), `info` (checks) and `debug` (rounds held back by the gate) methods, as pino has them. A ' +
      '`Console` is given text, and nothing of the rounds held back, since it shows every level.'
  },
  reportDir: {
    type: types.path(),
    default: null,
    env: 'SEEP_REPORT_DIR',
    about:
      'Folder to which each confirmed leak also goes, as a JSON file and as a page that needs no network. Both are of mode 0600.'
  }
})

module.exports = { OPTIONS }
