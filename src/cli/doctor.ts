import { Command, InvalidArgumentError } from 'commander';
import type { Finding, Problem } from '../images/examination.js';
import { jsonLine, printable } from './printable.js';
import { withStorage } from './with-app.js';

const EXAMPLES = 10;
const MINUTE_MS = 60_000;

/** What is wrong, and what `--mend` does about it. */
const WORDS: Readonly<Record<Problem, readonly [string, string]>> = {
  LEFTOVER_FILE: ['temporary files that crashed processes left', 'removes them'],
  ORIGINAL_MISSING: [
    'images whose original is missing or not whole',
    'marks them FAILED with what to do; no row is deleted',
  ],
  ORIGINAL_BACK: ['FAILED images whose original is there again', 'processes them again'],
  ORIGINAL_WITHOUT_IMAGE: ['originals that belong to no image', 'removes them'],
  THUMBNAIL_WITHOUT_IMAGE: ['thumbnails that belong to no image', 'removes them'],
  REFERENCE_MISSING: [
    'images whose referenced file is gone or cannot be read',
    'only notes it: ingest the files again with --by-reference where they lie now, or delete the images',
  ],
  REFERENCE_CHANGED: [
    'images whose referenced file has other content by now',
    'only notes it: bring the old file back, or delete the images',
  ],
  NOT_EMBEDDED: ['READY images without an embedding of the active model', 'processes them again'],
  NOT_QUEUED: ['PENDING images that nobody will process', 'queues them'],
};

interface DoctorOptions {
  readonly mend: boolean;
  readonly force: boolean;
  readonly json: boolean;
  /** Minutes. */
  readonly grace: number;
}

export function doctorCommand(): Command {
  return new Command('doctor')
    .description(
      'Finds files without an image, images without their file, and images that nobody will process.',
    )
    .option('--mend', 'mend what is found; without it nothing is changed', false)
    .option(
      '--force',
      'with --mend: also where most originals or images would be given up, as with a wrong database',
      false,
    )
    .option('--grace <minutes>', 'leave younger files alone: they may be an upload', parseMinutes, 60)
    .option('--json', 'print a JSON object a line: what is found, and the summary at last', false)
    .addHelpText(
      'after',
      '\nSafe beside running servers and workers; on the embedded database stop the server first.\n' +
        'Exit codes: 0 nothing was wrong or all of it is mended, 1 something is wrong and not mended, 2 wrong usage.',
    )
    .action(({ mend, force, json, grace }: DoctorOptions) =>
      withStorage(async ({ database, storage, config }) => {
        const { examine } = await import('../images/doctor.js');
        const { countImagesWithoutOriginal } = await import('../db/consistency.js');
        const tally = createTally();
        const findings = examine({
          database,
          storage,
          jobMaxAttempts: config.jobs.maxAttempts,
          mend,
          force,
          graceMs: grace * MINUTE_MS,
        });
        for await (const finding of findings) {
          tally.add(finding);
          if (json) console.log(jsonLine(finding));
        }
        const { found, mended } = tally.total();
        const lackOriginal = await countImagesWithoutOriginal(database.pool);
        if (json) console.log(jsonLine({ summary: tally.summary(), found, mended, lackOriginal }));
        else console.log([tally.describe(mend, storage.location), ...describeLack(lackOriginal)].join('\n'));
        if (found > mended) process.exitCode = 1;
      }),
    );
}

function parseMinutes(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('It is a whole number of minutes.');
  return Number(text);
}

/** Counts, and a few examples of each problem: there may be millions. */
function createTally() {
  const problems = new Map<Problem, { found: number; mended: number; examples: string[] }>();
  return {
    add(finding: Finding) {
      const entry = problems.get(finding.problem) ?? { found: 0, mended: 0, examples: [] };
      problems.set(finding.problem, entry);
      entry.found++;
      if (finding.mended) entry.mended++;
      if (entry.examples.length < EXAMPLES) entry.examples.push(describeFinding(finding));
    },
    total() {
      let [found, mended] = [0, 0];
      for (const entry of problems.values()) {
        found += entry.found;
        mended += entry.mended;
      }
      return { found, mended };
    },
    summary: () =>
      Object.fromEntries(
        [...problems].map(([problem, { found, mended }]) => [problem, { found, mended }] as const),
      ),
    describe(mend: boolean, location: string): string {
      if (problems.size === 0) return `Database and storage (${location}) fit together.`;
      const lines = [...problems].flatMap(([problem, { found, mended, examples }]) => {
        const [what, remedy] = WORDS[problem];
        const more = found > examples.length ? [`  … and ${found - examples.length} more`] : [];
        return [
          `${found} ${what}${mend ? `, ${mended} mended` : ` (--mend ${remedy})`}:`,
          ...examples.map((example) => `  ${example}`),
          ...more,
        ];
      });
      if (!mend) lines.push('Nothing was changed. `pictograph doctor --mend` mends this.');
      return lines.join('\n');
    },
  };
}

/** What was found and marked by an earlier run is no finding any more, but nothing to be silent about. */
function describeLack(images: number): string[] {
  if (images === 0) return [];
  return [
    `${images} images are marked as without their original (FAILED, ORIGINAL_MISSING). Restore the files, or add them again.`,
  ];
}

function describeFinding({ imageId, sha256, name }: Finding): string {
  return [imageId === undefined ? undefined : `image ${imageId}`, sha256, name && printable(name)]
    .filter((part) => part !== undefined)
    .join(' ');
}
