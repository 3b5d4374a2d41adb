import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { createReadMetadata } from '../../src/images/read-metadata.js';
import { createLogger } from '../../src/log.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { EXIF, plainJpeg, XMP } from '../support/metadata.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ ACCEPT_SVG: 'true', KEEP_GPS: 'false' });
});
afterAll(() => app.close());

const FIELDS = 'id status mediaType sha256 url thumbnailUrl location { latitude longitude } takenAt camera';
const image = z.object({
  id: z.string(),
  status: z.string(),
  mediaType: z.string(),
  sha256: z.string(),
  url: z.string(),
  thumbnailUrl: z.string(),
  location: z.object({ latitude: z.number(), longitude: z.number() }).nullable(),
  takenAt: z.string().nullable(),
  camera: z.string().nullable(),
});
const result = z.object({
  __typename: z.string(),
  image: image.optional(),
  message: z.string().optional(),
});

async function add(bytes: Buffer, details: Record<string, unknown> = {}): Promise<z.infer<typeof result>> {
  const { data } = await app.graphql(
    `mutation ($input: AddImagesInput!) { addImages(input: $input) { results { __typename
      ... on ImageAccepted { image { ${FIELDS} } } ... on ImageDuplicate { image { ${FIELDS} } } ... on ImageRejected { message } } } }`,
    { input: { images: [{ source: { base64: bytes.toString('base64') }, ...details }] } },
  );
  const { results } = z.object({ addImages: z.object({ results: z.tuple([result]) }) }).parse(data).addImages;
  return results[0];
}

async function fetched(url: string): Promise<Buffer> {
  const response = await fetch(url);
  expect(response.status).toBe(200);
  return Buffer.from(await response.arrayBuffer());
}

it('without KEEP_GPS neither row nor original nor thumbnail tells the place', async () => {
  const file = await sharp(await plainJpeg(1))
    .withExif(EXIF)
    .withXmp(XMP)
    .jpeg()
    .toBuffer();
  const added = await add(file);
  expect(added).toMatchObject({
    __typename: 'ImageAccepted',
    image: { location: null, takenAt: '2024-06-01T10:30:15.250Z', camera: 'Fuji X100' },
  });
  const read = createReadMetadata(createLogger('silent'));
  expect((await read(file))?.location).not.toBeNull();
  const original = await fetched(added.image?.url ?? '');
  expect(await read(original)).toMatchObject({ location: null, camera: 'Fuji X100', title: 'A red car' });
  const thumbnail = await sharp(await fetched(added.image?.thumbnailUrl ?? '')).metadata();
  expect([thumbnail.exif, thumbnail.xmp, thumbnail.iptc]).toEqual([undefined, undefined, undefined]);

  // The same file is the same image, and so is what is stored of it.
  expect(await add(file)).toMatchObject({ __typename: 'ImageDuplicate', image: { id: added.image?.id } });
  expect(await add(original)).toMatchObject({ __typename: 'ImageDuplicate', image: { id: added.image?.id } });
});

it('without KEEP_GPS a place that people give is kept', async () => {
  const location = { latitude: 1, longitude: 2 };
  expect(await add(await plainJpeg(2), { location })).toMatchObject({ image: { location } });
});

it('without KEEP_GPS a file whose place cannot be erased is refused', async () => {
  const utf16 = Buffer.from(XMP.slice(XMP.indexOf('<x:xmpmeta')), 'utf16le');
  const header = Buffer.concat([Buffer.from('http://ns.adobe.com/xap/1.0/\0'), utf16]);
  const marker = Buffer.from('ffe10000', 'hex');
  marker.writeUInt16BE(header.length + 2, 2);
  const plain = await plainJpeg(3);
  const wide = Buffer.concat([plain.subarray(0, 2), marker, header, plain.subarray(2)]);
  const compressed = await sharp(plain).withXmp(XMP).png().toBuffer();
  for (const file of [wide, compressed]) {
    expect(await add(file)).toMatchObject({
      __typename: 'ImageRejected',
      message: expect.stringContaining('KEEP_GPS=false') as unknown,
    });
  }
});

it('thumbnails have the colours of the embedded profile, in sRGB', async () => {
  const red = sharp({ create: { width: 64, height: 64, channels: 3, background: '#f00' } });
  const file = await red.withIccProfile('p3').jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).toBuffer();
  // In Display P3 the same red has other numbers.
  const [, stored = 0] = await sharp(file, { ignoreIcc: true }).raw().toBuffer();
  expect(stored).toBeGreaterThan(40);
  const added = await add(file);
  const [r = 0, g = 255, b = 255] = await sharp(await fetched(added.image?.thumbnailUrl ?? ''))
    .raw()
    .toBuffer();
  expect(r).toBeGreaterThan(245);
  expect(g).toBeLessThan(15);
  expect(b).toBeLessThan(15);
});

it('with ACCEPT_SVG an SVG is embedded, shown, and found', async () => {
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10" width="200" height="200"><circle cx="5" cy="5" r="4" fill="red"/></svg>';
  const added = await add(Buffer.from(svg));
  expect(added).toMatchObject({ __typename: 'ImageAccepted', image: { mediaType: 'image/svg+xml' } });
  await expect
    .poll(
      async () =>
        (await app.graphql('query ($id: ID!) { image(id: $id) { status } }', { id: added.image?.id })).data,
      {
        timeout: 60_000,
      },
    )
    .toEqual({ image: { status: 'READY' } });
  expect(await sharp(await fetched(added.image?.thumbnailUrl ?? '')).metadata()).toMatchObject({
    format: 'webp',
    width: 200,
  });
  const { data } = await app.graphql(
    'query ($base64: String!) { search(query: { image: { base64: $base64 } }, first: 1, filter: { mediaType: ["image/svg+xml"] }) { nodes { id } edges { similarity } } }',
    { base64: Buffer.from(svg).toString('base64') },
  );
  expect(data).toMatchObject({ search: { nodes: [{ id: added.image?.id }] } });
});
