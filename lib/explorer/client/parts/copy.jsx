/** The button that copies what is shown. */

import { useEffect, useRef, useState } from 'preact/hooks'
import { copy } from '../../../page/client/copy.js'
import { Icon } from './icon.jsx'

const SHOWN_MS = 2000
const LABELS = { ready: 'Copy as Markdown', done: 'Copied', failed: 'Not copied' }

/** @param {{ text: () => string | Promise<string>, label?: string }} props */
export function Copy({ text, label = LABELS.ready }) {
  const [state, setState] = useState('ready')
  const timer = useRef(null)
  useEffect(() => () => clearTimeout(timer.current), [])
  const onClick = async () => {
    const isCopied = await copy(await text())
    setState(isCopied ? 'done' : 'failed')
    clearTimeout(timer.current)
    timer.current = setTimeout(() => setState('ready'), SHOWN_MS)
  }
  return (
    <button type="button" class="copy" onClick={onClick}>
      <Icon name={state === 'done' ? 'check' : 'copy'} />
      <span aria-live="polite">{state === 'ready' ? label : LABELS[state]}</span>
    </button>
  )
}
