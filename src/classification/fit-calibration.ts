/** What somebody said of a label on an image, with all that the score is made of. */
export interface Example {
  readonly labelId: number;
  readonly imageId: number;
  readonly accepted: boolean;
  /** Of the label. */
  readonly similarity: number;
  /** Of an exclusive set: of every other label and of the background. */
  readonly others: readonly number[];
  /** Of an independent set: of "anything at all". */
  readonly neutral: number;
}

export interface ScoreParameters {
  readonly independent: boolean;
  readonly logitScale: number;
  readonly temperature: number;
  readonly bias: number;
}

/** How well scores agree with what people said. */
export interface CalibrationQuality {
  /** The mean negative logarithm of the probability that the scores gave to what was said. */
  readonly logLoss: number;
  /** How far scores are from the share of accepted labels among those that score alike, over ten equal ranges of scores. */
  readonly calibrationError: number;
  /** The share of examples in which the label was assigned and accepted, or neither. */
  readonly agreement: number;
}

/** Natural logarithms of the temperatures that are tried. */
const LOG_TEMPERATURES = { from: Math.log(0.1), to: Math.log(10) };
const LARGEST_BIAS = 20;
const LEAST_PROBABILITY = 1e-12;
const FEWEST_OF_A_KIND = 5;
const HELD_OUT_SHARE = 0.3;
const BINS = 10;

/** The label's score, as the database makes it. */
export function scoreOf(example: Example, parameters: ScoreParameters): number {
  const scale = parameters.logitScale / parameters.temperature;
  const { similarity, others, neutral } = example;
  if (parameters.independent) return 1 / (1 + Math.exp(-(scale * (similarity - neutral) + parameters.bias)));
  // Relative to the label, so that nothing overflows before it is told apart from 0.
  const rest = others.reduce((sum, other) => sum + Math.exp(Math.min(700, scale * (other - similarity))), 0);
  return 1 / (1 + rest);
}

/**
 * Cuts examples in two. What was said of one image stays together: two of its labels say nearly the same. Which part an image
 * belongs to depends on nothing but its id.
 */
export function splitExamples(examples: readonly Example[]): { learned: Example[]; heldOut: Example[] } {
  const learned: Example[] = [];
  const heldOut: Example[] = [];
  for (const example of examples) (place(example.imageId) < HELD_OUT_SHARE ? heldOut : learned).push(example);
  return { learned, heldOut };
}

/** A number from 0 to 1 that looks random: Knuth's multiplicative hash, mixed once more. */
function place(id: number): number {
  const mixed = Math.imul(id ^ (id >>> 15), 0x9e3779b1);
  return ((mixed ^ (mixed >>> 13)) >>> 0) / 2 ** 32;
}

/**
 * The temperature, and for independent labels the bias, under which what people said is most likely (temperature scaling, Guo et
 * al. 2017; Platt scaling). The loss has one valley in practice, so that a search by sections finds its floor; whether that is better
 * than nothing is measured on examples that were held out.
 */
export function fitScores(examples: readonly Example[], start: ScoreParameters): ScoreParameters {
  const loss = (parameters: ScoreParameters) => logLoss(examples, parameters);
  const withTemperature = (temperature: number): ScoreParameters => {
    const scaled = { ...start, temperature };
    if (!start.independent) return scaled;
    const bias = leastOf((value) => loss({ ...scaled, bias: value }), -LARGEST_BIAS, LARGEST_BIAS);
    return { ...scaled, bias };
  };
  const { from, to } = LOG_TEMPERATURES;
  const best = leastOf((logarithm) => loss(withTemperature(Math.exp(logarithm))), from, to);
  return withTemperature(Math.exp(best));
}

/**
 * For each label that enough was said of, the threshold at which assigned and accepted agree most often; of equally good ones the
 * middle of the widest gap between scores.
 */
