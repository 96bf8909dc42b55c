import { bytes } from '../../../describe.js'
import { nameOf } from './label.mjs'
import { fillOf } from './palette.mjs'
import { TextFit } from './text-fit.mjs'
import { outermost } from './tree.mjs'

const FONT =
  '12px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'
const LINE = 15
const PADDING = 5
/** A label needs this room. */
const LABEL_WIDTH = 26
const LABEL_HEIGHT = 16
/** From this size on, a cell has a border. */
const BORDERED = 3

const COLOUR_BY = {
  class: (node) => node.row.className,
  origin: (node) => outermost(node).row.label
}

/** What a canvas needs for drawing: made once for a theme and a resolution. */
export function penOf(context, theme, scale) {
  context.font = FONT
  return {
    context,
    theme,
    scale,
    text: new TextFit((it) => context.measureText(it).width),
    hatched: hatching(theme, scale)
  }
}

/**
 * Draws all cells, parents first.
 *
 * @param {ReturnType<typeof penOf>} pen
 * @param {import('./treemap-layout').Cell[]} cells
 * @param {'class' | 'origin'} colour what gives a cell its colour
 */
export function drawCells(pen, cells, colour) {
  const { context, theme, scale } = pen
  context.setTransform(1, 0, 0, 1, 0, 0)
  context.fillStyle = theme.border
  context.fillRect(0, 0, context.canvas.width, context.canvas.height)
  // Neighbours share an edge, so edges on whole pixels neither overlap nor leave gaps.
  const snapped = (length) => Math.round(length * scale)
  for (const cell of cells) {
    const [x, y] = [snapped(cell.x0), snapped(cell.y0)]
    const [width, height] = [snapped(cell.x1) - x, snapped(cell.y1) - y]
    context.fillStyle = theme.border
    const border = width >= BORDERED && height >= BORDERED ? Math.max(1, Math.floor(scale)) : 0
    if (border > 0) context.fillRect(x, y, width, height)
    context.fillStyle =
      cell.node.row.others > 0 ? pen.hatched : theme.fills[fillOf(COLOUR_BY[colour](cell.node))]
    context.fillRect(x, y, width - border, height - border)
  }
  context.setTransform(scale, 0, 0, scale, 0, 0)
  context.font = FONT
  context.textBaseline = 'middle'
  for (const cell of cells) drawLabel(pen, cell)
}

/** Writes the name at the top of a cell, and its size below if there is room. */
function drawLabel({ context, theme, text }, { node, x0, y0, x1, labelHeight }) {
  const room = x1 - x0 - 2 * PADDING
  if (room < LABEL_WIDTH - PADDING || labelHeight < LABEL_HEIGHT) return
  const isRest = node.row.others > 0
  const whole = nameOf(node.row)
  // Half of a number would be another number.
  const name = isRest && !text.fits(whole, room) ? '' : text.fit(whole, room)
  const size = bytes(node.row.bytes)
  const hasSize = labelHeight >= 2 * LINE + PADDING && text.fits(size, room)
  const lines = [name, hasSize ? size : ''].filter((line) => line !== '')
  const top = lines.length > 1 ? y0 + PADDING : y0 + (Math.min(labelHeight, 24) - LINE) / 2
  lines.forEach((line, i) => {
    const middle = top + i * LINE + LINE / 2
    if (isRest) {
      // Hatching behind a text makes it hard to read.
      context.fillStyle = theme.rest[0]
      context.fillRect(
        x0 + PADDING - 2,
        middle - LINE / 2,
        context.measureText(line).width + 4,
        LINE
      )
    }
    context.fillStyle = theme.ink
    // The width is a guard: letters side by side may be wider than the sum of each.
    context.fillText(line, x0 + PADDING, middle, room)
  })
}

/** A pattern of diagonal lines. */
function hatching({ rest: [paper, lines] }, scale) {
  const side = Math.round(8 * scale)
  const tile = document.createElement('canvas')
  tile.width = side
  tile.height = side
  const context = tile.getContext('2d')
  context.fillStyle = paper
  context.fillRect(0, 0, side, side)
  context.strokeStyle = lines
  context.lineWidth = 1.5 * scale
  context.beginPath()
  for (const offset of [-side, 0, side]) {
    context.moveTo(offset - 1, side + 1)
    context.lineTo(offset + side + 1, -1)
  }
  context.stroke()
  return context.createPattern(tile, 'repeat')
}
