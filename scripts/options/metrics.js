'use strict'

/** The tables of metrics: in docs/api.md, and in the comment of `registerMetrics()`. */

const { PROMETHEUS_OPTIONS } = require('../../lib/integration-options')
const { METRICS, prometheusName } = require('../../lib/metrics')
const { tableOf } = require('./markdown')

const code = (text) => `\`${text}\``
const nameOf = (metric) => code(prometheusName(metric, PROMETHEUS_OPTIONS.prefix.default))
const labelsOf = ({ labels = [] }) => labels.map(code).join(', ')

/** UCUM writes annotations that are not units, such as `{leak}`, in braces. */
const unitOf = ({ unit }) => (unit.startsWith('{') ? '' : unit)

const metricRows = () =>
  METRICS.map((metric) => [
    nameOf(metric),
    code(`seep.${metric.name}`),
    metric.kind,
    unitOf(metric),
    labelsOf(metric),
    metric.help
  ])

/** Returns the text of prometheus.d.ts with the table in its comment. */
function withMetricComment(text) {
  const rows = METRICS.map((metric) => [nameOf(metric), metric.kind, labelsOf(metric)])
  const table = tableOf([['metric', 'type', 'labels'], ...rows]).replace(/^/gm, ' * ')
  return text.replace(/( \* \|.*\n)+/, () => `${table}\n`)
}

module.exports = { metricRows, withMetricComment }
