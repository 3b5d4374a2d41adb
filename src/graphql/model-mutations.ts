import { DTYPES, type Dtype } from '../config.js';
import type { StopResult } from '../models/models.js';
import type { Context } from './context.js';
import type { MutationResolvers, ResolversTypes } from './generated/types.js';
import { parseGlobalId } from './global-ids.js';
import type { ModelParent } from './mappers.js';

type Stopped = Awaited<ResolversTypes['PauseModelResult'] | ResolversTypes['RetireModelResult']>;

const MAX_LOGIT_SCALE = 1_000;

export const modelMutations = {
  registerModel: async (_, { input }, context) => {
    const { source, revision, logitScale } = input;
    const dtype = toDtype(input.dtype ?? 'fp32');
    if (dtype === undefined) {
      return invalid(
        'dtype',
        `\`dtype\` is one of ${DTYPES.join(', ')}. Which of them exist depends on the model.`,
      );
    }
    if (typeof logitScale === 'number' && !(logitScale > 0 && logitScale <= MAX_LOGIT_SCALE)) {
      return invalid('logitScale', `\`logitScale\` is more than 0 and at most ${MAX_LOGIT_SCALE}.`);
    }
    const result = await context.models.register({
      source,
      revision: revision ?? 'main',
      dtype,
      logitScale: logitScale ?? undefined,
      allowFolder: false,
    });
    if (result.outcome === 'refused') {
      return { result: { __typename: 'ModelRefused', code: result.code, message: result.message } };
    }
    return {
      result: { __typename: 'ModelRegistered', model: await modelById(result.modelId, context) },
    };
  },

  activateModel: async (_, { id, failImages }, context) => {
    const modelId = parseModelId(id);
    const result =
      modelId === undefined ? undefined : await context.models.activate(modelId, failImages === true);
    if (modelId === undefined || result === undefined || result.outcome === 'not-found') {
      return { result: notFound(id) };
    }
    switch (result.outcome) {
      case 'unavailable':
        return { result: { __typename: 'ModelUnavailable', message: result.message } };
      case 'incomplete':
        return {
          result: {
            __typename: 'ModelIncomplete',
            model: await modelById(modelId, context),
            missingCount: result.missing,
            failedCount: result.failed,
            message: result.message,
          },
        };
      case 'activated':
        return {
          result: {
            __typename: 'ModelActivated',
            model: await modelById(modelId, context),
            previous: result.previousId === undefined ? null : await modelById(result.previousId, context),
            notice: result.notice ?? null,
          },
        };
    }
  },

  pauseModel: async (_, { id }, context) => ({
    result: await stopped(id, 'ModelPaused', (modelId) => context.models.pause(modelId), context),
  }),

  retireModel: async (_, { id }, context) => ({
    result: await stopped(id, 'ModelRetired', (modelId) => context.models.retire(modelId), context),
  }),
} satisfies Partial<MutationResolvers>;

async function stopped<T extends 'ModelPaused' | 'ModelRetired'>(
  id: string,
  done: T,
  stop: (modelId: number) => Promise<StopResult>,
  context: Context,
) {
  const modelId = parseModelId(id);
  const result = modelId === undefined ? 'not-found' : await stop(modelId);
  if (modelId === undefined || result === 'not-found') return notFound(id);
  const model = await modelById(modelId, context);
  if (result === 'stopped') return { __typename: done, model };
  return {
    __typename: 'ModelIsActive' as const,
    model,
    message: `Searches use ${model.name} (${model.dtype}). Activate another model first.`,
  } satisfies Stopped;
}

/** Read anew: a mutation before this one, in the same operation, may have changed it. */
async function modelById(id: number, context: Context): Promise<ModelParent> {
  const model = (await context.search.models()).find((each) => each.id === id);
  if (model === undefined) throw new Error(`There is no model ${id}.`);
  context.loaders.modelProgress.clear(id);
  return model;
}

export function parseModelId(text: string): number | undefined {
  const parsed = parseGlobalId(text);
  return parsed?.type === 'Model' ? parsed.id : undefined;
}

function notFound(id: string) {
  return {
    __typename: 'ModelNotFound' as const,
    id,
    message: 'There is no model with this id. `models` lists those there are.',
  };
}

function invalid(field: string, message: string) {
  return { result: { __typename: 'InvalidInput' as const, field: `input.${field}`, message } };
}

function toDtype(text: string): Dtype | undefined {
  return DTYPES.find((dtype) => dtype === text);
}
