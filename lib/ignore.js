'use strict'

/**
 * Which leaks an operator does not want to hear of. They are taken out of a report before anybody sees it, and the verdict
 * is that of the rest.
 */

const { warn } = require('./deliver')

/** Folder names after the last node_modules: a package, or a scope and a package. */
const PACKAGE = /^.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/

function packageOf(file) {
  return PACKAGE.exec(file)?.[1].replace('\\', '/') ?? null
}

/** What an entry of the list is compared with: fingerprint, classes, the container's name, packages on the path. */
function wordsOf({ id, container, items, path }) {
  const places = [container, items, ...path].map(({ location }) => location?.file)
  const packages = places.flatMap((file) => (file ? (packageOf(file) ?? []) : []))
  const names = [id, container.className, container.name, items.className]
  return [...names.filter((name) => name !== null), ...packages]
}

/** @param {string | RegExp | ((leak: object) => boolean)} entry */
function matcher(entry) {
  if (typeof entry === 'string') return (leak) => wordsOf(leak).includes(entry)
  // By search(), which heeds no lastIndex.
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

/** The verdict of a report without what is ignored. */
function verdictOf({ verdict, native }, leaks, suspects, isEnough) {
  if (verdict !== 'leak' && verdict !== 'suspected') return verdict
  if (leaks.length > 0) return 'leak'
  if (native !== null) return 'native-growth'
  if (suspects.length > 0) return 'suspected'
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
   * The report without them.
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

/** An entry as status() shows it. */
function nameOfEntry(entry) {
  if (typeof entry !== 'function') return String(entry)
  return entry.name === '' ? 'a function' : `${entry.name}()`
}

module.exports = { Ignored, nameOfEntry }
