"""
Trains the text tower alone, when the image tower is done: against pictures that are embedded once.

A text costs a tenth of a picture, and it is the texts that people type freely that the towers together learn last. Each
process trains a copy with texts of its own; the mean of the copies is kept (Wortsman et al. 2022, Model soups).
"""
import argparse
import math
import os
import time

for _library in ('OMP', 'OPENBLAS'):
    os.environ[_library + '_NUM_THREADS'] = '1'
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.multiprocessing as mp

import art
from checkpoint import load_model
from concepts import COUNT
from sampling import Sampler, agreement, true_concepts
from towers import SIZE, normalise

BATCH, FREE, OTHERS = 256, 256, 3000
DROPOUT = .05
WARM_UP = 50


def embed(model, sampler, count):
    """Pictures, a caption of each, and their embeddings."""
    pictures, captions, rows = [], [], []
    while len(pictures) < count:
        layers, shown, said = sampler.batch(128)
        pixels = art.render(sampler.bank, layers, [p.kind for p in shown], [p.background for p in shown], SIZE)
        with torch.no_grad(), torch.cpu.amp.autocast(dtype=torch.bfloat16):
            rows.append(F.normalize(model.vision(normalise(pixels)).float(), dim=-1))
        pictures += shown
        captions += said
    return pictures, captions, torch.cat(rows)


def of_fitting(logits, fits):
    """Half of the weight on any row that fits, half on each alike, as while both towers are trained."""
    logits = F.log_softmax(logits, -1)
    return -(.5 * torch.logsumexp(logits.masked_fill(~fits, -1e4), -1) + .5 * (logits * fits).sum(-1) / fits.sum(-1)).mean()


def work(rank, settings, bank, weights):
    torch.set_num_threads(1)
    torch.manual_seed(settings.seed * 100 + 50 + rank)
    model, tokenizer, _ = load_model(settings.checkpoint)
    sampler = Sampler(bank, settings.seed * 1000 + 500 + rank)
    pictures, captions, images = embed(model.to(memory_format=torch.channels_last), sampler, settings.gallery)
    scale, prototype_scale = float(model.scale.exp()), float(model.prototype_scale.exp())
    prototypes, colours = (F.normalize(rows.detach(), dim=-1) for rows in (model.prototypes, model.colours))
    facts = np.array([p.facts() for p in pictures], np.int64)
    alone = np.flatnonzero(facts[:, 4] == 0)
    shows = [alone[facts[alone, 0] == n] for n in range(COUNT)]
    text = model.text.train()
    for layer in text.modules():
        if isinstance(layer, nn.Dropout):
            layer.p = DROPOUT
    optimiser = torch.optim.AdamW(text.parameters(), lr=settings.rate, betas=(.9, .98), weight_decay=.05)
    steps, sums, began = settings.texts // (settings.processes * (BATCH + FREE)), [], time.time()
    for step in range(steps):
        for group in optimiser.param_groups:
            group['lr'] = settings.rate * min(1, (step + 1) / WARM_UP) * .5 * (1 + math.cos(math.pi * step / steps))
        # The pictures that captions are of, a picture for each free text, and others that neither speaks of.
        drawn = [sampler.rng.randrange(len(pictures)) for _ in range(BATCH)]
        said = [captions[n] if sampler.rng.random() < .5 else sampler.caption(pictures[n], sampler.language()) for n in drawn]
        free = [sampler.free_text() for _ in range(FREE)]
        for _, fit in free:
            shown = [n for n in np.flatnonzero(fit) if len(shows[n])]
            if shown:
                drawn.append(sampler.rng.choice(shows[sampler.rng.choice(shown)]))
        drawn += [sampler.rng.randrange(len(pictures)) for _ in range(OTHERS)]
        ids = [tokenizer(one, sampler.rng, 24) for one in [c.text for c in said] + [one for one, _ in free]]
        with torch.cpu.amp.autocast(dtype=torch.bfloat16):
            texts = model.encode_texts(ids)
        claims = np.array([c.claims() for c in said], np.int64)
        of_free = torch.from_numpy(np.stack([fit for _, fit in free]))
        logits = scale * texts @ images[drawn].T
        also_true = agreement(claims, facts[drawn])
        also_true[:, :BATCH] &= ~np.eye(BATCH, dtype=bool)
        caption_loss = F.cross_entropy(logits[:BATCH].masked_fill(torch.from_numpy(also_true), -1e4), torch.arange(BATCH))
        single = torch.from_numpy(facts[drawn, 4] == 0)
        fits = of_free[:, facts[drawn, 0]] & single
        seen = fits.any(-1)
        # Of a picture of two things it is not known which of them a text means.
        free_loss = of_fitting(logits[BATCH:][seen].masked_fill(~single, -1e4), fits[seen])
        of_concepts = of_fitting(prototype_scale * texts @ prototypes.T, torch.cat([torch.from_numpy(true_concepts(claims)), of_free]))
        spoken = torch.from_numpy(claims[:, 3])
        known = (spoken >= 0) & torch.from_numpy(claims[:, 4] < 0)
        colour_loss = F.cross_entropy(prototype_scale * texts[:BATCH][known] @ colours.T, spoken[known])
        parts = caption_loss, free_loss, of_concepts, colour_loss
        total = caption_loss + .6 * free_loss + .6 * of_concepts + .2 * colour_loss
        optimiser.zero_grad(set_to_none=True)
        total.backward()
        nn.utils.clip_grad_norm_(text.parameters(), 1.)
        optimiser.step()
        sums.append([float(one) for one in parts])
        if rank == 0 and (step + 1) % 50 == 0:
            m = np.mean(sums, 0)
            print(f'step {step + 1} of {steps} caption {m[0]:.3f} free {m[1]:.3f} concepts {m[2]:.3f} colour {m[3]:.3f} '
                  f'{len(sums) * (BATCH + FREE) / (time.time() - began):.0f} texts/s', flush=True)
            sums, began = [], time.time()
    weights[rank] = torch.cat([p.detach().reshape(-1) for p in text.parameters()])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('checkpoint')
    parser.add_argument('out')
    parser.add_argument('--texts', type=int, default=420_000)
    parser.add_argument('--gallery', type=int, default=20_000,
                        help='pictures that each process embeds, and of which a batch is drawn')
    parser.add_argument('--rate', type=float, default=3e-4)
    parser.add_argument('--processes', type=int, default=os.cpu_count())
    parser.add_argument('--seed', type=int, default=0)
    settings = parser.parse_args()
    torch.set_num_threads(1)
    bank = art.Bank(art.FULL_COLOUR + art.LINE_ART)
    model, _, _ = load_model(settings.checkpoint)
    own = list(model.text.parameters())
    weights = torch.zeros(settings.processes, sum(p.numel() for p in own)).share_memory_()
    context = mp.get_context('fork')
    workers = [context.Process(target=work, args=(rank, settings, bank, weights)) for rank in range(settings.processes)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
        if worker.exitcode != 0:
            raise SystemExit('a process ended before its work was done')
    trained = weights.mean(0)
    state = torch.load(settings.checkpoint)
    places, at = {}, 0
    for p in model.parameters():
        places[id(p)] = at
        at += p.numel()
    at = 0
    for p in own:
        place = slice(places[id(p)], places[id(p)] + p.numel())
        state['average'][place] = trained[at:at + p.numel()]
        at += p.numel()
    torch.save(state, settings.out)


if __name__ == '__main__':
    main()
