"""
Writes the model that ships: `models/pictogram-clip`, as transformers.js loads any CLIP, and `test/golden/model.json`,
by which a test holds the product's embeddings against PyTorch's.
"""
import argparse
import base64
import json
import os
import struct
import zlib

import numpy as np
import onnx
import torch
import torch.nn as nn
import torch.nn.functional as F
from onnx import TensorProto, helper, numpy_helper

import art
from towers import CHANNELS, EMBEDDING, HEADS, SIZE, TEXT_LAYERS, VISION_LAYERS, WIDTH, TwoViews, normalise
from text import CONTEXT
from checkpoint import load_model

ROOT = os.path.join(os.path.dirname(__file__), '..', '..')
# Opset 14 is the newest that PyTorch 1.13 writes without custom operators.
OPSET = 14
GOLDEN_TEXTS = ['a red car', 'Červené auto', 'cervene auto', 'a photo of a dog', 'something to eat',
                'a Blue   HOUSE next to a tree!', "the man's hat, don't you think?", 'žluťoučký kůň', 'pizza (slice) #1', '🚗', '']


def write_onnx(model, example, name, output, axes, path):
    # The wrapper itself must be in evaluation mode, or batch normalisation is exported as in training.
    torch.onnx.export(model.eval(), example, path, input_names=[name], output_names=[output], dynamic_axes=axes,
                      opset_version=OPSET, do_constant_folding=True)


def store_as_int8(path):
    """
    Stores every large weight as int8 with one scale a channel, and lets the graph multiply them back when it is loaded:
    a quarter of the size, while all computing stays in float32.
    """
    model = onnx.load(path)
    kept, nodes = [], []
    for weight in model.graph.initializer:
        values = numpy_helper.to_array(weight)
        if values.dtype != np.float32 or values.size < 1024:
            kept.append(weight)
            continue
        # Matrices are (in, out), embeddings (row, width), convolutions (out, in, h, w).
        axis = {2: 0 if 'token' in weight.name else 1, 3: 1}.get(values.ndim, 0)
        others = tuple(n for n in range(values.ndim) if n != axis)
        scale = np.maximum(np.abs(values).max(others, keepdims=True), 1e-8) / 127
        small = np.clip(np.round(values / scale), -127, 127).astype(np.int8)
        kept += [numpy_helper.from_array(small, weight.name + '.int8'),
                 numpy_helper.from_array(scale.astype(np.float32), weight.name + '.scale')]
        nodes += [helper.make_node('Cast', [weight.name + '.int8'], [weight.name + '.float'], to=TensorProto.FLOAT),
                  helper.make_node('Mul', [weight.name + '.float', weight.name + '.scale'], [weight.name])]
    nodes += list(model.graph.node)
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    onnx.checker.check_model(model)
    onnx.save(model, path)
    print(f'{os.path.basename(path)}: {os.path.getsize(path) / 1e6:.2f} MB')


def png(pixels):
    """height x width x 3 bytes as a PNG file, without a library."""
    height, width, _ = pixels.shape

    def chunk(kind, data):
        return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))

    rows = b''.join(b'\0' + row.tobytes() for row in pixels)
    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', width, height, 8, 2, 0, 0, 0))
            + chunk(b'IDAT', zlib.compress(rows, 9)) + chunk(b'IEND', b''))


def write_json(path, content):
    with open(path, 'w') as file:
        json.dump(content, file, indent=1)
        file.write('\n')


def golden(model, tokenizer):
    bank = art.Bank(['noto'])
    layers = [[n, 0, drawing, .9, 0, 0, 0, 0, -1, 0, 0] for n, drawing in enumerate((3, 700, 800, 1000))]
    pictures = art.render(bank, layers, [0, 0, 2, 3], [-1] * 4, SIZE, jitter=False)
    pixels = (pictures * 255).round().byte().permute(0, 2, 3, 1).contiguous().numpy()
    with torch.no_grad():
        shown = torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 255
        images = F.normalize(TwoViews(model.vision)(normalise(shown)), dim=-1)
        ids = [tokenizer(text) for text in GOLDEN_TEXTS]
        texts = [F.normalize(model.text(torch.tensor([one])), dim=-1)[0] for one in ids]
    def numbers(row):
        return [round(float(x), 6) for x in row]
    return dict(texts=[dict(text=t, ids=i, embedding=numbers(e)) for t, i, e in zip(GOLDEN_TEXTS, ids, texts)],
                pictures=[dict(png=base64.b64encode(png(p)).decode(), embedding=numbers(e)) for p, e in zip(pixels, images)])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('checkpoint')
    parser.add_argument('--out', default=os.path.join(ROOT, 'models', 'pictogram-clip'))
    parser.add_argument('--golden', default=os.path.join(ROOT, 'test', 'golden', 'model.json'))
    settings = parser.parse_args()
    torch.manual_seed(0)
    model, tokenizer, logit_scale = load_model(settings.checkpoint)
    grid = SIZE // 2 ** len(CHANNELS)
    model.vision.position = nn.Parameter(model.vision.positions(grid))
    model.vision.grid = grid
    os.makedirs(os.path.join(settings.out, 'onnx'), exist_ok=True)
    vision_path, text_path = (os.path.join(settings.out, 'onnx', name + '_model.onnx') for name in ('vision', 'text'))
    write_onnx(TwoViews(model.vision), torch.randn(2, 3, SIZE, SIZE), 'pixel_values', 'image_embeds',
               {'pixel_values': {0: 'batch'}, 'image_embeds': {0: 'batch'}}, vision_path)
    write_onnx(model.text, torch.tensor([[tokenizer.begin, 5, 6, tokenizer.end], [tokenizer.begin, 7, tokenizer.end, tokenizer.end]]),
               'input_ids', 'text_embeds', {'input_ids': {0: 'batch', 1: 'tokens'}, 'text_embeds': {0: 'batch'}}, text_path)
    for path in (vision_path, text_path):
        store_as_int8(path)
    tokenizer.save(settings.out)
    write_json(os.path.join(settings.out, 'config.json'), dict(
        architectures=['CLIPModel'], model_type='clip', projection_dim=EMBEDDING, logit_scale_init_value=logit_scale,
        text_config=dict(model_type='clip_text_model', vocab_size=tokenizer.size, hidden_size=WIDTH,
                         intermediate_size=4 * WIDTH, num_hidden_layers=TEXT_LAYERS, num_attention_heads=HEADS,
                         max_position_embeddings=CONTEXT, hidden_act='gelu', projection_dim=EMBEDDING,
                         bos_token_id=tokenizer.begin, eos_token_id=tokenizer.end, pad_token_id=tokenizer.end),
        vision_config=dict(model_type='clip_vision_model', image_size=SIZE, patch_size=8, hidden_size=WIDTH,
                           num_hidden_layers=VISION_LAYERS, num_attention_heads=HEADS, num_channels=3,
                           projection_dim=EMBEDDING)))
    # resample 1: Lanczos, which is antialiased everywhere.
    write_json(os.path.join(settings.out, 'preprocessor_config.json'), dict(
        image_processor_type='CLIPImageProcessor', feature_extractor_type='CLIPFeatureExtractor', do_convert_rgb=True,
        do_resize=True, size=dict(shortest_edge=SIZE), resample=1, do_center_crop=True,
        crop_size=dict(height=SIZE, width=SIZE), do_rescale=True, rescale_factor=1 / 255, do_normalize=True,
        image_mean=[.5] * 3, image_std=[.5] * 3))
    write_json(settings.golden, golden(model, tokenizer))


if __name__ == '__main__':
    main()
