export function Treemap() {
  return null
}
