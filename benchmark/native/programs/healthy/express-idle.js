'use strict'

module.exports = {
  ...require('./express-load'),
  cause: 'an Express app that nobody calls',
  async work() {}
}
