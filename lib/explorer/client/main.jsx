/** Starts the page. */

import { render } from 'preact'
import { App } from './app.jsx'
import { followProgress, loadSession } from './data/files.mjs'
import { href, replace, route, startRouter } from './data/route.mjs'
import { followSummary } from './data/summary.mjs'

startRouter()
const root = document.getElementById('app')
loadSession().then(
  ({ files }) => {
    const { file } = route.value
    // Without a file in the address, the latest is shown.
    if (file === null || files[file] === undefined) {
      replace(href('overview', null, {}, files.length - 1))
    }
    followProgress()
    followSummary()
    render(<App />, root)
  },
  (error) => render(<App error={error} />, root)
)
