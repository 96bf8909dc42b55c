'use strict'

/**
 * Decides from two comparisons of files, one from before a fix and one from after it, whether the fix works. No clock and
 * no IO. In doubt, the answer is never `fixed`.
 */

/** Files on each side below which nothing is said: growth in a single interval may be a warm-up, and its absence a pause. */
const LEAST_FILES = 3

/** A leak has become slower if all that is known of its pace is below this share of what it was; faster, the other way round. */
const SLOWER = 0.5

/** Leaks or suspects of a report beyond which further ones are left out (`MAX_EXPLAINED` in src/explain/mod.rs). */
const MOST_REPORTED = 12

const HOUR_MS = 3_600_000

/**
 * @typedef {object} Side one of the two sets of files
 * @property {object} report the CheckReport of its files
 * @property {number} files
 * @property {number | null} spanMs time from the first file to the last, or null if the files do not tell
 */

/** Returns how fast a leak grew: per snapshot, and per hour if the files tell the time. */
function paceOf({ growth }, { files, spanMs }) {
  const each = (series) => ((series.at(-1) ?? 0) - (series[0] ?? 0)) / (files - 1)
  return {
    itemsPerSnapshot: each(growth.counts),
    bytesPerSnapshot: each(growth.retainedBytes),
    bytesPerHour: spanMs === null ? null : growth.bytesPerHour
  }
}

/** Returns how fast the heap grew: all of it, and what neither a leak nor the engine explains. */
function heapPace({ report, files, spanMs }) {
  if (report.growth === null) return null
  const { heapBytes, unexplainedBytes } = report.growth
  return {
    bytesPerSnapshot: heapBytes / (files - 1),
    bytesPerHour: spanMs === null ? null : (heapBytes / spanMs) * HOUR_MS,
    unexplainedBytesPerSnapshot: unexplainedBytes / (files - 1)
  }
}

/** Compares two paces by each unit that both have. A pace that was 0 cannot be compared. */
function ratios(before, after) {
  return ['bytesPerSnapshot', 'bytesPerHour']
    .filter((unit) => before[unit] > 0 && after[unit] !== null)
    .map((unit) => after[unit] / before[unit])
}

function changeOf(before, after) {
  const all = ratios(before, after)
  if (all.length > 0 && all.every((ratio) => ratio < SLOWER)) return 'slower'
  if (all.length > 0 && all.every((ratio) => ratio > 1 / SLOWER)) return 'faster'
  return 'same'
}

/** Returns the least that a leak of this pace would have grown by in the files of `side`. */
function expectedBytes(pace, { files, spanMs }) {
  const bySnapshots = pace.bytesPerSnapshot * (files - 1)
  if (spanMs === null || pace.bytesPerHour === null) return bySnapshots
  return Math.min(bySnapshots, (pace.bytesPerHour * spanMs) / HOUR_MS)
}

/**
 * Returns why the absence of a leak from the second report does not mean that it is gone, or null if it does.
 *
 * @param {object} leak LeakReport of the first set
 * @param {object} pace
 * @param {Side} after
 * @param {number} minGrowthBytes growth below which nothing is reported
 */
function doubtAbout(leak, pace, after, minGrowthBytes) {
  const { report, files } = after
  if (report.resolved.some(({ id }) => id === leak.id)) {
    return {
      code: 'STOPPED_LATE',
      message:
        'it grew at first and then stopped: name only files from after that, or take more of them'
    }
  }
  if (files < LEAST_FILES || report.verdict === 'insufficient-data') {
    return { code: 'TOO_FEW_FILES', message: 'too few files from after the fix to tell' }
  }
  if (report.leaks.length >= MOST_REPORTED || report.suspects.length >= MOST_REPORTED) {
    return { code: 'TOO_MANY_LEAKS', message: 'more grows than a report lists' }
  }
  if (expectedBytes(pace, after) < minGrowthBytes) {
    return {
      code: 'TOO_SHORT',
      message:
        'at its former pace it would not have been reported in the files from after the fix: take them over a longer time'
    }
  }
  return null
}

/** Compares one leak of the first set with the second set. */
function followed(leak, before, after, minGrowthBytes) {
  const { id, verdict, title } = leak
  const pace = paceOf(leak, before)
  const now = [...after.report.leaks, ...after.report.suspects].find((it) => it.id === id)
  const entry = { id, title, verdictBefore: verdict, verdictAfter: now?.verdict ?? null }
  if (now !== undefined) {
    const nowPace = paceOf(now, after)
    return {
      ...entry,
      status: changeOf(pace, nowPace),
      before: pace,
      after: nowPace,
      doubt: null,
      report: now
    }
  }
  const doubt = doubtAbout(leak, pace, after, minGrowthBytes)
  const status = doubt === null ? 'gone' : 'unclear'
  return { ...entry, status, before: pace, after: null, doubt, report: leak }
}

