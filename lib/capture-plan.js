'use strict'

/**
 * Decides when a detector with the gate `growth` captures.
 *
 * Once the process has started, the first rounds all capture, because a verdict needs that many
 * snapshots. The rest depends on what they found. If nothing: memory must grow (`GrowthGate`), or
 * have risen a little over a long time; a capture that costs little looks every half hour in any
 * case. If a suspect: a few captures at increasing distances confirm or refute it, whatever the
 * memory does. If a leak: ever rarer captures, to see its end.
 *
 * Pure: no clock, no IO. A window is the time between two rounds.
 */

const { GrowthGate } = require('./gate')
const { StartUp } = require('./start-up')

const DAY_MS = 24 * 60 * 60 * 1000
/** Windows after the first captures during which a program still fills its caches. */
const WARM_UP = 10
/**
 * Windows from the beginning of a suspicion to its captures, and between captures after that. The rules of growth report most
 * leaks 9 or 15 windows after the first of four captures, others after 30 or 45, and stores that declare a bound after 240
 * (`PATIENCE` and the like in src/growth/rules.rs). Counting from the beginning keeps captures for other reasons from delaying these.
 */
const SUSPECT_DUE = [6, 12, 18, 24, 30, 46, 60, 110, 260, 560, 1000, 1500]
const SUSPECT_DUE_AGAIN = 1200
/** Captures in a row without a suspect after which it counts as refuted: a single one may fall into a quiet period. */
const REFUTED = 2
/** Windows without a suspect after which the next suspicion starts anew. */
const SUSPICION_ENDS = 60
/** Windows after which a rise that is too small for the gate is captured, and the factor by which they grow. */
const SECOND_LOOK = 30
const SECOND_LOOK_GROWS = 4
/**
 * Windows after a cheap capture to the next, whatever the memory does: a slow leak that begins after hours hides in the noise of
 * the floors. One that costs more than so many milliseconds of CPU time is as many times rarer.
 */
const LOOK = 30
const LOOK_CPU_MS = 1000
/** Windows after which a reported leak is captured again, and the factor by which they grow. */
const TOLD_AGAIN = 10
const TOLD_AGAIN_GROWS = 2
/**
 * Captures in a day while no leak is reported, and how many of them may be for anything but a suspect: captures that find
 * nothing must not use up those that a suspect needs.
 */
const A_DAY = 16
const OTHERS_A_DAY = 8
/** Growth by this share since the last capture justifies one more, however many there were. */
const ALARMING = 0.5

/** @typedef {{ capture: boolean, reason: 'start-up' | 'first' | 'suspect' | 'growth' | 'told' | 'second-look' |
 *   'look' | 'day' | 'idle',
 *   windows?: number }} Plan `reason` is why, or why not; `windows` until the next capture that does not depend on memory */

class CapturePlan {
  #startUp = new StartUp()
  #gate
  #firstCaptures
  #day
  #aDay
  #othersADay
  #captures = 0
  #windows = 0
  /** The windows of the latest captures, and of those that were not to confirm or refute. */
  #latest = []
  #others = []
  #sinceCapture = 0
  #isTold = false
  /** The reason for the last capture. */
  #reason = null
  #isSuspecting = false
  /** Captures in a row that found no suspect. */
  #clear = REFUTED
  /** When the present suspicion began, and when it was last renewed. */
  #suspectedFrom = 0
  #suspectedAt = null
  #secondLook = SECOND_LOOK
  #toldAgain = TOLD_AGAIN
  /** Windows to the next look; null after a capture that is never cheap. */
  #look = null
  #sinceLook = 0

  /** @param {{ minChecks: number, minGrowthBytes: number, intervalMs: number }} options */
  constructor({ minChecks, minGrowthBytes, intervalMs }) {
    this.#gate = new GrowthGate({ minGrowthBytes })
    // With fewer captures than a verdict needs, a healthy program would never be called healthy.
    this.#firstCaptures = minChecks + 1
    this.#day = Math.max(1, Math.round(DAY_MS / intervalMs))
    this.#aDay = Math.max(A_DAY, 3 * this.#firstCaptures)
    this.#othersADay = Math.max(OTHERS_A_DAY, 2 * this.#firstCaptures)
  }

  /** Returns whether the number of modules is needed. */
  get isStarting() {
    return !this.#startUp.isOver && this.#captures === 0
  }

  /** Returns the growth found by the last look, for status(). */
  get growth() {
    return this.#gate.growth
  }

  /**
   * Ends a window.
   *
   * @param {import('./memory').Look & { modules?: number }} look `modules` is how many are loaded, while the process starts
   * @returns {Plan}
   */
  window({ modules, ...look }) {
    const plan = this.#plan(look, modules)
    this.#reason = plan.capture ? plan.reason : null
    return plan
  }

