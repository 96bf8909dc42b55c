'use strict'

/** `seep mcp` as a client of the SDK starts it. */

const path = require('node:path')
const { Client } = require('@modelcontextprotocol/client')
const { StdioClientTransport } = require('@modelcontextprotocol/client/stdio')

const SEEP = path.join(__dirname, '../../../bin/seep.js')

/**
 * @param {string[]} args after `seep mcp`
 * @param {{ node?: string, env?: Record<string, string> }} [options]
 */
async function startMcp(args, { node = process.execPath, env } = {}) {
  const transport = new StdioClientTransport({
    command: node,
    args: [SEEP, 'mcp', ...args],
    env,
    stderr: 'pipe'
  })
  const client = new Client({ name: 'seep-test', version: '1.0.0' })
  let stderr = ''
  transport.stderr.on('data', (text) => {
    stderr += text
  })
  await client.connect(transport)
  return { client, transport, stderr: () => stderr }
}

module.exports = { SEEP, startMcp }
