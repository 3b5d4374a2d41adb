import sharp, { type Metadata, type Sharp } from 'sharp';
import type { Encoder, ModelPicture } from '../clip/encoder.js';
import type { ImagePolicy, Limits } from '../config.js';
import { withRoomFor } from '../decoding-room.js';
import { messageOf, RequestError } from '../errors.js';
import { RejectedImageError } from './images.js';
import { countScans } from './jpeg-scans.js';
import { createLimiter } from '../limiter.js';
import { signatureOf, type Signature } from './signature.js';
import { checkSvg, drawSvg, MAX_DRAWING_SECONDS } from './svg.js';
import { FIRST_WIDTH, shrink, toSmallPicture, type SmallPicture } from './thumbnails.js';

/** What a file's bytes say about it. */
export interface Inspection {
  readonly mediaType: string;
  /** Pixels, EXIF orientation applied. */
  readonly width: number;
  readonly height: number;
  /** Frames of an animation or pages of a TIFF; 1 for stills. */
  readonly frameCount: number;
}

const ALLOWED = 'Allowed are JPEG, PNG, WebP, AVIF, GIF and TIFF.';

const REFUSALS: Readonly<Partial<Record<Signature, string>>> = {
  svg: 'SVG is not accepted here: convert it to PNG first, or have ACCEPT_SVG set.',
  pdf: 'This is a PDF document, not an image: export its pages as PNG or JPEG first.',
  bmp: 'BMP is not accepted: convert it to PNG first.',
  ico: 'ICO is not accepted: save the icon as PNG first.',
  photoshop: 'Photoshop files are not accepted: export it as PNG or JPEG first.',
  'jpeg-2000': 'JPEG 2000 is not accepted: convert it to JPEG or PNG first.',
  'jpeg-xl': 'JPEG XL is not accepted: convert it to JPEG or AVIF first.',
  raw: "A camera's raw file is not accepted: develop it to JPEG or TIFF first.",
  unknown: 'The bytes are no image of a format that is accepted, whatever the file is called.',
};
const HEIC_REFUSAL = 'HEIC cannot be decoded by this installation: convert it to JPEG first.';

/** Many times what programs write. */
const MAX_JPEG_SCANS = 100;

/** Whole decodes at once: there are four threads to run them. */
const decoding = createLimiter(4);

/**
 * Judges a file by its bytes: what it is, whether it is within the limits, and whether its first frame can be decoded
 * to the end. The limits are checked on the header, before any pixel is decoded.
 *
 * @throws RejectedImageError EMPTY, UNSUPPORTED, TOO_LARGE or UNREADABLE
 */
export async function inspectImage(
  bytes: Uint8Array,
  limits: Limits,
  policy: Pick<ImagePolicy, 'acceptSvg'> = { acceptSvg: false },
): Promise<Inspection> {
  const { inspection } = await inspect(bytes, limits, policy, decodeCheaply);
  return inspection;
}

/** What an accepted file looks like. */
export interface Pictures {
  /** In the size of the first thumbnail. */
  readonly small: SmallPicture;
  /** As the model takes it; undefined where it was not asked for, or cannot be had by the same decoding. */
  readonly forModel: ModelPicture | undefined;
}

/**
 * `inspectImage` that keeps the picture, which it has to decode anyway.
 *
 * @param encoder of the model that will take the picture; undefined when none will, here and soon
 * @throws RejectedImageError as `inspectImage`
 */
export async function inspectAndShrink(
  bytes: Uint8Array,
  limits: Limits,
  policy: Pick<ImagePolicy, 'acceptSvg'>,
  encoder?: Pick<Encoder, 'decode'>,
): Promise<Pictures & { readonly inspection: Inspection }> {
  const decode = async (picture: Sharp, header: Metadata): Promise<Pictures> => {
    const decoded = await encoder?.decode(bytes, header, FIRST_WIDTH).catch(leftToItself);
    if (decoded === undefined) return { small: await decodeSmall(picture), forModel: undefined };
    const { data, width, height } = decoded.rgb;
    const raw = { width, height, channels: 3 } as const;
    return { small: await decodeSmall(sharp(data, { raw })), forModel: decoded.forModel };
  };
  const { inspection, decoded } = await inspect(bytes, limits, policy, decode);
  return { inspection, ...decoded };
}

