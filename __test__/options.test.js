'use strict'

const assert = require('node:assert/strict')
const path = require('node:path')
const { afterEach, describe, it } = require('node:test')
const { readSignal, warnOfMisspelt } = require('../lib/environment')
const { NATIVE, OPTIONS, VARIABLES, resolveOptions } = require('../lib/options')

/** Asserts that `options` are refused with `code`, naming the option and what it takes. */
function refused(options, ErrorType, code, ...words) {
  assert.throws(
    () => resolveOptions(options),
    (error) => {
      assert.ok(error instanceof ErrorType, error.stack)
      assert.equal(error.code, code)
      for (const word of words) assert.ok(error.message.includes(word), error.message)
      return true
    }
  )
}

const typeRefused = (options, ...words) => {
  refused(options, TypeError, 'ERR_INVALID_ARG_TYPE', ...words)
}
const valueRefused = (options, ...words) => {
  refused(options, RangeError, 'ERR_INVALID_ARG_VALUE', ...words)
}

describe('options', () => {
  it('have the defaults of the table, which are values that they take', () => {
    const defaults = Object.entries(OPTIONS).map(([name, spec]) => [name, spec.default])
    assert.deepEqual(resolveOptions(), Object.fromEntries(defaults))
    for (const [name, { type, default: value }] of Object.entries(OPTIONS)) {
      if (value !== null) assert.ok(type.accepts(value) && type.allows(value), name)
    }
  })

  it('are given to the native part by the table, which refuses what only one side knows', () => {
    const binding = require('../binding')
    const given = []
    class Recording {
      constructor(options) {
        given.push(JSON.parse(options))
      }

      number() {
        return 1
      }
    }
    const { Rounds } = require('../lib/rounds')
    new Rounds({ ...binding, NativeDetector: Recording }, resolveOptions(), () => {})
    const [options] = given
    for (const name of NATIVE) assert.deepEqual(options[name], OPTIONS[name].default, name)
    const open = (changes) => {
      const text = JSON.stringify({ ...options, ...changes })
      new binding.NativeDetector(text, () => {}, []).close()
    }
    open({})
    assert.throws(() => open({ unheardOf: 1 }), /unknown field `unheardOf`/)
    for (const name of NATIVE) {
      assert.throws(() => open({ [name]: undefined }), new RegExp(`missing field \`${name}\``))
    }
  })

  it('tell the native part whether a share of the memory was set, even to the default', () => {
    const binding = require('../binding')
    const { Rounds } = require('../lib/rounds')
    const shareOfWalks = (given) => {
      let sent = null
      class Recording {
        constructor(options) {
          sent = JSON.parse(options)
        }

        number() {
          return 1
        }
      }
      new Rounds({ ...binding, NativeDetector: Recording }, resolveOptions(given), () => {})
      return sent.walkHeadroomFraction
    }
    assert.equal(shareOfWalks({}), null)
    assert.equal(shareOfWalks({ maxHeadroomFraction: undefined }), null)
    assert.equal(shareOfWalks({ maxHeadroomFraction: 0.5 }), 0.5)
    assert.equal(shareOfWalks(resolveOptions({ maxHeadroomFraction: 0.9 })), 0.9)
  })

  it('take the default for undefined', () => {
    assert.equal(resolveOptions({ intervalMs: undefined }).intervalMs, 60_000)
  })

  it("take a list of what to ignore, which is the detector's own from then on", () => {
    const given = ['Session', /cache/, () => false]
    const { ignore } = resolveOptions({ ignore: given })
    given.push('later')
    assert.deepEqual(ignore, given.slice(0, 3))
    typeRefused({ ignore: 'Session' }, 'ignore', 'an array')
    typeRefused({ ignore: [7] }, 'ignore')
    valueRefused({ ignore: [''] }, 'ignore')
  })

  it('take the same from the environment, separated by commas', (t) => {
    process.env.SEEP_IGNORE = ' Session, @scope/cache,,8e2949eac92eeba7 '
    t.after(() => delete process.env.SEEP_IGNORE)
    assert.deepEqual(resolveOptions().ignore, ['Session', '@scope/cache', '8e2949eac92eeba7'])
  })

  it('are complete and cannot be changed afterwards', () => {
    const options = resolveOptions({ minChecks: 5 })
    assert.equal(options.minChecks, 5)
    assert.ok(Object.isFrozen(options))
  })

  it('are refused by seep, although a wrong value would throw when shown', () => {
    const { inspect } = require('node:util')
    const throws = () => {
      throw new Error('not mine')
    }
    const shown = { [inspect.custom]: throws }
    const named = Object.defineProperty(() => {}, 'name', { get: throws })
    for (const value of [shown, named]) typeRefused({ intervalMs: value }, '"intervalMs"')
  })

  it('must be an object', () => {
    for (const options of [null, 5, 'fast', []]) typeRefused(options, 'The options', 'an object')
  })

  it('must be known', () => {
    refused({ interval: 5 }, TypeError, 'ERR_INVALID_ARG_VALUE', '"interval"', '"intervalMs"')
    refused({ verbose: true }, TypeError, 'ERR_INVALID_ARG_VALUE', '"verbose"', 'minGrowthBytes')
    refused({ constructor: 1 }, TypeError, 'ERR_INVALID_ARG_VALUE', '"constructor"')
  })

  it('of the wrong type are refused, with the type they take', () => {
    typeRefused({ intervalMs: '1m' }, '"intervalMs"', 'an integer from 100', "'1m' (string)")
    typeRefused({ minChecks: null }, '"minChecks"', 'null')
    typeRefused({ gate: true }, '"gate"', "'growth' or 'always'", 'true (boolean)')
    typeRefused({ signal: {} }, '"signal"', 'an AbortSignal')
    typeRefused({ logger: {} }, '"logger"', 'warn()')
    typeRefused({ logger: true }, '"logger"', "'json', 'pretty', false")
    typeRefused({ reportDir: 7 }, '"reportDir"', 'a path')
    typeRefused({ maxPauseMs: 5n }, '"maxPauseMs"', '(bigint)')
  })

  it('out of range are refused, with the range', () => {
    valueRefused({ intervalMs: 99 }, '"intervalMs"', 'from 100 to 2147483647 (milliseconds)')
    valueRefused({ intervalMs: 2 ** 31 }, '"intervalMs"')
    valueRefused({ intervalMs: 1000.5 }, '"intervalMs"', 'an integer')
    valueRefused({ intervalMs: Number.NaN }, '"intervalMs"', 'NaN')
    valueRefused({ minChecks: 1 }, '"minChecks"', 'from 2 to 1000')
    valueRefused({ maxHeadroomFraction: 1.01 }, '"maxHeadroomFraction"', 'from 0.01 to 1')
    valueRefused({ minGrowthBytes: -1 }, '"minGrowthBytes"', 'bytes')
    valueRefused({ capture: 'spoon' }, '"capture"', "'auto', 'walk', 'fork' or 'inline'")
    valueRefused({ logger: 'xml' }, '"logger"')
    valueRefused({ reportDir: '' }, '"reportDir"')
  })

  it('do not quote a long value in full', () => {
    try {
      resolveOptions({ gate: 'x'.repeat(10_000) })
      assert.fail('must throw')
    } catch (error) {
      assert.ok(error.message.length < 200, error.message)
    }
  })

  it('take the edges of their ranges', () => {
    assert.equal(resolveOptions({ intervalMs: 100 }).intervalMs, 100)
    assert.equal(resolveOptions({ maxHeadroomFraction: 1 }).maxHeadroomFraction, 1)
    assert.equal(resolveOptions({ minGrowthBytes: 0 }).minGrowthBytes, 0)
    assert.equal(resolveOptions({ cooldownMs: 2 ** 53 - 1 }).cooldownMs, 2 ** 53 - 1)
  })

  it('resolve the report folder at once', () => {
    assert.equal(resolveOptions({ reportDir: 'out' }).reportDir, path.resolve('out'))
  })
})

