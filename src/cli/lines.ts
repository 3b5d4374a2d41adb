const NEWLINE = 0x0a;

/** A line of a file, without its newline. */
export interface Line {
  /** From 1. */
  readonly number: number;
  /** Undefined: the line has more bytes than allowed. */
  readonly bytes: Buffer | undefined;
}

/** Splits bytes into lines. What is longer than `maxBytes` is passed over, never held: a file may be one endless line. */
export async function* linesOf(chunks: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<Line> {
  let number = 0;
  let parts: Buffer[] = [];
  let length = 0;
  const take = (part: Buffer) => {
    length += part.length;
    if (length <= maxBytes) parts.push(part);
    else parts = [];
  };
  const end = (): Line => {
    number += 1;
    const line = { number, bytes: length <= maxBytes ? Buffer.concat(parts) : undefined };
    parts = [];
    length = 0;
    return line;
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let to = chunk.indexOf(NEWLINE); to !== -1; to = chunk.indexOf(NEWLINE, from)) {
      take(chunk.subarray(from, to));
      yield end();
      from = to + 1;
    }
    take(chunk.subarray(from));
  }
  if (length > 0) yield end();
}
