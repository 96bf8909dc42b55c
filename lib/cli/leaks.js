'use strict'

/** `seep leaks PID`: shows the last verdict of a running process, which costs it nothing. */

const { parseCommand } = require('./arguments')
const { OPTIONS, describeNone, onlyProcess, show } = require('./running')

async function main(args) {
  const { values, positionals } = parseCommand('leaks', args, OPTIONS)
  const running = await onlyProcess(positionals)
  const report = await running.report()
  show(report.check, values, () => {
    return `${describeNone(report)}\nTo check now: seep check ${running.name}`
  })
}

module.exports = { OPTIONS, main }
