export const dynamic = 'force-dynamic'

export default function Home() {
  const items = Array.from({ length: 60 }, (_, i) => i)
  return (
    <ul>
      {items.map((i) => (
        <li key={i}>
          <a href={`/product/${i}`}>Product {i}</a>
        </li>
      ))}
    </ul>
  )
}
