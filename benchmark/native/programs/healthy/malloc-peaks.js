'use strict'
// As much as there are requests at once, freed when they end.

module.exports = {
  cause: 'an addon that frees what it allocates',
  needs: ['addon'],
  expect: { kinds: [], explains: ['fragmentation'] },
  units: 20,
  async setup({ addon }) {
    return { addon, next: 0 }
  },
  async work(context, n) {
    context.addon.peak(n * 100, 1000 + ((context.next++ * 611) % 9000))
  }
}
