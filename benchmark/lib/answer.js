'use strict'

const { fork } = require('node:child_process')

/**
 * The one message that a program's process sends; rejects when it ends without one, or with `{ error }`.
 *
 * @param {string} file
 * @param {string[]} args
 * @param {{ node?: string, flags?: string[], env?: object, timeoutMs: number }} options
 * @returns {Promise<object>}
 */
function answerOf(file, args, { node = process.execPath, flags = [], env = {}, timeoutMs }) {
  return new Promise((resolve, reject) => {
    const child = fork(file, args, {
      execPath: node,
      execArgv: ['--no-warnings', ...flags],
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc']
    })
    let errors = ''
    child.stderr.on('data', (text) => {
      errors = (errors + text).slice(-2000)
    })
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
    let answer = null
    child.on('message', (message) => {
      answer = message
    })
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      if (answer !== null && answer.error === undefined) resolve(answer)
      else reject(new Error(answer?.error ?? `no answer (${signal ?? code}) ${errors}`))
    })
  })
}

module.exports = { answerOf }
