import { fileURLToPath } from 'node:url';

/** What CLIP_MODEL calls the model that ships with Pictograph. */
export const BUNDLED_MODEL_NAME = 'pictogram-clip';

/** Absolute path; the same from the sources and from the compiled program. */
export function bundledModelFolder(): string {
  return fileURLToPath(new URL(`../../models/${BUNDLED_MODEL_NAME}`, import.meta.url));
}
