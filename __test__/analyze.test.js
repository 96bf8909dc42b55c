'use strict'

const assert = require('node:assert/strict')
const { execFileSync, spawn } = require('node:child_process')
const { getEventListeners, once } = require('node:events')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { after, before, describe, it } = require('node:test')
const v8 = require('node:v8')
const zlib = require('node:zlib')
const { analyzeFile } = require('seep')
const { ROOT, cleanEnvironment, runNode } = require('./support/program')
const { tinySnapshot } = require('./support/snapshot')

const isWindows = process.platform === 'win32'
const seep = (args, options) => runNode(['bin/seep.js', ...args], options)

describe('seep analyze', () => {
  class Needle {}
  const COPIED = 'a copied secret, '.repeat(50)
  // Flat strings of their own, which V8 does not share.
  const copies = Array.from({ length: 9 }, () => Buffer.from(`${COPIED}!`).toString('latin1'))
  const needles = Array.from({ length: 17 }, () => new Needle())
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seep-analyze-'))
  const file = path.join(folder, 'heap.heapsnapshot')
  const broken = path.join(folder, 'broken.heapsnapshot')

  before(() => {
    v8.writeHeapSnapshot(file)
    fs.writeFileSync(broken, fs.readFileSync(file).subarray(0, 50_000))
    assert.equal(needles.length + copies.length, 26)
  })
  after(() => fs.rmSync(folder, { recursive: true }))

  it('prints the figures of a snapshot as one object', async () => {
    const { code, stdout } = await seep(['analyze', '--json', '--ids', '1', file])
    assert.equal(code, 0)
    const analysis = JSON.parse(stdout)
    const { snapshot } = JSON.parse(fs.readFileSync(file, 'utf8'))
    assert.equal(analysis.nodeCount, snapshot.node_count)
    assert.equal(analysis.edgeCount, snapshot.edge_count)
    assert.equal(analysis.classes.find(({ name }) => name === 'Needle').count, 17)
    assert.equal(analysis.objects[0].retainedBytes, analysis.totalBytes)
    const same = await analyzeFile(file, { holders: true })
    assert.deepEqual(Object.keys(analysis), Object.keys(same))
    assert.equal((await analyzeFile(file)).holders, null)
  })

  it('prints tables', async () => {
    const { stdout } = await seep(['analyze', file])
    assert.match(stdout, /^[\d,]+ objects, [\d,]+ references/)
    assert.match(stdout, /^biggest, by what holds them +objects +own +retained +share$/m)
    assert.match(stdout, /^class +count +own +share +retained +share$/m)
    assert.ok(!stdout.includes('(synthetic)'))
  })

  it('shows as many rows as wanted, sorted, of the objects wanted', async () => {
    /** The first column of the table whose head begins with `head`, and how many rows are left out. */
    const column = (stdout, head) => {
      const [, ...lines] = stdout
        .split('\n\n')
        .find((part) => part.startsWith(head))
        .split('\n')
      const more = /^… ([\d,]+) more$/.exec(lines.at(-1))?.[1]
      const rows = more === undefined ? lines : lines.slice(0, -1)
      return {
        rows: rows.map((line) => line.split(/ {2,}/)[0]),
        more: Number(more?.replace(',', ''))
      }
    }
    const { classes } = await analyzeFile(file)
    for (const [sort, figure] of [
      ['retained', 'retainedBytes'],
      ['own', 'selfBytes'],
      ['count', 'count']
    ]) {
      const { stdout } = await seep(['analyze', '--limit', '3', '--sort', sort, file])
      const { rows, more } = column(stdout, 'class ')
      assert.equal(more, classes.length - 3)
      const best = classes.map((row) => row[figure]).sort((a, b) => b - a)
      const shown = rows.map((name) =>
        Math.max(...classes.filter((row) => row.name === name).map((row) => row[figure]))
      )
      assert.deepEqual(shown, best.slice(0, 3), sort)
    }
    const lost = await analyzeFile(file, { only: 'unreachable' })
    assert.ok(lost.classes.every(({ distance }) => distance === null))
    assert.ok(lost.classes.length < classes.length)
    const { stdout } = await seep(['analyze', '--limit', '100', '--only', 'unreachable', file])
    assert.equal(column(stdout, 'class ').rows.length, Math.min(100, lost.classes.length))
  })

  it('leaves out holders, which cost most', async () => {
    const { instances } = await analyzeFile(file, { className: 'Needle' })
    const id = String(instances.objects[0].id)
    const { code, stdout } = await seep(['analyze', '--no-holders', '--path', id, file])
    assert.equal(code, 0)
    assert.match(stdout, /^biggest +own +retained +share$/m)
    assert.match(stdout, new RegExp(`^Shortest path to Needle @${id}$`, 'm'))
    assert.match(stdout, /redundant cop(y|ies) of strings: /)
    assert.doesNotMatch(stdout, /^suspect|^biggest, by|^copies of strings in|^Path to/m)
  })

  it('prints Markdown', async () => {
    const { instances } = await analyzeFile(file, { className: 'Needle' })
    const id = String(instances.objects[0].id)
    const args = ['analyze', '--md', '--limit', '2', '--class', 'Needle', '--path', id, file]
    const { code, stdout } = await seep(args)
    assert.equal(code, 0)
    assert.match(stdout, /^\| class \| count \| own \| share \| retained \| share \|$/m)
    assert.match(stdout, /^\| --- \| ---: \| ---: \| ---: \| ---: \| ---: \|$/m)
    assert.match(stdout, /^\| Needle @\d+ \| \d+ B \| \d+ B \| \\?<?[\d.]+ % \|$/m)
    assert.match(stdout, /^… 15 more$/m)
    assert.match(stdout, new RegExp(`^\\*\\*Path to Needle @${id}\\*\\*$`, 'm'))
    assert.match(stdout, /^```text\n {2}module .+ {2}[\d.]+ [kM]?B$/m)
    // Each row of a table has as many cells as its head.
    for (const part of stdout
      .trim()
      .split('\n\n')
      .filter((it) => it.startsWith('|'))) {
      const cells = part.split('\n').map((line) => line.replaceAll('\\|', '').split('|').length)
      assert.equal(new Set(cells).size, 1, part)
    }
  })

  it('names what holds an object before the shortest path', async () => {
    const { instances } = await analyzeFile(file, { className: 'Needle' })
    const [{ id }] = instances.objects
    const { stdout } = await seep(['analyze', '--path', String(id), file])
    const [readable, shortest] = ['Path to', 'Shortest path to'].map((text) =>
      stdout.indexOf(`\n${text} Needle @${id}\n`)
    )
    assert.ok(readable > 0 && shortest > readable)
    const { paths } = await analyzeFile(file, { paths: [id], holders: true })
    assert.equal(paths[0].path.at(-1).id, id)
    for (const { label } of paths[0].path.map(({ edge }) => edge)) {
      assert.ok(stdout.slice(readable, shortest).includes(label), label)
    }
  })

  it('reads standard input, gzipped or not', async () => {
    const input = fs.readFileSync(file)
    const program = path.join(__dirname, '..', 'bin', 'seep.js')
    for (const bytes of [input, zlib.gzipSync(input, { level: 1 })]) {
      const stdout = execFileSync(process.execPath, [program, 'analyze', '--json', '-'], {
        input: bytes,
        maxBuffer: 1 << 28
      })
      const { cost: _, ...figures } = JSON.parse(stdout)
      const { cost: __, ...same } = await analyzeFile(file, { holders: true })
      assert.deepEqual(figures, same)
    }
  })

  it('shows what holds an object, and the objects of a class', async () => {
    const { instances } = await analyzeFile(file, { className: 'Needle' })
    assert.deepEqual([instances.count, instances.objects.length], [17, 17])
    const [{ id }] = instances.objects
    const { paths } = await analyzeFile(file, { paths: [id] })
    assert.equal(paths[0].steps.at(-1).id, id)
    assert.equal(paths[0].steps.length, paths[0].steps.at(-1).distance)
    assert.equal(paths[0].retainers[0].distance, paths[0].steps.at(-1).distance - 1)
    const { code, stdout } = await seep(['analyze', '--path', `@${id}`, '--class', 'Needle', file])
    assert.equal(code, 0)
    assert.match(stdout, new RegExp(`Path to Needle @${id}$`, 'm'))
    assert.match(stdout, /→ Needle @\d+ {2}\d+ B\n\nretained by \(\d+\)/)
    assert.match(stdout, /^Needle \(17\) +own +retained +share$/m)
  })

  it('says so when an object or class is not there', async () => {
    const { code, stderr } = await seep(['analyze', '--path', '4000000000', file])
    assert.deepEqual([code, stderr], [1, 'seep analyze: no object has the id 4000000000\n'])
    assert.equal((await seep(['analyze', '--class', 'NoSuchClass', file])).code, 1)
  })

  it('counts duplicate strings, and shows their contents only on request', async () => {
    const silent = await analyzeFile(file)
    const said = await analyzeFile(file, { contents: true })
    const ours = ({ text }) => text?.startsWith(COPIED)
    const { count, length, selfBytes, wastedBytes } = said.duplicates.strings.find(ours)
    assert.deepEqual([count, length], [9, COPIED.length + 1])
    assert.ok(wastedBytes < selfBytes && wastedBytes > 8 * COPIED.length)
    assert.ok(said.duplicates.extraCopies >= 8)
    assert.ok(silent.duplicates.strings.every((row) => !('text' in row)))
    assert.ok(silent.duplicates.strings.some((row) => row.count === 9 && row.length === length))
    assert.ok(!JSON.stringify(silent).includes(COPIED))
    const { stdout } = await seep(['analyze', file])
    assert.match(stdout, /redundant copies of strings/)
    assert.ok(!stdout.includes('a copied'))
    assert.ok((await seep(['analyze', '--contents', file])).stdout.includes('"a copied'))
  })

  it('says where a broken file goes wrong', async () => {
    const { code, stdout, stderr } = await seep(['analyze', '--json', broken])
    assert.deepEqual({ code, stdout }, { code: 1, stdout: '' })
    assert.match(stderr, /ends early, after 50000 bytes/)
    await assert.rejects(analyzeFile(broken), { code: 'ERR_SNAPSHOT_TRUNCATED', offset: 50_000 })
  })

  it('says what it takes', async () => {
    for (const args of [
      ['analyze'],
      ['analyze', '--ids', 'a', file],
      ['analyze', '--path', '17x', file],
      ['analyze', file, file],
      ['analyze', '--fast', file],
      ['analyze', '--limit', '0', file],
      ['analyze', '--limit', '101', file],
      ['analyze', '--sort', 'size', file],
      ['analyze', '--only', 'lost', file],
      ['analyze', '--json', '--md', file]
    ]) {
      assert.equal((await seep(args)).code, 2)
    }
    await assert.rejects(analyzeFile(5), { code: 'ERR_INVALID_ARG_TYPE' })
    await assert.rejects(analyzeFile(file, { ids: [-1] }), { code: 'ERR_INVALID_ARG_VALUE' })
    await assert.rejects(analyzeFile(file, { paths: [-1] }), { code: 'ERR_INVALID_ARG_VALUE' })
    await assert.rejects(analyzeFile(file, { paths: 17 }), { code: 'ERR_INVALID_ARG_TYPE' })
    await assert.rejects(analyzeFile(file, { className: 5 }), { code: 'ERR_INVALID_ARG_TYPE' })
    await assert.rejects(analyzeFile(file, { contents: 1 }), { code: 'ERR_INVALID_ARG_TYPE' })
    await assert.rejects(analyzeFile(file, { holders: 1 }), { code: 'ERR_INVALID_ARG_TYPE' })
    await assert.rejects(analyzeFile(file, { only: 'lost' }), { code: 'ERR_INVALID_ARG_VALUE' })
    await assert.rejects(analyzeFile(file, { id: [1] }), { code: 'ERR_INVALID_ARG_VALUE' })
    await assert.rejects(analyzeFile(file, null), { code: 'ERR_INVALID_ARG_TYPE' })
    assert.equal((await seep(['analyze', '/no/such/file'])).code, 1)
  })
})

describe('a file that is no snapshot', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seep-hostile-'))
  const file = path.join(folder, 'hostile.heapsnapshot')
  const input = (bytes) => {
    fs.writeFileSync(file, bytes)
    return file
  }
  after(() => fs.rmSync(folder, { recursive: true }))

  /** Asserts that `analyzeFile` says so, with the code and at the byte where `place` begins. */
  async function check(from, to, code, place) {
    const valid = tinySnapshot()
    assert.ok(valid.includes(from), from)
    const text = valid.replace(from, to)
    await assert.rejects(analyzeFile(input(text)), (error) => {
      assert.deepEqual([error.code, error.path], [code, file], error.message)
      if (place !== undefined) assert.equal(text.slice(error.offset).slice(0, place.length), place)
      return true
    })
  }

  it('is reported with a code and a byte offset, whatever is wrong', async () => {
    assert.equal((await analyzeFile(input(tinySnapshot()))).nodeCount, 3)
    const malformed = 'ERR_SNAPSHOT_MALFORMED'
    const tooLarge = 'ERR_SNAPSHOT_TOO_LARGE'
    const unknown = 'ERR_SNAPSHOT_UNKNOWN_LAYOUT'
    await check('"node_count":3', `"node_count":${2n ** 60n}`, tooLarge, ',\n"nodes"')
    await check('"edge_count":2', `"edge_count":${2n ** 60n}`, tooLarge, ',\n"nodes"')
    await check('"node_count":3', '"node_count":4', malformed, ',\n"edges"')
    await check('"node_count":3', '"node_count":2', malformed, '2,3,5,24')
    await check('1,3,16,1', '1,3,16,2', malformed, '2,0,0')
    await check('0,1,7', '0,1,8', malformed, '8\n')
    await check('0,1,7', '0,1,21', malformed, '21\n')
    await check('0,1,7', '0,9,7', malformed, '}')
    await check('0,1,7', '0,1,7.5', malformed, '.5')
    await check('"samples":[]', `"samples":${'['.repeat(1e5)}`, tooLarge, '[')
    await check('"samples"', '"nodes":[],"samples"', malformed)
    await check('"edges":[0,1,7\n,0,2,14],\n', '', malformed)
    await check('"self_size"', '"size"', unknown)
    await check('"strings":[', '"words":[', unknown)
    await check('}\n', '', 'ERR_SNAPSHOT_TRUNCATED', '')
    await check('{', 'PK', malformed, 'PK')
  })

  it('is reported without a stack, and with exit code 1', async () => {
    const { code, stdout, stderr } = await seep([
      'analyze',
      input(tinySnapshot().replace(',7', ',8'))
    ])
    const at = tinySnapshot().indexOf(',7') + 1
    assert.deepEqual({ code, stdout }, { code: 1, stdout: '' })
    const expected = `${file}: not a heap snapshot: expected a to_node that is the start of a node at byte ${at}`
    assert.equal(stderr, `seep analyze: ${expected}\n`)
  })

  it('is reported for zstd too', {
    skip: !zlib.zstdCompressSync && 'this Node has no zstd'
  }, async () => {
    const text = Buffer.from(tinySnapshot())
    const packed = zlib.zstdCompressSync(text)
    const whole = await analyzeFile(input(packed))
    assert.deepEqual(whole.classes, (await analyzeFile(input(text))).classes)
    const cut = packed.subarray(0, packed.length - 30)
    const truncated = { code: 'ERR_SNAPSHOT_TRUNCATED', offset: cut.length }
    await assert.rejects(analyzeFile(input(cut)), truncated)
    const damaged = Buffer.concat([packed, Buffer.from('something else')])
    const malformed = { code: 'ERR_SNAPSHOT_MALFORMED', offset: text.length }
    await assert.rejects(analyzeFile(input(damaged)), malformed)
  })

  it('is reported for gzip too: truncated, damaged, followed by something else', async () => {
    const text = Buffer.from(tinySnapshot())
    const packed = zlib.gzipSync(text)
    const damaged = Buffer.from(packed)
    damaged[packed.length - 8] ^= 1 // the checksum
    const malformed = { code: 'ERR_SNAPSHOT_MALFORMED', offset: text.length }
    for (const [bytes, error] of [
      [packed.subarray(0, packed.length - 30), { code: 'ERR_SNAPSHOT_TRUNCATED' }],
      [packed.subarray(0, 5), { code: 'ERR_SNAPSHOT_TRUNCATED', offset: 0 }],
      [damaged, malformed],
      [Buffer.concat([packed, Buffer.from('something else')]), malformed],
      [Buffer.from([0x1f, 0x8b, 9, 9, 9, 9, 9, 9, 9, 9, 9]), { ...malformed, offset: 0 }]
    ]) {
      await assert.rejects(analyzeFile(input(bytes)), error)
    }
    const cut = packed.subarray(0, packed.length - 30)
    assert.throws(
      () => {
        const args = ['bin/seep.js', 'analyze', '-']
        execFileSync(process.execPath, args, { cwd: ROOT, input: cut, stdio: 'pipe' })
      },
      (error) => {
        assert.equal(error.status, 1)
        assert.match(
          String(error.stderr),
          /^seep analyze: standard input: the snapshot ends early, after \d+ bytes\n$/
        )
        return true
      }
    )
  })

  it('may be empty', async () => {
    await assert.rejects(analyzeFile(input('')), (error) => {
      assert.deepEqual([error.code, error.offset], ['ERR_SNAPSHOT_TRUNCATED', 0])
      assert.match(error.message, /: the snapshot is empty$/)
      return true
    })
  })

  const isRoot = process.getuid?.() === 0
  for (const [what, { make, code, words, skip }] of Object.entries({
    missing: { make: (file) => file, code: 'ENOENT', words: 'no such file' },
    'a folder': {
      make: () => folder,
      code: 'EISDIR',
      words: 'is a directory, not a snapshot file'
    },
    'below a file': {
      make: () => path.join(input('x'), 'below'),
      code: 'ENOTDIR',
      words: 'no such file: part of the path is not a directory',
      skip: isWindows
    },
    'not for us': {
      make: (file) => {
        fs.writeFileSync(file, tinySnapshot(), { mode: 0 })
        return file
      },
      code: 'EACCES',
      words: 'permission denied',
      skip: isWindows || isRoot
    },
    'a device': {
      make: () => '/dev/null',
      words: 'is a device, not a snapshot file',
      skip: isWindows
    },
    'a socket': {
      make: async (file, t) => {
        const server = require('node:net').createServer().listen(file)
        t.after(() => server.close())
        await require('node:events').once(server, 'listening')
        return file
      },
      code: 'ENXIO',
      words: 'is a socket, not a snapshot file',
      skip: isWindows
    }
  })) {
    it(`may be ${what}`, { skip }, async (t) => {
      const file = await make(path.join(folder, `${what.replaceAll(' ', '-')}.heapsnapshot`), t)
      await assert.rejects(analyzeFile(file), (error) => {
        assert.deepEqual([error.code, error.path], ['ERR_FILE_OS', file])
        assert.equal(error.message, `${file}: ${words}`)
        assert.equal(error.cause?.code, code)
        return true
      })
    })
  }
})

describe('seep analyze in a shell', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seep-shell-'))
  const file = path.join(folder, 'tiny.heapsnapshot')
  after(() => fs.rmSync(folder, { recursive: true }))

  it('ends quietly when nobody reads on', { skip: isWindows }, async () => {
    fs.writeFileSync(file, tinySnapshot())
    for (const option of ['--json', '--path=3']) {
      const child = spawn(process.execPath, ['bin/seep.js', 'analyze', option, file], {
        cwd: ROOT,
        env: cleanEnvironment({}),
        stdio: ['ignore', 'pipe', 'pipe']
      })
      child.stdout.destroy()
      let stderr = ''
      child.stderr.on('data', (text) => {
        stderr += text
      })
      const [code] = await once(child, 'close')
      assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
    }
  })

  it('lets no name command the terminal', async () => {
    fs.writeFileSync(file, tinySnapshot({ className: 'A\u001b[2J\nB', property: 'x\u009by' }))
    const { code, stdout } = await seep(['analyze', '--path', '5', file])
    assert.equal(code, 0)
    assert.match(stdout, /^A\\u001b\[2J\\nB /m)
    assert.match(stdout, /\.x\\u009by → /)
    assert.doesNotMatch(stdout, /[\p{Cc}--\n]/v)
  })
})

describe('analyzeFile', { skip: isWindows && 'no named pipes in folders' }, () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seep-pipe-'))
  const pipe = path.join(folder, 'pipe')
  /** A separate one, because the cancelled call still reads the first. */
  const another = path.join(folder, 'another')
  before(() => execFileSync('mkfifo', [pipe, another]))
  after(() => fs.rmSync(folder, { recursive: true }))

  it('works off the event loop', async () => {
    // On the event loop it would wait for ever for what only this loop can write.
    const analysis = analyzeFile(pipe)
    assert.ok(analysis instanceof Promise)
    await fs.promises.writeFile(pipe, tinySnapshot())
    assert.equal((await analysis).nodeCount, 3)
  })

  it('rejects as soon as its signal aborts, and leaves no listener behind', async () => {
    const controller = new AbortController()
    const { signal } = controller
    const analysis = analyzeFile(pipe, { signal })
    assert.equal(getEventListeners(signal, 'abort').length, 1)
    const reason = new Error('enough')
    controller.abort(reason)
    await assert.rejects(analysis, reason)
    assert.equal(getEventListeners(signal, 'abort').length, 0)
    // For the thread, which still waits for the pipe.
    await fs.promises.writeFile(pipe, '')

    const whole = analyzeFile(another, { signal: new AbortController().signal })
    await fs.promises.writeFile(another, tinySnapshot())
    assert.equal((await whole).edgeCount, 2)
    await assert.rejects(analyzeFile(pipe, { signal }), reason)
    await assert.rejects(analyzeFile(pipe, { signal: {} }), { code: 'ERR_INVALID_ARG_TYPE' })
    // As one of another realm, such as Jest's, looks from here.
    const foreign = { aborted: true, reason: new Error('theirs'), addEventListener() {} }
    await assert.rejects(analyzeFile(pipe, { signal: foreign }), { message: 'theirs' })
  })
})