export function fitThresholds(
  examples: readonly Example[],
  parameters: ScoreParameters,
): ReadonlyMap<number, number> {
  const thresholds = new Map<number, number>();
  for (const [labelId, own] of groupByLabel(examples)) {
    const accepted = own.filter((example) => example.accepted).length;
    if (accepted < FEWEST_OF_A_KIND || own.length - accepted < FEWEST_OF_A_KIND) continue;
    thresholds.set(labelId, bestThreshold(own, parameters));
  }
  return thresholds;
}

function bestThreshold(examples: readonly Example[], parameters: ScoreParameters): number {
  const scored = examples
    .map((example) => ({ example, score: scoreOf(example, parameters) }))
    .sort((one, other) => one.score - other.score);
  const bounds = [0, ...scored.map(({ score }) => score), 1];
  let best = { agreed: -1, gap: 0, threshold: 0.5 };
  for (let index = 1; index < bounds.length; index++) {
    const [low = 0, high = 1] = [bounds[index - 1], bounds[index]];
    const threshold = (low + high) / 2;
    const agreed = scored.filter(
      ({ example, score }) => isAssigned(example, score, threshold, parameters) === example.accepted,
    ).length;
    if (agreed > best.agreed || (agreed === best.agreed && high - low > best.gap)) {
      best = { agreed, gap: high - low, threshold };
    }
  }
  return best.threshold;
}

/** @param thresholdOf a label's */
export function qualityOf(
  examples: readonly Example[],
  parameters: ScoreParameters,
  thresholdOf: (labelId: number) => number,
): CalibrationQuality {
  const bins = Array.from({ length: BINS }, () => ({ count: 0, scores: 0, accepted: 0 }));
  let agreed = 0;
  for (const example of examples) {
    const score = scoreOf(example, parameters);
    const bin = bins[Math.min(BINS - 1, Math.floor(score * BINS))];
    if (bin !== undefined) {
      bin.count += 1;
      bin.scores += score;
      bin.accepted += example.accepted ? 1 : 0;
    }
    if (isAssigned(example, score, thresholdOf(example.labelId), parameters) === example.accepted)
      agreed += 1;
  }
  const error = bins.reduce((sum, { scores, accepted }) => sum + Math.abs(scores - accepted), 0);
  return {
    logLoss: logLoss(examples, parameters),
    calibrationError: error / examples.length,
    agreement: agreed / examples.length,
  };
}

function isAssigned(
  example: Example,
  score: number,
  threshold: number,
  { independent }: ScoreParameters,
): boolean {
  return score >= threshold && (independent || example.others.every((other) => other <= example.similarity));
}

function logLoss(examples: readonly Example[], parameters: ScoreParameters): number {
  let sum = 0;
  for (const example of examples) {
    const score = scoreOf(example, parameters);
    sum -= Math.log(Math.max(LEAST_PROBABILITY, example.accepted ? score : 1 - score));
  }
  return sum / examples.length;
}

function groupByLabel(examples: readonly Example[]): ReadonlyMap<number, readonly Example[]> {
  const groups = new Map<number, Example[]>();
  for (const example of examples) {
    const group = groups.get(example.labelId);
    if (group === undefined) groups.set(example.labelId, [example]);
    else group.push(example);
  }
  return groups;
}

const GOLDEN = (Math.sqrt(5) - 1) / 2;
const STEPS = 40;

/** Where a function of one valley is least, by golden sections. */
function leastOf(loss: (value: number) => number, from: number, to: number): number {
  let [low, high] = [from, to];
  let [left, right] = [high - GOLDEN * (high - low), low + GOLDEN * (high - low)];
  let [atLeft, atRight] = [loss(left), loss(right)];
  for (let step = 0; step < STEPS; step++) {
    if (atLeft <= atRight) {
      [high, right, atRight] = [right, left, atLeft];
      left = high - GOLDEN * (high - low);
      atLeft = loss(left);
    } else {
      [low, left, atLeft] = [left, right, atRight];
      right = low + GOLDEN * (high - low);
      atRight = loss(right);
    }
  }
  return (low + high) / 2;
}
