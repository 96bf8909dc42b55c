'use strict'

/**
 * What tools take and return. Schemas are listed without what models do not need, since each costs tokens in every session;
 * arguments are checked when a tool is called, so that a refusal is short and says what to do.
 */

const { withCode } = require('../errors')
const { cut } = require('./names')
const { FILES, PATH, REPLY } = require('./limits')
const { readSdk } = require('./bundle')

const z = readSdk()

const file = () => z.string().min(1).max(PATH)
const id = () => z.number().int().min(0).max(0xffffffff)
const key = () => z.string().regex(/^[0-9a-f]{16}$/)
const text = () => z.string().min(1).max(PATH)

/** Arguments of several tools. */
const args = {
  file: file().describe('snapshot'),
  files: z.array(file()).min(1).max(FILES),
  id,
  ids: z.array(id()).min(1).max(1000),
  key,
  pid: () => z.coerce.string().regex(/^\d{1,10}(:\d{1,10})?$/),
  text
}

/** Arguments of every tool with lists. */
const PAGED = {
  cursor: z
    .string()
    .regex(/^\d{1,9}$/)
    .describe("last reply's next")
    .optional(),
  maxBytes: z.number().int().min(REPLY.least).max(REPLY.most).default(REPLY.usual)
}

/** What every tool may return besides. */
const REST = {
  total: z.number().optional(),
  next: z.string().optional(),
  hint: z.string().optional()
}

const row = () => z.looseObject({})

/** A leak; of those after the first, only what says which it is. */
const leak = () =>
  z.looseObject({
    title: z.string().optional(),
    at: z.string().describe('file:line').optional(),
    declared: z.string().describe('file:line of the variable').optional(),
    createdIn: z.string().optional(),
    storedIn: z.string().optional(),
    path: z.string().optional(),
    advice: z.string().optional(),
    fingerprint: z.string().optional(),
    bytesPerCall: z.number().optional(),
    bytesPerHour: z.number().optional()
  })

const rows = () => z.array(row())

const NOISE = new Set(['$schema', 'default'])

/** Leaves out what every schema says, and what nobody limits. */
function compact(schema, io) {
  if (Array.isArray(schema)) return schema.map((it) => compact(it, io))
  if (schema === null || typeof schema !== 'object') return schema
  const entries = Object.entries(schema).filter(([name, value]) => {
    if (NOISE.has(name) && typeof value !== 'object') return false
    if (name === 'properties' && Object.keys(value).length === 0) return false
    if (io === 'output' && (name === 'additionalProperties' || name === 'required')) return false
    return !(name === 'pattern' || name === 'minLength' || name === 'maxLength')
  })
  return Object.fromEntries(entries.map(([name, value]) => [name, compact(value, io)]))
}

/** Returns a schema for the SDK that lists `schema`, and lets everything through. */
function listed(schema, io) {
  const json = compact(z.toJSONSchema(schema, { io }), io)
  const jsonSchema = { input: () => json, output: () => json }
  return {
    '~standard': { version: 1, vendor: 'seep', validate: (value) => ({ value }), jsonSchema }
  }
}

/** Checks the arguments of a call and completes them. */
function checked(schema, given) {
  const { success, data, error } = schema.safeParse(given ?? {})
  if (success) return data
  const [{ path, message }] = error.issues
  const where = path.length === 0 ? '' : `${path.join('.')}: `
  throw withCode(new Error(cut(`${where}${message}`, 300)), 'ERR_INVALID_ARG_VALUE')
}

module.exports = { PAGED, REST, args, checked, leak, listed, rows, z }
