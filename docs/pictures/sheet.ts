import sharp, { type OverlayOptions } from 'sharp';
import type { Match } from './ask.js';

/** How many matches a row shows. */
export const MATCHES = 5;

export interface SheetRow {
  readonly text: string;
  /** At most `MATCHES`. */
  readonly matches: readonly Match[];
}

// All in pixels.
const PADDING = 40;
const THUMBNAIL = 148;
const GAP = 18;
const CAPTION = 30;
const ROW = THUMBNAIL + CAPTION + 22;
const FIELD = { width: 348, height: 54 };
const COLUMN = PADDING + FIELD.width + 36;
const WIDTH = COLUMN + MATCHES * (THUMBNAIL + GAP) - GAP + PADDING;
const CORNER = 14;

const FONT = "font-family=\"Inter, 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif\"";
const INK = '#1f2933';
const FAINT = '#7b8794';

/** Draws a contact sheet: a search field a row, and what it found with the similarities. Returns a PNG. */
export async function drawSheet(rows: readonly SheetRow[]): Promise<Buffer> {
  const height = 2 * PADDING + rows.length * ROW - (ROW - THUMBNAIL - CAPTION);
  const thumbnails = await Promise.all(
    rows.flatMap(({ matches }, row) =>
      matches.map(async ({ thumbnail }, column): Promise<OverlayOptions> => ({
        input: await rounded(thumbnail),
        left: left(column),
        top: top(row),
      })),
    ),
  );
  const text = rows
    .map(({ text, matches }, row) => field(text, top(row)) + matches.map(caption(top(row))).join(''))
    .join('');
  return sharp(
    Buffer.from(svg(WIDTH, height, `<rect width="100%" height="100%" rx="20" fill="#fbfcfd"/>${text}`)),
  )
    .composite(thumbnails)
    .png()
    .toBuffer();
}

function left(column: number): number {
  return COLUMN + column * (THUMBNAIL + GAP);
}

function top(row: number): number {
  return PADDING + row * ROW;
}

/** A search field with the query in it, level with the middle of the thumbnails. */
function field(text: string, rowTop: number): string {
  const y = rowTop + (THUMBNAIL - FIELD.height) / 2;
  const middle = y + FIELD.height / 2;
  return `<rect x="${PADDING}" y="${y}" width="${FIELD.width}" height="${FIELD.height}" rx="${FIELD.height / 2}"
      fill="#ffffff" stroke="#d5dce4" stroke-width="1.5"/>
    <g fill="none" stroke="${FAINT}" stroke-width="2.5" stroke-linecap="round">
      <circle cx="${PADDING + 28}" cy="${middle - 2}" r="7.5"/>
      <path d="M${PADDING + 33.5} ${middle + 3.5} l6 6"/>
    </g>
    <text x="${PADDING + 52}" y="${middle + 7}" ${FONT} font-size="20" fill="${INK}">${escape(text)}</text>`;
}

function caption(rowTop: number): (match: Match, column: number) => string {
  return ({ similarity }, column) =>
    `<text x="${left(column) + THUMBNAIL / 2}" y="${rowTop + THUMBNAIL + 23}" text-anchor="middle" ${FONT}
      font-size="16" fill="${column === 0 ? INK : FAINT}">${similarity.toFixed(3)}</text>`;
}

async function rounded(thumbnail: Buffer): Promise<Buffer> {
  const mask = svg(THUMBNAIL, THUMBNAIL, `<rect width="100%" height="100%" rx="${CORNER}"/>`);
  return sharp(thumbnail)
    .resize(THUMBNAIL, THUMBNAIL, { fit: 'cover' })
    .composite([{ input: Buffer.from(mask), blend: 'dest-in' }])
    .png()
    .toBuffer();
}

function svg(width: number, height: number, content: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${content}</svg>`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
