'use strict'

/** The document itself: one file, nothing from elsewhere, and no name in it that is more than text. */

const assert = require('node:assert/strict')
const { createHash } = require('node:crypto')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { describe, it } = require('node:test')
const { pageDocument, reportPage } = require('../lib/page/document')
const { pageState, reportState } = require('../lib/page/state')
const { html, jsonScript } = require('../lib/page/view/html')
const { leakMarkdown } = require('../lib/page/view/markdown')
const { optionsView } = require('../lib/page/view/rounds')
const format = require('../lib/page/view/format')
const { ScriptedDetector } = require('./support/page')
const { ROOT, runNode } = require('./support/program')
const {
  HOSTILE,
  allocationsOf,
  checkReport,
  hostileLeak,
  leakReport,
  skipReport
} = require('./support/reports')

const stateOf = (detector) => pageState(detector.status(), detector.history)
const stateWith = (...leaks) => stateOf(new ScriptedDetector().sees(checkReport({ leaks })))
const elements = (text, name) => [
  ...text.matchAll(new RegExp(String.raw`<${name}[^>]*>([\s\S]*?)</${name}>`, 'g'))
]

describe('the document', () => {
  it('has nothing from elsewhere, and allows nothing but what is in it', async () => {
    const { text, policy } = await pageDocument(stateWith(leakReport()), { isLive: true })
    const meta = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(text)[1]
    assert.equal(`${meta.replaceAll('&#39;', "'")}; frame-ancestors 'none'`, policy)
    const hashes = (texts) =>
      texts.map((it) => `'sha256-${createHash('sha256').update(it).digest('base64')}'`)
    const [styles, scripts] = [elements(text, 'style'), elements(text, 'script')]
    const run = scripts.filter(([tag]) => !tag.startsWith('<script type="application/json"'))
    assert.deepEqual([styles.length, run.length, scripts.length], [4, 2, 4])
    for (const hash of hashes([...styles, ...run].map(([, it]) => it)))
      assert.ok(policy.includes(hash))
    assert.equal(policy.match(/sha256-/g).length, 6)
    const markup = text.replace(/<(script|style)[\s\S]*?<\/\1>/g, '')
    assert.doesNotMatch(markup, / (src|srcset|action|style|on\w+)=/)
    for (const [, address] of markup.matchAll(/ href="([^"]*)"/g)) {
      assert.match(address, /^(#|\?format=json$|data:image\/svg\+xml,)/)
    }
  })

  it('says how to open the heap where snapshots are allowed', async () => {
    const said = async (page) => {
      const { text } = await pageDocument(stateWith(leakReport()), page)
      const markup = text.replace(/<(script|style)[\s\S]*?<\/\1>/g, '')
      return /npx seep open/.test(markup)
    }
    assert.equal(await said({ isLive: true, allowSnapshot: true }), true)
    assert.equal(await said({ isLive: true }), false)
    assert.equal(await said({ isLive: false, allowSnapshot: true }), false)
  })

  it('as a file asks nobody for anything', async () => {
    const text = await reportPage(stateWith(leakReport()), leakReport())
    assert.match(text, /connect-src &#39;none&#39;/)
    assert.doesNotMatch(
      text.replace(/<script[\s\S]*?<\/script>/g, ''),
      /id="check"|\?format=json|id="live"/
    )
    assert.match(text, /Report of <time/)
    assert.equal(JSON.parse(/id="settings">(.*?)<\/script>/.exec(text)[1]).token, null)
  })

  it('opens the leak that it is about', async () => {
    const leaks = ['a', 'b'].map((id) => leakReport({ id }))
    const open = async (focus) => {
      const text = await reportPage(stateWith(...leaks), focus)
      return [...text.matchAll(/<details class="leak" id="leak-(\w)" data-tone="bad" open>/g)].map(
        ([, id]) => id
      )
    }
    assert.deepEqual(await open(leaks[1]), ['b'])
    assert.deepEqual(await open(leakReport({ id: 'gone' })), ['a'])
  })

  it('takes the vendored chart library as it is published', () => {
    for (const name of ['uPlot.iife.min.js', 'uPlot.min.css']) {
      const vendored = fs.readFileSync(path.join(ROOT, 'lib/page/vendor/uplot', name), 'utf8')
      assert.equal(vendored, fs.readFileSync(require.resolve(`uplot/dist/${name}`), 'utf8'), name)
    }
    assert.match(fs.readFileSync(path.join(ROOT, 'lib/page/vendor/uplot/LICENSE'), 'utf8'), /MIT/)
  })
})

describe('the options', () => {
  it('are shown with what lists have in them, and none where there is nothing', () => {
    const options = { gate: 'growth', ignore: ['Session', '/cache/'], reportDir: null, warmUpMs: 0 }
    const text = String(optionsView({ status: { options } }))
    const values = [...text.matchAll(/<code>(\w+)<\/code><\/dt><dd>(.*?)<\/dd>/g)]
    assert.deepEqual(
      values.map(([, name, value]) => [name, value]),
      [
        ['gate', 'growth'],
        ['ignore', 'Session, /cache/'],
        ['reportDir', 'none'],
        ['warmUpMs', '0']
      ]
    )
    assert.match(String(optionsView({ status: { options: { ignore: [] } } })), /<dd>none<\/dd>/)
  })
})

describe('names from the heap', () => {
  it('are text, wherever they stand', async () => {
    const check = checkReport({
      leaks: [hostileLeak()],
      suspects: [{ ...hostileLeak(), id: 'b' }],
      classes: [
        {
          className: HOSTILE,
          label: HOSTILE,
          count: 1,
          selfBytes: 1,
          addedCount: 1,
          addedBytes: 1
        }
      ]
    })
    const detector = new ScriptedDetector().sees(check)
    detector.skipped({ ...skipReport(HOSTILE), message: HOSTILE })
    const { text } = await pageDocument(stateOf(detector), { isLive: true, name: HOSTILE })
    assert.equal(elements(text, 'script').length, 4)
    const markup = text.replace(/<script[\s\S]*?<\/script>/g, '')
    assert.doesNotMatch(markup, /<img|<!--|onerror="/)
    const data = /id="state">([\s\S]*?)<\/script>/.exec(text)[1]
    assert.doesNotMatch(data, /[<\u2028]/)
    assert.equal(JSON.parse(data).check.leaks[0].title, HOSTILE)
  })

  it('are escaped by the one template that makes HTML', () => {
    assert.equal(
      html`<a title="${HOSTILE}">${['<b>', html`<i>`, null, undefined, false, 0]}</a>`
        .toString()
        .match(/[<>]/g)
        .join(''),
      '<><><>'
    )
    assert.equal(String(html`${`"'&<>`}`), '&quot;&#39;&amp;&lt;&gt;')
    assert.equal(JSON.parse(String(jsonScript({ text: HOSTILE }))).text, HOSTILE)
  })

  it('stay in their place in Markdown', () => {
    const text = leakMarkdown(hostileLeak('a`b``c\n# <b> [x](y) @team *'))
    assert.equal(
      text.split('\n').filter((line) => line.startsWith('#')).length,
      2,
      'the heading, and the tree in its fence'
    )
    assert.match(text, /^### a`b``c \\# \\<b\\> \\\[x\\\]\(y\) \\@team \\\*$/m)
    assert.match(text, /^- \*\*Items:\*\* ``` a`b``c # <b> \[x\]\(y\) @team \* ``` /m)
  })
})

describe('stacks of allocations', () => {
  const stacksOf = async (allocations) => {
    const { text } = await pageDocument(stateWith(leakReport({ allocations })), { isLive: true })
    // The page brings the view's own source along.
    const markup = text.replace(/<script[\s\S]*?<\/script>/g, '')
    return /<section class="origin">[\s\S]*?<\/section>/.exec(markup)?.[0] ?? null
  }

  it('are drawn for each role, callers above what they call, with the same as text', async () => {
    const text = await stacksOf(allocationsOf())
    assert.match(text, /Created in<\/dt><dd><code>createSession<\/code>/)
    assert.match(text, /Stored in<\/dt><dd><code>handle<\/code>/)
    assert.equal(elements(text, 'figure').length, 2)
    const rows = [...text.matchAll(/ y="(\d+)" width="([\d.]+)%"[^>]*><title>(.*?)<\/title>/g)]
    assert.deepEqual(
      rows.slice(0, 3).map(([, y, width, title]) => [y, width, title.split(':')[0].trim()]),
      [
        ['0', '100.000', 'handle src/shop.js'],
        ['22', '100.000', '3 frames outside the program'],
        ['44', '100.000', 'createSession src/session.js']
      ]
    )
    assert.match(text, /role="img" aria-label="What creates the items/)
    assert.match(text, /createSession src\/session\.js:10:3\n {2}next router\/index\.js:10:3/)
    assert.match(text, /continues after an await/)
  })

  it('are as wide as their share', async () => {
    const { stacks } = allocationsOf()
    const other = {
      ...stacks[0],
      bytes: 100_000,
      frames: [{ ...stacks[0].frames[0], functionName: 'other' }]
    }
    const text = await stacksOf(allocationsOf({ stacks: [stacks[0], other] }))
    assert.match(text, /x="80.000%" y="0" width="20.000%"[^>]*><title>other/)
  })

  it('name contents where nothing else is known, and are not there without samples', async () => {
    const { createdIn } = allocationsOf()
    const text = await stacksOf(allocationsOf({ createdIn: { ...createdIn, role: 'content' } }))
    assert.match(text, /Contents created in<\/dt>/)
    assert.equal(await stacksOf(null), null)
    const leak = leakReport({ allocations: allocationsOf() })
    assert.match(
      leakMarkdown(leak),
      /- \*\*Created in:\*\* `createSession` `\/srv\/app\/src\/session\.js:10:3`/
    )
  })
})

describe('what reports name for people', () => {
  const waiting = { className: 'AsyncFunction work', label: 'suspended function work()' }

  it('is shown as it stands, everywhere', async () => {
    const leak = leakReport()
    const [root, ...steps] = leak.path
    const edge = { kind: 'property', name: 'next', label: '.next, as it stands' }
    const shown = {
      ...leak,
      container: { ...leak.container, ...waiting },
      items: { ...leak.items, ...waiting },
      path: [root, ...steps.map((step) => ({ ...step, ...waiting, edge }))]
    }
    const classes = [{ ...waiting, count: 1, selfBytes: 1, addedCount: 1, addedBytes: 1 }]
    const leaks = [shown, { ...shown, id: 'b' }]
    const detector = new ScriptedDetector().sees(checkReport({ leaks, classes }))
    const { text } = await pageDocument(stateOf(detector), { isLive: true })
    const markup = text.replace(/<script[\s\S]*?<\/script>/g, '')
    for (const it of [markup, leakMarkdown(shown)]) {
      assert.ok(it.includes(waiting.label))
      assert.ok(!it.includes(waiting.className), it)
    }
    assert.equal(markup.split(edge.label).length - 1, 2 * steps.length)
  })
})

describe('a leak as Markdown', () => {
  it('has what an issue needs', () => {
    assert.equal(
      leakMarkdown(leakReport()),
      `### Session accumulates in Map \`sessions\` (src/shop.js): 13,200 now, 11,100 more in 4 checks, 495 MB/h

- **Items:** \`Session\` (\`/srv/app/src/session.js:6:28\`)
- **Container:** \`Map\` \`sessions\` (\`/srv/app/src/shop.js\`)
- **Held:** 2,100 → 4,950 → 7,800 → 10,500 → 13,200
- **Growth:** +495 MB/h over 4 checks
- **Keeps alive:** 2.9 MB
- **Confidence:** 84 %
- **Fingerprint:** \`8e2949eac92eeba7\`

\`\`\`text
module src/shop.js
  sessions → Map
    […] → Session  (src/session.js:6:28)  ← grows: 13,200 held, +11,100
\`\`\`

Sessions are stored in \`sessions\` and nothing deletes them: give them an expiry that is enforced by a sweep.
`
    )
  })
})

describe('the verdict at a glance', () => {
  const headline = async (state) => {
    const { text } = await pageDocument(state, { isLive: true })
    return /data-tone="(\w+)">[\s\S]*?<h1>(.*?)<\/h1>/.exec(text).slice(1).join(': ')
  }
  const seen = (changes) => new ScriptedDetector().sees(checkReport(changes))
  const native = {
    counter: 'external',
    title: 'It grows',
    bytes: [1, 2],
    checks: 1,
    bytesPerHour: 9,
    advice: 'Look.'
  }
  const cases = [
    ['bad: One leak is confirmed', seen({ leaks: [leakReport()] })],
    ['bad: 2 leaks are confirmed', seen({ leaks: [leakReport(), leakReport({ id: 'b' })] })],
    ['warn: Something is growing', seen({ verdict: 'suspected', suspects: [leakReport()] })],
    ['good: Healthy', seen({})],
    ['warn: Memory grows outside the JavaScript heap', seen({ verdict: 'native-growth', native })],
    ['calm: Too early to say', seen({ verdict: 'insufficient-data' })],
    ['calm: No check yet', new ScriptedDetector()]
  ]
  for (const [expected, detector] of cases) {
    it(`is "${expected}"`, async () => assert.equal(await headline(stateOf(detector)), expected))
  }

  it('is there for a report without a process, too', async () => {
    const check = checkReport({ leaks: [leakReport()], cost: null, memory: null })
    assert.equal(await headline(reportState(check)), 'bad: One leak is confirmed')
  })
})

describe('a figure', () => {
  it('is as a person writes it', () => {
    assert.equal(format.duration(59_400), '59 s')
    assert.equal(format.duration(3_600_000 * 5 + 60_000), '5 h 1 min')
    assert.equal(format.duration(86_400_000 * 3), '3 d 0 h')
    assert.equal(format.signed(-1500, format.bytes), '−1.5 kB')
    assert.equal(format.plural(1, 'check'), '1 check')
    assert.equal(
      format.timeText('2026-03-01T10:00:00.000Z', '2026-03-01T23:00:00.000Z'),
      '10:00:00 UTC'
    )
    assert.equal(
      format.timeText('2026-03-01T10:00:00.000Z', '2026-03-02T00:00:00.000Z'),
      '2026-03-01 10:00:00 UTC'
    )
  })
})

describe('seep compare --html', () => {
  const snapshots = ['node20', 'node22'].map((name) =>
    path.join('fixtures', `${name}.heapsnapshot.gz`)
  )

  it('writes the page of what it found, for its owner only', async (t) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seep-test-'))
    t.after(() => fs.rmSync(folder, { recursive: true }))
    const file = path.join(folder, 'report.html')
    const { code, stdout, stderr } = await runNode([
      'bin/seep.js',
      'compare',
      '--keep-order',
      '--json',
      '--html',
      file,
      ...snapshots
    ])
    assert.equal(code, 0, stderr)
    const text = fs.readFileSync(file, 'utf8')
    const state = JSON.parse(/id="state">(.*?)<\/script>/.exec(text)[1])
    assert.deepEqual(state.check, JSON.parse(stdout))
    assert.equal(state.process, null)
    assert.match(text, /Compared: node20\.heapsnapshot\.gz, node22\.heapsnapshot\.gz</)
    if (process.platform !== 'win32') assert.equal(fs.statSync(file).mode & 0o777, 0o600)
  })

  it('says so when it cannot', async () => {
    const { code, stderr } = await runNode([
      'bin/seep.js',
      'compare',
      '--keep-order',
      '--html',
      '/no/such/folder/x.html',
      ...snapshots
    ])
    assert.equal(code, 1)
    assert.match(stderr, /^seep compare: .*x\.html/m)
  })
})
