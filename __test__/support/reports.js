'use strict'

/** Reports as a detector makes them, for what shows them. */

const AT = '2026-03-01T10:00:00.000Z'

function location(file, line = null, column = null, functionName = null) {
  const shortFile = file.split('/').slice(-2).join('/')
  const label = [shortFile, line, column].filter((part) => part !== null).join(':')
  return { file, line, column, functionName, label }
}

/** A leak of sessions in a Map; `changes` go over it. */
function leakReport(changes = {}) {
  return {
    schemaVersion: 1,
    id: '8e2949eac92eeba7',
    verdict: 'leak',
    kind: 'collection',
    title:
      'Session accumulates in Map `sessions` (src/shop.js): 13,200 now, 11,100 more in 4 checks, 495 MB/h',
    container: {
      className: 'Map',
      label: 'Map',
      name: 'sessions',
      retainedBytes: 2_887_952,
      location: location('/srv/app/src/shop.js')
    },
    items: {
      className: 'Session',
      label: 'Session',
      count: 13_200,
      addedCount: 11_100,
      exclusiveBytes: 2_428_800,
      location: location('/srv/app/src/session.js', 6, 28, 'Session')
    },
    growth: {
      checks: 4,
      counts: [2100, 4950, 7800, 10_500, 13_200],
      retainedBytes: [387_176, 911_576, 1_435_976, 1_932_776, 2_429_576],
      bytesPerHour: 494_548_040.17,
      firstSeen: '2026-03-01T09:40:00.000Z'
    },
    path: [
      {
        edge: { kind: 'root', name: 'module src/shop.js', label: 'module src/shop.js' },
        className: 'Module',
        label: 'Module',
        nodeKind: 'object',
        location: location('/srv/app/src/shop.js'),
        suspect: false
      },
      {
        edge: { kind: 'context', name: 'sessions', label: 'sessions' },
        className: 'Map',
        label: 'Map',
        nodeKind: 'object',
        location: null,
        suspect: false
      },
      {
        edge: { kind: 'internal', name: '[]', label: '[…]' },
        className: 'Session',
        label: 'Session',
        nodeKind: 'object',
        location: location('/srv/app/src/session.js', 6, 28, 'Session'),
        suspect: true
      }
    ],
    pathText:
      'module src/shop.js\n  sessions → Map\n    […] → Session  (src/session.js:6:28)  ← grows: 13,200 held, +11,100',
    advice:
      'Sessions are stored in `sessions` and nothing deletes them: give them an expiry that is enforced by a sweep.',
    pattern: 'session-store',
    confidence: 0.84,
    allocations: null,
    allocationsReason: 'ALLOCATIONS_NOT_SAMPLED',
    ...changes
  }
}

function stackFrame(functionName, file, kind, line = 10) {
  const place =
    file === null ? { file, line: null, column: null, label: null } : location(file, line, 3)
  return { ...place, functionName, kind }
}

/** Stacks as a report has them; `changes` go over them. */
function allocationsOf(changes = {}) {
  const handle = stackFrame('handle', '/srv/app/src/shop.js', 'app', 30)
  const create = stackFrame('createSession', '/srv/app/src/session.js', 'app')
  const router = ['next', 'dispatch', 'route'].map((name) =>
    stackFrame(name, '/srv/app/node_modules/router/index.js', 'package')
  )
  const set = stackFrame('set', null, 'engine')
  const stack = { share: 1, samples: 3, bytes: 400_000, cutByAwait: false }
  return {
    source: 'linked',
    sampler: 'own',
    samples: 5,
    intervalBytes: 131_101,
    createdIn: { ...create, role: 'item', share: 1, samples: 3 },
    storedIn: { ...handle, role: 'store', share: 1, samples: 2 },
    stacks: [
      { ...stack, role: 'item', frames: [create, ...router, handle] },
      {
        ...stack,
        role: 'store',
        samples: 2,
        bytes: 2 ** 40,
        frames: [set, handle],
        cutByAwait: true
      }
    ],
    ...changes
  }
}

function checkReport(changes = {}) {
  const leaks = changes.leaks ?? []
  return {
    schemaVersion: 1,
    verdict: leaks.length > 0 ? 'leak' : 'healthy',
    leaks,
    suspects: [],
    resolved: [],
    native: null,
    classes: [
      {
        className: 'Session',
        label: 'Session',
        count: 13_200,
        selfBytes: 528_000,
        addedCount: 11_100,
        addedBytes: 444_000
      },
      {
        className: '(array)',
        label: '(array)',
        count: 1900,
        selfBytes: 190_000,
        addedCount: -3,
        addedBytes: 9000
      }
    ],
    skip: null,
    snapshot: { nodes: 147_333, edges: 457_027, jsonBytes: 11_388_524, selfBytes: 11_660_954 },
    cost: {
      capture: 'fork',
      pauseMs: 1.088,
      captureMs: 464.3,
      analysisMs: 39.13,
      peakAnalysisBytes: 13_117_760,
      attempts: 1,
      child: {
        cpuMs: 430.413,
        privateBytes: 111_648_768,
        copiedBytes: 1_234_567,
        scanMs: 12.5,
        lendMs: 0.2,
        forkMs: 0.8,
        restoreMs: 3.1
      },
      analysisCpuMs: 55.5,
      estimate: { nodes: 150_000, bytes: 120_000_000, pauseMs: 2.5 }
    },
    memory: {
      rssBytes: 65_777_664,
      heapUsedBytes: 9_529_440,
      heapTotalBytes: 16_777_216,
      externalBytes: 3_735_183,
      arrayBuffersBytes: 2_170_655,
      floorBytes: 9_528_856
    },
    at: AT,
    ...changes
  }
}

function skipReport(code = 'GATE_CLOSED', at = AT) {
  return { code, message: 'memory has not grown since the last capture', at }
}

/** What a program could be called that does not wish its reader well. */
const HOSTILE = `</script><img src=x onerror="window.hacked=1">'"\`&<!--\u2028]]>`

/** A leak every name of which is `text`. */
function hostileLeak(text = HOSTILE) {
  const leak = leakReport()
  const where = location(`/srv/${text}`, 1, 2, text)
  const frame = { ...where, kind: 'app' }
  const place = { ...frame, role: 'content', share: 1, samples: 3 }
  const stacks = allocationsOf().stacks.map((stack) => ({ ...stack, frames: [frame] }))
  return {
    ...leak,
    allocations: allocationsOf({ createdIn: place, storedIn: place, stacks }),
    allocationsReason: null,
    title: text,
    container: { ...leak.container, className: text, label: text, name: text, location: where },
    items: { ...leak.items, className: text, label: text, location: where },
    path: leak.path.map((step) => ({
      ...step,
      edge: { kind: step.edge.kind, name: text, label: text },
      className: text,
      label: text,
      location: where
    })),
    pathText: text,
    advice: text,
    pattern: text
  }
}

module.exports = {
  AT,
  HOSTILE,
  allocationsOf,
  checkReport,
  hostileLeak,
  leakReport,
  location,
  skipReport
}
