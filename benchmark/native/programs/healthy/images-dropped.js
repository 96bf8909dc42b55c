'use strict'

module.exports = {
  cause: 'native objects that are dropped, whose memory was reported to V8',
  needs: ['addon'],
  expect: { kinds: [], explains: ['waiting', 'fragmentation'] },
  units: 20,
  async setup({ addon }) {
    return { addon, images: 0 }
  },
  async work(context, n) {
    for (let i = 0; i < n; i++) if (context.addon.image(150_000) !== null) context.images++
  }
}
