'use strict'

/**
 * A scripted agent that looks for a leak through the protocol. It knows nothing of the program but its files, and goes by
 * what the replies say.
 */

const path = require('node:path')

/** Calls after which it gives up. */
const MOST_CALLS = 6

class Hunt {
  #client
  #tokensOf
  #roots
  calls = []
  tokens = 0

  /**
   * @param {object} client of the SDK
   * @param {{ tokensOf: (text: string) => number, roots: string[] }} options
   */
  constructor(client, { tokensOf, roots }) {
    this.#client = client
    this.#tokensOf = tokensOf
    this.#roots = roots
  }

  /** Looks for the leak in snapshots of a process; returns the places that it takes for the holder's, best first. */
  async inSeries(files) {
    const first = await this.#ask('leaks', { files })
    const [leak] = first.leaks ?? []
    if (leak === undefined) return this.#byChange(files)
    const places = this.#placesOf(leak)
    if (places.length > 0) return places
    // Said in brief only.
    const more = await this.#ask('leaks', { files, maxBytes: 8000 })
    return this.#placesOf(more.leaks[0])
  }

  /** Looks for what is too much in a single snapshot. */
  async inOne(file) {
    const { leaks: candidates } = await this.#ask('leaks', { files: [file] })
    const places = []
    for (const candidate of candidates ?? []) {
      places.push(...this.#placesOf(candidate))
      if (places.length > 0 || this.calls.length === MOST_CALLS) return places
      const { path: steps, declared } = await this.#ask('why', { file, id: candidate.id })
      const at = steps.map((step) => step.at).filter((it) => isOfProgram(it))
      places.push(...[declared, ...at.reverse()].flatMap((it) => this.#absolute(it)))
    }
    return places
  }

  /** Nothing is said to leak: goes by what has changed most, and asks what holds it. */
  async #byChange(files) {
    const { rows } = await this.#ask('overview', { files })
    const file = files.at(-1)
    for (const row of rows ?? []) {
      if (this.calls.length === MOST_CALLS) break
      const { path: steps, declared } = await this.#ask('why', { file, class: row.class })
      const places = [declared, ...(steps ?? []).map(({ at }) => at)]
        .filter(isOfProgram)
        .flatMap((it) => this.#absolute(it))
      if (places.length > 0) return places
    }
    return []
  }

  #placesOf({ declared, at }) {
    return [declared, at].filter(isOfProgram).flatMap((it) => this.#absolute(it))
  }

  /** Places are below one of the folders that the server may read. */
  #absolute(place) {
    if (place === undefined) return []
    return path.isAbsolute(place) ? [place] : this.#roots.map((root) => path.join(root, place))
  }

  async #ask(name, args) {
    const result = await this.#client.callTool({ name, arguments: args })
    this.calls.push(name)
    this.tokens +=
      this.#tokensOf(JSON.stringify({ name, args })) + this.#tokensOf(JSON.stringify(result))
    if (result.isError) throw new Error(result.content[0].text)
    return result.structuredContent
  }
}

/** Whether a place is a line of the program or a package. */
function isOfProgram(place) {
  return place !== undefined && /:\d+$/.test(place) && !place.startsWith('node:')
}

module.exports = { Hunt }
