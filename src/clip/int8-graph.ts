import { Constants, toInt8, transpose, type Matrix } from './int8-weights.js';
import {
  DataType,
  intAttribute,
  intsAttribute,
  MICROSOFT,
  type OnnxAttribute,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
} from './onnx-file.js';
import type { Size } from './preprocessing.js';

/** Smaller products are not worth the steps around them. */
const SMALLEST = 64 * 64;

/**
 * The same model with its products of activations and weights in whole numbers of 8 bits; everything else stays in float32.
 *
 * Weights are signed and symmetric, with a scale for each column: the form that onnxruntime has fast kernels for. Activations
 * are scaled when the model runs, each row (a patch, a token) by its own largest number. ONNX's own DynamicQuantizeLinear
 * takes one scale for the whole batch, so that the vector of a picture would depend on its neighbours; a scale a row costs
 * about a tenth more and makes every vector the same in any company, to the last bit.
 *
 * @param pictureSize what the vision tower is given; undefined for a text tower
 * @throws Error when nothing in the graph can be converted
 */
export function quantiseModel(model: OnnxModel, pictureSize: Size | undefined): OnnxModel {
  const builder = new Int8Graph(model);
  for (const node of model.graph.nodes) {
    if (!builder.product(node) && !(pictureSize && builder.patches(node, pictureSize))) builder.keep(node);
  }
  return builder.finish();
}

class Int8Graph {
  readonly #model: OnnxModel;
  readonly #constants: Constants;
  readonly #nodes: OnnxNode[] = [];
  readonly #weights: OnnxTensor[] = [];
  /** Activations that are in 8 bits already, by name: several products often share one. */
  readonly #rows = new Map<string, { whole: string; scale: string }>();
  readonly #integers = new Map<string, string>();
  #products = 0;

  constructor(model: OnnxModel) {
    this.#model = model;
    this.#constants = new Constants(model.graph);
  }

  keep(node: OnnxNode): void {
    this.#nodes.push(node);
  }

  /** A product of activations and a weight. Returns false, and does nothing, when the node is no such thing. */
  product(node: OnnxNode): boolean {
    const [from = '', by = '', bias = ''] = node.inputs;
    const [to = ''] = node.outputs;
    if (node.type !== 'MatMul' && !(node.type === 'Gemm' && isPlain(node))) return false;
    if (this.#constants.floats(from) !== undefined) return false;
    const found = this.#constants.matrix(by);
    if (found === undefined || found.values.length < SMALLEST) return false;
    const matrix = intOf(node, 'transB') === 1 ? transpose(found) : found;
    this.#multiply(from, matrix, bias, to);
    return true;
  }

  /** The convolution that cuts a picture into patches: each patch is a row, and the kernel a matrix. */
  patches(node: OnnxNode, { width, height }: Size): boolean {
    const [from = '', by = '', bias = ''] = node.inputs;
    const [to = ''] = node.outputs;
    if (node.type !== 'Conv' || from !== 'pixel_values') return false;
    const kernel = this.#constants.floats(by);
    const [outputs = 0, channels = 0, tall = 0, wide = 0] = kernel?.dims ?? [];
    const strides = intsOf(node, 'strides');
    const isPatches =
      kernel?.dims.length === 4 &&
      strides?.[0] === tall &&
      strides[1] === wide &&
      height % tall === 0 &&
      width % wide === 0 &&
      (intsOf(node, 'pads') ?? []).every((pad) => pad === 0) &&
      (intsOf(node, 'dilations') ?? []).every((dilation) => dilation === 1) &&
      (intOf(node, 'group') ?? 1) === 1;
    if (!isPatches || kernel.values.length < SMALLEST) return false;
    const [down, across] = [height / tall, width / wide];
    const size = channels * tall * wide;
    const cut = this.#add('Reshape', [from, this.#list([0, channels, down, tall, across, wide])]);
    const gathered = this.#add('Transpose', [cut], [intsAttribute('perm', [0, 2, 4, 1, 3, 5])]);
    const rows = this.#add('Reshape', [gathered, this.#list([0, down * across, size])]);
    const matrix = transpose({ rows: outputs, columns: size, values: kernel.values });
    const product = this.#multiply(rows, matrix, bias, `${to}/rows`);
    const turned = this.#add('Transpose', [product], [intsAttribute('perm', [0, 2, 1])]);
    this.#add('Reshape', [turned, this.#list([0, outputs, down, across])], [], to);
    return true;
  }

  finish(): OnnxModel {
    if (this.#products === 0) {
      throw new Error('The model has no product of activations and weights that can be brought into 8 bits.');
    }
    const { graph, opsets, rest } = this.#model;
    const used = new Set<string>();
    const nodes: OnnxNode[] = [];
    // From the end: what made a weight that is not used any more falls away.
    const outputs = new Set(graph.outputs);
    for (const node of this.#nodes.toReversed()) {
      const isUsed = node.outputs.some((output) => used.has(output) || outputs.has(output));
      if (!isUsed) continue;
      for (const input of node.inputs) used.add(input);
      nodes.unshift(node);
    }
    const weights = [...graph.weights, ...this.#weights].filter(({ name }) => used.has(name));
    const others = opsets.filter(({ domain }) => domain !== MICROSOFT);
    return {
      opsets: [...others, { domain: MICROSOFT, version: 1 }],
      graph: { ...graph, nodes, weights },
      rest,
    };
  }

  /** @returns `to` */
  #multiply(from: string, matrix: Matrix, bias: string, to: string): string {
    const { whole, scale } = this.#inRows(from, matrix.rows);
    const { whole: weights, scales } = toInt8(matrix);
    const name = `${to}/weights`;
    this.#weight(name, [matrix.rows, matrix.columns], DataType.int8, weights);
    this.#weight(`${name}/scales`, [matrix.columns], DataType.float, scales);
    const inputs = [whole, name, this.#float(1), `${name}/scales`, this.#middle()];
    const product = this.#add('MatMulIntegerToFloat', inputs, [], undefined, MICROSOFT);
    this.#products++;
    if (bias === '') return this.#add('Mul', [product, scale], [], to);
    return this.#add('Add', [this.#add('Mul', [product, scale]), bias], [], to);
  }

  /** Activations of any number of dimensions, `width` in the last, as 8 bits around 128 and a scale for each row. */
  #inRows(from: string, width: number): { whole: string; scale: string } {
    const known = this.#rows.get(from);
    if (known !== undefined) return known;
    const top = this.#largest('ReduceMax', from);
    const bottom = this.#add('Neg', [this.#largest('ReduceMin', from)]);
    // The last of them keeps a row of zeros from being divided by zero.
    const size = this.#add('Max', [top, bottom, this.#float(1e-12)]);
    const scale = this.#add('Mul', [size, this.#float(1 / 127)]);
    const scales = this.#add('Reshape', [scale, this.#list([-1])]);
    const middles = this.#add('Expand', [this.#middle(), this.#add('Shape', [scales])]);
    const flat = this.#add('Reshape', [from, this.#list([-1, width])]);
    // Microsoft's, because ONNX's own knows scales along an axis only from opset 13 on.
    const quantised = this.#add(
      'QuantizeLinear',
      [flat, scales, middles],
      [intAttribute('axis', 0)],
      undefined,
      MICROSOFT,
    );
    const whole = this.#add('Reshape', [quantised, this.#add('Shape', [from])]);
    const made = { whole, scale };
    this.#rows.set(from, made);
    return made;
  }

