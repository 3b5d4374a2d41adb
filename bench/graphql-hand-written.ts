import type { IncomingMessage, RequestListener } from 'node:http';
import type pg from 'pg';
import type { BareStatement } from './bare-sql.js';

interface ImageRow {
  readonly id: string;
  readonly sha256: string;
  readonly filename: string | null;
  readonly title: string | null;
  readonly width: number;
  readonly height: number;
  readonly tags: readonly string[];
}
interface ClassificationRow {
  readonly imageId: string;
  readonly labelId: number;
  readonly score: number;
  readonly rank: number;
  readonly assigned: boolean;
}
interface LabelRow {
  readonly id: number;
  readonly name: string;
}

/** What somebody writes who needs this one page and nothing else: no schema, no validation, no check of rows. */
export function handWritten(
  pool: pg.Pool,
  statements: readonly BareStatement[],
  baseUrl: string,
): RequestListener {
  const sql = (name: string) => {
    const found = statements.find((statement) => statement.name === name);
    if (found === undefined) throw new Error(`No statement ${name} was sent.`);
    const { text, values, prepared } = found;
    return { query: { text, ...(prepared && { name }) }, values };
  };
  const [page, classifications, labels] = ['imageList.page', 'classifications.ofImages', 'labels.byIds'].map(
    sql,
  );
  if (page === undefined || classifications === undefined || labels === undefined)
    throw new Error('Too few statements.');
  const idOf = (type: string, id: string | number) =>
    Buffer.from(`${type}:${id}`, 'latin1').toString('base64url');

  const answer = async (first: number) => {
    const { rows: found } = await pool.query<ImageRow>(page.query, [...page.values.slice(0, -1), first + 1]);
    const images = found.slice(0, first);
    const { rows } = await pool.query<ClassificationRow>(classifications.query, [
      images.map(({ id }) => id),
      null,
    ]);
    const { rows: labelRows } = await pool.query<LabelRow>(labels.query, [
      [...new Set(rows.map(({ labelId }) => labelId))],
    ]);
    const byId = new Map(labelRows.map(({ id, name }) => [id, { id: idOf('Label', id), name }]));
    const byImage = new Map<string, object[]>(images.map(({ id }) => [id, []]));
    for (const { imageId, labelId, score, rank, assigned } of rows)
      byImage.get(imageId)?.push({ score, rank, assigned, label: byId.get(labelId) });
    const nodes = images.map(({ id, sha256, filename, title, width, height, tags }) => ({
      id: idOf('Image', id),
      filename,
      title,
      width,
      height,
      tags,
      thumbnailUrl: `${baseUrl}/thumbnails/320/${sha256}`,
      classifications: byImage.get(id),
    }));
    return JSON.stringify({ data: { images: { nodes, pageInfo: { hasNextPage: found.length > first } } } });
  };

  return (request, response) => {
    bodyOf(request)
      .then((body) => answer((JSON.parse(body) as { variables: { first: number } }).variables.first))
      .then(
        (json) => {
          response.setHeader('content-type', 'application/json; charset=utf-8');
          response.end(json);
        },
        (error: unknown) => {
          response.statusCode = 500;
          response.end(String(error));
        },
      );
  };
}

/** The body of a request as text. */
async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
