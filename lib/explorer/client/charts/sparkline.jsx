export function Sparkline() {
  return null
}