  #plan(look, modules) {
    this.#windows += 1
    this.#sinceCapture += 1
    this.#sinceLook += 1
    this.#gate.take(look)
    if (this.isStarting) this.#startUp.take({ heap: look.heap, modules })
    if (this.isStarting) return no('start-up')
    if (this.#captures < this.#firstCaptures) return yes('first')
    if (this.#isWarmingUp()) this.#gate.restart()
    return this.#decide()
  }

  /**
   * Records a snapshot, for whatever reason it was taken.
   *
   * @param {string} verdict of its report
   * @param {number} [suspects] the number of suspects in it
   * @param {number | null} [walkCpuMs] the CPU time that it took, if the heap was walked
   */
  captured(verdict, suspects = verdict === 'suspected' ? 1 : 0, walkCpuMs = null) {
    this.#look = walkCpuMs === null ? null : LOOK * Math.max(1, walkCpuMs / LOOK_CPU_MS)
    this.#sinceLook = 0
    if (this.#reason === 'look' && verdict === 'healthy') {
      // Memory goes on being compared with the capture before.
      this.#reason = null
      return
    }
    this.#captures += 1
    this.#sinceCapture = 0
    this.#count()
    // After the first captures, insufficient data is an open question, too.
    const isOpen = verdict === 'insufficient-data' && this.#captures >= this.#firstCaptures
    const isFirst = this.#captures <= this.#firstCaptures
    // The first captures refute nothing: they are few, and close together.
    if (verdict === 'leak' && suspects === 0) this.#clear = REFUTED
    else if (suspects > 0) this.#clear = 0
    // One clear answer is enough where nothing has been suspected since.
    else if (isOpen) this.#clear = Math.min(this.#clear, REFUTED - 1)
    else if (!isFirst) this.#clear += 1
    this.#isSuspecting = this.#clear < REFUTED
    if (this.#isSuspecting) this.#suspect(isFirst)
    else if (!isFirst) this.#secondLook *= SECOND_LOOK_GROWS
    this.#reason = null
    const wasTold = this.#isTold
    this.#isTold = verdict === 'leak'
    this.#toldAgain = wasTold && this.#isTold ? this.#toldAgain * TOLD_AGAIN_GROWS : TOLD_AGAIN
    this.#gate.captured(this.#isSuspecting ? 'suspect' : isFirst ? 'news' : 'nothing')
  }

  /** Counts the capture towards the daily limit, unless somebody requested it, or it is cheap. */
  #count() {
    if (this.#reason === null || this.#reason === 'look') return
    this.#latest = [...this.#latest.slice(1 - this.#aDay), this.#windows]
    if (this.#reason !== 'suspect') {
      this.#others = [...this.#others.slice(1 - this.#othersADay), this.#windows]
    }
  }

  #suspect(isFirst) {
    if (isFirst || this.#hasSuspicionEnded()) this.#suspectedFrom = this.#windows
    this.#suspectedAt = this.#windows
    this.#secondLook = SECOND_LOOK
  }

  #hasSuspicionEnded() {
    if (this.#suspectedAt === null) return true
    const quiet = this.#windows - this.#suspectedAt
    return quiet > SUSPICION_ENDS + this.#suspectDistance(this.#suspectedAt)
  }

  #decide() {
    const growth = this.#gate.growth
    if (this.#gate.isOpen && growth.share >= ALARMING) return yes('growth')
    const plans = [
      this.#isSuspecting ? this.#afterSuspect() : null,
      this.#isTold ? this.#afterTold() : null,
      this.#isSuspecting || this.#isTold ? null : this.#afterGrowth()
    ].filter((plan) => plan !== null)
    return plans.find(({ capture }) => capture) ?? plans[0]
  }

  #afterSuspect() {
    const windows = this.#suspectDistance() - this.#sinceCapture
    if (windows > 0) return no('suspect', windows)
    return this.#hasLeft() ? yes('suspect') : no('day')
  }

  #afterTold() {
    if (this.#gate.isOpen) return yes('growth')
    const windows = Math.min(this.#day, this.#toldAgain) - this.#sinceCapture
    return windows > 0 ? no('told', windows) : yes('told')
  }

  #afterGrowth() {
    const plan = this.#forGrowth()
    const isDue = this.#look !== null && this.#sinceLook >= this.#look
    return isDue && !plan.capture ? yes('look') : plan
  }

  #forGrowth() {
    const patience = Math.min(this.#day, this.#secondLook)
    const isRise = this.#sinceCapture >= patience && this.#gate.hasRisen
    if (!this.#gate.isOpen && !isRise) return no('idle')
    if (!this.#hasLeft() || this.#today(this.#others) >= this.#othersADay) return no('day')
    return yes(this.#gate.isOpen ? 'growth' : 'second-look')
  }

  /** Returns the windows from a capture of a suspect (by default the last one) to the next. */
  #suspectDistance(at = this.#windows - this.#sinceCapture) {
    const passed = at - this.#suspectedFrom
    return (SUSPECT_DUE.find((due) => due > passed) ?? passed + SUSPECT_DUE_AGAIN) - passed
  }

  /** Returns whether the day has captures left. */
  #hasLeft() {
    return this.#today(this.#latest) < this.#aDay
  }

  #today(windows) {
    return windows.filter((at) => this.#windows - at < this.#day).length
  }

  /** Returns whether growth is still that of caches that fill: nothing grew in the first captures. */
  #isWarmingUp() {
    const isFresh = this.#captures === this.#firstCaptures && this.#sinceCapture <= WARM_UP
    return isFresh && !this.#isSuspecting
  }
}

const yes = (reason) => ({ capture: true, reason })
const no = (reason, windows) => ({
  capture: false,
  reason,
  ...(windows === undefined ? {} : { windows })
})

module.exports = { CapturePlan }
