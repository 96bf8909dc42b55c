'use strict'

const http = require('node:http')
const { ApolloServer } = require('@apollo/server')
const { ApolloServerPluginDrainHttpServer } = require('@apollo/server/plugin/drainHttpServer')
const { expressMiddleware } = require('@as-integrations/express5')
const { makeExecutableSchema } = require('@graphql-tools/schema')
const DataLoader = require('dataloader')
const express = require('express')
const { PubSub } = require('graphql-subscriptions')
const { useServer } = require('graphql-ws/use/ws')
const { WebSocketServer } = require('ws')

const BOOKS = 500
const AUTHORS = 50
const REVIEWS = 20

const authors = Array.from({ length: AUTHORS }, (_, i) => ({ id: String(i), name: `Author ${i}` }))
const books = Array.from({ length: BOOKS }, (_, i) => ({
  id: String(i),
  title: `Book ${i}`,
  author: String(i % AUTHORS),
  reviews: []
}))
const pubsub = new PubSub()

const typeDefs = `
  type Author { id: ID! name: String! books: [Book!]! }
  type Review { text: String! stars: Int! }
  type Book { id: ID! title: String! author: Author! reviews: [Review!]! }
  type Query { book(id: ID!): Book books(first: Int!): [Book!]! }
  type Mutation { review(book: ID!, text: String!, stars: Int!): Review! }
  type Subscription { reviewAdded(book: ID!): Review! }
`

const resolvers = {
  Query: {
    book: (_, { id }) => books[id],
    books: (_, { first }) => books.slice(0, first)
  },
  Book: { author: (book, _, { authorById }) => authorById.load(book.author) },
  Author: { books: (author) => books.filter((book) => book.author === author.id) },
  Mutation: {
    review(_, { book, text, stars }) {
      const review = { text, stars }
      const { reviews } = books[book]
      reviews.push(review)
      if (reviews.length > REVIEWS) reviews.shift()
      pubsub.publish(`review-${book}`, { reviewAdded: review })
      return review
    }
  },
  Subscription: {
    reviewAdded: { subscribe: (_, { book }) => pubsub.asyncIterableIterator(`review-${book}`) }
  }
}

async function main() {
  const schema = makeExecutableSchema({ typeDefs, resolvers })
  const context = async () => ({
    authorById: new DataLoader(async (ids) => ids.map((id) => authors[id]))
  })
  const app = express()
  const httpServer = http.createServer(app)
  useServer({ schema, context }, new WebSocketServer({ server: httpServer, path: '/graphql' }))
  const plugins = [ApolloServerPluginDrainHttpServer({ httpServer })]
  const server = new ApolloServer({ schema, plugins })
  await server.start()
  app.get('/health', (_, response) => response.send('ok'))
  app.use('/graphql', express.json(), expressMiddleware(server, { context }))
  httpServer.listen(process.argv[2], '127.0.0.1')
}

main()
