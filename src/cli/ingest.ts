import type { App } from '../app.js';
import { ingestFiles, type OnTaken } from './ingest-files.js';
import type { IngestItem, IngestOutcome } from './ingest-item.js';
import type { KeepTrying } from './ingest-patience.js';
import { startIngestProgress } from './ingest-progress.js';
import { printable } from './printable.js';

/** How many sources came to which end. */
type IngestCounts = Readonly<Record<IngestOutcome['outcome'], number>> & {
  /** Of those added and duplicate: accepted but not embedded yet, when the command was interrupted. */
  readonly waiting: number;
};

export interface IngestSummary extends IngestCounts {
  readonly seconds: number;
  /** Whether everything that was named was gone through: not so when the command was interrupted. */
  readonly complete: boolean;
}

export interface IngestResult {
  readonly summary: IngestSummary;
  /** The first of what was rejected or failed. */
  readonly problems: readonly IngestOutcome[];
  /** The first of what is to be known about files that were taken: referenced ones that changed or moved. */
  readonly notices: readonly IngestOutcome[];
  /** Why going on made no sense, where it did not. */
  readonly trouble: Error | undefined;
}

export interface IngestOptions {
  readonly onOutcome?: (outcome: IngestOutcome) => void;
  /** Whether the items may be gone through twice, once to count them. True unless told. */
  readonly repeatable?: boolean;
  readonly keepTrying?: KeepTrying | undefined;
  readonly onTaken?: OnTaken | undefined;
}

/** Problems that are listed one by one at the end; of more, only the number is told. */
const LISTED_PROBLEMS = 200;

/** Ingests files behind a progress bar. */
export async function ingestWithProgress(
  app: App,
  items: () => AsyncIterable<IngestItem>,
  signal: AbortSignal,
  options: IngestOptions = {},
): Promise<IngestResult> {
  const { onOutcome, repeatable = true, keepTrying, onTaken } = options;
  const tally = createTally();
  const started = performance.now();
  const progress = startIngestProgress();
  const ended = new AbortController();

  /** Beside the work, so that nothing waits for the end of a long walk. */
  const count = async () => {
    for await (const _item of items()) {
      if (ended.signal.aborted || signal.aborted) return;
      progress.found();
    }
    progress.counted();
  };
  // What it fails with, the work itself meets as well and tells.
  const counting = repeatable ? count().catch(() => undefined) : Promise.resolve();
  let trouble: Error | undefined;
  try {
    await ingestFiles(
      app.images,
      items(),
      (outcome) => {
        tally.add(outcome);
        onOutcome?.(outcome);
        progress.done(isProblem(outcome));
      },
      signal,
      keepTrying,
      onTaken,
    );
  } catch (error) {
    // What was done until then is told first.
    trouble = error instanceof Error ? error : new Error(String(error));
  }
  ended.abort();
  await counting;
  progress.stop();
  const seconds = (performance.now() - started) / 1000;
  const complete = !signal.aborted && trouble === undefined;
  return {
    summary: { ...tally.counts(), seconds, complete },
    problems: tally.problems(),
    notices: tally.notices(),
    trouble,
  };
}

/** What goes on beside the taking of files, and tells what became of others. */
export type Beside = (tell: (outcome: IngestOutcome) => void, stop: AbortSignal) => Promise<void>;

