'use strict'

/**
 * Removes leaks that the operator wants to ignore from a report before anything sees it. The verdict is based on the
 * remaining leaks.
 */

const { warn } = require('./deliver')

/** Matches the package after the last node_modules, with its scope if it has one. */
const PACKAGE = /^.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/

function packageOf(file) {
  return PACKAGE.exec(file)?.[1].replace('\\', '/') ?? null
}

/** Returns the texts that entries are compared with: fingerprint, classes, the container's name, packages on the path. */
function wordsOf({ id, container, items, path }) {
  const places = [container, items, ...path].map(({ location }) => location?.file)
  const packages = places.flatMap((file) => (file ? (packageOf(file) ?? []) : []))
  const names = [id, container.className, container.name, items.className]
  return [...names.filter((name) => name !== null), ...packages]
}

/** @param {string | RegExp | ((leak: object) => boolean)} entry */
function matcher(entry) {
  if (typeof entry === 'string') return (leak) => wordsOf(leak).includes(entry)
  // search() ignores lastIndex.
  if (typeof entry !== 'function')
    return (leak) => wordsOf(leak).some((word) => word.search(entry) >= 0)
  return (leak) => {
    try {
      return Boolean(entry(leak))
    } catch (error) {
      warn('ignore', error)
      return false
    }
  }
}

/** Returns the verdict without the ignored leaks. */
function verdictOf({ verdict, native, skip }, leaks, suspects, isEnough) {
  if (verdict !== 'leak' && verdict !== 'suspected') return verdict
  if (leaks.length > 0) return 'leak'
  if (native?.isGrowth) return 'native-growth'
  if (suspects.length > 0) return 'suspected'
  if (skip !== null) return 'skipped'
  return isEnough ? 'healthy' : 'insufficient-data'
}

class Ignored {
  #matchers

  /** @param {(string | RegExp | ((leak: object) => boolean))[]} entries */
  constructor(entries) {
    this.#matchers = entries.map(matcher)
  }

  /** @param {object} leak a LeakReport */
  has(leak) {
    return this.#matchers.some((matches) => matches(leak))
  }

  /**
   * Returns the report without the ignored leaks.
   *
   * @param {object} report a CheckReport
   * @param {boolean} isEnough whether there were enough snapshots for a verdict
   */
  without(report, isEnough) {
    if (this.#matchers.length === 0) return report
    const leaks = report.leaks.filter((leak) => !this.has(leak))
    const suspects = report.suspects.filter((leak) => !this.has(leak))
    const resolved = report.resolved.filter((leak) => !this.has(leak))
    const lists = { leaks, suspects, resolved }
    if (Object.keys(lists).every((name) => lists[name].length === report[name].length))
      return report
    const verdict = verdictOf(report, leaks, suspects, isEnough)
    return { ...report, ...lists, verdict }
  }
}

/** Returns an entry as status() shows it. */
function nameOfEntry(entry) {
  if (typeof entry !== 'function') return String(entry)
  return entry.name === '' ? 'a function' : `${entry.name}()`
}

module.exports = { Ignored, nameOfEntry }
