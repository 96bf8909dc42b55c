'use strict'

/** Trees for the explorer's charts, and the charts in a document of their own. */

const { readFileSync } = require('node:fs')
const path = require('node:path')
const esbuild = require('esbuild')

const CHARTS = path.join(__dirname, '..', '..', 'lib', 'explorer', 'client', 'charts')
const PAGE = path.join(__dirname, '..', '..', 'lib', 'page', 'client')

/** A small random generator, so that every run draws the same. */
function dice(seed) {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

const CLASSES = ['Session', 'Array', 'Map', 'Buffer', 'Socket', 'system / Context', 'Template']

/**
 * Rows as `heap.tree()` gives them: sizes fall off as they do in a heap, some parents have a rest,
 * and parents have own bytes.
 */
function treeRows(count, seed = 7) {
  const random = dice(seed)
  const totalBytes = 400_000_000
  const rows = []
  const queue = [{ parent: null, depth: 0, bytes: totalBytes }]
  while (rows.length < count && queue.length > 0) {
    const { parent, depth, bytes } = queue.shift()
    let left = bytes * (0.7 + 0.3 * random())
    const children = 2 + Math.floor(random() * 9)
    for (let i = 0; i < children && rows.length < count && left > 64; i++) {
      const isRest = i === children - 1 && random() < 0.6
      const size = isRest ? left : Math.floor(left * (0.2 + 0.5 * random()))
      const className = CLASSES[Math.floor(random() * CLASSES.length)]
      const label = isRest ? '' : `${className.toLowerCase()}s${rows.length}`
      rows.push({ ...blank(), parent, depth, label, className, bytes: size })
      rows.at(-1).others = isRest ? 1 + Math.floor(random() * 5000) : 0
      if (!isRest) queue.push({ parent: rows.length - 1, depth: depth + 1, bytes: size })
      left -= size
    }
  }
  return { rows, totalBytes }
}

function blank() {
  return { id: 1, key: null, selfBytes: 64, count: 3, others: 0, place: null }
}

/** Returns a document that draws one of the charts with the rows, and notes what is picked and hovered. */
async function chartDocument(name, props, { css = '' } = {}) {
  const { outputFiles } = await esbuild.build({
    stdin: {
      contents: `
        import { render } from 'preact'
        import { ${name} } from './index.mjs'
        globalThis.noted = { picked: [], hovered: [] }
        globalThis.draw = (props) => render(
          <${name} {...props}
            onPick={(row) => noted.picked.push(row.label)}
            onHover={(row) => noted.hovered.push(row?.label ?? null)} />,
          document.querySelector('main'))
        draw(JSON.parse(document.querySelector('#props').textContent))
      `,
      loader: 'jsx',
      resolveDir: CHARTS
    },
    bundle: true,
    write: false,
    jsx: 'automatic',
    jsxImportSource: 'preact',
    logLevel: 'silent'
  })
  const files = [
    path.join(PAGE, 'tokens.css'),
    path.join(PAGE, 'shared.css'),
    path.join(PAGE, 'page.css'),
    path.join(CHARTS, 'charts.css')
  ]
  const styles = files.map((file) => readFileSync(file, 'utf8'))
  const data = JSON.stringify(props).replaceAll('<', '\\u003c')
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${name}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>${styles.join('\n')} body { max-width: none; padding: 16px } ${css}</style>
<body><h1>Charts</h1><main></main><script type="application/json" id="props">${data}</script>
<script>${outputFiles[0].text.replaceAll('</script', '<\\/script')}</script></body></html>`
}

module.exports = { CHARTS, chartDocument, treeRows }
