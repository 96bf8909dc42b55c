import { type Heap, type ObjectRow, openHeap, type Rows } from 'seep'

const first = <T>(list: T[]): T => list[0] as T

async function look(): Promise<void> {
  const heap: Heap = await openHeap('a.heapsnapshot', { contents: true, maxMemoryBytes: 1 << 30 })
  const { rows } = await heap.classes({ only: 'contexts', sort: 'count', filter: 'Session' })
  const found: Rows<ObjectRow> = await heap.instances({ classId: first(rows).classId })
  const held = await heap.instances({ className: 'Session', groupBy: 'holder' })
  const path: string[] = first(held.rows).path
  const object = await heap.object(first(found.rows).id, { sort: 'retainedBytes', limit: 10 })
  const line: number | null | undefined = object?.location?.line
  const children = await heap.dominators({ id: object?.dominatorId ?? 1 })
  const texts = await heap.strings({ holder: first(held.rows).holder.key })
  const text: string | null = first(texts.rows).text
  const holders = await heap.strings()
  const copies: number = first(holders.rows).holder.count
  const { classes } = await heap.compare(['b.heapsnapshot'])
  const figures: number[] = first(classes.rows).counts
  console.log(path, line, children?.others.count, text, copies, figures)
  // @ts-expect-error there is no such set of objects
  await heap.classes({ only: 'lost' })
  // @ts-expect-error an id is a number
  await heap.object('@17')
  // @ts-expect-error options are known
  await heap.holders({ depth: 3 })
  await heap.close()
}

look()
