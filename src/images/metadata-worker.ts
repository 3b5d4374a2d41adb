import { parentPort } from 'node:worker_threads';
import ExifReader from 'exifreader';
import { messageOf } from '../errors.js';
import { interpretTags, WANTED_TAGS } from './embedded-metadata.js';
import type { FromMetadataThread } from './read-metadata.js';

/** Compressed texts in PNG: a small file must not become a large one. */
const MAX_DECOMPRESSED_BYTES = 1024 * 1024;

const answer = (message: FromMetadataThread) => {
  parentPort?.postMessage(message);
};

async function read(bytes: ArrayBuffer): Promise<FromMetadataThread> {
  try {
    const tags = await ExifReader.load(bytes, {
      expanded: true,
      async: true,
      decompress: { maxDecompressedSize: MAX_DECOMPRESSED_BYTES },
      includeTags: { ...WANTED_TAGS, exif: [...WANTED_TAGS.exif] },
    });
    return { kind: 'found', metadata: interpretTags(tags) };
  } catch (error) {
    // No metadata at all is an error of the library's, too.
    return { kind: 'none', reason: messageOf(error) };
  }
}

parentPort?.on('message', (bytes: ArrayBuffer) => {
  void read(bytes).then(answer);
});
answer({ kind: 'ready' });
