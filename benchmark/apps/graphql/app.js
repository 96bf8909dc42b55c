'use strict'

/** A GraphQL server: queries through loaders, mutations, and subscriptions over WebSockets that come and go. */

const { once } = require('node:events')
const path = require('node:path')
const { between } = require('../../lib/random')

const BOOKS = 500
const SUBSCRIPTION = 'subscription ($book: ID!) { reviewAdded(book: $book) { text stars } }'

/** Subscribes for a moment, as a page that somebody looks at. */
async function subscribe({ port, folder }, book) {
  const { WebSocket } = require(path.join(folder, 'node_modules/ws'))
  const socket = new WebSocket(`ws://127.0.0.1:${port}/graphql`, 'graphql-transport-ws')
  const send = (message) => socket.send(JSON.stringify(message))
  await once(socket, 'open')
  const said = new Promise((resolve, reject) => {
    socket.addEventListener('message', ({ data }) => {
      if (JSON.parse(data).type === 'connection_ack') resolve()
    })
    socket.addEventListener('close', () => reject(new Error('closed')))
  })
  send({ type: 'connection_init' })
  await said
  send({ id: '1', type: 'subscribe', payload: { query: SUBSCRIPTION, variables: { book } } })
  await new Promise((resolve) => setTimeout(resolve, 300))
  send({ id: '1', type: 'complete' })
  socket.close()
}

module.exports = {
  title: 'GraphQL server (@apollo/server 5.5.1, graphql-ws 6.4.2)',
  packages: {
    '@apollo/server': '5.5.1',
    '@as-integrations/express5': '1.1.2',
    '@graphql-tools/schema': '11.0.6',
    dataloader: '2.2.3',
    express: '5.3.0',
    graphql: '16.15.0',
    'graphql-subscriptions': '3.0.0',
    'graphql-ws': '6.4.2',
    ws: '8.23.0'
  },
  env: { NODE_ENV: 'production' },
  start: ({ port }) => ({ args: ['server.js', String(port)] }),
  ready: '/health',
  perSecond: 15,
  step(client, random) {
    const book = String(between(random, 0, BOOKS - 1))
    const draw = random()
    const ask = (query, variables) => client.post('/graphql', { query, variables })
    if (draw < 0.35)
      return ask(
        'query ($id: ID!) { book(id: $id) { title author { name books { title } } reviews { text stars } } }',
        { id: book }
      )
    if (draw < 0.55)
      return ask(`{ books(first: ${between(random, 1, 30)}) { title author { name } } }`)
    // Written out, as by a client that knows no variables: each is a document of its own.
    if (draw < 0.75)
      return ask(`{ book(id: "${book}") { title b${between(random, 0, 1e6)}: author { name } } }`)
    if (draw < 0.9)
      return ask(
        'mutation ($book: ID!, $stars: Int!) { review(book: $book, text: "good", stars: $stars) { stars } }',
        { book, stars: between(random, 1, 5) }
      )
    return subscribe(client, book)
  },
  leak: { pathIncludes: ['reviewed'], leakedType: 'Reader' }
}
