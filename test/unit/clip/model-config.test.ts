import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { logitScaleOf, parseModelConfig } from '../../../src/clip/model-config.js';
import { availableDtypes, modelFiles } from '../../../src/clip/model-files.js';
import { createLogger } from '../../../src/log.js';

const silent = createLogger('silent');
const config = (more: object = {}) => parseModelConfig({ model_type: 'clip', ...more });

describe('the configuration of a model', () => {
  it('has the defaults of a CLIP', () => {
    expect(config()).toMatchObject({ projection_dim: 512, text_config: { max_position_embeddings: 77 } });
  });

  it.each([{}, { model_type: 'siglip' }, { model_type: 'clip', projection_dim: 'many' }, null, []])(
    'is refused: %o',
    (json) => {
      expect(() => parseModelConfig(json)).toThrow();
    },
  );
});

describe('the logit scale', () => {
  it('is what the configuration tells, if it was trained', () => {
    expect(logitScaleOf(config({ logit_scale_init_value: 3.586794853210449 }), undefined, silent)).toBe(
      36.11813,
    );
    expect(logitScaleOf(config({ logit_scale_init_value: 4.605170185988092 }), undefined, silent)).toBe(100);
  });

  it.each([{ logit_scale_init_value: 2.6592 }, { logit_scale_init_value: Math.log(1 / 0.07) }, {}])(
    'is 100 where the configuration tells where training began, and the log says so: %o',
    (json) => {
      const lines: string[] = [];
      const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });
      expect(logitScaleOf(config(json), undefined, log)).toBe(100);
      expect(lines.join()).toContain('CLIP_LOGIT_SCALE');
    },
  );

  it('is what the operator says, before all', () => {
    expect(logitScaleOf(config({ logit_scale_init_value: 4.6 }), 42.5, silent)).toBe(42.5);
  });
});

describe('the files of a model', () => {
  const common = ['config.json', 'preprocessor_config.json', 'tokenizer.json', 'tokenizer_config.json'];
  const weights = (dtype: Parameters<typeof modelFiles>[1], json: object = {}) =>
    modelFiles(config(json), dtype).filter((file) => !common.includes(file));

  it('are named after the dtype as transformers.js does', () => {
    expect(modelFiles(config(), 'fp32')).toEqual([
      'config.json',
      'onnx/text_model.onnx',
      'onnx/vision_model.onnx',
      'preprocessor_config.json',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
    expect(weights('q8')).toEqual(['onnx/text_model_quantized.onnx', 'onnx/vision_model_quantized.onnx']);
    expect(weights('fp16')).toEqual(['onnx/text_model_fp16.onnx', 'onnx/vision_model_fp16.onnx']);
  });

  it.each([
    [true, ['onnx/text_model.onnx_data', 'onnx/vision_model.onnx_data']],
    [
      2,
      [
        'onnx/text_model.onnx_data',
        'onnx/text_model.onnx_data_1',
        'onnx/vision_model.onnx_data',
        'onnx/vision_model.onnx_data_1',
      ],
    ],
    [{ vision_model: 1 }, ['onnx/vision_model.onnx_data']],
    [{ 'vision_model.onnx': 1, text_model: false }, ['onnx/vision_model.onnx_data']],
    [{ 'vision_model_fp16.onnx': 1 }, []],
  ])('include weights that lie in files of their own: %o', (declared, expected) => {
    const files = weights('fp32', { 'transformers.js_config': { use_external_data_format: declared } });
    expect(files.filter((file) => file.includes('_data'))).toEqual(expected);
  });

  it('tell which dtypes there are', () => {
    const files = ['onnx/text_model.onnx', 'onnx/vision_model.onnx', 'onnx/vision_model_fp16.onnx'];
    const quantized = ['onnx/text_model_quantized.onnx', 'onnx/vision_model_quantized.onnx'];
    expect(availableDtypes(new Set([...files, ...quantized]))).toEqual(['fp32', 'int8', 'q8']);
  });
});
