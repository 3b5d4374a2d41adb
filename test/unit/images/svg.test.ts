import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { RejectedImageError } from '../../../src/images/images.js';
import { inspectImage, toRaster } from '../../../src/images/inspect.js';

const LIMITS = { imageBytes: 1e6, imagePixels: 1_000_000, imageFrames: 1, bodyBytes: 1, fetchTimeoutMs: 1 };
const svg = (body: string, attributes = 'width="30" height="20"') =>
  Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ${attributes}>${body}</svg>`,
  );

async function refusal(bytes: Buffer): Promise<string> {
  const error: unknown = await inspectImage(bytes, LIMITS, { acceptSvg: true }).catch(
    (reason: unknown) => reason,
  );
  if (error instanceof RejectedImageError) return `${error.code}: ${error.message}`;
  throw new Error('It was accepted.');
}

describe('an SVG', () => {
  it('is refused unless it is wanted, and says how', async () => {
    await expect(inspectImage(svg('<rect width="9" height="9"/>'), LIMITS)).rejects.toThrow(/ACCEPT_SVG/);
  });

  it('is accepted when wanted, with references to its own parts', async () => {
    const body =
      '<defs><linearGradient id="g"><stop offset="0" stop-color="red"/></linearGradient><g id="p"><rect width="9" height="9"/></g></defs>' +
      '<rect width="30" height="20" fill="url(#g)" style="mask: url( \'#m\' )"/><use xlink:href="#p"/><use href=\'#p\'/>';
    expect(await inspectImage(svg(body), LIMITS, { acceptSvg: true })).toEqual({
      mediaType: 'image/svg+xml',
      width: 30,
      height: 20,
      frameCount: 1,
    });
  });

  it.each([
    ['an image elsewhere', '<image href="http://example.org/a.png" width="1" height="1"/>'],
    ['an image beside it', "<image xlink:href='a.png' width='1' height='1'/>"],
    ['a file', '<image href = "file:///etc/passwd" width="1" height="1"/>'],
    ['a reference with a hidden beginning', '<image href="&#104;ttp://example.org/a.png"/>'],
    ['an embedded image', '<image href="data:image/png;base64,AAAA" width="1" height="1"/>'],
    ['a use of another document', '<use href="other.svg#p"/>'],
    ['a paint elsewhere', '<rect fill="url(http://example.org/a.svg#g)" width="9" height="9"/>'],
    ['a style sheet', '<style>@import "a.css";</style>'],
    ['an escaped reference in a style', '<style>rect { fill: u\\72l(a.svg) }</style>'],
    ['an inclusion', '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="#p"/>'],
  ])('with %s is refused', async (_, body) => {
    expect(await refusal(svg(body))).toMatch(/^UNSUPPORTED: The SVG .*refer to nothing but their own parts/);
  });

  it('with entities, a style sheet or another encoding is refused', async () => {
    const plain = svg('').toString();
    expect(await refusal(Buffer.from(`<!DOCTYPE svg [<!ENTITY a "b">]>${plain}`))).toContain(
      'declares entities',
    );
    expect(await refusal(Buffer.from(`<?xml-stylesheet href="a.css"?>${plain}`))).toContain('style sheet');
    const utf7 = `<?xml version="1.0" encoding="UTF-7"?>${plain}`;
    expect(await refusal(Buffer.from(utf7))).toContain('says that it is in UTF-7');
    expect(await refusal(Buffer.concat([svg(''), Buffer.of(0xff)]))).toContain('not in UTF-8');
  });

  it('that is huge or broken is refused', async () => {
    expect(await refusal(svg('', 'width="40000" height="30000"'))).toMatch(/^TOO_LARGE: /);
    expect(await refusal(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><rect'))).toMatch(
      /^UNREADABLE: /,
    );
  });

  it('is drawn on white, and large enough to be seen', async () => {
    const drawn = sharp(await toRaster(svg('<rect width="15" height="20" fill="#f00"/>'), LIMITS));
    const { data, info } = await drawn.raw().toBuffer({ resolveWithObject: true });
    expect(info).toMatchObject({ width: 768, height: 512, channels: 3 });
    const pixel = (x: number, y: number) => [...data.subarray((y * info.width + x) * 3).subarray(0, 3)];
    expect(pixel(100, 256)).toEqual([255, 0, 0]);
    expect(pixel(700, 256)).toEqual([255, 255, 255]);
  });
});
