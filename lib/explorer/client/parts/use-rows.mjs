/**
 * Which rows of a long list are in view (a hook).
 *
 * Browsers draw no element higher than some millions of pixels. A longer list is scrolled by proportion: dragging the bar
 * goes anywhere, while small steps move by as many pixels as they say.
 */

import { Virtualizer } from '@tanstack/virtual-core'
import { useLayoutEffect, useMemo, useReducer } from 'preact/hooks'

export const ROW_HEIGHT = 30
/** Firefox gives up at 17 million pixels. */
const HIGHEST = 8_000_000
const OVERSCAN = 8

/** Keeps the position in the list, as if it were as high as it ought to be, beside that of the element. */
class Scroll {
  offset = 0
  #element
  #header
  #full = 0
  #physical = 0
  #tell = () => {}

  constructor(element, header) {
    this.#element = element
    this.#header = header
  }

  get isScaled() {
    return this.#full > HIGHEST
  }

  resize(full) {
    this.#full = full
  }

  /** Height of the window on the rows. */
  get view() {
    return Math.max(0, this.#element.clientHeight - this.#header)
  }

  /** How far the element can be scrolled, and how far the list. */
  #ends() {
    return [Math.min(this.#full, HIGHEST) - this.view, this.#full - this.view]
  }

  follow(tell) {
    this.#tell = tell
    const onScroll = () => this.#scrolled()
    this.#element.addEventListener('scroll', onScroll, { passive: true })
    tell(this.offset, false)
    return () => this.#element.removeEventListener('scroll', onScroll)
  }

  #scrolled() {
    const top = this.#element.scrollTop
    const step = top - this.#physical
    this.#physical = top
    if (!this.isScaled) this.offset = top
    else {
      const [end, fullEnd] = this.#ends()
      if (top <= 0) this.offset = 0
      else if (top >= end - 1) this.offset = fullEnd
      else if (Math.abs(step) > 2 * this.view) this.offset = (top / end) * fullEnd
      else this.offset = Math.max(0, Math.min(fullEnd, this.offset + step))
    }
    this.#tell(this.offset, true)
  }

  to(offset) {
    const [end, fullEnd] = this.#ends()
    this.offset = Math.max(0, Math.min(fullEnd, offset))
    const top = this.isScaled ? (this.offset / fullEnd) * end : this.offset
    this.#element.scrollTop = top
    this.#physical = this.#element.scrollTop
    this.#tell(this.offset, false)
  }

  /** Where a row is drawn, given its place in the list. */
  place(start) {
    return this.isScaled ? start - this.offset + this.#physical : start
  }
}

/**
 * @param {{ current: HTMLElement | null }} ref the element that scrolls
 * @param {number} count rows
 * @param {number} header height of what stays at the top of the element
 */
export function useRows(ref, count, header) {
  const [, redraw] = useReducer((n) => n + 1, 0)
  const it = useMemo(() => ({ scroll: null, virtual: null }), [])
  const options = {
    count,
    getScrollElement: () => ref.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: OVERSCAN,
    initialRect: { width: 0, height: 600 },
    observeElementRect: (_, tell) => {
      const measure = () => tell({ width: ref.current?.clientWidth ?? 0, height: it.scroll.view })
      const observer = new ResizeObserver(measure)
      observer.observe(ref.current)
      measure()
      return () => observer.disconnect()
    },
    observeElementOffset: (_, tell) => it.scroll.follow(tell),
    scrollToFn: (offset) => it.scroll?.to(offset),
    onChange: redraw
  }
  it.virtual ??= new Virtualizer(options)
  it.virtual.setOptions({ ...it.virtual.options, ...options })
  useLayoutEffect(() => {
    it.scroll = new Scroll(ref.current, header)
    it.scroll.resize(count * ROW_HEIGHT)
    it.virtual._willUpdate()
    const end = it.virtual._didMount()
    redraw()
    return end
  }, [])
  useLayoutEffect(() => {
    it.scroll.resize(count * ROW_HEIGHT)
    it.virtual._willUpdate()
  }, [count])
  const items = it.scroll === null ? [] : it.virtual.getVirtualItems()
  return {
    rows: items.map(({ index, start }) => ({ index, top: it.scroll.place(start) })),
    height: Math.min(count * ROW_HEIGHT, HIGHEST),
    offset: () => it.scroll?.offset ?? 0,
    scrollTo: (offset) => it.scroll?.to(offset),
    /** Brings a row into view, with as little movement as possible. */
    reveal: (index) => {
      const start = index * ROW_HEIGHT
      const { offset, view } = it.scroll
      if (start < offset) it.scroll.to(start)
      else if (start + ROW_HEIGHT > offset + view) it.scroll.to(start + ROW_HEIGHT - view)
    },
    perView: () => Math.max(1, Math.floor((it.scroll?.view ?? 0) / ROW_HEIGHT) - 1)
  }
}
