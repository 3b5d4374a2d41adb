import { mkdirSync } from 'node:fs';
import path from 'node:path';

/** Everything that the scripts make on the way to the model; never committed. */
export const WORK = path.join(import.meta.dirname, '..', 'work');
mkdirSync(WORK, { recursive: true });