function appeared(leak, after) {
  const { id, title, verdict } = leak
  const entry = { id, title, verdictBefore: null, verdictAfter: verdict, status: 'new' }
  return { ...entry, before: null, after: paceOf(leak, after), doubt: null, report: leak }
}

const isStill = ({ status }) => status === 'same' || status === 'slower' || status === 'faster'

/** Whether as much has come to grow without an explanation as the leaks that are gone added: they may only be hidden. */
function growsUnexplained(gone, before, after) {
  const [was, is] = [heapPace(before), heapPace(after)]
  if (was === null || is === null) return false
  const formerly = gone.reduce((sum, { before: pace }) => sum + pace.bytesPerSnapshot, 0)
  const more = is.unexplainedBytesPerSnapshot - Math.max(0, was.unexplainedBytesPerSnapshot)
  return more >= SLOWER * formerly
}

/** Returns why it cannot be said whether `wanted` are fixed; empty if they are. */
function doubts(wanted, all, leak, before, after) {
  const found = []
  const doubt = (code, message) => found.push({ code, message })
  if (before.files < LEAST_FILES || after.files < LEAST_FILES) {
    doubt(
      'TOO_FEW_FILES',
      `it takes ${LEAST_FILES} files or more from before the fix, and from after it`
    )
  }
  const which = leak === undefined ? 'confirmed leak' : `confirmed leak ${leak}`
  if (wanted.length === 0) {
    doubt('NO_LEAK_BEFORE', `the files from before the fix show no ${which}`)
  }
  for (const { doubt: why } of wanted) {
    if (why !== null && !found.some(({ code }) => code === why.code)) found.push(why)
  }
  const grows = all.find(({ status }) => status === 'new')
  if (grows !== undefined) doubt('NEW_GROWTH', `something else grows now: ${grows.title}`)
  const gone = wanted.filter(({ status }) => status === 'gone')
  if (gone.length > 0 && growsUnexplained(gone, before, after)) {
    doubt('HEAP_STILL_GROWS', 'the heap still grows as it did, although no holder is found')
  }
  return found
}

/**
 * Judges a fix.
 *
 * @param {Side} before
 * @param {Side} after
 * @param {{ minGrowthBytes: number, leak?: string }} options with `leak`, only this fingerprint is judged
 */
function judgeFix(before, after, { minGrowthBytes, leak }) {
  const known = [...before.report.leaks, ...before.report.suspects]
  const isNew = ({ id }) => !known.some((it) => it.id === id)
  const leaks = [
    ...known.map((it) => followed(it, before, after, minGrowthBytes)),
    ...[...after.report.leaks, ...after.report.suspects]
      .filter(isNew)
      .map((it) => appeared(it, after))
  ]
  const wanted = leaks.filter(
    ({ id, verdictBefore }) => verdictBefore === 'leak' && (leak === undefined || id === leak)
  )
  return { ...outcomeOf(wanted, leaks, leak, before, after), leaks }
}

/** Returns the outcome for the leaks that are `wanted`, and why it is undecided. */
function outcomeOf(wanted, leaks, leak, before, after) {
  const found = doubts(wanted, leaks, leak, before, after)
  const isShort = found.some(({ code }) => code === 'TOO_FEW_FILES')
  // A confirmed leak contradicts a fix, whichever name it has. With `leak`, others that were there before do not matter.
  const remains = (entry) =>
    (wanted.includes(entry) && isStill(entry)) ||
    (entry.verdictAfter === 'leak' && (leak === undefined || entry.status === 'new'))
  if (!isShort && leaks.some(remains)) return { outcome: 'not-fixed', reasons: [] }
  const suspect = leaks.find((entry) => entry.verdictAfter === 'suspected' && isStill(entry))
  if (leak === undefined && suspect !== undefined) {
    found.push({
      code: 'STILL_SUSPECTED',
      message: `something still grows, but is not confirmed: ${suspect.title}`
    })
  }
  return { outcome: found.length > 0 ? 'undecided' : 'fixed', reasons: found }
}

module.exports = { heapPace, judgeFix }
