import { z } from 'zod';

const filterResult = z.object({
  /** What the filter lets through, such as `10 %`; `none` without one. */
  share: z.string(),
  queries: z.int(),
  byIndex: z.int(),
  recall: z.number(),
  short: z.int(),
  p50: z.number(),
  p95: z.number(),
  bareP50: z.number(),
});

const sizeResult = z.object({
  images: z.int(),
  /** How many of them this size added to the one before. */
  added: z.int(),
  loadMs: z.number(),
  buildMs: z.number(),
  indexBytes: z.number(),
  tableBytes: z.number(),
  databaseBytes: z.number(),
  residentBytes: z.number(),
  /** The median of adding one image, with the vector index there and without it. */
  insertMs: z.number(),
  plainInsertMs: z.number(),
  /** The median of an exact search without a filter. */
  exactP50: z.number(),
  filters: z.array(filterResult),
});

/** What `bench/growth.ts --json` writes. Times are in milliseconds. */
export const growthResult = z.object({
  kind: z.enum(['embedded', 'server']),
  /** Of the database and of pgvector. */
  versions: z.string(),
  processors: z.int(),
  dimensions: z.int(),
  /** What a build of the index could use. */
  memory: z.string(),
  sizes: z.array(sizeResult),
});

export type FilterResult = z.infer<typeof filterResult>;
export type SizeResult = z.infer<typeof sizeResult>;
export type GrowthResult = z.infer<typeof growthResult>;

/** How results are called in tables and pictures. */
export function nameOf({ kind }: GrowthResult): string {
  return kind === 'server' ? 'PostgreSQL' : 'embedded database';
}

/** The tables of a page of the documentation. */
export function growthTables(result: GrowthResult): string {
  const { sizes, versions, processors, dimensions, memory } = result;
  const shares = sizes[0]?.filters.map(({ share }) => share) ?? [];
  const filterOf = ({ filters }: SizeResult, share: string) => filters.find((other) => other.share === share);
  const sizeTable = (heads: readonly string[], cellsOf: (size: SizeResult) => readonly string[]) =>
    table(
      ['Images', ...heads],
      sizes.map((size) => [size.images.toLocaleString('en'), ...cellsOf(size)]),
    );
  const costs = sizeTable(
    [
      'added a second',
      'index built',
      'index',
      'table',
      'database',
      'this process',
      'insert',
      'without the index',
    ],
    (size) => [
      Math.round((1000 * size.added) / size.loadMs).toLocaleString('en'),
      `${(size.buildMs / 1000).toFixed(size.buildMs < 10_000 ? 1 : 0)} s`,
      ...[size.indexBytes, size.tableBytes, size.databaseBytes, size.residentBytes].map(megabytes),
      `${milliseconds(size.insertMs)} ms`,
      `${milliseconds(size.plainInsertMs)} ms`,
    ],
  );
  const latency = sizeTable(['EXACT', ...shares.map((share) => `AUTO, ${share}`)], (size) => [
    milliseconds(size.exactP50),
    ...shares.map((share) => milliseconds(filterOf(size, share)?.p50 ?? Number.NaN)),
  ]);
  const filters = shares.map((share) =>
    sizeTable(['plan', 'recall@10', 'short', 'p50', 'p95', 'bare p50', 'ratio'], (size) => {
      const filter = filterOf(size, share);
      return filter ? filterCells(filter) : [];
    }),
  );
  return [
    `${nameOf(result)} (${versions}), ${dimensions} dimensions, ${processors} processors, ${memory} for the build.`,
    costs,
    `Medians in milliseconds, by what the filter lets through; EXACT without a filter:`,
    latency,
    ...filters.flatMap((text, index) => [`Mode AUTO, filter: ${shares[index] ?? ''}.`, text]),
  ].join('\n\n');
}

function filterCells({
  queries,
  byIndex,
  recall,
  short,
  p50,
  p95,
  bareP50,
}: FilterResult): readonly string[] {
  const plans = { 0: 'EXACT', [queries]: 'INDEX' };
  return [
    plans[byIndex] ?? `INDEX for ${byIndex} of ${queries}`,
    recall.toFixed(3),
    String(short),
    ...[p50, p95, bareP50].map(milliseconds),
    (p50 / bareP50).toFixed(1),
  ];
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const [head, ...lines] = [heads, ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return [head, `|${heads.map(() => '---|').join('')}`, ...lines].join('\n');
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6).toLocaleString('en')} MB`;
}

function milliseconds(value: number): string {
  return value.toFixed(value < 100 ? 1 : 0);
}
