class Visitor {
  constructor(name) {
    this.name = name
    this.visits = 1
    this.pages = ['/', `/welcome/${name}`]
  }
}

const visitors = new Map()

export function greet(name) {
  let visitor = visitors.get(name)
  if (visitor === undefined) {
    visitor = new Visitor(name)
    visitors.set(name, visitor)
  } else visitor.visits++
  return visitor.visits > 1 ? `welcome back, ${name}` : `hello, ${name}`
}
