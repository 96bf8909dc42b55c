'use strict'
// Objects whose memory V8 is told of, kept by the program.

const thumbnails = new Map()

module.exports = {
  cause: 'native objects kept whose memory was reported to V8',
  needs: ['addon'],
  expect: { kinds: ['external'], leak: ['thumbnails'] },
  units: 20,
  async setup({ addon }) {
    return { addon, next: 0 }
  },
  async work(context, n) {
    for (let i = 0; i < n; i++) thumbnails.set(context.next++, context.addon.image(150_000))
  }
}
