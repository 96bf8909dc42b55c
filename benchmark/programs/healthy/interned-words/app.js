'use strict'
// Words of incoming texts are interned, over a vocabulary of 5,000. The texts themselves are dropped.
const vocabulary = new Map()

function intern(word) {
  const known = vocabulary.get(word)
  if (known !== undefined) return known
  vocabulary.set(word, word)
  return word
}

module.exports = {
  name: 'interned-words',
  kind: 'bounded-cache',
  source: 'pattern: string interning that levels off',
  packages: {},
  verify: { n: 250, warmup: 6, rounds: 14 },
  async setup() {
    return { seed: 99, letters: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++) {
      let text = ''
      for (let k = 0; k < 30; k++) {
        ctx.seed = (Math.imul(ctx.seed, 22695477) + 1) >>> 0
        text += `word-${(ctx.seed >>> 9) % 5000}-of-the-language `
      }
      for (const word of Buffer.from(text).toString('latin1').split(' '))
        ctx.letters += intern(word).length
    }
  },
  async teardown() {},
  expect: {
    leak: false,
    container: 'vocabulary, 5,000 words',
    pathIncludes: [],
    leakedType: null,
    bytesPerUnit: 0
  }
}
