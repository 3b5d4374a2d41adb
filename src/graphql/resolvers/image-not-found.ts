import type { ImageNotFoundResolvers } from '../generated/types.js';

export const ImageNotFound: ImageNotFoundResolvers = {
  message: () => 'There is no image with this id (any more). `images` lists those that there are.',
};
