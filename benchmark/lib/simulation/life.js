'use strict'

/**
 * The life of one made-up program under the detector, in simulated time: `CapturePlan` decides when to capture, the rules
 * of growth what a capture says. Only the counts are made up.
 */

const { fromNative, toNative } = require('../../../lib/border')
const { CapturePlan } = require('../../../lib/capture-plan')
const { between, normal, uniform } = require('../random')
const { spread, stores } = require('./stores')

const MINUTE_MS = 60_000
const DAY = 24 * 60
const MIB = 2 ** 20
/** Processor time that a walk takes, with its analysis. */
const WALK_CPU_MS = 300
/** Processor time that a minute takes without requests, and each request, which differ. */
const IDLE_MS = 20
const REQUEST_MS = 2
/** 2026-01-05, a Monday: any time will do. */
const BEGIN_MS = Date.UTC(2026, 0, 5)
const OPTIONS = { minChecks: 3, minGrowthBytes: 64 * 1024, intervalMs: MINUTE_MS }
/** Captures after the begin of a leak until which a detector may know nothing of it. */
const UNKNOWING = 3

/** Requests in each minute: day and night, noise, bursts, quiet times. */
function requestsOf(random, perMinute) {
  const [height, phase] = [0.8 * random(), random() * DAY]
  let [event, until] = [1, 0]
  return (minute) => {
    if (minute >= until) {
      event = [1, 1, 1, 0, 3][between(random, 0, 4)]
      until = minute + (event === 1 ? between(random, 20, 200) : between(random, 1, 6))
    }
    const wave = 1 + height * Math.sin((2 * Math.PI * (minute + phase)) / DAY)
    return Math.max(0, perMinute * wave * event * (1 + 0.2 * normal(random)))
  }
}

/** What the process holds beside its stores, and how that shows. */
function surroundings(random) {
  const base = spread(random, 15 * MIB, 500 * MIB)
  const warming = base * 0.3 * random()
  const [slowness, noise] = [spread(random, 3, 60), spread(random, 0.05 * MIB, 2 * MIB)]
  const [modules, loaded] = [between(random, 50, 2000), between(random, 0, 4)]
  return (minute, held) => ({
    heap:
      base + warming * (1 - Math.exp(-minute / slowness)) + held + Math.abs(noise * normal(random)),
    arrayBuffers: MIB,
    external: 2 * MIB,
    resident: 60 * MIB + 0.2 * held + MIB * normal(random),
    collected: true,
    modules: minute <= loaded ? Math.round((modules * minute) / (loaded + 1)) : modules
  })
}

/** What a capture shows of a store; `isCodeSeen` where a walk takes it. */
function seenOf(store, count, isCodeSeen) {
  const { bytesEach, declared = false, most = 0, table, isOldestFirst = false } = store
  const { removes = null, timerMs = 0 } = store
  const removed = Math.round(table?.removed ?? 0)
  return {
    count,
    bytes: count * bytesEach,
    declared,
    code: isCodeSeen ? removes : null,
    timerMs: isCodeSeen ? timerMs : 0,
    most,
    removed,
    oldest: isOldestFirst ? removed : 0
  }
}

/**
 * @param {import('./programs').Program} program
 * @param {number} seed
 * @param {{ days?: number, isCodeSeen?: boolean, Simulation: new (showsCode: boolean) => object }} settings `isCodeSeen`: captures show code
 *   that removes entries; `Simulation` has the rules of growth
 * @returns {{ from: number, captures: number[], verdicts: string[], toldAt: number | null, fourthAt: number | null,
 *   falselyAt: number | null, calledHealthy: boolean }} times in minutes; a leak ends when it is told
 */
function live(program, seed, { days = 1, isCodeSeen = false, Simulation }) {
  const random = uniform(seed)
  const usual = spread(random, 30, 3000)
  const made = program.make(random, usual)
  const { from = 0, missed = 0.02, perMinute = usual, leaking = 0 } = made
  const kept = [...made.stores, stores.inFlight(random, { bytesEach: 2000, share: 0.01 })]
  const requests = requestsOf(random, perMinute)
  const look = surroundings(random)
  const plan = new CapturePlan(OPTIONS)
  const simulation = new Simulation(isCodeSeen)
  const seen = {
    from,
    captures: [],
    verdicts: [],
    toldAt: null,
    fourthAt: null,
    falselyAt: null,
    calledHealthy: false
  }
  let workMs = 500
  let since = 0
  for (let minute = 1; minute <= days * DAY; minute++) {
    const now = requests(minute)
    workMs += IDLE_MS + now * REQUEST_MS * Math.max(0.5, 1 + 0.1 * normal(random))
    const counts = kept.map((store) => Math.round(store.next(now, minute)))
    const shown = kept.map((store, at) => seenOf(store, counts[at], isCodeSeen))
    const held = shown.reduce((sum, { bytes }) => sum + bytes, 0)
    if (!plan.window(look(minute, held)).capture || random() < missed) continue
    const epochMs = BEGIN_MS + minute * MINUTE_MS
    const snapshot = { epochMs, activeMs: workMs, stores: shown }
    const outcome = fromNative(simulation.observe(toNative(snapshot)))
    plan.captured(outcome.verdict, outcome.suspects.length, isCodeSeen ? WALK_CPU_MS : null)
    seen.captures.push(minute)
    seen.verdicts.push(outcome.verdict)
    if (seen.captures.length === OPTIONS.minChecks + 1) seen.fourthAt = minute
    const isOther = (at) => !(program.leak && at === leaking && minute >= from)
    if (outcome.leaks.some(isOther)) seen.falselyAt ??= minute
    if (!program.leak || minute < from) continue
    since += 1
    if (since > UNKNOWING && outcome.verdict === 'healthy') seen.calledHealthy = true
    if (outcome.leaks.includes(leaking)) {
      seen.toldAt = minute
      break
    }
  }
  return seen
}

module.exports = { live }
