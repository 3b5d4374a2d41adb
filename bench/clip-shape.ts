/**
 * Writes a CLIP of the exact shape of OpenAI's ViT-B/32, with random weights, as a model folder that Pictograph and transformers.js
 * load: for measuring speed, which depends on shapes alone. Its answers mean nothing. 600 MB.
 *
 *     npx tsx bench/clip-shape.ts FOLDER
 */
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { bundledModelFolder } from '../src/clip/bundled-model.js';
import {
  DataType,
  intAttribute,
  intsAttribute,
  writeOnnx,
  type OnnxNode,
  type OnnxTensor,
} from '../src/clip/onnx-file.js';

/** What speed depends on. */
export interface ClipShape {
  readonly image: number;
  readonly patch: number;
  readonly vision: Transformer;
  readonly text: Transformer & { readonly context: number; readonly vocabulary: number };
  readonly dimensions: number;
}

interface Transformer {
  readonly width: number;
  readonly heads: number;
  readonly layers: number;
}

/** OpenAI's CLIP ViT-B/32 (Radford et al. 2021, table 19). */
const VIT_B32: ClipShape = {
  image: 224,
  patch: 32,
  vision: { width: 768, heads: 12, layers: 12 },
  text: { width: 512, heads: 8, layers: 12, context: 77, vocabulary: 49_408 },
  dimensions: 512,
};

const OPSET = 17;

/**
 * Writes a model folder of random weights.
 *
 * @param together also writes both towers in one file, another 600 MB, which transformers.js's pipeline for zero-shot classification loads
 */
export async function writeClipShape(
  folder: string,
  { shape = VIT_B32, together = false }: { shape?: ClipShape; together?: boolean } = {},
): Promise<void> {
  await mkdir(path.join(folder, 'onnx'), { recursive: true });
  const json = (file: string, content: unknown) =>
    writeFile(path.join(folder, file), JSON.stringify(content));
  // Its tokenizer fits any vocabulary that is larger, and its end token is the largest id, as CLIP's is.
  for (const file of ['tokenizer.json', 'tokenizer_config.json']) {
    await copyFile(path.join(bundledModelFolder(), file), path.join(folder, file));
  }
  await json('config.json', {
    model_type: 'clip',
    projection_dim: shape.dimensions,
    logit_scale_init_value: 2.6592,
    text_config: { model_type: 'clip_text_model', max_position_embeddings: shape.text.context },
    vision_config: { model_type: 'clip_vision_model', image_size: shape.image, patch_size: shape.patch },
  });
  await json('preprocessor_config.json', {
    image_processor_type: 'CLIPImageProcessor',
    do_resize: true,
    size: { shortest_edge: shape.image },
    resample: 3,
    do_center_crop: true,
    crop_size: { height: shape.image, width: shape.image },
    do_rescale: true,
    do_normalize: true,
    image_mean: [0.481_454_66, 0.457_827_5, 0.408_210_73],
    image_std: [0.268_629_54, 0.261_302_58, 0.275_777_11],
  });
  await writeFile(path.join(folder, 'onnx', 'vision_model.onnx'), visionTower(shape));
  await writeFile(path.join(folder, 'onnx', 'text_model.onnx'), textTower(shape));
  if (together) await writeFile(path.join(folder, 'onnx', 'model.onnx'), bothTowers(shape));
}

/** Adds nodes and weights; each call gives the name of the tensor that it makes. */
class Graph {
  readonly #nodes: OnnxNode[] = [];
  readonly #weights: OnnxTensor[] = [];
  #seed = 1;

  node(
    type: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, number | readonly number[]>> = {},
  ) {
    const name = `${type}_${this.#nodes.length}`;
    const written = Object.entries(attributes).map(([key, value]) =>
      typeof value === 'number' ? intAttribute(key, value) : intsAttribute(key, value),
    );
    this.#nodes.push({ type, domain: '', name, inputs, outputs: [name], attributes: written, rest: [] });
    return name;
  }

  /** Uniform numbers around 0, or all the same. */
  floats(dims: readonly number[], spread: number, constant?: number): string {
    const values = new Float32Array(dims.reduce((a, b) => a * b, 1));
    if (constant !== undefined) values.fill(constant);
    else {
      let seed = this.#seed++ * 2_654_435_761;
      for (let i = 0; i < values.length; i++) {
        // xorshift32
        seed ^= seed << 13;
        seed ^= seed >>> 17;
        seed ^= seed << 5;
        values[i] = (seed / 2 ** 31) * spread;
      }
    }
    return this.#weight(dims, DataType.float, new Uint8Array(values.buffer));
  }

