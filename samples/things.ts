import type { Style } from './icon-sets.js';

/** A picture of the collection, as `collection.json` lists it. */
export interface Sample {
  /** Relative to this folder. */
  readonly file: string;
  /** The thing's name in plain words, as Unicode names its emoji; two pictures of one thing share it. */
  readonly name: string;
  readonly title: string;
  /** Words for its kind; never the name itself. */
  readonly tags: readonly string[];
  readonly metadata: {
    readonly style: string;
    readonly licence: string;
    readonly source: string;
    readonly codePoint: string;
  };
}

/** Things of one kind: the tags that their pictures carry, and their names by the style they are drawn in. */
export interface Kind extends Readonly<Record<Style, readonly string[]>> {
  readonly tags: readonly [string, ...string[]];
}

/**
 * What the collection shows, by the names that Unicode gives its emoji.
 *
 * The list was written before anything was measured on it: everyday things, half of them in each style, and no thing
 * left out because the model does not know it. A name in both styles is two pictures of one thing, for `similar`.
 * There are near misses on purpose: a blue car and a red fire engine beside the red car, red fruit, two yellow fruits.
 */
export const KINDS: readonly Kind[] = [
  {
    tags: ['vehicle', 'transport', 'road'],
    twemoji: [
      'automobile',
      'sport utility vehicle',
      'bus',
      'fire engine',
      'racing car',
      'tractor',
      'bicycle',
    ],
    noto: ['automobile', 'taxi', 'police car', 'ambulance', 'delivery truck', 'motorcycle', 'bicycle'],
  },
  {
    tags: ['vehicle', 'transport', 'rail'],
    twemoji: ['locomotive'],
    noto: [],
  },
  {
    tags: ['vehicle', 'transport', 'air'],
    twemoji: ['airplane', 'rocket'],
    noto: ['airplane', 'helicopter'],
  },
  {
    tags: ['vehicle', 'transport', 'water'],
    twemoji: ['sailboat'],
    noto: ['sailboat', 'canoe'],
  },
  {
    tags: ['animal', 'mammal'],
    twemoji: ['dog', 'cat', 'horse', 'elephant', 'tiger'],
    noto: ['dog', 'cat', 'cow', 'pig', 'giraffe', 'rabbit'],
  },
  {
    tags: ['animal', 'bird'],
    twemoji: ['penguin', 'rooster'],
    noto: ['duck'],
  },
  {
    tags: ['animal', 'sea'],
    twemoji: ['octopus'],
    noto: ['turtle'],
  },
  {
    tags: ['animal', 'insect'],
    twemoji: ['butterfly'],
    noto: ['butterfly', 'honeybee'],
  },
  {
    tags: ['food', 'meal'],
    twemoji: ['pizza', 'french fries', 'cheese wedge'],
    noto: ['pizza', 'hamburger', 'spaghetti'],
  },
  {
    tags: ['food', 'bakery'],
    twemoji: ['bread'],
    noto: ['croissant'],
  },
  {
    tags: ['food', 'dessert'],
    twemoji: ['doughnut', 'soft ice cream'],
    noto: ['birthday cake'],
  },
  {
    tags: ['drink'],
    twemoji: ['hot beverage'],
    noto: ['hot beverage'],
  },
  {
    tags: ['food', 'fruit'],
    twemoji: ['red apple', 'banana', 'strawberry', 'grapes', 'watermelon'],
    noto: ['red apple', 'lemon', 'strawberry', 'pineapple', 'cherries'],
  },
  {
    tags: ['food', 'vegetable'],
    twemoji: ['tomato', 'broccoli'],
    noto: ['carrot', 'mushroom'],
  },
  {
    tags: ['sport'],
    twemoji: ['soccer ball', 'tennis', 'trophy'],
    noto: ['basketball', 'boxing glove', 'skateboard'],
  },
  {
    tags: ['music', 'instrument'],
    twemoji: ['guitar', 'trumpet', 'drum'],
    noto: ['guitar', 'violin', 'saxophone', 'musical keyboard'],
  },
  {
    tags: ['tool'],
    twemoji: ['hammer', 'axe', 'key'],
    noto: ['wrench', 'scissors'],
  },
  {
    tags: ['household', 'device'],
    twemoji: ['telephone', 'camera', 'light bulb'],
    noto: ['laptop', 'alarm clock'],
  },
  {
    tags: ['household'],
    twemoji: ['open book'],
    noto: ['umbrella'],
  },
  {
    tags: ['clothing'],
    twemoji: ['t-shirt', 'dress', 'top hat', 'backpack'],
    noto: ['jeans', 'running shoe', 'scarf'],
  },
  {
    tags: ['building'],
    twemoji: ['house', 'church', 'tent'],
    noto: ['house', 'castle', 'factory'],
  },
  {
    tags: ['nature', 'plant'],
    twemoji: ['deciduous tree', 'cactus', 'rose'],
    noto: ['palm tree', 'sunflower', 'maple leaf'],
  },
  {
    tags: ['nature', 'landscape'],
    twemoji: ['volcano'],
    noto: ['snow-capped mountain'],
  },
  {
    tags: ['nature', 'weather'],
    twemoji: ['sun', 'rainbow', 'snowman'],
    noto: ['cloud with rain', 'snowflake', 'crescent moon'],
  },
];
