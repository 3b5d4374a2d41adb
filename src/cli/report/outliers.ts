import { dotProduct } from '../../search/unit-vector.js';

/** The images that are least like the image that is most like them, the loneliest first, ties in their order. */
export function loneImages<I extends { readonly embedding: Float32Array }>(
  images: readonly I[],
  limit: number,
): { readonly image: I; readonly similarity: number }[] {
  const nearest = new Float64Array(images.length).fill(-1);
  for (const [index, { embedding }] of images.entries()) {
    for (let other = index + 1; other < images.length; other++) {
      const similarity = dotProduct(embedding, images[other]?.embedding ?? embedding);
      nearest[index] = Math.max(nearest[index] ?? -1, similarity);
      nearest[other] = Math.max(nearest[other] ?? -1, similarity);
    }
  }
  return images
    .map((image, index) => ({ image, similarity: nearest[index] ?? -1 }))
    .sort((one, other) => one.similarity - other.similarity)
    .slice(0, limit);
}
