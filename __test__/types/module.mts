// The same types from an ES module.

import { type LeakDetector, start } from 'seep'
import 'seep/register'
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'

const detector: LeakDetector = start({ gate: 'growth' })
detector.on('leak', ({ title }) => title.length)

// module.exports is the default import of a CommonJS package.
import seep from 'seep'

new seep.LeakDetector()

import { type PageReport, seepPage } from 'seep/express'

const handler = seepPage(detector, { name: 'shop', allowCheck: false, mountPath: '/_seep' })
handler(new IncomingMessage(new Socket()), new ServerResponse(new IncomingMessage(new Socket())))
const floors = (report: PageReport): number[] | undefined => report.memory?.recent.floorBytes
void floors
// @ts-expect-error there is no such option
seepPage(detector, { title: 'shop' })
// @ts-expect-error a detector is needed
seepPage()
