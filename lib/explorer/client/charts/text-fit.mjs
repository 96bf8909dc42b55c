/**
 * Cuts texts to a width without measuring each: the characters of a font are measured once.
 */
export class TextFit {
  #widths = new Map()
  #measure

  /** @param {(text: string) => number} measure width in the font of the labels */
  constructor(measure) {
    this.#measure = measure
  }

  /** Returns the text, or as much as fits with an ellipsis, or '' if that would say nothing. */
  fit(text, width) {
    const room = width - this.#widthOf('…')
    let [used, kept, characters] = [0, '', 0]
    for (const character of text) {
      used += this.#widthOf(character)
      if (used > width) return characters < 2 ? '' : `${kept.trimEnd()}…`
      if (used <= room) {
        kept += character
        characters += 1
      }
    }
    return text
  }

  /** Whether the whole text fits. */
  fits(text, width) {
    return this.fit(text, width) === text
  }

  #widthOf(character) {
    let width = this.#widths.get(character)
    if (width === undefined) {
      width = this.#measure(character)
      this.#widths.set(character, width)
    }
    return width
  }
}
