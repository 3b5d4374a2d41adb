"""
Measures the batch-normalisation statistics anew for the averaged weights, which no step of training ran with.

Averaging weights shifts every layer's output a little, so that the statistics of the last steps are not theirs
(Izmailov et al. 2018, Averaging Weights Leads to Wider Optima).
"""
import argparse

import torch
import torch.nn as nn

import art
from checkpoint import load_model
from sampling import Sampler
from towers import SIZE, normalise

BATCH = 128


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('checkpoint')
    parser.add_argument('--pictures', type=int, default=7680)
    settings = parser.parse_args()
    path = settings.checkpoint
    torch.manual_seed(1)
    model, _, _ = load_model(path)
    sampler = Sampler(art.Bank(art.FULL_COLOUR + art.LINE_ART), 1)
    for layer in model.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.reset_running_stats()
            layer.momentum = None
    model.vision.train()
    with torch.no_grad():
        for _ in range(-(-settings.pictures // BATCH)):
            layers, pictures, _ = sampler.batch(BATCH)
            model.vision(normalise(art.render(sampler.bank, layers, [p.kind for p in pictures], [p.background for p in pictures], SIZE)))
    state = torch.load(path)
    state['norms'] = {name: value.clone() for name, value in model.vision.named_buffers()}
    torch.save(state, path)


if __name__ == '__main__':
    main()
