import type { App } from '../app.js';
import { ingestFiles, type IngestFile, type IngestOutcome } from './ingest-files.js';
import { progressBar } from './progress.js';

type Failure = Extract<IngestOutcome, { outcome: 'failed' }>;

export interface IngestSummary {
  readonly added: number;
  readonly alreadyThere: number;
  readonly skipped: number;
  readonly failed: number;
  readonly failures: readonly Failure[];
  /** Accepted but not embedded yet, when the command was interrupted. */
  readonly waiting: number;
  readonly seconds: number;
}

/** Failures that are listed one by one at the end; of more, only the number is told. */
const LISTED_FAILURES = 1000;

/** Ingests files behind a progress bar. `onOutcome` is told of every file as well. */
export async function ingestWithProgress(
  app: App,
  files: () => AsyncIterable<IngestFile>,
  signal: AbortSignal,
  onOutcome: (outcome: IngestOutcome) => void = () => undefined,
): Promise<IngestSummary> {
  const counts = { added: 0, 'already-there': 0, skipped: 0, failed: 0 };
  const failures: Failure[] = [];
  let total = 0;
  for await (const _file of files()) total += 1;

  const bar = progressBar(
    'Ingesting {bar} {value}/{total} · {rate} images/s · {eta_formatted} left · {failed} failed',
  );
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  bar.start(total, 0, { rate: '0', failed: 0 });
  try {
    const { waiting } = await ingestFiles(
      app.images,
      files(),
      (outcome) => {
        counts[outcome.outcome] += 1;
        if (outcome.outcome === 'failed' && failures.length < LISTED_FAILURES) failures.push(outcome);
        onOutcome(outcome);
        bar.increment(1, { rate: (counts.added / seconds()).toFixed(1), failed: counts.failed });
      },
      signal,
    );
    const { added, 'already-there': alreadyThere, skipped, failed } = counts;
    return { added, alreadyThere, skipped, failed, failures, waiting, seconds: seconds() };
  } finally {
    bar.stop();
  }
}

/** The end of `ingest` for people. */
export function describeSummary(summary: IngestSummary): string {
  const { added, alreadyThere, skipped, failed, failures, waiting, seconds } = summary;
  const rate = seconds > 0 ? (added / seconds).toFixed(1) : '0';
  const lines = [
    `Added ${added}, already there ${alreadyThere}, no images ${skipped}, failed ${failed}: ` +
      `${seconds.toFixed(1)} s, ${rate} images/s.`,
  ];
  if (waiting > 0)
    lines.push(`${waiting} accepted images wait to be embedded: that happens after the next start.`);
  lines.push(...failures.map(({ path, code, message }) => `  ${printable(path)}: ${code}: ${message}`));
  if (failed > failures.length) lines.push(`  and ${failed - failures.length} more`);
  return lines.join('\n');
}

/** File names may hold anything, control sequences for the terminal too. */
function printable(name: string): string {
  return name.replace(/[\p{Cc}\p{Cf}]/gu, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
