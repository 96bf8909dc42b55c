'use strict'
// Images of many sizes at once: glibc keeps what its arenas had at their fullest.

module.exports = {
  cause: 'sharp used properly, allocator of glibc',
  needs: ['sharp'],
  expect: { kinds: [], explains: ['fragmentation', 'waiting'] },
  units: 6,
  async setup({ load }) {
    const sharp = load('sharp')
    const noise = { type: 'gaussian', mean: 120, sigma: 40 }
    const create = { width: 1200, height: 900, channels: 3, noise }
    return { sharp, photo: await sharp({ create }).jpeg().toBuffer(), next: 0 }
  },
  async work(context, n) {
    const sizes = Array.from({ length: n }, () => 100 + ((context.next++ * 97) % 700))
    const scale = (size) => context.sharp(context.photo).resize(size).webp({ effort: 0 }).toBuffer()
    await Promise.all(sizes.map(scale))
  }
}
