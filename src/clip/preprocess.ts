import sharp, { type Metadata, type Sharp, type SharpOptions } from 'sharp';
import { cmykToRgb } from './cmyk.js';
import { UnreadableImageError } from './encoder.js';
import type { Filter, Preprocessing, Size } from './preprocessing.js';
import { resample } from './resample.js';
import { withRoomFor } from '../decoding-room.js';
import { asUnreadable } from './unreadable.js';

/** A picture longer than this many times its width is cut to its middle before it is resized. */
const LONGEST_ASPECT = 16;

/**
 * Shrinking by more than this is done in two steps. From 4 on, libvips averages blocks of pixels before it filters, which
 * is up to a grey level off Pillow's filter; two filtered steps stay within a quarter of a level (docs/models.md).
 */
const LARGEST_STEP = 3.95;

const FORMATS = new Set(['jpeg', 'png', 'webp', 'gif', 'tiff', 'heif']);

// Profiles are ignored because the reference ignores them. Missing pixels are an error, never grey.
const OPEN = {
  ignoreIcc: true,
  autoOrient: true,
  failOn: 'truncated',
  limitInputPixels: false,
} satisfies SharpOptions;

/**
 * Turns an image file into the bytes that the model's processor would make of it: EXIF orientation applied, first frame,
 * alpha dropped, RGB, resized with an antialiased filter, cropped. The reference is Pillow as CLIP's processor uses it.
 *
 * @param limit the most pixels (width × height) that are decoded
 * @returns `height × width × 3` bytes of the model's picture size
 * @throws UnreadableImageError when the file cannot be decoded, or is larger than the limit
 */
export async function preprocessImage(
  file: Uint8Array,
  preprocessing: Preprocessing,
  limit: number,
): Promise<Uint8Array> {
  try {
    const header = await sharp(file, OPEN).metadata();
    refuseUnfit(header, limit);
    const decode = async () =>
      render(header.hasAlpha ? await withoutAlpha(file, header) : openAs(file, header), preprocessing);
    return await withRoomFor(header.width * header.height, decode);
  } catch (error) {
    throw asUnreadable(error);
  }
}

/**
 * `preprocessImage` that keeps what it decodes for a smaller picture as well. To be called where there is room for the pixels.
 *
 * @param header of the file, whose limits are checked
 * @param width what the smaller picture is to be wide at most
 * @returns the same pixels as `preprocessImage`, and the whole picture; undefined where the smaller picture needs other pixels than the
 *   model, or more, and where nothing is gained
 * @throws UnreadableImageError when the file cannot be decoded
 */
export async function decodeOnce(
  file: Uint8Array,
  header: Metadata,
  preprocessing: Preprocessing,
  width: number,
): Promise<{ readonly pixels: Uint8Array; readonly rgb: Size & { readonly data: Uint8Array } } | undefined> {
  if (!isPlainRgb(header)) return undefined;
  const whole = openAs(file, header);
  const target = targetSize(whole.size, preprocessing.resize);
  const size = firstSize(whole.size, target);
  const isTooSmall = size.width < Math.min(width, whole.size.width);
  // All pixels of a picture of a megapixel would be carried from the one to the other, which takes as long as to decode it twice.
  const isNear = isSameSize(size, whole.size);
  if (
    preprocessing.filter === 'nearest' ||
    isEnlarged(size, target) ||
    isTooSmall ||
    isNear ||
    isStrip(whole.size)
  )
    return undefined;
  try {
    const data = await shrink(whole, size);
    return { pixels: await finish(fromRgb(data, size), target, preprocessing), rgb: { data, ...size } };
  } catch (error) {
    throw asUnreadable(error);
  }
}

/** Where people and the model see the same colours. */
function isPlainRgb({ format, space, channels, depth, hasAlpha, hasProfile }: Metadata): boolean {
  return (
    FORMATS.has(format) && space === 'srgb' && channels === 3 && depth === 'uchar' && !hasAlpha && !hasProfile
  );
}

/** A picture that is decoded when it is asked for, upright. */
interface Source {
  readonly size: Size;
  readonly space: 'srgb' | 'cmyk';
  readonly isJpeg: boolean;
  readonly open: () => Sharp;
}

function refuseUnfit({ width, height, format }: Metadata, limit: number): void {
  if (!FORMATS.has(format)) throw new UnreadableImageError(`Files of the format ${format} are not decoded.`);
  if (width * height > limit) {
    throw new UnreadableImageError(
      `The image has ${width} × ${height} pixels; at most ${limit / 1e6} megapixels are decoded. Scale it down.`,
    );
  }
}

function openAs(file: Uint8Array, header: Metadata): Source {
  const isCmyk = header.space === 'cmyk';
  return {
    size: header.autoOrient,
    space: isCmyk ? 'cmyk' : 'srgb',
    isJpeg: header.format === 'jpeg',
    // Left alone, libvips would convert CMYK by a profile, which the reference does not do.
    open: () => (isCmyk ? sharp(file, OPEN).pipelineColourspace('cmyk') : sharp(file, OPEN)),
  };
}

/**
 * Alpha must go before anything is resized: sharp would weigh colours by it, and so lose what lies under transparent
 * pixels, which the reference keeps.
 */
async function withoutAlpha(file: Uint8Array, header: Metadata): Promise<Source> {
  const data = await sharp(file, OPEN).removeAlpha().toColourspace('srgb').raw().toBuffer();
  return fromRgb(data, header.autoOrient);
}

function fromRgb(data: Uint8Array, size: Size): Source {
  return { size, space: 'srgb', isJpeg: false, open: () => sharp(data, { raw: { ...size, channels: 3 } }) };
}

