import type { ScoringRules } from '../db/classify.js';

/** How scores are made and which of them are stored, wherever labels are compared with images. */
export const SCORING_RULES: ScoringRules = {
  /**
   * The odds that an independent label holds before the image was looked at: most labels do not. On the sample collection
   * with the bundled model, even odds believe 24 % of the wrong tags and 6.6 % of the names of other pictures, these odds
   * 13 % and 4.2 %, and either believe the name of every picture.
   */
  priorOdds: 1 / 3,
  /** No more than 20 labels of an image can score more; most images have 1 to 3 that do. */
  leastKeptScore: 0.05,
  /** More likely than not. */
  defaultThreshold: 0.5,
};
