'use strict'

/** Rows of a heap's answers, as data and as lines of text. */

const { bytes, count, plural } = require('../describe')
const { name } = require('./names')

/** Labels of a readable path that are shown; of more, the last. */
const MOST_STEPS = 12

/** Joins the labels of a path. */
function joined(labels) {
  const shown = labels.length <= MOST_STEPS ? labels : ['…', ...labels.slice(1 - MOST_STEPS)]
  return shown.map((it) => name(it)).join(' → ')
}

/** Returns the labels of steps, with the class of the last. */
function labelsOf(steps) {
  const labels = steps.map(({ edge }) => edge.label)
  return steps.length < 2 ? labels : [...labels, steps.at(-1).label]
}

function withoutUndefined(row) {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined))
}

/** @param {import('./places').Places} places */
function rowsOf(places) {
  return {
    holder(holder, path = undefined) {
      return withoutUndefined({
        key: holder.key,
        path: joined(path ?? [holder.edge.label]),
        class: name(holder.label),
        count: holder.count,
        heldBytes: holder.heldBytes,
        at: places.of(holder.location)
      })
    },
    /** A holder with the objects that are meant. */
    held({ holder, path, objects, objectBytes }) {
      const { key, path: shown, class: label, at } = this.holder(holder, path)
      return withoutUndefined({ objects, objectBytes, path: shown, class: label, key, at })
    },
    object(object) {
      const { id, className, selfBytes, retainedBytes } = object
      const own = object.name !== '' && object.name !== className ? name(object.name) : undefined
      return withoutUndefined({ id, class: name(className), name: own, selfBytes, retainedBytes })
    },
    class({ className, count: objects, selfBytes, retainedBytes, location }) {
      return withoutUndefined({
        class: name(className),
        count: objects,
        selfBytes,
        retainedBytes: retainedBytes ?? undefined,
        at: places.of(location)
      })
    }
  }
}

function atOf({ at }) {
  return at === undefined ? '' : `  ${at}`
}

/** Lines of these rows. */
const lines = {
  holder: (row) =>
    `${bytes(row.heldBytes)}  ${count(row.count)} × ${row.class}  ${row.path}${atOf(row)}  key ${row.key}`,
  held: (row) =>
    `${plural(row.objects, 'object')}, ${bytes(row.objectBytes)}  ${row.path} → ${row.class}${atOf(row)}  key ${row.key}`,
  object: (row) =>
    `@${row.id}  ${row.class}${row.name === undefined ? '' : ` ${row.name}`}  ${bytes(row.retainedBytes)} retained, ${bytes(row.selfBytes)} own`,
  class: (row) => {
    const retained = row.retainedBytes === undefined ? '' : `, ${bytes(row.retainedBytes)} retained`
    return `${row.class}  ${plural(row.count, 'object')}, ${bytes(row.selfBytes)} own${retained}${atOf(row)}`
  }
}

module.exports = { joined, labelsOf, lines, rowsOf, withoutUndefined }
