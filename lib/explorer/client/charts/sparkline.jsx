/** Room for the dot and for half of the line. */
const EDGE = 2.5

/**
 * A figure over a few snapshots, in a line of text. It starts at 0, so that growth does not look
 * bigger than it is.
 *
 * @param {object} props
 * @param {(number | null)[]} props.values null where there is no figure
 * @param {string} props.label what it shows, for screen readers
 */
export function Sparkline({ values, label, width = 64, height = 18 }) {
  const highest = Math.max(...values.map((value) => value ?? 0), 1)
  const x = (i) => EDGE + (i / Math.max(1, values.length - 1)) * (width - 2 * EDGE)
  const y = (value) => height - EDGE - (Math.max(0, value) / highest) * (height - 2 * EDGE)
  const points = values
    .map((value, i) => (value === null ? null : [x(i).toFixed(1), y(value).toFixed(1)]))
    .filter((point) => point !== null)
  const last = points.at(-1)
  return (
    <svg
      class="sparkline"
      role="img"
      aria-label={label}
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
    >
      {points.length > 1 && <polyline points={points.map((point) => point.join()).join(' ')} />}
      {last !== undefined && <circle cx={last[0]} cy={last[1]} r="2" />}
    </svg>
  )
}
