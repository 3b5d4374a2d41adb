const CODE =
  "process.on('exit',()=>process.stderr.write(`\\npeak ${process.resourceUsage().maxRSS} KiB\\n`))";

/** Makes a Node program tell its largest resident memory when it ends. */
export const TELL_PEAK = {
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(CODE)}`,
} as const;

/** MiB, from the standard error of a program that ran with `TELL_PEAK`. */
export function peakMebibytes(stderr: string): number {
  // Its worker threads tell as well, each the same for the whole process.
  const told = [...stderr.matchAll(/^peak (\d+) KiB$/gm)].map((match) => Number(match[1]));
  if (told.length === 0) throw new Error(`No peak of memory was told:\n${stderr}`);
  return Math.max(...told) / 1024;
}
