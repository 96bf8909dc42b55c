'use strict'

/** A client of the SDK, connected to `seep mcp` in a process of its own. */

const { startMcp } = require('../../benchmark/lib/mcp/client')
const { cleanEnvironment } = require('./program')

/** Bytes of a reply as it is sent, without what the protocol adds. */
function sizeOf({ content, structuredContent, isError }) {
  return Buffer.byteLength(JSON.stringify({ content, structuredContent, isError }))
}

/**
 * Connects for the time of a test.
 *
 * @param {import('node:test').TestContext} test
 * @param {string[]} args after `seep mcp`
 * @param {Record<string, string>} [env]
 */
async function connect(test, args, env = {}) {
  const { client, transport, stderr } = await startMcp(args, { env: cleanEnvironment(env) })
  test.after(() => client.close())
  const call = (name, given = {}, options) => client.callTool({ name, arguments: given }, options)
  return {
    client,
    transport,
    stderr,
    call,
    /** Calls a tool that must not fail; returns its structured content and its text. */
    async ask(name, given) {
      const result = await call(name, given)
      const [{ text }] = result.content
      if (result.isError) throw new Error(text)
      return { ...result.structuredContent, text, size: sizeOf(result) }
    }
  }
}

module.exports = { connect, sizeOf }
