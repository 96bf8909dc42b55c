'use strict'

/** How much the server says and takes. */

/** Bytes of a reply, text and structured content together, as it is sent. */
const REPLY = { least: 500, usual: 2000, most: 8000 }

/** Bytes of the text of an error. */
const ERROR = 1000

/** Characters of a name from a heap. */
const NAME = 80

/** Characters of a sentence of a report; names in it are cut already. */
const SENTENCE = 600

/** Rows that a tool asks a heap for: more than fit into a reply. */
const ROWS = 100

/** Snapshot files of one question. */
const FILES = 20

/** Characters of a path of a file, and of an expression. */
const PATH = 4096

module.exports = { ERROR, FILES, NAME, PATH, REPLY, ROWS, SENTENCE }
