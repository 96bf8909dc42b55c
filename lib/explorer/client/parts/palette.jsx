/** The search that Ctrl-K opens over any view: suggestions while one types. */

import { signal } from '@preact/signals'
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { ask } from '../data/api.mjs'
import { classHref, go, href, route } from '../data/route.mjs'
import { isReady } from '../data/summary.mjs'
import { bytes, clipped, count, objectName, oneLine, plural } from '../data/words.mjs'
import { Icon } from './icon.jsx'

const isOpen = signal(false)
const TYPING_MS = 120
/** Suggestions of each sort. */
const MOST = 6

const VIEWS = ['overview', 'holders', 'classes', 'dominators', 'strings', 'compare']

export function openPalette() {
  isOpen.value = true
}

export function Palette() {
  useEffect(() => {
    const onKey = (event) => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey)) return
      event.preventDefault()
      isOpen.value = !isOpen.value
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [])
  return isOpen.value ? <Open /> : null
}

function classItem({ className, classId, count: objects, retainedBytes }) {
  return {
    sort: 'class',
    text: className,
    note: `${plural(objects, 'object')}, ${bytes(retainedBytes ?? 0)}`,
    to: classHref(className, { id: classId })
  }
}

function holderItem({ path, holder }) {
  return {
    sort: 'holder',
    text: path.join(' → '),
    note: bytes(holder.heldBytes),
    to: href('holder', holder.key)
  }
}

function objectItem(row) {
  return {
    sort: 'object',
    text: `${objectName(row)} @${row.id}`,
    note: bytes(row.retainedBytes),
    to: href('object', row.id)
  }
}

function viewItems(text) {
  const wanted = text.trim().toLowerCase()
  return VIEWS.filter((id) => wanted === '' || id.startsWith(wanted)).map((id) => ({
    sort: 'view',
    text: `${id[0].toUpperCase()}${id.slice(1)}`,
    note: '',
    to: href(id)
  }))
}

function itemsOf(text, found) {
  if (text.trim() === '') return viewItems('')
  const { classes, holders, objects } = found ?? {}
  const id = /^\s*@(\d+)\s*$/.exec(text)?.[1]
  // Known before the answer is here, so that Enter need not wait.
  const named = { sort: 'object', text: `@${id}`, note: '', to: href('object', id) }
  const total = [classes, holders, objects].reduce((sum, list) => sum + (list?.total ?? 0), 0)
  return [
    ...viewItems(text),
    ...(id !== undefined && objects === undefined ? [named] : []),
    ...(objects?.rows ?? []).map(objectItem),
    ...(classes?.rows ?? []).map(classItem),
    ...(holders?.rows ?? []).map(holderItem),
    {
      sort: 'all',
      text: `Search for “${clipped(text, 80)}”`,
      note: found ? `${count(total)} found` : '',
      to: href('search', null, { q: text.trim() })
    }
  ]
}

/** The answer to what was typed last; the one before stays until then. */
function useFound(text) {
  const [state, setState] = useState({ found: null, error: null })
  useEffect(() => {
    if (text.trim() === '' || !isReady()) {
      setState({ found: null, error: null })
      return undefined
    }
    const abort = new AbortController()
    const timer = setTimeout(() => {
      ask('find', { file: route.value.file, expression: text, limit: MOST }, abort.signal).then(
        (found) => setState({ found, error: null }),
        (error) => {
          if (!abort.signal.aborted) setState({ found: null, error })
        }
      )
    }, TYPING_MS)
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  }, [text])
  return state
}

function Open() {
  const dialog = useRef(null)
  const id = useId()
  const [text, setText] = useState('')
  const [active, setActive] = useState(0)
  const { found, error } = useFound(text)
  const items = itemsOf(text, found)
  const at = Math.min(active, items.length - 1)
  const close = () => {
    isOpen.value = false
  }
  useLayoutEffect(() => {
    // The browser keeps the focus inside, and gives it back.
    dialog.current.showModal()
  }, [])
  const choose = (item) => {
    close()
    go(item.to)
  }
  const onKeyDown = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step !== undefined) setActive((at + step + items.length) % items.length)
    else if (event.key === 'Enter') choose(items[at])
    else return
    event.preventDefault()
  }
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes a dialog
    <dialog
      ref={dialog}
      class="palette"
      aria-label="Search"
      onClose={close}
      onClick={({ target }) => target === dialog.current && close()}
    >
      <div class="palette-box">
        <label class="palette-input">
          <Icon name="search" />
          <input
            role="combobox"
            aria-expanded="true"
            aria-controls={id}
            aria-activedescendant={`${id}-${at}`}
            aria-label="Search for a class, variable, file, @id or expression"
            placeholder="A class, variable, file, @id, or class:Session retained>1MB"
            spellcheck={false}
            value={text}
            onInput={({ target }) => {
              setText(target.value)
              setActive(0)
            }}
            onKeyDown={onKeyDown}
          />
        </label>
        <div id={id} class="palette-list" role="listbox" aria-label="Suggestions">
          {items.map((item, i) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the field handles the keys
            // biome-ignore lint/a11y/useFocusableInteractive: the field has the focus
            <div
              key={`${item.sort}${item.to}`}
              id={`${id}-${i}`}
              role="option"
              aria-selected={i === at}
              onMouseMove={() => setActive(i)}
              onClick={() => choose(item)}
              ref={(element) => i === at && element?.scrollIntoView({ block: 'nearest' })}
            >
              <span class="palette-sort">{item.sort === 'all' ? '' : item.sort}</span>
              <span class="palette-text">{clipped(item.text)}</span>
              <span class="palette-note">{item.note}</span>
            </div>
          ))}
        </div>
        <p class="palette-foot">
          {error === null ? (
            'Enter opens, arrows choose, Esc closes.'
          ) : (
            <span role="alert">{oneLine(error.message)}</span>
          )}
        </p>
      </div>
    </dialog>
  )
}
