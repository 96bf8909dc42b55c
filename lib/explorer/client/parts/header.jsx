/** The header: which file, and the search. */

import { session } from '../data/files.mjs'
import { go, href, route } from '../data/route.mjs'
import { summary } from '../data/summary.mjs'
import { baseName, bytes, oneLine, plural } from '../data/words.mjs'
import { Icon } from './icon.jsx'
import { openPalette } from './palette.jsx'

const isMac = /Mac|iPhone|iPad/.test(navigator.platform)

export function Header() {
  return (
    <header>
      <a class="brand" href={href('overview')}>
        <svg class="logo" viewBox="0 0 24 24" aria-hidden="true">
          <path d="M12 2.500c3.600 4.600 6 7.900 6 11.200a6 6 0 0 1-12 0c0-3.300 2.400-6.600 6-11.200Z" />
          <path
            class="logo-level"
            d="M7.300 13.600c1.600-1.200 3.100-1.200 4.700 0s3.100 1.200 4.700 0a4.700 4.700 0 0 1-9.400 0Z"
          />
        </svg>
        <span>seep</span>
      </a>
      <File />
      <Facts />
      <button
        type="button"
        class="search-button"
        aria-keyshortcuts="Control+K Meta+K"
        onClick={openPalette}
      >
        <Icon name="search" />
        <span>Search</span>
        <kbd>{isMac ? '⌘K' : 'Ctrl K'}</kbd>
      </button>
    </header>
  )
}

function File() {
  const { files } = session.value
  const { file, view } = route.value
  const { path } = files[file]
  if (files.length === 1) {
    return (
      <span class="file" title={oneLine(path)}>
        {baseName(path)}
      </span>
    )
  }
  // An object or a holder of one file may not be in the other, but the kind of view is.
  const change = ({ target }) =>
    go(href(view === 'object' ? 'overview' : view, null, {}, target.value))
  return (
    <select class="file" aria-label="File" value={file} title={oneLine(path)} onChange={change}>
      {files.map((it) => (
        <option key={it.index} value={it.index}>
          {it.index + 1} of {files.length}: {baseName(it.path)}
        </option>
      ))}
    </select>
  )
}

function Facts() {
  const totals = summary.value
  if (totals === null) return <p class="facts" />
  return (
    <p class="facts">
      <span>{bytes(totals.totalBytes)}</span> <span>{plural(totals.nodeCount, 'object')}</span>
    </p>
  )
}
