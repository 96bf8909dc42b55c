/** The icons, as strokes. */

const PATHS = {
  overview: 'M4 19V9m5.300 10V5m5.300 14v-7M20 19v-4',
  holders: 'M4 6h6v5H4zM14 13h6v5h-6zM7 11v5h7',
  classes: 'M4 6h16M4 12h16M4 18h10',
  dominators: 'M4 4h16v16H4zM12 4v16M12 11h8M4 14h8',
  strings: 'M5 7V5h14v2M12 5v14M9 19h6',
  compare: 'M4 17 9 11l4 3 7-8M15 6h5v5',
  search: 'M10.500 4a6.500 6.500 0 1 1 0 13 6.500 6.500 0 0 1 0-13zM15.500 15.500 20 20',
  copy: 'M9 9h10v10H9zM5 15V5h10',
  check: 'm5 12.500 4.500 4.500L19 7.500',
  close: 'm6 6 12 12M18 6 6 18',
  chevron: 'm9 6 6 6-6 6'
}

export function Icon({ name }) {
  return (
    <svg class={`icon icon-${name}`} viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  )
}
