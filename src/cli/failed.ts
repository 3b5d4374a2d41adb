import { Command, InvalidArgumentError } from 'commander';
import type { ImageRow } from '../db/images.js';
import { jsonLine, printable } from './printable.js';
import { withDatabase } from './with-app.js';

interface Options {
  readonly first?: number;
  readonly json: boolean;
}

export function failedCommand(): Command {
  return new Command('failed')
    .description('Lists the images that could not be processed, in the order in which they were added.')
    .option('--first <n>', 'at most so many; without it, all', count)
    .option('--json', 'print one line of JSON an image', false)
    .addHelpText(
      'after',
      '\nEach line has the id, when it failed, the reason as code and text, and the file name. `pictograph retry` tries them again.',
    )
    .action(({ first = Infinity, json }: Options) =>
      withDatabase(async (database) => {
        const { failedImages } = await import('./failed-images.js');
        let listed = 0;
        for await (const page of failedImages(database)) {
          for (const image of page.slice(0, first - listed))
            console.log(json ? asJson(image) : asText(image));
          listed += page.length;
          if (listed >= first) return;
        }
        if (listed === 0 && !json) console.log('No image has failed.');
      }),
    );
}

function asJson({
  id,
  filename,
  sha256,
  failureCode,
  failureMessage,
  attempts,
  updatedAt,
}: ImageRow): string {
  return jsonLine({
    id,
    filename,
    sha256,
    code: failureCode,
    message: failureMessage,
    attempts,
    failedAt: updatedAt,
  });
}

function asText({ id, filename, sha256, failureCode, failureMessage, updatedAt }: ImageRow): string {
  const reason = `${failureCode ?? 'INTERNAL'}: ${failureMessage ?? ''}`;
  return printable(`${id}  ${updatedAt.toISOString()}  ${filename ?? sha256}  ${reason}`);
}

function count(value: string): number {
  if (!/^[1-9]\d{0,8}$/.test(value)) throw new InvalidArgumentError('It is not a whole number from 1.');
  return Number(value);
}
