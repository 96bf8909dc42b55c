/** Every state of the page is a URL: /FILE/VIEW/ARGUMENT?options. */

import { signal } from '@preact/signals'

function decoded(text) {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function read() {
  const [, file, view, ...rest] = location.pathname.split('/')
  return {
    file: file === '' ? null : Number(file),
    view: view || 'overview',
    argument: rest.length === 0 ? null : decoded(rest.join('/')),
    options: Object.fromEntries(new URLSearchParams(location.search))
  }
}

export const route = signal(read())

/** Addresses cannot have half a character, and names can. */
function wellFormed(text) {
  return text.replace(
    /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
    '\ufffd'
  )
}

/** Returns the address of a view of the current file. */
export function href(view, argument = null, options = {}, file = route.value.file) {
  const given = Object.entries(options).filter(
    ([, it]) => it !== undefined && it !== '' && it !== null
  )
  const query = new URLSearchParams(given.map(([name, it]) => [name, String(it)])).toString()
  const path =
    argument === null ? view : `${view}/${encodeURIComponent(wellFormed(String(argument)))}`
  return `/${file}/${path}${query && `?${query}`}`
}

/** Where lists are scrolled to belongs to an entry of the history, so that going back finds the place again. */
export function rememberScroll(name, top) {
  history.replaceState({ ...history.state, [name]: top }, '')
}

export function rememberedScroll(name) {
  return history.state?.[name] ?? 0
}

export function go(address) {
  if (address === `${location.pathname}${location.search}`) return
  history.pushState(null, '', address)
  route.value = read()
}

/** Changes options of the current view without a new entry in the history. */
export function setOptions(change) {
  const { view, argument, options } = route.value
  history.replaceState(history.state, '', href(view, argument, { ...options, ...change }))
  route.value = read()
}

/** Changes the address without a new state: for what the view itself has already done. */
export function noteOptions(change) {
  const { file, view, argument, options } = route.peek()
  Object.assign(options, change)
  history.replaceState(history.state, '', href(view, argument, options, file))
}

/** Longest name in an address. The id says which class is meant; without one, a longer name leads nowhere. */
const LONGEST_NAME = 200

/** Returns the address of a class, or undefined if it cannot be named. */
export function classHref(className, { id, ...options } = {}) {
  if (id === undefined && className.length > LONGEST_NAME) return undefined
  return href('class', className.slice(0, LONGEST_NAME), { id, ...options })
}

export function startRouter() {
  addEventListener('popstate', () => {
    route.value = read()
  })
  document.addEventListener('click', (event) => {
    const link = event.target.closest?.('a[href]')
    const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey
    if (link === null || link === undefined || !isPlain || link.target !== '') return
    const url = new URL(link.href)
    // A part of the page, or a file.
    if (url.hash !== '' || url.pathname.startsWith('/assets/')) return
    event.preventDefault()
    go(`${url.pathname}${url.search}`)
  })
}

export function replace(address) {
  history.replaceState(null, '', address)
  route.value = read()
}
