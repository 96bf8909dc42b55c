'use strict'
/** Formatters by locale and currency, made at first use; most of their memory is native. */

const LOCALES = [
  'en',
  'de',
  'fr',
  'es',
  'it',
  'nl',
  'pl',
  'pt',
  'sv',
  'ja',
  'ko',
  'zh',
  'ar',
  'he',
  'hi',
  'tr'
]
const CURRENCIES = ['USD', 'EUR', 'GBP', 'JPY', 'CHF', 'SEK', 'PLN', 'BRL']
const formatters = new Map()
let seed = 41

function random() {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
  return seed / 4294967296
}

function money(amount) {
  const locale = LOCALES[Math.floor(16 ** random()) - 1]
  const currency = CURRENCIES[Math.floor(8 ** random()) - 1]
  const key = `${locale}/${currency}`
  let formatter = formatters.get(key)
  if (formatter === undefined) {
    formatter = new Intl.NumberFormat(locale, { style: 'currency', currency })
    formatters.set(key, formatter)
  }
  return formatter.format(amount).length
}

module.exports = {
  name: 'intl-formatters',
  kind: 'native-memo',
  source: 'pattern: formatters kept by locale',
  verify: { n: 60, warmup: 8 },
  async setup() {
    return { i: 0, chars: 0 }
  },
  async step(ctx, n) {
    for (let k = 0; k < n; k++) ctx.chars += money(ctx.i++)
  },
  async teardown() {},
  expect: { leak: false, container: 'formatters: at most 128', pathIncludes: [], leakedType: null }
}
