'use strict'

// The same app, fixed: a request is removed when its response ends.

const { randomUUID } = require('node:crypto')
const express = require('express')

const { start } = require('seep')
const { seepPage } = require('seep/express')
const detector = start()
detector.on('leak', (leak) => console.error(`${leak.title}\n${leak.pathText}\n${leak.advice}`))

/** Requests in progress, for the log. */
const requests = new Map()

const app = express()

// Mounted before the leaking middleware. A real app needs a guard: see docs/page.md.
app.use('/_seep', seepPage(detector, { name: 'express example' }))

app.use((req, res, next) => {
  req.id = randomUUID()
  requests.set(req.id, req)
  res.on('close', () => requests.delete(req.id))
  next()
})

app.get('/', (req, res) => {
  res.json({ id: req.id, greeting: 'hello' })
})

const server = app.listen(Number(process.env.PORT ?? 3000), () => {
  console.log(`listening on http://localhost:${server.address().port}`)
})
