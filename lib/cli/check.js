'use strict'

/** `seep check PID`: takes a snapshot in a running process now, and shows its verdict. */

const { parseCommand } = require('./arguments')
const { showProgress } = require('./progress')
const { OPTIONS, onlyProcess, show, skipped } = require('./running')

async function main(args) {
  const { values, positionals } = parseCommand('check', args, OPTIONS)
  const running = await onlyProcess(positionals)
  const endProgress = showProgress(
    () => -1,
    () => `process ${running.name} looks for leaks`
  )
  const check = await running.check().finally(endProgress)
  if (check.skip !== null) throw skipped(check)
  show(check, values)
}

module.exports = { OPTIONS, main }
