import { columnsOf, COLUMN_NAMES } from './columns.js';
import type { Output } from './output.js';
import type { ExportWriter } from './writer.js';

/** One JSON object an image and line. */
export function jsonLinesWriter(output: Output): ExportWriter {
  return {
    write: (images) => output.write(images.map((image) => `${JSON.stringify(columnsOf(image))}\n`).join('')),
    finish: () => output.finish(),
    abandon: () => output.abandon(),
  };
}

/**
 * Comma-separated values (RFC 4180) with a line of names. Lists and objects are JSON, times ISO 8601, and what is not known
 * is empty. Values are written as they are: a title that begins with "=" is a formula to a spreadsheet.
 */
export function csvWriter(output: Output): ExportWriter {
  let begun = false;
  const begin = async () => {
    if (!begun) await output.write(`${COLUMN_NAMES.join(',')}\r\n`);
    begun = true;
  };
  return {
    async write(images) {
      await begin();
      const lines = images.map((image) => {
        const columns = columnsOf(image);
        return `${COLUMN_NAMES.map((name) => field(columns[name])).join(',')}\r\n`;
      });
      await output.write(lines.join(''));
    },
    async finish() {
      await begin();
      await output.finish();
    },
    abandon: () => output.abandon(),
  };
}

function field(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text =
    value instanceof Date ? value.toISOString() : typeof value === 'string' ? value : JSON.stringify(value);
  // An empty text is not the same as one that is not known.
  return text === '' || /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
