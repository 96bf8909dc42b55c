'use strict'

/**
 * Creates the page as one self-contained document with inline styles, scripts and
 * data. The policy allows exactly these scripts and styles, by their hashes.
 */

const { assets } = require('./assets')
const { html, jsonScript } = require('./view/html')
const { bodyView, titleOf } = require('./view/page')

const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'%3E%3Cpath fill='%230b7a75' d='M12 1c4.2 5.2 7 9 7 12.7a7 7 0 0 1-14 0C5 10 7.8 6.200 12 1Z'/%3E%3C/svg%3E"

/** Start of every page, by which `seep compare --html` recognizes files that it may replace. */
const PAGE_START = `<!doctype html>
<html lang="en" class="no-script">
<head>
<meta charset="utf-8">
<meta name="generator" content="seep">
`

/**
 * @param {object} state of `pageState` (./state.js)
 * @param {{ isLive: boolean, name?: string | null, allowCheck?: boolean, allowSnapshot?: boolean, token?: string | null, instance?: string | null, revision?: number, focus?: string | null }} page
 * @returns {Promise<{ text: string, policy: string }>} the document, and the Content-Security-Policy for the header
 */
async function pageDocument(state, page) {
  const { styles, scripts, policyOf } = await assets()
  const { isLive, name = null, allowCheck = false, allowSnapshot = false, focus = null } = page
  const { token = null, instance = null, revision = null } = page
  const policy = policyOf(isLive)
  const settings = { isLive, token, instance, revision, focus }
  const text = html`<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>${titleOf(state, name)}</title>
<link rel="icon" href="${ICON}">
${styles.map((style) => html`<style>${style}</style>`)}
</head>
<body>
${bodyView(state, { name, isLive, allowCheck, allowSnapshot, focus })}
<script type="application/json" id="state">${jsonScript(state)}</script>
<script type="application/json" id="settings">${jsonScript(settings)}</script>
${scripts.map((script) => html`<script>${script}</script>`)}
</body>
</html>
`
  // frame-ancestors has no effect in a meta element.
  return { text: `${PAGE_START}${text}`, policy: `${policy}; frame-ancestors 'none'` }
}

/** Creates a page about one leak, for a file. */
async function reportPage(state, leak) {
  const { text } = await pageDocument(state, { isLive: false, focus: leak?.id ?? null })
  return text
}

module.exports = { PAGE_START, pageDocument, reportPage }
