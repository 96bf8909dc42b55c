'use strict'

/**
 * One program in a process of its own: set-up, warm-up, then seven rounds of work, each followed by a look.
 *
 * node child.js PROGRAM LOOK JSON: what LOOK saw goes to the parent in one message.
 */

const ROUNDS = 7

const [file, look, options] = process.argv.slice(2)

async function main() {
  // First, as an app loads what watches it.
  const watcher = require(`./looks/${look}`)
  const program = require(file)
  const { n, warmup } = { n: 100, warmup: 3, ...program.verify }
  const context = await program.setup()
  for (let i = 0; i < warmup; i++) await program.step(context, n)
  const watch = await watcher.begin(JSON.parse(options))
  for (let round = 1; round <= ROUNDS; round++) {
    await program.step(context, n)
    await watch.look(round)
  }
  const seen = await watch.end()
  const { name, kind, expect } = program
  process.send({ name, kind, expect, seen }, () => process.exit(0))
}

main().catch((error) => {
  process.send({ error: error.stack }, () => process.exit(1))
})
