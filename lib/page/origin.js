'use strict'

/**
 * Whether a request comes from a page of another origin.
 *
 * Browsers say so themselves in Sec-Fetch-Site, which no page can set. Where
 * they do not (plain http to another host), Origin has to name the host that
 * was asked. What is no browser sends neither, and cannot be tricked into
 * sending a person's cookies.
 *
 * @param {import('node:http').IncomingHttpHeaders} headers
 * @returns {string | null} what is wrong, for a person
 */
function crossOrigin(headers) {
  const site = headers['sec-fetch-site']
  if (site !== undefined) {
    return site === 'same-origin' ? null : 'The request comes from another site.'
  }
  const { origin } = headers
  if (origin === undefined) return null
  const isSame = URL.canParse(origin) && new URL(origin).host === headers.host
  return isSame ? null : `The origin ${origin} is not the host that was asked (${headers.host}).`
}

module.exports = { crossOrigin }
