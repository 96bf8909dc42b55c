'use strict'

/** The figures of all running processes, and their texts in the cells of a table. */

const { visible } = require('../describe')
const { perHour } = require('../page/view/format')
const { HOW, listProcesses } = require('./client')

/** Returns what to say if no process has figures. */
function noProcess(problems) {
  const none = problems.length === 0 ? 'has a socket of seep' : 'answers'
  return `No process of this user ${none}. Start one ${HOW}.`
}

/** Returns the figures of every process that answers, and why others do not. */
async function figuresOfAll() {
  const { processes, problems } = await listProcesses()
  const rows = await Promise.all(
    processes.map(async (running) => {
      try {
        return { ...(await running.status()), name: running.name, pid: running.pid }
      } catch (error) {
        problems.push(error.message)
        return null
      }
    })
  )
  return { rows: rows.filter((row) => row !== null), problems }
}

/** Returns a verdict with the number of leaks or suspects. */
function verdictCell({ verdict, leaks, suspects }) {
  if (verdict === null) return 'none yet'
  const count = verdict === 'leak' ? leaks : verdict === 'suspected' ? suspects : 0
  return visible(count > 1 ? `${verdict} (${count})` : verdict)
}

function growthCell({ growthBytesPerHour }) {
  return growthBytesPerHour ? perHour(growthBytesPerHour) : '–'
}

module.exports = { figuresOfAll, growthCell, noProcess, verdictCell }
