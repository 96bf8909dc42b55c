export default function items(request, response) {
  const page = Number(request.query.page)
  response.json(Array.from({ length: 50 }, (_, i) => ({ id: page * 50 + i })))
}
