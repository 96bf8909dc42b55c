'use strict'
// Decoded previews, kept for an editor that never comes back.

const previews = []

module.exports = {
  cause: 'decoded images of sharp kept',
  needs: ['sharp'],
  expect: { kinds: ['array-buffers'], leak: ['previews'] },
  units: 6,
  async setup({ load }) {
    const sharp = load('sharp')
    const noise = { type: 'gaussian', mean: 120, sigma: 40 }
    const create = { width: 640, height: 480, channels: 3, noise }
    return { sharp, photo: await sharp({ create }).jpeg().toBuffer() }
  },
  async work({ sharp, photo }, n) {
    for (let i = 0; i < n; i++) {
      const { data } = await sharp(photo).resize(480).raw().toBuffer({ resolveWithObject: true })
      previews.push({ at: Date.now(), data })
    }
  }
}