  integers(values: readonly number[], dims: readonly number[] = [values.length]): string {
    return this.#weight(dims, DataType.int64, new Uint8Array(BigInt64Array.from(values, BigInt).buffer));
  }

  #weight(dims: readonly number[], dataType: number, raw: Uint8Array): string {
    const name = `weight_${this.#weights.length}`;
    this.#weights.push({ name, dims, dataType, raw, rest: [] });
    return name;
  }

  linear(x: string, from: number, to: number, bias = true): string {
    const product = this.node('MatMul', [x, this.floats([from, to], Math.sqrt(3 / from))]);
    return bias ? this.node('Add', [this.floats([to], 0.02), product]) : product;
  }

  norm(x: string, width: number): string {
    const [scale, bias] = [this.floats([width], 0, 1), this.floats([width], 0, 0)];
    return this.node('LayerNormalization', [x, scale, bias], { axis: -1 });
  }

  /** A layer of a transformer, as OpenAI's: normalised before, GELU by a sigmoid. */
  layer(x: string, width: number, heads: number, mask?: string): string {
    const normed = this.norm(x, width);
    const split = this.integers([0, 0, heads, width / heads]);
    const [queries, keys, values] = [
      [0, 2, 1, 3],
      [0, 2, 3, 1],
      [0, 2, 1, 3],
    ].map((perm) =>
      this.node('Transpose', [this.node('Reshape', [this.linear(normed, width, width), split])], { perm }),
    );
    const scaled = this.node('Mul', [queries ?? '', this.floats([], 0, Math.sqrt(heads / width))]);
    const scores = this.node('MatMul', [scaled, keys ?? '']);
    const weights = this.node('Softmax', [mask === undefined ? scores : this.node('Add', [scores, mask])], {
      axis: -1,
    });
    const mixed = this.node('Transpose', [this.node('MatMul', [weights, values ?? ''])], {
      perm: [0, 2, 1, 3],
    });
    const joined = this.node('Reshape', [mixed, this.integers([0, 0, width])]);
    const attended = this.node('Add', [x, this.linear(joined, width, width)]);
    const up = this.linear(this.norm(attended, width), width, 4 * width);
    const gate = this.node('Sigmoid', [this.node('Mul', [up, this.floats([], 0, 1.702)])]);
    return this.node('Add', [attended, this.linear(this.node('Mul', [up, gate]), 4 * width, width)]);
  }

  /** @param output is what the last node makes */
  write(inputs: readonly Port[], output: Port): Uint8Array {
    const named = this.#nodes.map((node) =>
      node === this.#nodes.at(-1) ? { ...node, outputs: [output.name] } : node,
    );
    const rest = [bytesField(2, utf8('clip')), ...inputs.map((input) => port(11, input)), port(12, output)];
    // ir_version 8
    const head = new BinaryWriter().tag(1, WireType.Varint).int64(8).finish();
    return writeOnnx({
      opsets: [{ domain: '', version: OPSET }],
      graph: { nodes: named, weights: this.#weights, outputs: [output.name], rest },
      rest: [head],
    });
  }
}

const pictures = ({ image }: ClipShape): Port => ({
  name: 'pixel_values',
  type: DataType.float,
  dims: ['batch', 3, image, image],
});
const TOKENS: Port = { name: 'input_ids', type: DataType.int64, dims: ['batch', 'tokens'] };

function visionTower(shape: ClipShape): Uint8Array {
  const graph = new Graph();
  addVision(graph, shape);
  const dims = ['batch', shape.dimensions];
  return graph.write([pictures(shape)], { name: 'image_embeds', type: DataType.float, dims });
}

function textTower(shape: ClipShape): Uint8Array {
  const graph = new Graph();
  addText(graph, shape);
  const dims = ['batch', shape.dimensions];
  return graph.write([TOKENS], { name: 'text_embeds', type: DataType.float, dims });
}

