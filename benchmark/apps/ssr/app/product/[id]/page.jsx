import { unstable_cache } from 'next/cache'

export const revalidate = 20
export const dynamicParams = true
export const generateStaticParams = () => []

const findProduct = unstable_cache(
  async (id) => ({ id, text: `What is known of ${id}. `.repeat(40), sizes: [1, 2, 3] }),
  ['product'],
  { revalidate: 30 }
)

export default async function Product({ params }) {
  const { id } = await params
  const product = await findProduct(id)
  return (
    <main>
      <h1>Product {product.id}</h1>
      <p>{product.text}</p>
      <time>{new Date().toISOString()}</time>
    </main>
  )
}
