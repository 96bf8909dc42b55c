'use strict'

/**
 * Returns the offer that an Accept header prefers, or the first one if there is no
 * preference or no match. (RFC 9110, 12.5.1; a more specific range wins.)
 *
 * @param {string | undefined} header
 * @param {string[]} offers media types, the default first
 */
function preferred(header, offers) {
  if (typeof header !== 'string' || header.trim() === '') return offers[0]
  const ranges = header.split(',').map((part) => {
    const [range, ...parameters] = part.split(';').map((text) => text.trim().toLowerCase())
    const q = parameters.find((text) => text.startsWith('q='))
    const quality = q === undefined ? 1 : Number(q.slice(2))
    return { range, quality: Number.isFinite(quality) ? quality : 0 }
  })
  const qualityOf = (offer) => {
    const wider = [offer, `${offer.split('/')[0]}/*`, '*/*']
    for (const name of wider) {
      const found = ranges.find(({ range }) => range === name)
      if (found !== undefined) return found.quality
    }
    return 0
  }
  const qualities = offers.map(qualityOf)
  return offers[Math.max(0, qualities.indexOf(Math.max(...qualities)))]
}

module.exports = { preferred }
