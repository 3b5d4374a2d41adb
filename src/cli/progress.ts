import { SingleBar, type GenericFormatter } from 'cli-progress';
import type { DownloadProgress } from '../clip/load-encoder.js';

/** Where the bar would be a file: often enough to follow, and some hundred lines for a long run. */
const PLAIN_LINE_EVERY_MS = 5000;

const bars = new Set<SingleBar>();

/** A bar on standard error; where that is no terminal, a line every five seconds. */
export function progressBar(format: string | GenericFormatter): SingleBar {
  const bar = new SingleBar({
    format,
    stream: process.stderr,
    hideCursor: true,
    noTTYOutput: true,
    notTTYSchedule: PLAIN_LINE_EVERY_MS,
    barsize: 30,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    etaBuffer: 100,
  });
  bars.add(bar);
  return bar;
}

/** Ends every bar: one whose work failed would go on drawing, and its timer would keep the process alive. */
export function stopProgressBars(): void {
  for (const bar of bars) bar.stop();
  bars.clear();
}

/** Shows the download of a model; nothing appears when it is in the cache already. */
export function downloadProgress(): (progress: DownloadProgress) => void {
  let bar: SingleBar | undefined;
  return ({ file, loadedBytes, totalBytes }) => {
    if (totalBytes === 0) return;
    bar ??= start(totalBytes);
    bar.setTotal(megabytes(totalBytes));
    bar.update(megabytes(loadedBytes), { file });
    if (loadedBytes >= totalBytes) {
      bar.stop();
      bar = undefined;
    }
  };

  function start(totalBytes: number): SingleBar {
    const created = progressBar('Downloading the model {bar} {value}/{total} MB {file}');
    created.start(megabytes(totalBytes), 0, { file: '' });
    return created;
  }
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1_000_000);
}
