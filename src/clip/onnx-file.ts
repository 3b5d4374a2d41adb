import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/**
 * An ONNX file, as far as a graph has to be taken apart and put together again: nodes, weights, operator sets. What is not
 * listed stays in `rest`, byte for byte, and is written back. Field numbers are those of onnx.proto.
 */
export interface OnnxModel {
  readonly opsets: readonly OnnxOpset[];
  readonly graph: OnnxGraph;
  readonly rest: readonly Uint8Array[];
}

export interface OnnxOpset {
  /** Empty for ONNX's own operators. */
  readonly domain: string;
  readonly version: number;
}

export interface OnnxGraph {
  /** Every node stands after those that it takes from. */
  readonly nodes: readonly OnnxNode[];
  readonly weights: readonly OnnxTensor[];
  /** Names of what comes out. */
  readonly outputs: readonly string[];
  readonly rest: readonly Uint8Array[];
}

export interface OnnxNode {
  readonly type: string;
  /** Whose operator it is: empty for ONNX's own. */
  readonly domain: string;
  readonly name: string;
  /** Names of tensors; an optional one that is left out is empty. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: readonly OnnxAttribute[];
  readonly rest: readonly Uint8Array[];
}

export interface OnnxAttribute {
  readonly name: string;
  readonly int?: number;
  readonly float?: number;
  readonly ints?: readonly number[];
  readonly tensor?: OnnxTensor;
  /** All of the attribute, as it stands in the file. */
  readonly bytes: Uint8Array;
}

export interface OnnxTensor {
  readonly name: string;
  readonly dims: readonly number[];
  /** One of `DataType`, or another number of the format. */
  readonly dataType: number;
  /** Little-endian; undefined when the values stand in other fields, or outside the file. */
  readonly raw?: Uint8Array | undefined;
  readonly rest: readonly Uint8Array[];
}

/** Of onnx.proto's TensorProto.DataType. */
export const DataType = { float: 1, uint8: 2, int8: 3, int64: 7 } as const;

/** The domain of onnxruntime's own operators. */
export const MICROSOFT = 'com.microsoft';

type ReadField = (no: number, reader: BinaryReader, wireType: WireType) => boolean;

/** Calls `read` for each field of a message, and returns the bytes of those that it does not read (false). */
function readMessage(bytes: Uint8Array, read: ReadField): Uint8Array[] {
  const reader = new BinaryReader(bytes);
  const rest: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const [no, wireType] = reader.tag();
    if (read(no, reader, wireType)) continue;
    reader.skip(wireType, no);
    rest.push(bytes.subarray(start, reader.pos));
  }
  return rest;
}

/** Writers may pack lists of numbers or not. */
function readInts(reader: BinaryReader, wireType: WireType): number[] {
  if (wireType !== WireType.LengthDelimited) return [Number(reader.int64())];
  const packed = new BinaryReader(reader.bytes());
  const values: number[] = [];
  while (packed.pos < packed.len) values.push(Number(packed.int64()));
  return values;
}

/** @throws Error when it is no ONNX file */
export function readOnnx(bytes: Uint8Array): OnnxModel {
  const opsets: OnnxOpset[] = [];
  let graph: OnnxGraph | undefined;
  const rest = readMessage(bytes, (no, reader) => {
    if (no === 7) graph = readGraph(reader.bytes());
    else if (no === 8) opsets.push(readOpset(reader.bytes()));
    else return false;
    return true;
  });
  if (graph === undefined) throw new Error('The file is no ONNX model: it has no graph.');
  return { opsets, graph, rest };
}

function readOpset(bytes: Uint8Array): OnnxOpset {
  const opset = { domain: '', version: 0 };
  readMessage(bytes, (no, reader) => {
    if (no === 1) opset.domain = reader.string();
    else if (no === 2) opset.version = Number(reader.int64());
    else return false;
    return true;
  });
  return opset;
}

function readGraph(bytes: Uint8Array): OnnxGraph {
  const nodes: OnnxNode[] = [];
  const weights: OnnxTensor[] = [];
  const rest = readMessage(bytes, (no, reader) => {
    if (no === 1) nodes.push(readNode(reader.bytes()));
    else if (no === 5) weights.push(readTensor(reader.bytes()));
    else return false;
    return true;
  });
  // They stay in `rest`: only their names are wanted.
  const outputs: string[] = [];
  for (const piece of rest) {
    readMessage(piece, (no, reader) => no === 12 && outputs.push(readName(reader.bytes())) > 0);
  }
  return { nodes, weights, outputs, rest };
}

function readName(bytes: Uint8Array): string {
  let name = '';
  readMessage(bytes, (no, reader) => {
    if (no !== 1) return false;
    name = reader.string();
    return true;
  });
  return name;
}

