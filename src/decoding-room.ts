import sharp from 'sharp';
import { createMemoryBudget } from './memory-budget.js';

// libvips remembers its last hundred operations, each with all that its decoder held, for the case that the same is
// asked again: five JPEGs of 25 megapixels left 750 MB behind.
sharp.cache(false);

/** Some decoders hold the whole picture: 8 bytes a pixel for an interlaced PNG of 16 bits, 6 for a progressive JPEG. */
const BYTES_OF_A_PIXEL = 8;
/** Ten photographs of 12 megapixels, or one picture as large as is allowed. */
const ROOM_BYTES = 1024 * 1024 * 1024;

const room = createMemoryBudget(ROOM_BYTES);

/**
 * Decodes a picture once there is room for its pixels. Everything in this process that decodes shares the room, however
 * many files come at once; one that is larger than all of it is decoded alone. Must not be used within itself: it would
 * wait for what it holds.
 */
export async function withRoomFor<T>(pixels: number, decode: () => Promise<T>): Promise<T> {
  const release = await room.reserve(pixels * BYTES_OF_A_PIXEL);
  try {
    return await decode();
  } finally {
    release();
  }
}