async function render(whole: Source, preprocessing: Preprocessing): Promise<Uint8Array> {
  const seen = middle(whole);
  const target = targetSize(seen.size, preprocessing.resize);
  return finish(await approach(seen, target, preprocessing.filter), target, preprocessing);
}

/** The second step, from what the first one left. */
async function finish(
  { size, open }: Source,
  target: Size,
  { filter, crop }: Preprocessing,
): Promise<Uint8Array> {
  const wanted = crop ?? target;
  const width = Math.min(target.width, wanted.width);
  const height = Math.min(target.height, wanted.height);
  const inner = { left: (target.width - width) >> 1, top: (target.height - height) >> 1, width, height };

  if (filter !== 'nearest' && isEnlarged(size, target)) {
    const pixels = await open().toColourspace('srgb').raw().toBuffer();
    return onBlack(fromRgb(resample(pixels, size, target, inner, filter), inner).open(), inner, wanted);
  }
  const resized = open().resize({ ...target, fit: 'fill', kernel: filter, fastShrinkOnLoad: false });
  return onBlack(resized.extract(inner), inner, wanted);
}

/**
 * A strip of 1 × 4,000 pixels would become 224 × 896,000. Only its middle is seen by the model, so only its middle is
 * resized. That may shift it by half a pixel of the result, which is far less than a pixel of such a picture.
 */
function middle(source: Source): Source {
  if (!isStrip(source.size)) return source;
  const { width, height } = source.size;
  const longest = LONGEST_ASPECT * Math.min(width, height);
  const size = { width: Math.min(width, longest), height: Math.min(height, longest) };
  const left = (width - size.width) >> 1;
  const top = (height - size.height) >> 1;
  return { ...source, size, open: () => source.open().extract({ left, top, ...size }) };
}

function isStrip({ width, height }: Size): boolean {
  return Math.max(width, height) > LONGEST_ASPECT * Math.min(width, height);
}

/** The reference rounds the longer side down, and so must we, or every pixel is a little off. */
function targetSize({ width, height }: Size, resize: Preprocessing['resize']): Size {
  if (resize === undefined) return { width, height };
  if (!('shortestEdge' in resize)) return resize;
  const { shortestEdge: edge } = resize;
  return width <= height
    ? { width: edge, height: Math.floor((edge * height) / width) }
    : { width: Math.floor((edge * width) / height), height: edge };
}

/** The first step: at most LARGEST_STEP times the target, and RGB. */
async function approach(source: Source, target: Size, filter: Filter): Promise<Source> {
  const size = firstSize(source.size, target);
  const isNear = isSameSize(size, source.size) || filter === 'nearest';
  if (isNear && source.space === 'srgb') return source;
  return fromRgb(await shrink(source, size), size);
}

function firstSize({ width, height }: Size, target: Size): Size {
  return {
    width: Math.min(width, Math.floor(target.width * LARGEST_STEP)),
    height: Math.min(height, Math.floor(target.height * LARGEST_STEP)),
  };
}

function isSameSize(one: Size, other: Size): boolean {
  return one.width === other.width && one.height === other.height;
}

function isEnlarged(size: Size, target: Size): boolean {
  return target.width > size.width || target.height > size.height;
}

/** RGB of a size, in as many steps as it takes. */
async function shrink(source: Source, size: Size): Promise<Uint8Array> {
  const fastShrinkOnLoad = keepsProportions(source, size);
  const way = fastShrinkOnLoad ? undefined : wayTo(source.size, size);
  const from = way === undefined ? source : fromRgb(await shrink(source, way), way);
  const opened = from.open();
  const resized = isSameSize(from.size, size)
    ? opened
    : opened.resize({ ...size, fit: 'fill', kernel: 'cubic', fastShrinkOnLoad });
  const data = await resized.toColourspace(from.space).raw().toBuffer();
  return from.space === 'cmyk' ? cmykToRgb(data) : data;
}

/** Where it is too far for one step: the size in between, or the last one of those. */
function wayTo(from: Size, to: Size): Size | undefined {
  const ratio = Math.max(from.width / to.width, from.height / to.height);
  if (ratio <= LARGEST_STEP) return undefined;
  const steps = Math.ceil(Math.log(ratio) / Math.log(LARGEST_STEP));
  const scale = ratio ** ((steps - 1) / steps);
  return { width: Math.round(to.width * scale), height: Math.round(to.height * scale) };
}

/**
 * A JPEG is decoded at a fraction of its size by its cosines, which is exact enough; WebP's own scaling is not. Where the fraction is
 * no whole number of pixels, libvips drops what is left over and takes the rest for the whole: what is seen moves by up to a seventh of
 * a pixel of the result, and by three grey levels.
 */
function keepsProportions({ size: { width, height }, isJpeg }: Source, to: Size): boolean {
  if (!isJpeg) return false;
  const divisor = jpegDivisor(Math.min(width / to.width, height / to.height));
  return width % divisor === 0 && height % divisor === 0;
}

/** sharp's choice (`jpegShrinkOnLoad` in its pipeline.cc). */
function jpegDivisor(shrink: number): number {
  const divisor = [8, 4, 2].find((each) => shrink >= each) ?? 1;
  return divisor > 1 && Math.trunc(shrink) === divisor ? divisor / 2 : divisor;
}

/** Where the crop is larger than the picture, the reference fills up with black. */
async function onBlack(image: Sharp, from: Size, to: Size): Promise<Uint8Array> {
  const left = Math.ceil((to.width - from.width) / 2);
  const top = Math.ceil((to.height - from.height) / 2);
  const right = to.width - from.width - left;
  const bottom = to.height - from.height - top;
  const whole = left + top === 0 ? image : image.extend({ left, top, right, bottom, background: '#000' });
  return whole.toColourspace('srgb').raw().toBuffer();
}