function readNode(bytes: Uint8Array): OnnxNode {
  const node = { type: '', domain: '', name: '' };
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes: OnnxAttribute[] = [];
  const rest = readMessage(bytes, (no, reader) => {
    if (no === 1) inputs.push(reader.string());
    else if (no === 2) outputs.push(reader.string());
    else if (no === 3) node.name = reader.string();
    else if (no === 4) node.type = reader.string();
    else if (no === 5) attributes.push(readAttribute(reader.bytes()));
    else if (no === 7) node.domain = reader.string();
    else return false;
    return true;
  });
  return { ...node, inputs, outputs, attributes, rest };
}

function readAttribute(bytes: Uint8Array): OnnxAttribute {
  let name = '';
  const value: { int?: number; float?: number; tensor?: OnnxTensor } = {};
  const ints: number[] = [];
  readMessage(bytes, (no, reader, wireType) => {
    if (no === 1) name = reader.string();
    else if (no === 2) value.float = reader.float();
    else if (no === 3) value.int = Number(reader.int64());
    else if (no === 5) value.tensor = readTensor(reader.bytes());
    else if (no === 8) ints.push(...readInts(reader, wireType));
    else return false;
    return true;
  });
  return { name, ...value, ints, bytes };
}

function readTensor(bytes: Uint8Array): OnnxTensor {
  const tensor: { name: string; dataType: number; raw?: Uint8Array } = { name: '', dataType: 0 };
  const dims: number[] = [];
  const rest = readMessage(bytes, (no, reader, wireType) => {
    if (no === 1) dims.push(...readInts(reader, wireType));
    else if (no === 2) tensor.dataType = reader.int32();
    else if (no === 8) tensor.name = reader.string();
    else if (no === 9) tensor.raw = reader.bytes();
    else return false;
    return true;
  });
  return { ...tensor, dims, rest };
}

export function writeOnnx({ opsets, graph, rest }: OnnxModel): Uint8Array {
  const writer = new BinaryWriter();
  for (const piece of rest) writer.raw(piece);
  for (const { domain, version } of opsets) {
    message(writer, 8, (opset) => {
      if (domain !== '') opset.tag(1, WireType.LengthDelimited).string(domain);
      opset.tag(2, WireType.Varint).int64(version);
    });
  }
  message(writer, 7, (body) => {
    for (const node of graph.nodes) {
      message(body, 1, (each) => {
        writeNode(each, node);
      });
    }
    for (const weight of graph.weights) {
      message(body, 5, (each) => {
        writeTensor(each, weight);
      });
    }
    for (const piece of graph.rest) body.raw(piece);
  });
  return writer.finish();
}

function message(writer: BinaryWriter, no: number, write: (writer: BinaryWriter) => void): void {
  writer.tag(no, WireType.LengthDelimited).fork();
  write(writer);
  writer.join();
}

function writeNode(
  writer: BinaryWriter,
  { type, domain, name, inputs, outputs, attributes, rest }: OnnxNode,
): void {
  for (const input of inputs) writer.tag(1, WireType.LengthDelimited).string(input);
  for (const output of outputs) writer.tag(2, WireType.LengthDelimited).string(output);
  writer.tag(3, WireType.LengthDelimited).string(name).tag(4, WireType.LengthDelimited).string(type);
  if (domain !== '') writer.tag(7, WireType.LengthDelimited).string(domain);
  for (const { bytes } of attributes) writer.tag(5, WireType.LengthDelimited).bytes(bytes);
  for (const piece of rest) writer.raw(piece);
}

function writeTensor(writer: BinaryWriter, { name, dims, dataType, raw, rest }: OnnxTensor): void {
  for (const dim of dims) writer.tag(1, WireType.Varint).int64(dim);
  writer.tag(2, WireType.Varint).int32(dataType).tag(8, WireType.LengthDelimited).string(name);
  if (raw !== undefined) writer.tag(9, WireType.LengthDelimited).bytes(raw);
  for (const piece of rest) writer.raw(piece);
}

/** An attribute that holds one whole number. */
export function intAttribute(name: string, int: number): OnnxAttribute {
  const writer = new BinaryWriter().tag(1, WireType.LengthDelimited).string(name);
  // 20 tells which of the fields it is: 2 is INT.
  writer.tag(3, WireType.Varint).int64(int).tag(20, WireType.Varint).int32(2);
  return { name, int, bytes: writer.finish() };
}

/** An attribute that holds several whole numbers. */
export function intsAttribute(name: string, ints: readonly number[]): OnnxAttribute {
  const writer = new BinaryWriter().tag(1, WireType.LengthDelimited).string(name);
  for (const int of ints) writer.tag(8, WireType.Varint).int64(int);
  // 7 is INTS.
  writer.tag(20, WireType.Varint).int32(7);
  return { name, ints, bytes: writer.finish() };
}
