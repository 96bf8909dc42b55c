// memlab: parse, dominators, retained sizes and one row per class.

const { getFullHeapFromFile } = require('@memlab/heap-analysis')

async function main() {
  const heap = await getFullHeapFromFile(process.argv[2])
  const classes = new Map()
  heap.nodes.forEach((node) => {
    const row = classes.get(node.name) ?? { count: 0, selfBytes: 0, retainedBytes: 0 }
    row.count++
    row.selfBytes += node.self_size
    row.retainedBytes += node.retainedSize
    classes.set(node.name, row)
  })
  console.log(classes.size)
}

main()
