import { workerData } from 'node:worker_threads';
import { CLIPTextModelWithProjection, Tensor } from '@huggingface/transformers';
import { z } from 'zod';
import { isSameInAnyBatch } from './model-files.js';
import {
  loadingOptions,
  readEmbeddings,
  serveTower,
  useFoldersOnly,
  type LoadedTower,
} from './serve-tower.js';
import { loadTokenizer } from './tokens.js';
import type { TextTowerData } from './tower-protocol.js';

/** Texts of one run. */
const TOGETHER = 16;

const sessions = z.object({ model: z.object({ inputNames: z.array(z.string()) }) });

async function loadTextTower({
  folder,
  dtype,
  threads,
  contextLength,
}: TextTowerData): Promise<LoadedTower<string>> {
  useFoldersOnly();
  const tokenize = await loadTokenizer(folder, contextLength);
  const model = await CLIPTextModelWithProjection.from_pretrained(folder, loadingOptions(dtype, threads));
  const { inputNames } = sessions.parse(model.sessions).model;

  /** Texts of equal length in tokens: nothing is padded, which costs time, and no vector depends on its neighbours. */
  const run = async (rows: readonly (readonly number[])[]): Promise<Float32Array<ArrayBuffer>[]> => {
    const shape = [rows.length, rows[0]?.length ?? 0];
    const ids = new Tensor('int64', BigInt64Array.from(rows.flat(), BigInt), shape);
    const mask = new Tensor('int64', new BigInt64Array(ids.size).fill(1n), shape);
    // Some exports want the mask, others do not know it.
    const inputs = inputNames.includes('attention_mask')
      ? { input_ids: ids, attention_mask: mask }
      : { input_ids: ids };
    return readEmbeddings(await model(inputs), 'text_embeds');
  };

  return {
    async encode(texts) {
      const tokens = texts.map(tokenize);
      const vectors: Float32Array<ArrayBuffer>[] = [];
      for (const group of groupsOfEqualLength(tokens, isSameInAnyBatch(dtype) ? TOGETHER : 1)) {
        const rows = await run(group.map((i) => tokens[i] ?? []));
        for (const [k, i] of group.entries()) vectors[i] = rows[k] ?? new Float32Array();
      }
      return vectors;
    },
    dispose: () => model.dispose(),
  };
}

/** @returns indices */
function groupsOfEqualLength(tokens: readonly (readonly number[])[], largest: number): number[][] {
  const groups: number[][] = [];
  const open = new Map<number, number[]>();
  for (const [i, { length }] of tokens.entries()) {
    let group = open.get(length);
    if (group === undefined || group.length === largest) {
      group = [];
      open.set(length, group);
      groups.push(group);
    }
    group.push(i);
  }
  return groups;
}

await serveTower(() => loadTextTower(workerData as TextTowerData), 'a');
