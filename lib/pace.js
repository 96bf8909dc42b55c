'use strict'

/**
 * Whether the round that is due may capture: after the warm-up, by the plan of captures, and within what a day may cost.
 */

const { CapturePlan } = require('./capture-plan')
const { whyClosed } = require('./held-back')
const inert = require('./inert')
const { loadedModules } = require('./loaded-modules')
const { Spending } = require('./spending')
const { WarmUp } = require('./warm-up')

class Pace {
  #isGated
  #plan
  #spending
  #warmUp

  /** @param {ReturnType<import('./options').resolveOptions>} options */
  constructor(options) {
    this.#isGated = options.gate === 'growth'
    this.#plan = new CapturePlan(options)
    this.#spending = new Spending(options.maxDailyCpuMs)
    this.#warmUp = new WarmUp(options.warmUpMs)
  }

  /** The detector starts. */
  begin() {
    this.#warmUp.begin()
  }

  /** For status(). */
  get growth() {
    return this.#plan.growth
  }

  get cpuMsLeft() {
    return this.#spending.balanceMs
  }

  /** @param {number} cpuMs that a capture has cost */
  charge(cpuMs) {
    this.#spending.charge(cpuMs)
  }

  /**
   * An interval has passed.
   *
   * @param {import('./memory').MemoryFloor} floor
   * @returns {object | null} the skip of a round that is not to capture
   */
  whyNotNow(floor) {
    if (this.#warmUp.isOn) {
      // The next look begins here.
      floor.look()
      return inert.skip('GATE_CLOSED', 'the process is warming up (warmUpMs)')
    }
    if (!this.#isGated) return null
    const modules = this.#plan.isStarting ? loadedModules() : undefined
    const plan = this.#plan.window({ ...floor.look(), modules })
    if (!plan.capture) return inert.skip('GATE_CLOSED', whyClosed(plan, this.#plan.growth))
    if (this.#spending.balanceMs > 0) return null
    return inert.skip('DAILY_BUDGET_SPENT', 'captures have cost what maxDailyCpuMs allows for now')
  }

  /** @param {object} report a CheckReport with a snapshot */
  captured({ verdict, suspects }) {
    if (this.#warmUp.isOn) this.#warmUp.captured()
    else this.#plan.captured(verdict, suspects.length)
  }

  /** Whether something was captured in the warm-up, which is over, and is to be forgotten: asked once. */
  takeTraces() {
    const has = this.#warmUp.hasLeftTraces
    if (has) this.#warmUp.forgotten()
    return has
  }
}

module.exports = { Pace }
