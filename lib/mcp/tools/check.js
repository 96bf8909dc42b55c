'use strict'

const { describeSkip } = require('../../describe')
const { findProcess } = require('../../socket/client')
const { saidBy } = require('../../socket/connect')
const { processReply } = require('../checks')
const { PAGED, REST, args, leak, z } = require('../schema')

module.exports = {
  name: 'check',
  description:
    'Captures the heap of a running process now, which pauses it briefly, and judges it.',
  captures: true,
  input: z.strictObject({ pid: args.pid(), ...PAGED }),
  output: z.looseObject({ verdict: z.string(), leaks: z.array(leak()), ...REST }),

  async run({ pid, cursor, maxBytes }, { places, signal }) {
    const running = await findProcess(pid)
    // The next page is about the same capture.
    const report = cursor === undefined ? null : await running.report({ signal })
    const check = report?.check ?? (await running.check({ signal }))
    if (check.skip !== null) {
      const next = 'call leaks with this pid for its last verdict'
      throw Object.assign(saidBy(describeSkip(check.skip)), { next })
    }
    return processReply(check, { cursor, maxBytes, places })
  }
}
