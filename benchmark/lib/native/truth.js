'use strict'

/** What the process has, by the kernel's own books and not by seep's: `smaps`, and the numbers of threads and descriptors. */

const fs = require('node:fs')

const HEADER = /^[0-9a-f]+-[0-9a-f]+ (\S+) \S+ \S+ \S+\s*(.*)$/
const RESIDENT = /^Rss:\s+(\d+) kB$/

const isImage = (name) => /\.(so|node)(\.|$)/.test(name) || name === process.execPath

function partOf(name) {
  if (name === '' || name.startsWith('[')) return 'anonymousBytes'
  return isImage(name) ? 'imagesBytes' : 'filesBytes'
}

/** Changes little while it is read, but each reading of `smaps` takes milliseconds: for the beginning and the end. */
function truthOf() {
  const truth = { rssBytes: 0, anonymousBytes: 0, imagesBytes: 0, filesBytes: 0 }
  let part = 'anonymousBytes'
  for (const line of fs.readFileSync('/proc/self/smaps', 'utf8').split('\n')) {
    const header = HEADER.exec(line)
    if (header !== null) part = partOf(header[2])
    const resident = RESIDENT.exec(line)
    if (resident === null) continue
    truth.rssBytes += Number(resident[1]) * 1024
    truth[part] += Number(resident[1]) * 1024
  }
  const { arrayBuffers, external, heapTotal } = process.memoryUsage()
  return {
    ...truth,
    heapTotalBytes: heapTotal,
    arrayBuffersBytes: arrayBuffers,
    externalBytes: external - arrayBuffers,
    threads: fs.readdirSync('/proc/self/task').length,
    descriptors: fs.readdirSync('/proc/self/fd').length,
    handles: process.getActiveResourcesInfo().length
  }
}

module.exports = { truthOf }