/** Ingests what a watch notices, and prints what became of each, until the signal aborts. */
export async function ingestChanges(
  app: App,
  items: AsyncIterable<IngestItem>,
  signal: AbortSignal,
  options: Omit<IngestOptions, 'repeatable'> & {
    readonly quiet: boolean;
    readonly beside?: Beside | undefined;
  },
): Promise<IngestResult> {
  const tally = createTally();
  const started = performance.now();
  let trouble: Error | undefined;
  const tell = (outcome: IngestOutcome) => {
    tally.add(outcome);
    options.onOutcome?.(outcome);
    if (!options.quiet) console.log(describeOutcome(outcome));
  };
  const failed = new AbortController();
  const stop = AbortSignal.any([signal, failed.signal]);
  /** One does not go on without the other. */
  const orEndBoth = (work: Promise<void>) =>
    work.catch((error: unknown) => {
      trouble ??= error instanceof Error ? error : new Error(String(error));
      failed.abort();
    });
  const besides = orEndBoth(options.beside?.(tell, stop) ?? Promise.resolve());
  await orEndBoth(ingestFiles(app.images, items, tell, stop, options.keepTrying, options.onTaken));
  await besides;
  const seconds = (performance.now() - started) / 1000;
  return {
    summary: { ...tally.counts(), seconds, complete: trouble === undefined },
    // Told one by one already.
    problems: [],
    notices: [],
    trouble,
  };
}

/** Counts outcomes, and keeps the first problems. */
function createTally(): {
  add(outcome: IngestOutcome): void;
  counts(): IngestCounts;
  problems(): readonly IngestOutcome[];
  notices(): readonly IngestOutcome[];
} {
  const counts = { added: 0, duplicate: 0, rejected: 0, failed: 0, skipped: 0, deleted: 0, waiting: 0 };
  const problems: IngestOutcome[] = [];
  const notices: IngestOutcome[] = [];
  return {
    add(outcome) {
      counts[outcome.outcome] += 1;
      if (outcome.code === 'PENDING') counts.waiting += 1;
      if (isProblem(outcome) && problems.length < LISTED_PROBLEMS) problems.push(outcome);
      if (isNotice(outcome) && notices.length < LISTED_PROBLEMS) notices.push(outcome);
    },
    counts: () => ({ ...counts }),
    problems: () => problems,
    notices: () => notices,
  };
}

function isProblem({ outcome }: IngestOutcome): boolean {
  return outcome === 'rejected' || outcome === 'failed';
}

function isNotice({ outcome, code }: IngestOutcome): boolean {
  return (outcome === 'added' || outcome === 'duplicate') && code !== undefined && code !== 'PENDING';
}

/** The end of `ingest` for people. */
export function describeSummary({
  summary,
  problems,
  notices,
}: Pick<IngestResult, 'summary' | 'problems' | 'notices'>): string {
  const { added, duplicate, skipped, rejected, failed, deleted, waiting, seconds } = summary;
  const rate = seconds > 0 ? ((added + duplicate + skipped + rejected + failed) / seconds).toFixed(1) : '0';
  const lines = [
    `Added ${added}, already there ${duplicate}, skipped ${skipped}, rejected ${rejected}, failed ${failed}` +
      `${deleted > 0 ? `, deleted ${deleted}` : ''}: ` +
      `${seconds.toFixed(1)} s, ${rate} files/s.`,
    ...problems.map((problem) => `  ${describeOutcome(problem)}`),
  ];
  lines.push(...notices.map((notice) => `  ${describeOutcome(notice)}`));
  const unlisted = rejected + failed - problems.length;
  if (problems.length > 0 && unlisted > 0) lines.push(`  and ${unlisted} more: --report FILE lists them all`);
  if (waiting > 0)
    lines.push(`${waiting} accepted images wait to be embedded: that happens after the next start.`);
  if (!summary.complete)
    lines.push('To go on, run the same command again: what is in already is skipped quickly.');
  return lines.join('\n');
}

/** One outcome on one line, for people. */
export function describeOutcome({ source, outcome, id, code, message }: IngestOutcome): string {
  const detail = [code, message].filter((part) => part !== undefined).join(': ');
  const added = [`${outcome} as image ${id ?? '?'}`, detail].filter((part) => part !== '').join('. ');
  const what =
    outcome === 'deleted'
      ? `its image ${id ?? '?'} is deleted`
      : outcome === 'added' || outcome === 'duplicate'
        ? added
        : detail;
  return printable(`${source}: ${what}`);
}
