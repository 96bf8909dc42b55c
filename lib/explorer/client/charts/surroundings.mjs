import { useLayoutEffect, useState } from 'preact/hooks'

/** What a canvas must follow: its size, the resolution of the screen, the theme. */

/** Returns the size of an element in CSS pixels; zero before it is laid out. */
export function useSize(ref) {
  const [size, setSize] = useState({ width: 0, height: 0 })
  useLayoutEffect(() => {
    const { clientWidth: width, clientHeight: height } = ref.current
    setSize({ width, height })
    const observer = new ResizeObserver(([{ contentRect }]) => {
      setSize({ width: contentRect.width, height: contentRect.height })
    })
    observer.observe(ref.current)
    return () => observer.disconnect()
  }, [ref])
  return size
}

/** Returns the device pixels per CSS pixel, which change with the zoom and from screen to screen. */
export function useScale() {
  const [scale, setScale] = useState(devicePixelRatio)
  useMatch(`(resolution: ${scale}dppx)`, () => setScale(devicePixelRatio))
  return scale
}

const DARK = '(prefers-color-scheme: dark)'

export function useIsDark() {
  const [isDark, setIsDark] = useState(matchMedia(DARK).matches)
  useMatch(DARK, ({ matches }) => setIsDark(matches))
  return isDark
}

function useMatch(query, changed) {
  useLayoutEffect(() => {
    const list = matchMedia(query)
    list.addEventListener('change', changed)
    return () => list.removeEventListener('change', changed)
  }, [query])
}
