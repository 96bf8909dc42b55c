/** The frame of every view: header, navigation, and what the address says. */

import { useEffect } from 'preact/hooks'
import { isReachable } from './data/api.mjs'
import { progress, session } from './data/files.mjs'
import { route } from './data/route.mjs'
import { baseName } from './data/words.mjs'
import { Header } from './parts/header.jsx'
import { Navigation, VIEWS } from './parts/navigation.jsx'
import { Opening, Stage } from './parts/opening.jsx'
import { Palette } from './parts/palette.jsx'
import { Failure } from './parts/states.jsx'

export function App({ error }) {
  if (error !== undefined) {
    return (
      <main class="alone">
        <h1>The page cannot be shown</h1>
        <Failure error={error} />
      </main>
    )
  }
  const { file, view, argument } = route.value
  const { files } = session.value
  const shown = VIEWS[view] ?? VIEWS.overview
  const { path } = files[file]
  const title = `${argument === null ? shown.label : shown.titleOf(argument)} · ${baseName(path)} · seep`
  useEffect(() => {
    document.title = title
  }, [title])
  return (
    <div class="app">
      <a class="skip-link" href="#view">
        Skip to the view
      </a>
      <Header />
      <Navigation />
      <main id="view" tabIndex={-1}>
        <Notice />
        <Stage />
        <View shown={shown} />
      </main>
      <Palette />
    </div>
  )
}

function View({ shown }) {
  const { state, error } = progress.value
  const { file, argument } = route.value
  if (state === 'failed') return <Failure error={error} onRetry={() => location.reload()} />
  const isEnough = state === 'ready' || (state === 'counted' && shown.isEarly)
  if (!isEnough) return <Opening />
  const Shown = shown.view
  // Another file or object is another state, of which nothing is kept.
  return <Shown key={`${file}/${shown.id}/${argument}`} argument={argument} />
}

function Notice() {
  if (isReachable.value) return null
  return (
    <p class="notice" role="alert">
      seep open has ended. Run it again in the terminal, and open the address that it prints.
    </p>
  )
}
