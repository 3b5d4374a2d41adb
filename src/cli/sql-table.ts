import type { SqlResult } from '../db/analyst-query.js';
import { printable } from './printable.js';

/** Vectors have hundreds of numbers: in a table their beginning tells enough. */
const WIDEST = 60;

/** A result as psql would print it. */
export function sqlTable({ fields, rows, tag }: SqlResult): string {
  if (fields.length === 0) return tag;
  const cells = rows.map((row) => row.map((value) => shorten(printable(value ?? ''))));
  const names = fields.map(({ name }) => printable(name));
  const widths = names.map((name, column) =>
    Math.max(name.length, ...cells.map((row) => row[column]?.length ?? 0)),
  );
  const line = (values: readonly string[], numeric: boolean): string =>
    values
      .map((value, column) =>
        numeric && isNumber(fields[column]?.dataTypeID ?? 0)
          ? value.padStart(widths[column] ?? 0)
          : value.padEnd(widths[column] ?? 0),
      )
      .join(' | ')
      .trimEnd();
  return [
    line(names, false),
    widths.map((width) => '-'.repeat(width)).join('-+-'),
    ...cells.map((row) => line(row, true)),
    `(${rows.length === 1 ? '1 row' : `${rows.length} rows`})`,
  ].join('\n');
}

/** A result's rows as objects: numbers and booleans as JSON has them, what is JSON already as it is, all else as text. */
export function sqlObjects({ fields, rows }: SqlResult): Record<string, unknown>[] {
  return rows.map((row) =>
    Object.fromEntries(
      row.map((value, column): [string, unknown] => [
        fields[column]?.name ?? '',
        jsonValue(value, fields[column]?.dataTypeID),
      ]),
    ),
  );
}

const BOOLEAN = 16;
const JSON_TYPES = [114, 3802];
/** int2, int4, oid, float4, float8; and int8 and numeric, where JavaScript holds the number. */
const NUMBERS = [21, 23, 26, 700, 701, 20, 1700];

const isNumber = (type: number): boolean => NUMBERS.includes(type);

function jsonValue(value: string | null, type = 0): unknown {
  if (value === null) return null;
  if (type === BOOLEAN) return value === 't';
  if (JSON_TYPES.includes(type)) return JSON.parse(value) as unknown;
  if (isNumber(type) && (type === 700 || type === 701 || String(Number(value)) === value)) {
    return Number.isFinite(Number(value)) ? Number(value) : value;
  }
  return value;
}

function shorten(value: string): string {
  return value.length > WIDEST ? `${value.slice(0, WIDEST - 1)}…` : value;
}
