import { CellChart } from './cell-chart.jsx'
import { treemapLayout } from './treemap-layout.mjs'

/** Fills its element. Takes the properties of `CellChart`. */
export function Treemap(props) {
  return <CellChart {...props} name="treemap" layout={treemapLayout} />
}
