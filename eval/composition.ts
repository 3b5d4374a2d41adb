import type { Encoder } from '../src/clip/encoder.js';
import { dotProduct } from '../src/search/unit-vector.js';
import { embedPictures, PLAIN, type HeldOutArt } from './pictures.js';
import type { ColouredObject } from './questions.js';
import { COLOURS, type Colour } from './recolour.js';

/** What was found for `a {colour} {object}`. */
export interface PairSearch {
  readonly text: string;
  /** Whether training shows the object in the colour. */
  readonly wasShown: boolean;
  /** More similar than the same object in every other colour. */
  readonly beatsColours: boolean;
  /** More similar than every other object in the same colour. */
  readonly beatsObjects: boolean;
}

/** Asks for every object in every colour, among the same object in the other colours and the others in the same. */
export async function searchPairs(
  encoder: Encoder,
  art: HeldOutArt,
  objects: readonly ColouredObject[],
): Promise<PairSearch[]> {
  const pairs = objects.flatMap((object) => COLOURS.map((colour) => ({ object, colour })));
  const pictures = await embedPictures(encoder, pairs, ({ object, colour }) =>
    art.draw(object.hexcode, PLAIN, colour),
  );
  const texts = pairs.map(({ object, colour }) => describe(colour, object.label));
  const vectors = await encoder.encodeTexts(texts);

  return pairs.map((pair, index) => {
    const vector = vectors[index] ?? new Float32Array();
    const similarities = pictures.map((picture) => dotProduct(vector, picture));
    const own = similarities[index] ?? -Infinity;
    const beats = (isRival: (other: (typeof pairs)[number]) => boolean) =>
      pairs.every((other, at) => other === pair || !isRival(other) || (similarities[at] ?? Infinity) < own);
    return {
      text: texts[index] ?? '',
      wasShown: !pair.object.neverShown.includes(pair.colour),
      beatsColours: beats(({ object }) => object === pair.object),
      beatsObjects: beats(({ colour }) => colour === pair.colour),
    };
  });
}

function describe(colour: Colour, label: string): string {
  return `${/^[aeiou]/.test(colour) ? 'an' : 'a'} ${colour} ${label}`;
}

/** The share of searches for which all the given hold. */
export function pairAccuracy(
  searches: readonly PairSearch[],
  against: readonly ('beatsColours' | 'beatsObjects')[] = ['beatsColours', 'beatsObjects'],
): number {
  return searches.filter((search) => against.every((key) => search[key])).length / searches.length;
}
