import { z } from 'zod';

/**
 * Part of every fingerprint, so that stored embeddings are refused when it is counted up. Do so when the pixels that a picture is turned
 * into change by more than 8 bits of weights would change an embedding. Not counted was that large JPEGs of odd sides no longer move by a
 * tenth of a pixel: cosines between before and after were 0.999 and more.
 */
export const PREPROCESSING_VERSION = 1;

/** Resampling filters of Pillow that sharp has, too. */
export type Filter = 'nearest' | 'lanczos3' | 'linear' | 'cubic';

/** What a model wants done to a picture, in this order: resize, crop, rescale and normalise. */
export interface Preprocessing {
  /** `shortestEdge` keeps the proportions; undefined leaves the picture as large as it is. */
  readonly resize: { readonly shortestEdge: number } | Size | undefined;
  readonly filter: Filter;
  /** Pixels in the middle; a picture that is smaller is put on black. */
  readonly crop: Size | undefined;
  /** What bytes are multiplied with: 1/255, or 1 where the model wants no rescaling. */
  readonly rescaleFactor: number;
  /** For red, green and blue. */
  readonly mean: Triple;
  readonly deviation: Triple;
}

/** In pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

type Triple = readonly [number, number, number];

// Pillow's box (4) and Hamming (5) have no counterpart in libvips; the triangle is the nearest in width and smoothness.
const FILTERS: readonly Filter[] = ['nearest', 'lanczos3', 'linear', 'cubic', 'linear', 'linear'];

const pixels = z.int().min(1).max(4096);
const rectangle = z.object({ height: pixels, width: pixels });
const triple = z.tuple([z.number(), z.number(), z.number()]);

// Old files give a bare number: for `size` the shorter side, for `crop_size` a square.
const preprocessorConfig = z.object({
  do_resize: z.boolean().default(true),
  size: z.union([z.object({ shortest_edge: pixels }), rectangle, pixels]).default(224),
  resample: z.int().min(0).max(5).default(3),
  do_center_crop: z.boolean().default(true),
  crop_size: z.union([rectangle, pixels]).default(224),
  do_rescale: z.boolean().default(true),
  rescale_factor: z.number().default(1 / 255),
  do_normalize: z.boolean().default(true),
  image_mean: triple.default([0.48145466, 0.4578275, 0.40821073]),
  image_std: triple.default([0.26862954, 0.26130258, 0.27577711]),
});

/**
 * Reads a `preprocessor_config.json`; what it leaves out is as in the reference's CLIPImageProcessor.
 *
 * @throws ZodError when it is no such configuration
 */
export function parsePreprocessing(json: unknown): Preprocessing {
  const config = preprocessorConfig.parse(json);
  const { size, crop_size: crop } = config;
  return {
    resize: config.do_resize ? readSize(size) : undefined,
    filter: FILTERS[config.resample] ?? 'cubic',
    crop: config.do_center_crop
      ? typeof crop === 'number'
        ? { width: crop, height: crop }
        : crop
      : undefined,
    rescaleFactor: config.do_rescale ? config.rescale_factor : 1,
    mean: config.do_normalize ? config.image_mean : [0, 0, 0],
    deviation: config.do_normalize ? config.image_std : [1, 1, 1],
  };
}

function readSize(size: z.infer<typeof preprocessorConfig>['size']): Preprocessing['resize'] {
  if (typeof size === 'number') return { shortestEdge: size };
  return 'shortest_edge' in size ? { shortestEdge: size.shortest_edge } : size;
}

/** The size that every picture comes out with; undefined when it depends on the picture, which no CLIP can take. */
export function outputSize({ resize, crop }: Preprocessing): Size | undefined {
  if (crop !== undefined) return crop;
  return resize === undefined || 'shortestEdge' in resize ? undefined : resize;
}

/**
 * Pixels as the vision tower takes them: planes of red, green and blue, picture after picture.
 *
 * @param pictures each `height × width × 3` bytes, as preprocessImage gives them
 * @returns `pictures.length × 3 × height × width` numbers
 */
export function toTensorData(
  pictures: readonly Uint8Array[],
  preprocessing: Preprocessing,
  size: Size,
): Float32Array {
  const area = size.width * size.height;
  const tables = [0, 1, 2].map((channel) => normalisedBytes(preprocessing, channel));
  const data = new Float32Array(pictures.length * 3 * area);
  let at = 0;
  for (const picture of pictures) {
    for (const [channel, table] of tables.entries()) {
      for (let source = channel; source < area * 3; source += 3)
        data[at++] = table[picture[source] ?? 0] ?? 0;
    }
  }
  return data;
}

/** There are only 256 values a channel, so they are computed once. */
function normalisedBytes({ rescaleFactor, mean, deviation }: Preprocessing, channel: number): Float32Array {
  return Float32Array.from({ length: 256 }, (_, byte) => {
    return (byte * rescaleFactor - (mean[channel] ?? 0)) / (deviation[channel] ?? 1);
  });
}
