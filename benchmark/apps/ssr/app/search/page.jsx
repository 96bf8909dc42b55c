export default async function Search({ searchParams }) {
  const { q } = await searchParams
  const found = Array.from({ length: 30 }, (_, i) => `${q}-${i}`)
  return found.map((id) => <p key={id}>{id}</p>)
}
