'use strict'

module.exports = { testMatch: ['**/jest.spec.js'] }
