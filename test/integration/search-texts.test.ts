import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { storeTextEmbeddings } from '../../src/db/text-embeddings.js';
import { createTextEmbeddings } from '../../src/search/text-embeddings.js';
import { createFakeEncoder, fakeVector } from '../support/fake-encoder.js';
import {
  openSearchCollection,
  recordStatements,
  type SearchCollection,
} from '../support/search-collection.js';

const DIMENSIONS = 16;
let collection: SearchCollection;
/** What the encoder was asked to encode, and what happens when it is. */
let encoded: string[];
let whileEncoding: () => Promise<void> | void;
const encoder = createFakeEncoder({
  dimensions: DIMENSIONS,
  before: async (text) => {
    encoded.push(String(text));
    await whileEncoding();
  },
});

beforeAll(async () => {
  collection = await openSearchCollection(encoder);
});
beforeEach(() => {
  encoded = [];
  whileEncoding = () => undefined;
});
afterAll(() => collection.drop());

/** As another process has it: with nothing remembered. */
const fresh = (database = collection.database) =>
  createTextEmbeddings({ database, encoder, modelId: collection.model.id });

it('encodes a text once ever, in whatever spelling', async () => {
  const [first] = await fresh().embed(['  a red\u00a0car ']);
  const again = await fresh().embed(['a red car', 'a  red car', 'a red car']);
  expect(encoded).toEqual(['a red car']);
  expect(again).toEqual([first, first, first]);
  expect(first).toEqual(fakeVector('a red car', DIMENSIONS));
});

it('encodes and stores what is new of many in one call, and returns all in order', async () => {
  await fresh().embed(['known one', 'known two']);
  encoded = [];
  const { database, statements } = recordStatements(collection.database);
  const texts = fresh(database);
  const vectors = await texts.embed(['new one', 'known two', 'new two', 'known one', 'new one']);
  expect(encoded).toEqual(['new one', 'new two']);
  expect(statements.splice(0)).toEqual(['textEmbeddings.find', 'textEmbeddings.store']);
  expect(vectors).toEqual(
    ['new one', 'known two', 'new two', 'known one', 'new one'].map((text) => fakeVector(text, DIMENSIONS)),
  );
  await texts.embed(['new one', 'known two']);
  expect(statements).toEqual([]);
});

it('encodes a text once that many ask for at the same time', async () => {
  const texts = fresh();
  const asked = Array.from({ length: 20 }, (_, index) => texts.embed(['asked together', `own ${index % 2}`]));
  const answers = await Promise.all(asked);
  expect(encoded.sort()).toEqual(['asked together', 'own 0', 'own 1']);
  expect(new Set(answers.map(([first]) => first)).size).toBe(1);
});

it('returns what is stored when another process was faster', async () => {
  const theirs = fakeVector('theirs', DIMENSIONS);
  whileEncoding = async () => {
    await storeTextEmbeddings(
      collection.database.pool,
      collection.model.id,
      new Map([['raced for', theirs]]),
    );
  };
  expect(await fresh().embed(['raced for'])).toEqual([theirs]);
  expect(encoded).toEqual(['raced for']);
});

it('tries again after a failure, which reaches everyone who waited', async () => {
  const texts = fresh();
  whileEncoding = () => {
    throw new Error('The tower crashed.');
  };
  const failed = await Promise.allSettled([
    texts.embed(['unlucky']),
    texts.embed(['unlucky', 'also unlucky']),
  ]);
  expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  whileEncoding = () => undefined;
  expect(await texts.embed(['unlucky'])).toEqual([fakeVector('unlucky', DIMENSIONS)]);
});

it('keeps texts that differ in case or by a character apart', async () => {
  const [lower, upper] = await fresh().embed(['turkey', 'Turkey']);
  expect(lower).not.toEqual(upper);
});

it('refuses a bad text before anything is encoded', async () => {
  await expect(fresh().embed(['fine', ' '])).rejects.toThrow(/The text is empty/);
  expect(encoded).toEqual([]);
});
