'use strict'

/* global uPlot, devicePixelRatio, getComputedStyle */

/** The charts of the page. */

const { bytes, clock, count } = require('../view/format')
const { SERIES } = require('../view/page')

const DASHES = { externalBytes: [6, 4], rssBytes: [2, 3] }
const FILLS = { floorBytes: 'floor-fill', rssBytes: 'rss-fill' }
const AXIS_FONT = '12px system-ui, sans-serif'

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()
}

function axis(values, extra) {
  return {
    stroke: colour('muted'),
    font: AXIS_FONT,
    grid: { stroke: colour('grid'), width: 1 },
    ticks: { show: false },
    values,
    ...extra
  }
}

/** Formats the marks of an axis with the same unit, and as many decimals as their distance requires. */
function byteMarks(_, splits) {
  const shown = splits.filter((value) => value !== null)
  const highest = Math.max(...shown)
  const exponent = Math.min(4, Math.max(0, Math.floor(Math.log10(highest || 1) / 3)))
  const unit = 1000 ** exponent
  const step = (shown[1] - shown[0]) / unit
  const decimals = [0, 1, 2].find((n) => Number.isInteger(+(step * 10 ** n).toFixed(6))) ?? 2
  const name = ['B', 'kB', 'MB', 'GB', 'TB'][exponent]
  return splits.map((value) => (value ? `${(value / unit).toFixed(decimals)} ${name}` : '0'))
}

function byteAxis() {
  return axis(byteMarks, {
    size: 62,
    space: 24
  })
}

/** Shows seconds only if minutes would repeat. */
function timeAxis() {
  return axis(
    (_, splits, _axis, _space, step) => splits.map((at) => clock(new Date(at * 1000), step < 60)),
    { space: 90, size: 28 }
  )
}

function countAxis() {
  return axis((_, splits) => splits.map((value) => (Number.isInteger(value) ? short(value) : '')), {
    size: 56,
    space: 24
  })
}

function short(value) {
  if (value < 10_000) return count(value)
  // Above this, one decimal would round to 1000k.
  return value < 999_950 ? `${+(value / 1e3).toFixed(1)}k` : `${+(value / 1e6).toFixed(1)}M`
}

/** Draws captures as vertical lines behind the series. */
function captureMarks(captures) {
  return (plot) => {
    const { ctx, bbox } = plot
    ctx.save()
    ctx.lineWidth = devicePixelRatio
    ctx.strokeStyle = colour('mark')
    ctx.fillStyle = colour('mark')
    for (const at of captures()) {
      const x = Math.round(plot.valToPos(at, 'x', true))
      if (x < bbox.left || x > bbox.left + bbox.width) continue
      ctx.setLineDash([3 * devicePixelRatio, 4 * devicePixelRatio])
      ctx.beginPath()
      ctx.moveTo(x, bbox.top)
      ctx.lineTo(x, bbox.top + bbox.height)
      ctx.stroke()
      ctx.setLineDash([])
      ctx.beginPath()
      const half = 4 * devicePixelRatio
      ctx.moveTo(x - half, bbox.top)
      ctx.lineTo(x + half, bbox.top)
      ctx.lineTo(x, bbox.top + half * 1.4)
      ctx.fill()
    }
    ctx.restore()
  }
}

/** Returns a range with room above the highest value. It starts at 0, so that growth does not look bigger than it is. */
function fromZero(_, _low, high) {
  return [0, (high || 1) * 1.12]
}

/** Keeps a chart as wide as its container. */
function keepFitting(plot, host, height) {
  const observer = new ResizeObserver(() => {
    if (host.clientWidth > 0) plot.setSize({ width: host.clientWidth, height: height() })
  })
  observer.observe(host)
  return () => {
    observer.disconnect()
    plot.destroy()
  }
}

/**
 * Draws some of the series over time. The charts of a page move their cursors together.
 *
 * @param {HTMLElement} host
 * @param {string[]} names of the series
 * @param {{ rows(): object, captures(): number[], isShown(name: string): boolean, onCursor(index: number | null): void }} source
 */
function memoryChart(host, names, source) {
  const series = SERIES.filter(({ name }) => names.includes(name))
  const data = () => {
    const rows = source.rows()
    return [rows.at.map((ms) => ms / 1000), ...series.map(({ name }) => rows[name])]
  }
  const height = () => (names.length === 1 ? 120 : host.clientWidth < 560 ? 200 : 230)
  const plot = new uPlot(
    {
      width: host.clientWidth,
      height: height(),
      legend: { show: false },
      cursor: {
        y: false,
        points: { size: 7 },
        drag: { x: false, y: false },
        sync: { key: 'memory' }
      },
      scales: { y: { range: fromZero } },
      axes: [timeAxis(), byteAxis()],
      series: [
        {},
        ...series.map(({ name, label }) => ({
          label,
          show: source.isShown(name),
          stroke: colour(name),
          width: name === 'floorBytes' ? 2.5 : 1.5,
          // The floor after a collection stays the same until the next one.
          paths: name === 'floorBytes' ? uPlot.paths.stepped({ align: 1 }) : undefined,
          dash: DASHES[name],
          fill: FILLS[name] && colour(FILLS[name]),
          points: { show: false }
        }))
      ],
      hooks: {
        drawAxes: [captureMarks(source.captures)],
        setCursor: [(it) => source.onCursor(it.cursor.idx ?? null)]
      }
    },
    data(),
    host
  )
  return {
    update: () => plot.setData(data()),
    show: (name, isShown) => {
      const at = names.indexOf(name)
      if (at >= 0) plot.setSeries(at + 1, { show: isShown })
    },
    destroy: keepFitting(plot, host, height)
  }
}

/** Draws one figure of one leak, snapshot by snapshot. */
function growthChart(host, values, isBytes) {
  const checks = values.map((_, i) => i + 1)
  const height = () => 150
  const stroke = colour(isBytes ? 'heapUsedBytes' : 'floorBytes')
  const format = isBytes ? bytes : count
  const readout = document.createElement('span')
  readout.className = 'readout'
  const show = (at) => {
    readout.textContent = `${format(values[at])} (snapshot ${at + 1} of ${values.length} kept)`
  }
  show(values.length - 1)
  const plot = new uPlot(
    {
      width: host.clientWidth,
      height: height(),
      legend: { show: false },
      cursor: { y: false, points: { size: 8 }, drag: { x: false, y: false } },
      scales: {
        x: { time: false, range: () => [0.7, Math.max(values.length, 2) + 0.3] },
        y: { range: fromZero }
      },
      axes: [
        // A long history is thinned, so the remaining snapshots have no numbers.
        axis((_, splits) => splits.map((at) => (at === values.length ? 'latest' : 'first')), {
          size: 28,
          splits: () => (values.length > 1 ? [1, values.length] : [1])
        }),
        isBytes ? byteAxis() : countAxis()
      ],
      series: [
        {},
        {
          stroke,
          width: 2,
          fill: colour(isBytes ? 'heap-fill' : 'floor-fill'),
          points: { show: true, size: 6, fill: colour('surface'), width: 2 }
        }
      ],
      hooks: { setCursor: [(it) => show(it.cursor.idx ?? values.length - 1)] }
    },
    [checks, values],
    host
  )
  host.closest('figure').querySelector('figcaption').append(readout)
  const destroy = keepFitting(plot, host, height)
  return {
    destroy() {
      destroy()
      readout.remove()
    }
  }
}

module.exports = { growthChart, memoryChart }
