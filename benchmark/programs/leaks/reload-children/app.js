'use strict'
// "Hot reload": delete the module from require.cache and require it again. The new Module is pushed to `children` of
// the module that required it, each time.
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

function reload(file) {
  delete require.cache[file]
  return require(file)
}

module.exports = {
  name: 'reload-children',
  kind: 'collection',
  source:
    'https://nodejs.org/api/modules.html (module.children); pattern: delete require.cache[...]',
  packages: {},
  verify: { n: 60, warmup: 3, rounds: 10 },
  async setup() {
    const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'reload-')))
    const file = path.join(folder, 'settings.js')
    const routes = Array.from(
      { length: 20 },
      (_, k) => `  { path: '/r${k}', weight: ${k} / 3 }`
    ).join(',\n')
    fs.writeFileSync(file, `module.exports = [\n${routes}\n]\n`)
    return { folder, file, routes: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++) ctx.routes += reload(ctx.file).length
  },
  async teardown(ctx) {
    fs.rmSync(ctx.folder, { recursive: true })
  },
  expect: {
    leak: true,
    container: 'children of the requiring Module',
    leakedType: 'Module',
    pathIncludes: ['Module', 'children'],
    allocatedIn: ['reload'],
    bytesPerUnit: 4500
  }
}
