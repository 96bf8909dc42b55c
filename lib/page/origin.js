'use strict'

/**
 * Checks whether a request comes from a page of another origin.
 *
 * Browsers say so in Sec-Fetch-Site, which no page can set. If that is missing (plain
 * HTTP to another host), Origin must match the host of the request. Other clients send
 * neither, and cannot be tricked into sending a user's cookies.
 *
 * @param {import('node:http').IncomingHttpHeaders} headers
 * @returns {string | null} the error message, or null
 */
function crossOrigin(headers) {
  const site = headers['sec-fetch-site']
  if (site !== undefined) {
    return site === 'same-origin' ? null : 'The request comes from another site.'
  }
  const { origin } = headers
  if (origin === undefined) return null
  const isSame = URL.canParse(origin) && new URL(origin).host === headers.host
  return isSame ? null : `The origin ${origin} does not match the host ${headers.host}.`
}

module.exports = { crossOrigin }
