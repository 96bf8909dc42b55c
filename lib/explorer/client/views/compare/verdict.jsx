/** Whether the files show a leak: what `seep compare` says about them. */

import { describeLeak } from '../../../../describe.js'
import { leakMarkdown } from '../../../../page/view/markdown.js'
import { href } from '../../data/route.mjs'
import { bytes, clipped, oneLine, plural } from '../../data/words.mjs'
import { Copy } from '../../parts/copy.jsx'
import { Failure, Loading } from '../../parts/states.jsx'
import { useAnswer } from '../../parts/use-answer.mjs'

const ANSWERS = {
  leak: ({ leaks }) => ({
    tone: 'bad',
    title: leaks.length === 1 ? 'One leak is confirmed' : `${leaks.length} leaks are confirmed`,
    text: `${leaks.length === 1 ? 'It keeps' : 'They keep'} growing from file to file.`
  }),
  suspected: ({ suspects }) => ({
    tone: 'warn',
    title: suspects.length === 1 ? 'Something is growing' : `${suspects.length} things are growing`,
    text: 'There are too few files to call it a leak. Take more snapshots, minutes apart, and open them together.'
  }),
  healthy: () => ({ tone: 'good', title: 'Healthy', text: 'Nothing grows from file to file.' }),
  'insufficient-data': () => ({
    tone: 'calm',
    title: 'Too early to say',
    text: 'A verdict needs four snapshots of the same process. What has changed is listed below.'
  })
}

export function Verdict() {
  const { answer, error, retry } = useAnswer('verdict', {})
  if (error !== null) return <Failure error={error} onRetry={retry} />
  if (answer === undefined) return <Loading>Comparing the files…</Loading>
  const { tone, title, text } = (ANSWERS[answer.verdict] ?? ANSWERS['insufficient-data'])(answer)
  const found = [...answer.leaks, ...answer.suspects]
  return (
    <section class="verdict" data-tone={tone} aria-label="Verdict">
      <div class="verdict-text">
        <h1>{title}</h1>
        <p>{text}</p>
      </div>
      {found.length > 0 && (
        <ul class="leaks">
          {found.map((leak) => (
            <Leak key={leak.id} leak={leak} />
          ))}
        </ul>
      )}
    </section>
  )
}

function Leak({ leak }) {
  const { title, items, container, growth } = leak
  return (
    <li>
      <details>
        <summary class="leak-summary">
          <span class="leak-title">{withCode(title)}</span>
          <span class="num">
            {plural(items.count, 'object')}, {bytes(container.retainedBytes)}
          </span>
        </summary>
        <pre class="report">{clipped(describeLeak(leak), 20_000).replaceAll('\\n', '\n')}</pre>
        <p class="leak-tools">
          <span class="hint">
            Seen in {plural(growth.checks, 'comparison')}.{' '}
            <a href={href('search', null, { q: items.label })}>Search for {oneLine(items.label)}</a>
          </span>
          <Copy text={() => leakMarkdown(leak)} />
        </p>
      </details>
    </li>
  )
}

/** Names in titles are in backticks. */
function withCode(text) {
  return oneLine(text)
    .split(/`([^`]*)`/)
    .map((part, i) => (i % 2 === 1 ? <code key={part}>{part}</code> : part))
}
