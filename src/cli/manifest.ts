import { createReadStream } from 'node:fs';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import { OperatorError, messageOf } from '../errors.js';
import type { ImageDetails } from '../images/images.js';
import type { IngestItem } from './ingest-item.js';
import { linesOf } from './lines.js';

/** Metadata may have 64 KiB; a line with more than this is something else. */
const MAX_LINE_BYTES = 1024 * 1024;

const ALLOWED =
  'A line is an object with "path" or "url", and may have "title" (a text), "tags" (a list of texts), "metadata" (an object) ' +
  'and "takenAt" (a time with its zone, such as "2024-06-01T12:30:00+02:00")';

/** Null counts as left out, as in GraphQL: exports of tables write it for what they do not know. */
const optional = <T extends z.ZodType>(schema: T) =>
  schema.nullish().transform((value) => value ?? undefined);

const moment = z.string().transform((text, context) => {
  const parsed = MOMENT.safeParse(text);
  if (parsed.success) return new Date(parsed.data);
  const given = JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
  const message = `has a wrong "takenAt" (${given} ${whyNoMoment(text)})`;
  context.issues.push({ code: 'custom', input: text, message });
  return z.NEVER;
});
/** With seconds and fractions of them, or to the minute. */
const MOMENT = z.union([z.iso.datetime({ offset: true }), z.iso.datetime({ offset: true, precision: -1 })]);
const LOCAL_TIME = z.union([z.iso.datetime({ local: true }), z.iso.datetime({ local: true, precision: -1 })]);

/** Without a zone there is no telling which moment is meant: it would depend on the machine that reads it. */
function whyNoMoment(text: string): string {
  if (z.iso.date().safeParse(text).success)
    return 'is a day and no moment: give the time of day and its zone as well, such as T12:30:00+02:00';
  if (LOCAL_TIME.safeParse(text).success)
    return 'has no time zone: end it with Z for UTC, or with the offset from UTC, such as +02:00';
  return 'is no date and time of ISO 8601';
}

const entry = z
  .strictObject({
    path: optional(z.string().min(1, 'is empty')),
    url: optional(z.string().min(1, 'is empty')),
    title: optional(z.string()),
    tags: optional(z.array(z.string())),
    metadata: optional(z.record(z.string(), z.unknown())),
    takenAt: optional(moment),
  })
  .refine((given) => (given.path === undefined) !== (given.url === undefined), {
    error: 'needs either "path" or "url", and not both',
    path: [],
  });

/** A manifest that is read from standard input. */
export const STANDARD_INPUT = '-';

/**
 * The images that a manifest of JSON lines names. A line that is none is an item that says what is wrong with it; the rest
 * goes on. Relative paths start at the manifest's folder, from standard input at the working directory.
 *
 * @param stop ends the reading, also of an input that nothing comes from
 * @throws OperatorError when the manifest cannot be read
 */
export async function* readManifest(manifest: string, stop: AbortSignal): AsyncGenerator<IngestItem> {
  const fromInput = manifest === STANDARD_INPUT;
  const name = fromInput ? 'standard input' : manifest;
  const folder = fromInput ? '.' : path.dirname(manifest);
  const input: Readable = fromInput ? process.stdin : createReadStream(manifest);
  // Breaks a read that would otherwise wait for ever; the loop below ends by it.
  const end = () => input.destroy();
  stop.addEventListener('abort', end, { once: true });
  try {
    if (stop.aborted) return;
    for await (const { number, bytes } of linesOf(input as AsyncIterable<Buffer>, MAX_LINE_BYTES)) {
      const parsed = parseLine(bytes);
      if (parsed === 'blank') continue;
      if (typeof parsed === 'string') {
        const message = `Line ${number} of the manifest ${parsed}. ${ALLOWED}.`;
        yield {
          source: `${name}:${number}`,
          line: number,
          outcome: 'rejected',
          code: 'INVALID_LINE',
          message,
        };
      } else {
        const { path: file, url, ...details } = parsed;
        if (url !== undefined) yield { url, details, line: number };
        else if (file !== undefined) {
          yield {
            path: path.isAbsolute(file) ? file : path.join(folder, file),
            expected: true,
            details,
            line: number,
          };
        }
      }
    }
  } catch (error) {
    if (stop.aborted) return;
    throw new OperatorError(`The manifest ${name} cannot be read: ${messageOf(error)}`, 66, { cause: error });
  } finally {
    stop.removeEventListener('abort', end);
  }
}

type Entry = { path?: string | undefined; url?: string | undefined } & ImageDetails;

/** @returns what is wrong, as the rest of a sentence, where it is no entry */
function parseLine(bytes: Buffer | undefined): Entry | string {
  if (bytes === undefined)
    return `is longer than ${MAX_LINE_BYTES / 1024 / 1024} MiB, which no entry is; check that the file is JSON lines`;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes).trim();
  } catch {
    return 'is not UTF-8';
  }
  if (text === '') return 'blank';
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return `is not JSON (${messageOf(error)}): each object must stand on one line of its own, without commas between`;
  }
  const parsed = entry.safeParse(json);
  return parsed.success ? parsed.data : parsed.error.issues.map(describeIssue).join('; ');
}

function describeIssue(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') {
    return `has the unknown ${issue.keys.length === 1 ? 'key' : 'keys'} ${issue.keys.map((key) => `"${key}"`).join(', ')}`;
  }
  if (issue.code === 'custom') return issue.message;
  const where = issue.path.map(String).join('.');
  return where === ''
    ? `is no object`
    : `has a wrong "${where}" (${issue.message.replace(/^Invalid input: /, '')})`;
}
