export { Icicle } from './icicle.jsx'
export { Sparkline } from './sparkline.jsx'
export { Treemap } from './treemap.jsx'
