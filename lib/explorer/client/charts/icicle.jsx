export function Icicle() {
  return null
}
