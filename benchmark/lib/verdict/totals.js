'use strict'

/** Sums over programs and runs. */

function share(part, whole) {
  return whole === 0 ? '-' : `${part} of ${whole} (${((100 * part) / whole).toFixed(0)} %)`
}

/** @param {{ expect: object, score: object }[]} results one per program and run */
function totals(results) {
  const leaks = results.filter(({ expect }) => expect.leak).map(({ score }) => score)
  const healthy = results.filter(({ expect }) => !expect.leak).map(({ score }) => score)
  const found = leaks.filter((score) => score.found)
  const wrong = healthy.filter(({ falsely }) => falsely.length > 0)
  const findings = found.reduce((sum, { titles }) => sum + titles.length, 0)
  const extra = leaks.reduce((sum, score) => sum + score.extra.length, 0)
  const needed = found.map(({ checksNeeded }) => checksNeeded).sort((a, b) => a - b)
  return [
    ['recall', share(found.length, leaks.length)],
    ['healthy programs with any leak event', share(wrong.length, healthy.length)],
    [
      'healthy programs without a verdict',
      share(healthy.filter(({ looked }) => !looked).length, healthy.length)
    ],
    [
      'healthy programs whose last verdict is leak',
      share(healthy.filter(({ verdict }) => verdict === 'leak').length, healthy.length)
    ],
    ['precision over programs', share(found.length, found.length + wrong.length)],
    ['findings that are no leak, in leaking programs', share(extra, findings)],
    ['ranked first', share(leaks.filter(({ rank }) => rank === 1).length, leaks.length)],
    ['container named', share(leaks.filter(({ container }) => container).length, leaks.length)],
    ['item class named', share(leaks.filter(({ item }) => item).length, leaks.length)],
    ['path accuracy', share(leaks.filter(({ path }) => path).length, leaks.length)],
    [
      'first stack contains the true place',
      share(leaks.filter(({ stack }) => stack.first).length, leaks.length)
    ],
    [
      'created in or stored in is the true place',
      share(leaks.filter(({ stack }) => stack.named).length, leaks.length)
    ],
    [
      'checks needed (median, most)',
      needed.length === 0 ? '-' : `${needed[needed.length >> 1]}, ${needed.at(-1)}`
    ],
    ['fingerprints equal over runs', stableIds(results)]
  ]
}

/** Programs whose first finding has one id in all runs. */
function stableIds(results) {
  const byProgram = Map.groupBy?.(results, ({ name }) => name) ?? groupBy(results)
  let repeated = 0
  let stable = 0
  for (const runs of byProgram.values()) {
    const ids = runs.filter(({ score }) => score.found).map(({ score }) => score.ids[0])
    if (ids.length < 2) continue
    repeated++
    if (new Set(ids).size === 1) stable++
  }
  return share(stable, repeated)
}

function groupBy(results) {
  const groups = new Map()
  for (const result of results)
    groups.set(result.name, [...(groups.get(result.name) ?? []), result])
  return groups
}

module.exports = { share, totals }
