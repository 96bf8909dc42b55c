import { CellChart } from './cell-chart.jsx'
import { icicleHeight, icicleLayout } from './icicle-layout.mjs'

/** As wide as its element, and as high as the tree is deep. Takes the properties of `CellChart`. */
export function Icicle(props) {
  return <CellChart {...props} name="icicle" layout={icicleLayout} heightOf={icicleHeight} />
}
