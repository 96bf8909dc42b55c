'use strict'

const { spawn } = require('node:child_process')
const path = require('node:path')

/** A program that hangs is a failure, not the end of the run. A slow machine is neither. */
const DEADLINE_MS = 300_000

const ROOT = path.join(__dirname, '..', '..')

/** The environment without what the person who runs the tests has set of seep's own. */
function cleanEnvironment(extra) {
  const env = { ...process.env, ...extra }
  for (const name of Object.keys(env)) {
    if (name.startsWith('SEEP_') && !Object.hasOwn(extra, name)) delete env[name]
  }
  // The test runner's variables for its children are not meant for these programs.
  delete env.NODE_TEST_CONTEXT
  return env
}

/**
 * Runs Node with `args` in the repository, to its end, or until it has written to
 * stderr what `until` waits for.
 *
 * @returns {Promise<{ code: number | null, signal: string | null, stdout: string, stderr: string }>}
 */
function runNode(args, { env = {}, cwd = ROOT, until } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd,
      env: cleanEnvironment(env),
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: DEADLINE_MS,
      killSignal: 'SIGKILL'
    })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text
      if (until?.(stderr)) child.kill()
    })
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }))
  })
}

/** Runs a script given as text, with these arguments to Node. */
function runScript(source, { args = [], ...options } = {}) {
  return runNode([...args, '-e', source], options)
}

/** Runs a script that prints one JSON value, and returns that. */
async function evaluate(source, options) {
  const { code, signal, stdout, stderr } = await runScript(source, options)
  if (code !== 0) throw new Error(`ended with ${signal ?? code}\n${stdout}\n${stderr}`)
  return { value: JSON.parse(stdout), stderr }
}

module.exports = { ROOT, cleanEnvironment, evaluate, runNode, runScript }