/** @param decode must read every line of the first frame */
async function inspect<T>(
  bytes: Uint8Array,
  limits: Limits,
  { acceptSvg }: Pick<ImagePolicy, 'acceptSvg'>,
  decode: (picture: Sharp, header: Metadata) => Promise<T>,
): Promise<{ readonly inspection: Inspection; readonly decoded: T }> {
  if (bytes.length === 0) throw new RejectedImageError('EMPTY', `The file has no bytes. ${ALLOWED}`);
  const signature = signatureOf(bytes);
  const isSvg = signature === 'svg' && acceptSvg;
  const refusal = isSvg
    ? undefined
    : (REFUSALS[signature] ?? (signature === 'heic' && !decodesHeic() ? HEIC_REFUSAL : undefined));
  if (refusal !== undefined) throw new RejectedImageError('UNSUPPORTED', `${refusal} ${ALLOWED}`);

  if (isSvg) checkSvg(bytes);

  try {
    const header = await sharp(bytes, decodeOptions(signature)).metadata();
    checkLimits(header, limits);
    if (signature === 'jpeg') checkScans(bytes);
    const picture = sharp(bytes, decodeOptions(signature));
    if (signature === 'svg') picture.timeout({ seconds: MAX_DRAWING_SECONDS });
    const decoded = await decoding(() =>
      withRoomFor(header.width * header.height, () => decode(picture, header)),
    );
    // As the image is seen: sides swapped where EXIF says that it lies on its side.
    const { width, height } = header.autoOrient;
    const mediaType = isSvg ? 'image/svg+xml' : `image/${signature}`;
    return { inspection: { mediaType, width, height, frameCount: header.pages ?? 1 }, decoded };
  } catch (error) {
    if (error instanceof RejectedImageError) throw error;
    // No fault of the file: it may well be accepted later.
    if (/memory/i.test(messageOf(error))) throw error;
    throw new RejectedImageError(
      'UNREADABLE',
      `The file begins as ${signature.toUpperCase()} but cannot be decoded to its end: it is damaged or cut off. Send the whole file.`,
      { cause: error },
    );
  }
}

/** That the encoder cannot work at this moment says nothing about a file, which is decoded for the thumbnail alone then. */
function leftToItself(error: unknown): undefined {
  if (!(error instanceof RequestError)) throw error;
}

/** An accepted file as the encoder takes it: SVG drawn, everything else as it is. */
export async function toRaster(bytes: Uint8Array, limits: Limits): Promise<Uint8Array> {
  return signatureOf(bytes) === 'svg' ? decoding(() => drawSvg(bytes, limits.imagePixels)) : bytes;
}

/** Whether this build of libvips has an HEVC decoder; npm's has none, for its patents. */
function decodesHeic(): boolean {
  return sharp.format.heif.input.fileSuffix?.includes('.heic') ?? false;
}

function checkLimits({ width, height, pages = 1 }: Metadata, limits: Limits): void {
  if (width * height > limits.imagePixels) {
    throw new RejectedImageError(
      'TOO_LARGE',
      `The image has ${width} × ${height} pixels; at most ${limits.imagePixels / 1e6} megapixels are allowed. ` +
        'Scale it down, or have MAX_IMAGE_MEGAPIXELS raised.',
    );
  }
  if (pages > limits.imageFrames) {
    throw new RejectedImageError(
      'TOO_LARGE',
      `The image has ${pages} frames or pages; at most ${limits.imageFrames} are allowed. ` +
        'Send fewer, or have MAX_IMAGE_FRAMES raised.',
    );
  }
}

function checkScans(bytes: Uint8Array): void {
  const jpeg = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (countScans(jpeg, MAX_JPEG_SCANS) <= MAX_JPEG_SCANS) return;
  throw new RejectedImageError(
    'TOO_LARGE',
    `The JPEG has more than ${MAX_JPEG_SCANS} scans, each of which has to be decoded over the whole picture; programs write about ` +
      'ten. Save it anew as a JPEG that is not progressive.',
  );
}

/**
 * Pixels that are missing are a fault, but not the small ones that every viewer forgives. Of a TIFF, libvips takes strips
 * that are missing, or compressed in a way that it cannot read, for such small faults, and leaves them black.
 */
function decodeOptions(signature: Signature) {
  const failOn = signature === 'tiff' ? 'error' : 'truncated';
  return { failOn, sequentialRead: true, limitInputPixels: false } as const;
}

/**
 * Reads every line of the first frame and keeps next to nothing: JPEG and WebP are shrunk while they are decoded. The
 * kernel must average: one that picks lines would not reach the last of them.
 */
async function decodeCheaply(picture: Sharp): Promise<void> {
  await picture.resize(32, 32, { fit: 'fill', kernel: 'linear' }).raw().toBuffer();
}

/** Reads every line as well: the kernel that shrinks averages, and a picture that is small already is kept whole. */
function decodeSmall(picture: Sharp): Promise<SmallPicture> {
  return toSmallPicture(shrink(picture, FIRST_WIDTH));
}
