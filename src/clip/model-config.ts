import { z } from 'zod';
import type { Logger } from '../log.js';

/** `config.json` of a CLIP as far as Pictograph needs it. What is left out is as in transformers' CLIPConfig. */
const modelConfig = z.object({
  model_type: z.literal('clip'),
  projection_dim: z.int().min(1).default(512),
  logit_scale_init_value: z.number().default(2.6592),
  text_config: z.object({ max_position_embeddings: z.int().min(2).default(77) }).prefault({}),
  vision_config: z.object({ image_size: z.int().min(1).optional() }).prefault({}),
  'transformers.js_config': z
    .object({
      use_external_data_format: z
        .union([z.boolean(), z.int().min(0).max(100), z.record(z.string(), z.union([z.boolean(), z.int()]))])
        .default(false),
    })
    .prefault({}),
});

export type ModelConfig = z.infer<typeof modelConfig>;

/** @throws ZodError when it is no configuration of a CLIP */
export function parseModelConfig(json: unknown): ModelConfig {
  return modelConfig.parse(json);
}

/** ln(1 / 0.07): where every CLIP starts, and what most published configurations still say. */
const UNTRAINED = 2.6592;

/**
 * What similarities are multiplied with before softmax.
 *
 * The configuration holds the logarithm that training started from, and often nothing better. OpenAI's CLIPs all ended
 * at the bound of 100, so the untrained value is read as that; a model trained otherwise needs CLIP_LOGIT_SCALE.
 */
export function logitScaleOf(config: ModelConfig, override: number | undefined, log: Logger): number {
  if (override !== undefined) return override;
  const logarithm = config.logit_scale_init_value;
  if (Math.abs(logarithm - UNTRAINED) < 1e-3) {
    log.debug(
      'The model tells no trained logit scale; 100 is used, as in the published CLIPs (CLIP_LOGIT_SCALE overrides).',
    );
    return 100;
  }
  // Seven digits are what a float32 holds; without rounding, 100 would read 100.00000000000004.
  return Number(Math.exp(logarithm).toPrecision(7));
}
