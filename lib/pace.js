'use strict'

/**
 * Decides whether a due round may capture, based on the warm-up, the capture plan and the daily CPU budget.
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

  /** Starts the warm-up, when the detector starts. */
  begin() {
    this.#warmUp.begin()
  }

  /** Growth, for status(). */
  get growth() {
    return this.#plan.growth
  }

  get isWarmingUp() {
    return this.#warmUp.isOn
  }

  get cpuMsLeft() {
    return this.#spending.balanceMs
  }

  /** @param {number} cpuMs CPU time of a capture */
  charge(cpuMs) {
    this.#spending.charge(cpuMs)
  }

  /**
   * Decides about the round that is due, after an interval has passed.
   *
   * @param {import('./memory').MemoryFloor} floor
   * @returns {object | null} a skip if the round must not capture, or null
   */
  whyNotNow(floor) {
    if (this.#warmUp.isOn) {
      // Starts a new look.
      floor.look()
      return inert.skip('GATE_CLOSED', 'the process is warming up (warmUpMs)')
    }
    if (!this.#isGated) return null
    const modules = this.#plan.isStarting ? loadedModules() : undefined
    const plan = this.#plan.window({ ...floor.look(), modules })
    if (!plan.capture) return inert.skip('GATE_CLOSED', whyClosed(plan, this.#plan.growth))
    if (this.#spending.balanceMs > 0) return null
    return inert.skip(
      'DAILY_BUDGET_SPENT',
      'captures have used the CPU time that maxDailyCpuMs allows for now'
    )
  }

  /** @param {object} report a CheckReport with a snapshot */
  captured({ verdict, suspects, cost }) {
    if (this.#warmUp.isOn) return this.#warmUp.captured()
    const cpuMs = (cost?.child?.cpuMs ?? 0) + (cost?.analysisCpuMs ?? 0)
    this.#plan.captured(verdict, suspects.length, cost?.capture === 'walk' ? cpuMs : null)
  }

  /** Returns, once, whether there are captures from a warm-up that has ended, which must be forgotten. */
  takeTraces() {
    const has = this.#warmUp.hasLeftTraces
    if (has) this.#warmUp.forgotten()
    return has
  }
}

module.exports = { Pace }
