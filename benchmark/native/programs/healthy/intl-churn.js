'use strict'
// Two formatters per request: megabytes of ICU's behind objects that look small to V8.

module.exports = {
  cause: 'two Intl.NumberFormat per request',
  expect: { kinds: [], explains: ['waiting', 'fragmentation'] },
  units: 60,
  async setup() {
    return { text: '' }
  },
  async work(context, n) {
    for (let i = 0; i < n; i++) {
      const price = new Intl.NumberFormat('de-DE', { style: 'currency', currency: 'EUR' })
      const share = new Intl.NumberFormat('en-US', { style: 'percent' })
      context.text = `${price.format(i)} ${share.format(i / n)}`
    }
  }
}
