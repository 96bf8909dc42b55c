'use strict'
// The same as sharp-glibc, with another allocator.

module.exports = {
  ...require('./sharp-glibc'),
  cause: 'sharp used properly, jemalloc preloaded',
  needs: ['sharp', 'jemalloc']
}