describe('the environment', () => {
  const warnings = []
  const { emitWarning } = process

  function withEnvironment(variables, check) {
    const before = { ...process.env }
    process.emitWarning = (message, { code }) => warnings.push({ message, code })
    Object.assign(process.env, variables)
    try {
      check()
    } finally {
      process.emitWarning = emitWarning
      process.env = before
    }
  }

  afterEach(() => {
    warnings.length = 0
  })

  it('says what code does not', () => {
    const variables = {
      SEEP_INTERVAL_MS: '5000',
      SEEP_GATE: 'ALWAYS',
      SEEP_CAPTURE: 'inline',
      SEEP_MAX_PAUSE_MS: '50',
      SEEP_MIN_CHECKS: '4',
      SEEP_MIN_GROWTH_BYTES: '1048576',
      SEEP_COOLDOWN_MS: '0',
      SEEP_REPORT_DIR: '/var/lib/leaks',
      SEEP_LOG: 'json'
    }
    withEnvironment(variables, () => {
      const options = resolveOptions()
      assert.equal(options.intervalMs, 5000)
      assert.equal(options.gate, 'always')
      assert.equal(options.capture, 'inline')
      assert.equal(options.maxPauseMs, 50)
      assert.equal(options.minChecks, 4)
      assert.equal(options.minGrowthBytes, 1_048_576)
      assert.equal(options.cooldownMs, 0)
      assert.equal(options.reportDir, path.resolve('/var/lib/leaks'))
      assert.equal(options.logger, 'json')
    })
    assert.deepEqual(warnings, [])
  })

  it('gives way to code', () => {
    withEnvironment({ SEEP_INTERVAL_MS: '5000', SEEP_LOG: 'json' }, () => {
      const options = resolveOptions({ intervalMs: 7000, logger: false })
      assert.equal(options.intervalMs, 7000)
      assert.equal(options.logger, false)
    })
  })

  it('counts as not given when it is empty', () => {
    withEnvironment({ SEEP_INTERVAL_MS: '', SEEP_GATE: '  ' }, () => {
      assert.equal(resolveOptions().intervalMs, 60_000)
      assert.equal(resolveOptions().gate, 'growth')
    })
    assert.deepEqual(warnings, [])
  })

  it('is one warning when it is bad, and the default counts', () => {
    for (const [name, value, expected] of [
      ['SEEP_INTERVAL_MS', '1m', 'an integer from 100'],
      ['SEEP_MIN_CHECKS', '1', 'from 2 to 1000'],
      ['SEEP_COOLDOWN_MS', '1e6', 'milliseconds'],
      ['SEEP_GATE', 'wide', "'growth' or 'always'"],
      ['SEEP_LOG', 'xml', "'json', 'pretty' or 'off'"]
    ]) {
      withEnvironment({ [name]: value }, () => {
        const [option, spec] = Object.entries(OPTIONS).find(([, { env }]) => env === name)
        assert.equal(resolveOptions()[option], spec.default)
        resolveOptions()
      })
      assert.equal(warnings.length, 1, name)
      assert.equal(warnings[0].code, 'SEEP_BAD_ENVIRONMENT')
      for (const word of [name, value, expected]) {
        assert.ok(warnings[0].message.includes(word), warnings[0].message)
      }
      warnings.length = 0
    }
  })

  it('causes one warning for a name that is almost a variable', () => {
    const variables = {
      SEEP_INTERVAL: '500',
      SEEP_MINCHECKS: '4',
      SEEP_LGO: 'json',
      SEEP_SERVICE_HOST: '10.0.0.1',
      SEEP_PORT: 'tcp://10.0.0.1:80',
      SEEP_VERBOSE: '1'
    }
    withEnvironment(variables, () => {
      warnOfMisspelt(VARIABLES)
      warnOfMisspelt(VARIABLES)
    })
    assert.deepEqual(
      warnings.map(({ message }) => message.replace(' is unknown and has no effect;', '')),
      [
        'SEEP_INTERVAL did you mean SEEP_INTERVAL_MS?',
        'SEEP_MINCHECKS did you mean SEEP_MIN_CHECKS?',
        'SEEP_LGO did you mean SEEP_LOG?'
      ]
    )
  })

  it('may not take a signal that others need', () => {
    for (const signal of ['SIGTERM', 'sigint', 'SIGUSR1', 'SIGSEGV', 'SIGCHLD', 'foo']) {
      withEnvironment({ SEEP_SIGNAL: signal }, () => assert.equal(readSignal('SEEP_SIGNAL'), null))
      assert.equal(warnings.length, 1, signal)
      assert.ok(
        warnings[0].message.includes(`a free signal, such as SIGUSR2 or SIGHUP, not "${signal}"`)
      )
      warnings.length = 0
    }
  })

  it('has a word for no log', () => {
    withEnvironment({ SEEP_LOG: 'OFF' }, () => assert.equal(resolveOptions().logger, false))
    assert.deepEqual(warnings, [])
  })
})
