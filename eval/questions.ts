import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { COLOURS } from './recolour.js';

const drawing = z.object({
  /** Code points, joined by `-`. */
  hexcode: z.string(),
  /** The name in Unicode CLDR, lower case. */
  name: z.string(),
  nameCs: z.string(),
  subgroup: z.string(),
});

const heldOutFile = z.object({
  style: z.literal('twemoji'),
  things: z.array(drawing),
  others: z.array(drawing),
  objects: z.array(
    z.object({
      label: z.string(),
      hexcode: z.string(),
      /** Colours in which training never shows it. */
      neverShown: z.array(z.enum(COLOURS)),
    }),
  ),
});

const questionsFile = z.object({
  freeText: z.array(z.object({ query: z.string(), right: z.array(z.string()) })),
  everyday: z.array(z.object({ label: z.string(), emoji: z.array(z.string()) })),
});

export type Drawing = z.infer<typeof drawing>;
export type ColouredObject = z.infer<typeof heldOutFile>['objects'][number];

/** A class of everyday things, with all drawings that show one. */
export interface EverydayClass {
  readonly label: string;
  readonly drawings: readonly Drawing[];
}

export interface FreeTextQuery {
  readonly query: string;
  readonly right: ReadonlySet<Drawing>;
}

/** What the evaluation asks; written before the model was trained. */
export interface Questions {
  /** Drawings of things: no people, faces, symbols or flags. */
  readonly things: readonly Drawing[];
  readonly others: readonly Drawing[];
  readonly everyday: readonly EverydayClass[];
  readonly objects: readonly ColouredObject[];
  readonly freeText: readonly FreeTextQuery[];
}

/** @throws Error when a question names an emoji that the held-out style does not have */
export async function readQuestions(): Promise<Questions> {
  const { things, others, objects } = heldOutFile.parse(await readJson('held-out.json'));
  const { freeText, everyday } = questionsFile.parse(await readJson('questions.json'));
  const all = [...things, ...others];
  const find = (what: string): Drawing[] => {
    const subgroup = /^subgroup:(.+)/.exec(what)?.[1];
    const found = all.filter((each) =>
      subgroup === undefined ? each.name === inHeldOut(what) : each.subgroup === subgroup,
    );
    if (found.length === 0) {
      throw new Error(
        `questions.json names "${what}", which held-out.json does not have. Write an emoji's name in Unicode CLDR, or subgroup:NAME.`,
      );
    }
    return found;
  };
  return {
    things,
    others,
    objects,
    everyday: everyday.map(({ label, emoji }) => ({ label, drawings: emoji.flatMap(find) })),
    freeText: freeText.map(({ query, right }) => ({ query, right: new Set(right.flatMap(find)) })),
  };
}

/** The spelling that held-out.json has for a name of CLDR. */
function inHeldOut(name: string): string {
  return name
    .toLowerCase()
    .replaceAll('’', "'")
    .replace(/^flag: /, 'flag of ')
    .replaceAll(': ', ' ');
}

async function readJson(file: string): Promise<unknown> {
  return JSON.parse(await readFile(new URL(file, import.meta.url), 'utf8'));
}