function bothTowers(shape: ClipShape): Uint8Array {
  const graph = new Graph();
  const [images, texts] = [addVision(graph, shape), addText(graph, shape)].map((vectors) =>
    graph.node('LpNormalization', [vectors], { axis: -1, p: 2 }),
  );
  const turned = graph.node('Transpose', [texts ?? ''], { perm: [1, 0] });
  graph.node('Mul', [graph.node('MatMul', [images ?? '', turned]), graph.floats([], 0, 100)]);
  const texted = { ...TOKENS, dims: ['texts', 'tokens'] };
  return graph.write([texted, pictures(shape)], {
    name: 'logits_per_image',
    type: DataType.float,
    dims: ['batch', 'texts'],
  });
}

/** @returns the vectors of pictures, not normalised */
function addVision(
  graph: Graph,
  { image, patch, vision: { width, heads, layers }, dimensions }: ClipShape,
): string {
  const patches = (image / patch) ** 2;
  const kernel = graph.floats([width, 3, patch, patch], 0.02);
  const cut = graph.node('Conv', ['pixel_values', kernel], {
    kernel_shape: [patch, patch],
    strides: [patch, patch],
  });
  const flat = graph.node('Reshape', [cut, graph.integers([0, width, patches])]);
  const rows = graph.node('Transpose', [flat], { perm: [0, 2, 1] });
  // The class token, as often as there are pictures.
  const batch = graph.node('Gather', [graph.node('Shape', ['pixel_values']), graph.integers([0])]);
  const shape = graph.node('Concat', [batch, graph.integers([1, width])], { axis: 0 });
  const token = graph.node('Expand', [graph.floats([1, 1, width], 0.02), shape]);
  const all = graph.node('Concat', [token, rows], { axis: 1 });
  const placed = graph.node('Add', [all, graph.floats([1, patches + 1, width], 0.02)]);
  let x = graph.norm(placed, width);
  for (let i = 0; i < layers; i++) x = graph.layer(x, width, heads);
  const first = graph.node('Gather', [x, graph.integers([0], [])], { axis: 1 });
  return graph.linear(graph.norm(first, width), width, dimensions, false);
}

/** @returns the vectors of texts, not normalised */
function addText(graph: Graph, { text: shape, dimensions }: ClipShape): string {
  const { width, heads, layers, context, vocabulary } = shape;
  const words = graph.node('Gather', [graph.floats([vocabulary, width], 0.02), 'input_ids']);
  const length = graph.node('Gather', [graph.node('Shape', ['input_ids']), graph.integers([1])]);
  const zero = graph.integers([0]);
  const places = graph.node('Slice', [graph.floats([context, width], 0.02), zero, length, zero]);
  let x = graph.node('Add', [words, places]);
  const square = graph.node('Expand', [
    graph.floats([1, 1], 0, -1e4),
    graph.node('Concat', [length, length], { axis: 0 }),
  ]);
  // Above the diagonal: no token sees what comes after it.
  const mask = graph.node('Trilu', [square, graph.integers([1], [])], { upper: 1 });
  for (let i = 0; i < layers; i++) x = graph.layer(x, width, heads, mask);
  const end = graph.node('ArgMax', ['input_ids'], { axis: 1, keepdims: 1 });
  const said = graph.node('GatherND', [graph.norm(x, width), end], { batch_dims: 1 });
  return graph.linear(said, width, dimensions, false);
}

/** What goes into a graph or comes out of it. */
interface Port {
  readonly name: string;
  readonly type: number;
  /** A name is any number. */
  readonly dims: readonly (number | string)[];
}

const utf8 = (content: string): Uint8Array => new TextEncoder().encode(content);

function bytesField(no: number, bytes: Uint8Array): Uint8Array {
  return new BinaryWriter().tag(no, WireType.LengthDelimited).bytes(bytes).finish();
}

function intField(no: number, value: number): Uint8Array {
  return new BinaryWriter().tag(no, WireType.Varint).int64(value).finish();
}

/** A ValueInfoProto. */
function port(no: number, { name, type, dims }: Port): Uint8Array {
  const sizes = dims.map((dim) =>
    bytesField(1, typeof dim === 'string' ? bytesField(2, utf8(dim)) : intField(1, dim)),
  );
  const tensor = Buffer.concat([intField(1, type), bytesField(2, Buffer.concat(sizes))]);
  return bytesField(no, Buffer.concat([bytesField(1, utf8(name)), bytesField(2, bytesField(1, tensor))]));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder] = process.argv.slice(2);
  if (folder === undefined) throw new Error('Say which folder to write: npx tsx bench/clip-shape.ts FOLDER');
  await writeClipShape(folder);
  console.log(`A model of random weights in the shape of CLIP ViT-B/32 lies in ${folder}.`);
}