  /** Along the last axis, which stays as one of length 1. */
  #largest(type: 'ReduceMax' | 'ReduceMin', from: string): string {
    const opset = this.#model.opsets.find(({ domain }) => domain === '')?.version ?? 0;
    return opset < 18
      ? this.#add(type, [from], [intsAttribute('axes', [-1])])
      : this.#add(type, [from, this.#list([-1])]);
  }

  #add(
    type: string,
    inputs: readonly string[],
    attributes: readonly OnnxAttribute[] = [],
    to?: string,
    domain = '',
  ): string {
    const output = to ?? `int8/${this.#nodes.length}`;
    this.#nodes.push({
      type,
      domain,
      name: `int8/${type}/${this.#nodes.length}`,
      inputs,
      outputs: [output],
      attributes,
      rest: [],
    });
    return output;
  }

  #weight(name: string, dims: readonly number[], dataType: number, values: ArrayBufferView): string {
    const raw = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    this.#weights.push({ name, dims, dataType, raw, rest: [] });
    return name;
  }

  #once(name: string, dims: readonly number[], dataType: number, values: ArrayBufferView): string {
    if (!this.#integers.has(name)) this.#integers.set(name, this.#weight(name, dims, dataType, values));
    return name;
  }

  #list(values: readonly number[]): string {
    return this.#once(
      `int8/${values.join(',')}`,
      [values.length],
      DataType.int64,
      BigInt64Array.from(values, BigInt),
    );
  }

  #float(value: number): string {
    return this.#once(`int8/float ${value}`, [], DataType.float, Float32Array.of(value));
  }

  /** What 0 becomes: the fast kernels take activations without a sign. */
  #middle(): string {
    return this.#once('int8/middle', [], DataType.uint8, Uint8Array.of(128));
  }
}

/** A Gemm that is a product and a sum, and nothing more. */
function isPlain(node: OnnxNode): boolean {
  const factor = (name: string) => node.attributes.find((each) => each.name === name)?.float ?? 1;
  return factor('alpha') === 1 && factor('beta') === 1 && (intOf(node, 'transA') ?? 0) === 0;
}

function intOf(node: OnnxNode, name: string): number | undefined {
  return node.attributes.find((attribute) => attribute.name === name)?.int;
}

function intsOf(node: OnnxNode, name: string): readonly number[] | undefined {
  return node.attributes.find((attribute) => attribute.name === name)?.ints;
}
