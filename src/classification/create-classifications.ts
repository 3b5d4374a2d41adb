import type { Database } from '../db/database.js';
import {
  countDistributions,
  countImagesOfLabels,
  findClassifications,
  findLabelPages,
} from '../db/classifications.js';
import { isStorableText } from '../db/storable-text.js';
import { RequestError } from '../errors.js';
import type { Classification, LabelImagesRequest, StoredClassifications } from './classifications.js';
import { diffVersions } from './diff-versions.js';

/** What one model's classification says. */
export function createStoredClassifications(dependencies: {
  readonly database: Database;
  readonly modelId: number;
}): StoredClassifications {
  const { database, modelId } = dependencies;
  const { pool } = database;

  return {
    async ofImages(imageIds, setName) {
      const found = new Map<number, Classification[]>(imageIds.map((id) => [id, []]));
      if (setName !== undefined && !isStorableText(setName)) return found;
      for (const row of await findClassifications(pool, imageIds, setName)) found.get(row.imageId)?.push(row);
      return found;
    },

    imageCounts: (labelIds) => countImagesOfLabels(pool, labelIds),

    async distributions(labelSetIds) {
      const rows = await countDistributions(pool, labelSetIds);
      return new Map(rows.map((row) => [row.labelSetId, row]));
    },

    async labelImages(requests) {
      const pages = await findLabelPages(
        pool,
        // One more than asked for tells whether there are more.
        requests.map(({ labelId, minScore, limit, after }) => ({
          labelId,
          minScore,
          after,
          limit: limit + 1,
        })),
      );
      return requests.map((request, index) => {
        const { labelId, minScore = null, limit, after } = request;
        const page = pages[index];
        if (after !== undefined && (page === undefined || !isPlaceIn(request))) return staleCursor();
        if (page === undefined) return { images: [], hasNextPage: false };
        const [runId, rows] = page;
        return {
          images: rows.slice(0, limit).map((row, place) => ({
            ...row,
            position: {
              labelId,
              minScore,
              runId,
              score: row.score,
              imageId: row.imageId,
              rank: (after?.rank ?? 0) + place + 1,
            },
          })),
          hasNextPage: rows.length > limit,
        };
      });
    },

    diff: (labelSetId, from, to) => diffVersions(pool, modelId, labelSetId, from, to),
  };
}

function isPlaceIn({ labelId, minScore, after }: LabelImagesRequest): boolean {
  return after?.labelId === labelId && after.minScore === (minScore ?? null);
}

function staleCursor(): RequestError {
  return new RequestError(
    'INVALID_CURSOR',
    'The cursor belongs to another label or `minScore`, or to a classification that newer ones have replaced. Start again without `after`.',
  );
}
