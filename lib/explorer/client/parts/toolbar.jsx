/** What is above a list: its title, what narrows it, and the button that copies it. */

import { useEffect, useState } from 'preact/hooks'
import { setOptions } from '../data/route.mjs'

const TYPING_MS = 200

export function Toolbar({ title, hint, children }) {
  return (
    <div class="toolbar">
      <div class="toolbar-title">
        <h1>{title}</h1>
        {hint && <p class="hint">{hint}</p>}
      </div>
      <div class="toolbar-tools">{children}</div>
    </div>
  )
}

/** A text that the names of rows must contain; part of the address. */
export function Filter({ value = '', name = 'filter', label = 'Filter by name' }) {
  const [text, setText] = useState(value)
  useEffect(() => setText(value), [value])
  useEffect(() => {
    if (text === value) return undefined
    const timer = setTimeout(() => setOptions({ [name]: text, open: undefined }), TYPING_MS)
    return () => clearTimeout(timer)
  }, [text])
  return (
    <input
      type="search"
      class="filter"
      placeholder={label}
      aria-label={label}
      value={text}
      onInput={({ target }) => setText(target.value)}
    />
  )
}

/** A choice between a few; part of the address. The first is the default. */
export function Switch({ label, name, value, choices }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms
    <div class="switch" role="group" aria-label={label}>
      {choices.map(([id, text], i) => (
        <button
          key={id}
          type="button"
          aria-pressed={id === (value ?? choices[0][0])}
          onClick={() => setOptions({ [name]: i === 0 ? undefined : id, open: undefined })}
        >
          {text}
        </button>
      ))}
    </div>
  )
}

export function Choice({ label, name, value, choices }) {
  return (
    <label class="choice">
      <span>{label}</span>
      <select
        value={value ?? choices[0][0]}
        onChange={({ target }) => {
          const isDefault = target.value === choices[0][0]
          setOptions({ [name]: isDefault ? undefined : target.value, open: undefined })
        }}
      >
        {choices.map(([id, text]) => (
          <option key={id} value={id}>
            {text}
          </option>
        ))}
      </select>
    </label>
  )
}
