/**
 * Just enough of ONNX's protocol buffers to make another model out of one: fields of a message are appended (which adds to lists, and
 * merges into messages), and stored weights are changed where they lie.
 */

/** Wire types. */
const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/** Numbers of fields in onnx.proto. */
const MODEL = { graph: 7 } as const;
const GRAPH = { node: 1, initializer: 5, output: 12 } as const;
const NODE = { input: 1, output: 2, opType: 4, attribute: 5 } as const;
const ATTRIBUTE = { name: 1, i: 3, type: 20 } as const;
const TENSOR = { dims: 1, dataType: 2, name: 8, rawData: 9 } as const;
const VALUE = { name: 1, type: 2 } as const;

const FLOAT = 1;
const INT8 = 3;
const INT64 = 7;
const ATTRIBUTE_INT = 2;

interface Field {
  readonly number: number;
  readonly wireType: number;
  readonly value: bigint;
  /** Of bytes: where they lie. */
  readonly bytes: Buffer;
}

function* fieldsOf(message: Buffer): Generator<Field> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message.readUInt8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const tag = Number(varint());
    const wireType = tag & 7;
    const number = tag >> 3;
    const value = wireType === VARINT || wireType === BYTES ? varint() : 0n;
    const length = { [BYTES]: Number(value), [FIXED64]: 8, [FIXED32]: 4 }[wireType] ?? 0;
    yield { number, wireType, value, bytes: message.subarray(at, at + length) };
    at += length;
  }
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return Buffer.from([...bytes, rest]);
}

const number = (field: number, value: number): Buffer =>
  Buffer.concat([varint((field << 3) | VARINT), varint(value)]);
const bytes = (field: number, value: Buffer | string): Buffer => {
  const content = Buffer.from(value);
  return Buffer.concat([varint((field << 3) | BYTES), varint(content.length), content]);
};
const message = (field: number, ...fields: Buffer[]): Buffer => bytes(field, Buffer.concat(fields));

/**
 * A tower that gives only the first numbers of its vectors: a model of fewer dimensions.
 *
 * @param output the name of the vectors
 */
export function narrowed(model: Buffer, output: string, dimensions: number): Buffer {
  // Of the same length, so that no length before it has to be changed.
  const wide = `${output.slice(0, -1)}_`;
  const renamed = Buffer.from(model.toString('latin1').replaceAll(output, wide), 'latin1');
  const indices = Buffer.alloc(8 * dimensions);
  for (let index = 0; index < dimensions; index++) indices.writeBigInt64LE(BigInt(index), 8 * index);
  return Buffer.concat([
    renamed,
    message(
      MODEL.graph,
      message(
        GRAPH.node,
        bytes(NODE.input, wide),
        bytes(NODE.input, 'first_indices'),
        bytes(NODE.output, output),
        bytes(NODE.opType, 'Gather'),
        message(
          NODE.attribute,
          bytes(ATTRIBUTE.name, 'axis'),
          number(ATTRIBUTE.i, 1),
          number(ATTRIBUTE.type, ATTRIBUTE_INT),
        ),
      ),
      message(
        GRAPH.initializer,
        number(TENSOR.dims, dimensions),
        number(TENSOR.dataType, INT64),
        bytes(TENSOR.name, 'first_indices'),
        bytes(TENSOR.rawData, indices),
      ),
      // tensor_type { elem_type: FLOAT }
      message(GRAPH.output, bytes(VALUE.name, output), message(VALUE.type, message(1, number(1, FLOAT)))),
    ),
  ]);
}

/** From so many weights on a tensor is quantised: matrices, and not biases. */
const QUANTISED_FROM = 1_024;
/** The bundled model keeps its weights in 8 bits; 5 of them are left. */
const STEP = 8;

/**
 * The same tower with the weights of every large matrix, which must be of 8 bits, rounded to 5 bits: a quantised twin.
 *
 * @returns how many weights there were, too
 */
export function quantised(model: Buffer): { readonly model: Buffer; readonly weights: number } {
  const copy = Buffer.from(model);
  let weights = 0;
  for (const { number: field, bytes: graph } of fieldsOf(copy)) {
    if (field !== MODEL.graph) continue;
    for (const { number: part, bytes: tensor } of fieldsOf(graph)) {
      if (part !== GRAPH.initializer) continue;
      const fields = [...fieldsOf(tensor)];
      const raw = fields.find((each) => each.number === TENSOR.rawData)?.bytes;
      const is8Bit = fields.some((each) => each.number === TENSOR.dataType && each.value === BigInt(INT8));
      if (raw === undefined || !is8Bit || raw.length < QUANTISED_FROM) continue;
      for (let at = 0; at < raw.length; at++) {
        const rounded = Math.round(raw.readInt8(at) / STEP) * STEP;
        raw.writeInt8(Math.min(rounded, 127), at);
      }
      weights += raw.length;
    }
  }
  return { model: copy, weights };
}
