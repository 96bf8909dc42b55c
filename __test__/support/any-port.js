'use strict'

/** Preloaded into an example: replaces every port with a free one, and reports it to the parent. */

const net = require('node:net')

const { listen } = net.Server.prototype
net.Server.prototype.listen = function (...args) {
  const rest = args.slice(typeof args[0] === 'number' || typeof args[0] === 'object' ? 1 : 0)
  this.once('listening', () => process.send(this.address().port))
  return Reflect.apply(listen, this, [
    { port: 0, host: '127.0.0.1' },
    ...rest.filter((it) => typeof it === 'function')
  ])
}
process.once('disconnect', () => process.exit())
