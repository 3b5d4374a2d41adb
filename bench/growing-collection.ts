import { seededRandom, topicSpace } from '../test/support/vectors.js';

const IMAGES_A_TOPIC = 60;

/** A source of vectors of which the first n are a collection with the structure of n pictures, whatever n is. */
export interface GrowingCollection {
  /** The vector of the next image. */
  next(): Float32Array;
  /** As many vectors as images of the collection at its present size would have. They do not become part of it. */
  sample(count: number): Float32Array[];
}

/**
 * Topics have to be added as the collection grows. With a number that is fixed for the greatest size, a hundredth of it would
 * have fewer images than topics, and no neighbours to find; with one that is fixed for the least, topics would grow to thousands of
 * images that differ by noise alone. Neither would tell size from structure. So every 60 images open a topic, and where it lies
 * depends on its number only.
 *
 * Half of the images go to the newest topic, the others to any that is open, as `topicVectors` draws it. That gives topic k of
 * T about 60 √T (√k − √(k−1)) images at every size (the half is what a topic needs to catch up with the older ones, since the
 * derivative of √(T/k) by T is half of the density that the square has), which is what `topicVectors` gives to a collection that
 * is made at once: so the sizes compare with each other, and with `bench/search.ts`.
 */
export function growingCollection(dimensions: number, seed: number): GrowingCollection {
  const ofTopics = seededRandom(seed);
  const space = topicSpace(dimensions, ofTopics);
  const centres: (readonly number[])[] = [];
  const ofImages = seededRandom(seed + 1);
  let images = 0;
  const anyCentre = (random: () => number) => centres[Math.floor(random() ** 2 * centres.length)] ?? [];
  return {
    next() {
      if (images % IMAGES_A_TOPIC === 0) centres.push(space.newCentre());
      images += 1;
      // By chance, not in turn: which filters let an image through goes by its number.
      const newest = ofImages() < 0.5;
      return space.near((newest ? centres.at(-1) : undefined) ?? anyCentre(ofImages), ofImages);
    },
    sample(count) {
      const random = seededRandom(seed + 2 + images);
      return Array.from({ length: count }, () => space.near(anyCentre(random), random));
    },
  };
}
