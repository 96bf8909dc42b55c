'use strict'
// A discussion that grows for ever: each comment answers some earlier one. Growth is spread over a whole tree, with
// replies in arrays anywhere in it and no list of all.
class Comment {
  constructor(author, text) {
    this.author = author
    this.text = text
    this.replies = []
  }
}

class Discussion {
  constructor() {
    this.opening = new Comment('editor', 'What do you think?')
    this.seed = 12345
  }

  /** Walks down to a place for an answer, another one each time. */
  answer(author, text) {
    let place = this.opening
    for (;;) {
      this.seed = (Math.imul(this.seed, 1103515245) + 12345) >>> 0
      const choice = (this.seed >>> 8) % (place.replies.length + 2)
      if (choice >= place.replies.length) break
      place = place.replies[choice]
    }
    place.replies.push(new Comment(author, text))
  }
}

const discussion = new Discussion()

module.exports = {
  name: 'comment-tree',
  kind: 'tree',
  source: 'pattern: growth without one container',
  packages: {},
  verify: { n: 600, warmup: 3, rounds: 10 },
  async setup() {
    return { next: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++) discussion.answer(`reader ${i % 30}`, `I agree with ${ctx.next++}`)
  },
  async teardown() {
    discussion.opening = null
  },
  expect: {
    leak: true,
    container: 'discussion.opening (tree of Comment through replies)',
    leakedType: 'Comment',
    pathIncludes: ['discussion', 'opening', 'replies'],
    allocatedIn: ['Comment', 'answer'],
    bytesPerUnit: 260
  }
}
