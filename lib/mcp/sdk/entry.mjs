// What the server uses of the SDK and of the library for its schemas: scripts/bundle.js makes one file of it.
export { McpServer } from '@modelcontextprotocol/server'
export { serveStdio } from '@modelcontextprotocol/server/stdio'
export {
  array,
  coerce,
  enum as oneOf,
  looseObject,
  number,
  strictObject,
  string,
  toJSONSchema
} from 'zod/v4'
