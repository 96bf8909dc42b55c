/** What `seep top` needs of other packages. `scripts/bundle.js` bundles it, so that seep depends on none of them. */

export { createLogUpdate } from 'log-update'
export { default as sliceAnsi } from 'slice-ansi'
export { default as stringWidth } from 'string-width'
