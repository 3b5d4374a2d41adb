import { progressBar } from './progress.js';

/** Files a second over the last while: an average since the start says little when most of them were there already. */
const WINDOW_MS = 30_000;
const BAR_WIDTH = 30;

/** What is shown while files are taken: how many, of how many, how fast, and how long it will take. */
export interface IngestProgress {
  /** A file more was found; until `counted`, the total is not known. */
  found(): void;
  counted(): void;
  done(failed: boolean): void;
  stop(): void;
}

export function startIngestProgress(): IngestProgress {
  let total = 0;
  let isCounted = false;
  let value = 0;
  let bad = 0;
  const speed = createSpeed();

  const bar = progressBar((_options, { progress, maxWidth }) => {
    const rate = speed.perSecond();
    const parts = isCounted
      ? [`${value}/${total}`, rateText(rate), `${timeLeft(total - value, rate)} left`]
      : [`${value} of ${total} found so far`, rateText(rate)];
    if (bad > 0) parts.push(`${bad} with problems`);
    const text = parts.join(' · ');
    const room = isCounted && maxWidth >= text.length + BAR_WIDTH + 15;
    return room ? `Ingesting ${drawBar(progress)} ${text}` : `Ingesting ${text}`;
  });
  bar.start(0, 0);
  return {
    found() {
      total += 1;
      bar.setTotal(total);
    },
    counted() {
      isCounted = true;
    },
    done(failed) {
      value += 1;
      if (failed) bad += 1;
      // What appeared after it was counted, or was never counted: a manifest on standard input.
      if (value > total) {
        total = value;
        bar.setTotal(total);
      }
      speed.add();
      bar.update(value);
    },
    stop() {
      bar.stop();
    },
  };
}

function drawBar(progress: number): string {
  const full = Math.round(progress * BAR_WIDTH);
  return '█'.repeat(full) + '░'.repeat(BAR_WIDTH - full);
}

function rateText(perSecond: number): string {
  return `${perSecond.toFixed(1)} files/s`;
}

function timeLeft(files: number, perSecond: number): string {
  if (files <= 0) return '0s';
  if (perSecond === 0) return '?';
  const seconds = Math.ceil(files / perSecond);
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${seconds % 60}s`;
  return `${Math.floor(seconds / 3600)}h ${Math.floor((seconds % 3600) / 60)}m`;
}

/** Counts events a second in buckets of one second, so that it takes the same memory at any speed. */
export function createSpeed(now: () => number = () => performance.now()): {
  add(): void;
  perSecond(): number;
} {
  const started = now();
  const buckets: { second: number; count: number }[] = [];
  const tidy = () => {
    const oldest = Math.floor((now() - WINDOW_MS) / 1000);
    while (buckets[0] !== undefined && buckets[0].second <= oldest) buckets.shift();
  };
  return {
    add() {
      const second = Math.floor(now() / 1000);
      const last = buckets.at(-1);
      if (last?.second === second) last.count += 1;
      else buckets.push({ second, count: 1 });
      tidy();
    },
    perSecond() {
      tidy();
      const count = buckets.reduce((sum, bucket) => sum + bucket.count, 0);
      const elapsed = Math.min(now() - started, WINDOW_MS) / 1000;
      return elapsed > 0 ? count / elapsed : 0;
    },
  };
}
