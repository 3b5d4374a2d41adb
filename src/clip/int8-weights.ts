import { DataType, type OnnxGraph, type OnnxNode, type OnnxTensor } from './onnx-file.js';

/** A weight's numbers, row after row. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array;
}

/** Finds the numbers of a tensor that is a weight, also where the graph computes it from weights when it is loaded. */
export class Constants {
  readonly #weights: ReadonlyMap<string, OnnxTensor>;
  readonly #makers: ReadonlyMap<string, OnnxNode>;

  constructor({ nodes, weights }: OnnxGraph) {
    this.#weights = new Map(weights.map((weight) => [weight.name, weight]));
    this.#makers = new Map(nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  }

  /** @returns dims and numbers; undefined when it is no constant, or one that is not understood */
  floats(name: string): { dims: readonly number[]; values: Float32Array } | undefined {
    const weight = this.#weights.get(name) ?? this.#constantNode(name);
    if (weight !== undefined) return decode(weight);
    const maker = this.#makers.get(name);
    const [first = '', second = ''] = maker?.inputs ?? [];
    if (maker?.type === 'Identity') return this.floats(first);
    if (maker?.type === 'Transpose') return transposed(this.floats(first), maker);
    // How small weights are stored: whole numbers, cast, times a scale for each channel.
    if (maker?.type === 'Cast' && this.#weights.get(first)?.dataType === DataType.int8)
      return this.floats(first);
    return maker?.type === 'Mul' ? scaled(this.floats(first), this.floats(second)) : undefined;
  }

  /** @returns undefined when it is no constant of two dimensions */
  matrix(name: string): Matrix | undefined {
    const found = this.floats(name);
    const [rows, columns, ...others] = found?.dims ?? [];
    if (found === undefined || rows === undefined || columns === undefined || others.length > 0)
      return undefined;
    return { rows, columns, values: found.values };
  }

  #constantNode(name: string): OnnxTensor | undefined {
    const maker = this.#makers.get(name);
    return maker?.type === 'Constant'
      ? maker.attributes.find((attribute) => attribute.name === 'value')?.tensor
      : undefined;
  }
}

function decode({ dims, dataType, raw }: OnnxTensor) {
  if (raw === undefined) return undefined;
  // The bytes may begin anywhere in the file, a Float32Array only at a multiple of 4.
  if (dataType === DataType.float) return { dims, values: new Float32Array(new Uint8Array(raw).buffer) };
  if (dataType === DataType.int8) {
    return { dims, values: Float32Array.from(new Int8Array(raw.buffer, raw.byteOffset, raw.length)) };
  }
  return undefined;
}

type Floats = ReturnType<Constants['floats']>;

function transposed(from: Floats, node: OnnxNode): Floats {
  const [rows, columns, ...others] = from?.dims ?? [];
  if (from === undefined || rows === undefined || columns === undefined || others.length > 0)
    return undefined;
  const perm = node.attributes.find(({ name }) => name === 'perm')?.ints ?? [1, 0];
  if (perm[0] !== 1) return from;
  return { dims: [columns, rows], values: transpose({ rows, columns, values: from.values }).values };
}

export function transpose({ rows, columns, values }: Matrix): Matrix {
  const turned = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      turned[column * rows + row] = values[row * columns + column] ?? 0;
    }
  }
  return { rows: columns, columns: rows, values: turned };
}

/** Two dimensions times one scale a column, or a row. */
function scaled(one: Floats, other: Floats): Floats {
  if (one === undefined || other === undefined) return undefined;
  const [rows, columns, ...others] = one.dims;
  const [down = 1, across = 1, ...more] = other.dims;
  if (rows === undefined || columns === undefined || others.length + more.length > 0) return undefined;
  if ((down !== 1 && down !== rows) || (across !== 1 && across !== columns)) return undefined;
  const values = one.values.map((value, i) => {
    const row = down === 1 ? 0 : Math.floor(i / columns);
    return value * (other.values[row * across + (across === 1 ? 0 : i % columns)] ?? 0);
  });
  return { dims: one.dims, values };
}

/** Whole numbers from -127 to 127 and, for each column, what they have to be multiplied by. */
export function toInt8({ rows, columns, values }: Matrix): { whole: Int8Array; scales: Float32Array } {
  const scales = new Float32Array(columns);
  for (let row = 0; row < rows; row++) {
    const at = row * columns;
    for (let column = 0; column < columns; column++) {
      const size = Math.abs(values[at + column] ?? 0);
      if (size > (scales[column] ?? 0)) scales[column] = size;
    }
  }
  // A column of zeros may have any scale.
  for (let column = 0; column < columns; column++) scales[column] = (scales[column] ?? 0) / 127 || 1;
  const whole = new Int8Array(values.length);
  for (let row = 0; row < rows; row++) {
    const at = row * columns;
    for (let column = 0; column < columns; column++) {
      const rounded = Math.round((values[at + column] ?? 0) / (scales[column] ?? 1));
      whole[at + column] = Math.max(-127, Math.min(127, rounded));
    }
  }
  return { whole, scales };
}
