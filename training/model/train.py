"""
Trains the two towers together, on several processes of one thread each.

One loss, four parts: InfoNCE between pictures and their captions over the whole batch (Radford et al. 2021), captions
that are true of another picture masked; a softmax of both towers over one learned prototype a concept, from the first
step on; the same over the colours; and texts alone against the prototypes. The parameters lie in shared memory; each
process computes the gradient of its part of the batch and updates its share of the parameters.
"""
import argparse
import json
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
from concepts import COLOURS, COUNT, WORK
from sampling import Sampler, agreement, true_concepts
from text import CONTEXT, Tokenizer
from towers import EMBEDDING, Text, Vision, normalise

# Until this share of the pictures: pixels a side, pictures a step. Small pictures teach most of it at a third of the price,
# and while the towers know nothing, twice the steps are worth more than twice the pictures a step.
STAGES = ((.1, 40, 128), (.62, 40, 256), (1., 48, 256))
# The share in which pictures go from plain ones to all kinds.
EASY = .16
BETAS, WEIGHT_DECAY, EPSILON, CLIP = (.9, .98), .05, 1e-6, 1.
AVERAGING = .998
DECAY_EVERY = 8


class Model(nn.Module):
    def __init__(self, tokenizer, dropout=0.):
        super().__init__()
        self.vision = Vision()
        self.text = Text(tokenizer.size, CONTEXT, tokenizer.end, dropout)
        self.prototypes = nn.Parameter(torch.randn(COUNT, EMBEDDING) * .06)
        self.colours = nn.Parameter(torch.randn(len(COLOURS), EMBEDDING) * .06)
        # Natural logarithms of the scales that cosines are multiplied by.
        self.scale = nn.Parameter(torch.tensor(math.log(14.)))
        self.prototype_scale = nn.Parameter(torch.tensor(math.log(14.)))

    def encode_texts(self, ids):
        """Texts by length in chunks: padding would be a third of the work."""
        order = sorted(range(len(ids)), key=lambda n: len(ids[n]))
        out = []
        for start in range(0, len(order), 96):
            chunk = [ids[n] for n in order[start:start + 96]]
            longest = len(chunk[-1])
            out.append(self.text(torch.tensor([one + [self.text.end] * (longest - len(one)) for one in chunk])))
        inverse = torch.tensor(np.argsort(order))
        return F.normalize(torch.cat(out)[inverse].float(), dim=-1)


def load_tokenizer():
    with open(os.path.join(WORK, 'merges.json')) as file:
        return Tokenizer(json.load(file))


def own_loss(model, sampler, tokenizer, size, resolution, alone):
    """What this process sees: the embeddings with their facts and claims, and the losses that need no other process."""
    layers, pictures, said = sampler.batch(size)
    texts = [caption.text for caption in said]
    free = [sampler.free_text() for _ in range(alone)]
    pixels = normalise(art.render(sampler.bank, layers, [p.kind for p in pictures], [p.background for p in pictures], resolution))
    ids = [tokenizer(text, sampler.rng, 24) for text in texts + [text for text, _ in free]]
    drawn = time.time()
    with torch.cpu.amp.autocast(dtype=torch.bfloat16):
        images = model.vision(pixels)
        all_texts = model.encode_texts(ids)
    images = F.normalize(images.float(), dim=-1)
    captions = all_texts[:size]
    facts = np.array([p.facts() for p in pictures], np.int64)
    claims = np.array([caption.claims() for caption in said], np.int64)

    scale = model.prototype_scale.exp()
    prototypes, colours = F.normalize(model.prototypes, dim=-1), F.normalize(model.colours, dim=-1)
    of_images = F.log_softmax(scale * images @ prototypes.T, -1)
    shown = torch.from_numpy(facts)
    image_loss = -(of_images.gather(1, shown[:, :2]).mean(1)).sum()
    single = shown[:, 4] == 0
    accuracy = (of_images.argmax(1) == shown[:, 0])[single].float().mean()

    fits = torch.from_numpy(np.concatenate([true_concepts(claims), np.stack([fit for _, fit in free])]))
    of_texts = F.log_softmax(scale * all_texts @ prototypes.T, -1)
    # Half of the weight on any concept that fits, half on each alike: a general word lies amid what it names.
    anyone = torch.logsumexp(of_texts.masked_fill(~fits, -1e4), -1)
    alike = (of_texts * fits).sum(-1) / fits.sum(-1)
    both = -(.5 * anyone + .5 * alike)
    text_loss, free_loss = both[:size].sum(), both[size:].sum() * (size / max(1, alone))

    colour_loss = 0.
    known = single & (shown[:, 2] >= 0)
    if known.any():
        colour_loss = colour_loss + F.cross_entropy(scale * images[known] @ colours.T, shown[known, 2], reduction='sum')
    spoken = torch.from_numpy(claims[:, 3])
    known = (spoken >= 0) & torch.from_numpy(claims[:, 4] < 0)
    if known.any():
        colour_loss = colour_loss + F.cross_entropy(scale * captions[known] @ colours.T, spoken[known], reduction='sum')
    return images, captions, facts, claims, (image_loss, text_loss, free_loss, colour_loss), accuracy, drawn


def contrast(model, images, texts, claims, facts):
    """InfoNCE both ways, with what may be true masked out."""
    logits = model.scale.exp() * texts @ images.T
    ignored = agreement(claims, facts)
    np.fill_diagonal(ignored, False)
    logits = logits.masked_fill(torch.from_numpy(ignored), -1e4)
    target = torch.arange(len(images))
    return (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2, logits


def flatten(model):
    """Moves the parameters of a model into one shared tensor and leaves views of it in their places."""
    parameters = list(model.parameters())
    flat = torch.cat([p.data.reshape(-1) for p in parameters]).share_memory_()
    decay = torch.cat([torch.full((p.numel(),), float(p.ndim >= 2)) for p in parameters])
    return flat, decay


def attach(model, flat):
    at = 0
    for p in model.parameters():
        p.data = flat[at:at + p.numel()].view(p.shape)
        at += p.numel()


def work(rank, settings, shared, barrier, bank):
    torch.set_num_threads(1)
    processes = settings.processes
    torch.manual_seed(settings.seed * 100 + rank)
    tokenizer = load_tokenizer()
    model = Model(tokenizer).to(memory_format=torch.channels_last)
    flat, decay, gradients, moments, average, seen, squares = shared
    attach(model, flat)
    parameters = list(model.parameters())
    share = len(flat) // processes + 1
    mine = slice(rank * share, min(len(flat), (rank + 1) * share))
    first, second = moments[0, mine], moments[1, mine]
    image_rows, text_rows, fact_rows, claim_rows = seen
    log = open(os.path.join(WORK, settings.name + '.log'), 'a') if rank == 0 else None

    def say(*parts):
        if rank == 0:
            print(*parts, flush=True)
            print(*parts, file=log, flush=True)

    state = torch.load(settings.resume) if settings.resume else dict(step=0, pictures=0, spent=0., norms=None)
    if state['norms']:
        model.vision.load_state_dict(state['norms'], strict=False)
    step, pictures = state['step'], state['pictures']
    # Another seed after a resumption, or the first batches would be shown again.
    sampler = Sampler(bank, settings.seed * 1000 + rank + state['step'] * processes)
    began, sums, clock = time.time(), [], [0.] * 4
    while pictures < settings.pictures:
        minutes = state['spent'] + (time.time() - began) / 60
        passed = pictures / settings.pictures
        rate = settings.rate * min(1, (step + 1) / 200) * (.5 * (1 + math.cos(math.pi * passed)) * .99 + .01)
        resolution, batch = next((pixels, pictures) for until, pixels, pictures in STAGES if passed < until)
        size = batch // processes
        sampler.hard = min(1., .15 + .85 * passed / EASY)
        model.train()
        start = time.time()
        images, texts, facts, claims, losses, accuracy, drawn = own_loss(model, sampler, tokenizer, size, resolution, size // 2)
        clock[0] += drawn - start
        mine_rows = slice(rank * size, (rank + 1) * size)
        image_rows[mine_rows], text_rows[mine_rows] = images.detach(), texts.detach()
        fact_rows[mine_rows], claim_rows[mine_rows] = torch.from_numpy(facts), torch.from_numpy(claims)
        clock[1] += time.time() - drawn
        waiting = time.time()
        barrier.wait()
        clock[3] += time.time() - waiting
        start = time.time()
        every_image, every_text = (torch.cat([own if n == rank else rows[n * size:(n + 1) * size].clone() for n in range(processes)])
                                   for own, rows in ((images, image_rows), (texts, text_rows)))
        nce, logits = contrast(model, every_image, every_text, claim_rows[:batch].numpy(), fact_rows[:batch].numpy())
        right = (logits.argmax(1) == torch.arange(batch)).float().mean().item()
        image_loss, text_loss, free_loss, colour_loss = (loss / batch for loss in losses)
        total = nce + settings.prototypes * (image_loss + text_loss + .5 * free_loss + .5 * colour_loss)
        for p in parameters:
            p.grad = None
        total.backward()
        model.scale.grad /= processes
        at = 0
        for p in parameters:
            gradients[rank, at:at + p.numel()] = 0 if p.grad is None else p.grad.reshape(-1)
            at += p.numel()
        clock[2] += time.time() - start
        waiting = time.time()
        barrier.wait()
        clock[3] += time.time() - waiting
        start = time.time()
        gradient = torch.add(gradients[0, mine], gradients[1, mine]) if processes == 2 else gradients[:, mine].sum(0)
        squares[rank] = float(torch.dot(gradient, gradient))
        barrier.wait()
        norm = float(squares.sum().sqrt())
        gradient *= min(1., CLIP / (norm + 1e-6))
        step += 1
        pictures += batch
        # AdamW (Loshchilov and Hutter 2019) on this process's share. Every pass over the parameters costs milliseconds:
        # the bias corrections go into the scalars, decay and averaging are done every DECAY_EVERY steps at once.
        first.mul_(BETAS[0]).add_(gradient, alpha=1 - BETAS[0])
        second.mul_(BETAS[1]).addcmul_(gradient, gradient, value=1 - BETAS[1])
        correction = math.sqrt(1 - BETAS[1] ** step)
        flat[mine].addcdiv_(first, second.sqrt().add_(EPSILON * correction), value=-rate * correction / (1 - BETAS[0] ** step))
        if step % DECAY_EVERY == 0:
            flat[mine].mul_(1 - DECAY_EVERY * rate * WEIGHT_DECAY * decay[mine])
            average[mine].lerp_(flat[mine], 1 - min(AVERAGING, (1 + step) / (10 + step)) ** DECAY_EVERY)
        barrier.wait()
        if rank == 0:
            model.scale.data.clamp_(max=math.log(60))
            model.prototype_scale.data.clamp_(max=math.log(55))
        clock[2] += time.time() - start
        sums.append([float(nce.detach()), right] + [float(loss) * processes for loss in (image_loss, text_loss, free_loss, colour_loss)] + [float(accuracy)])
        if step % 100 == 0:
            m = np.mean(sums, 0)
            say(f'step {step} pictures {pictures} min {minutes:.1f} px {resolution} nce {m[0]:.3f} acc {m[1]:.3f} image {m[2]:.2f} text {m[3]:.2f} '
                f'free {m[4]:.2f} colour {m[5]:.2f} prototype acc {m[6]:.3f} scales {model.scale.exp().item():.1f} '
                f'{model.prototype_scale.exp().item():.1f} norm {norm:.2f} | draw {clock[0] / 100:.2f} forward {clock[1] / 100:.2f} '
                f'backward {clock[2] / 100:.2f} wait {clock[3] / 100:.2f} | {100 * batch / sum(clock):.0f} images/s')
            sums, clock = [], [0.] * 4
        if rank == 0 and step % settings.save_every == 0:
            save(settings, model, flat, average, moments, step, pictures, minutes)
    if rank == 0:
        save(settings, model, flat, average, moments, step, pictures, minutes)
        say('done', step, 'steps', pictures, 'pictures')


def save(settings, model, flat, average, moments, step, pictures, minutes):
    norms = {name: value.clone() for name, value in model.vision.named_buffers()}
    path = os.path.join(WORK, settings.name + '.pt')
    torch.save(dict(flat=flat.clone(), average=average.clone(), moments=moments.clone(), norms=norms, step=step,
                    spent=minutes, pictures=pictures, settings=vars(settings)), path + '.part')
    os.replace(path + '.part', path)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--name', default='model')
    parser.add_argument('--pictures', type=int, default=2_250_000, help='the whole schedule')
    parser.add_argument('--resume', help='a checkpoint to go on from')
    parser.add_argument('--rate', type=float, default=1.2e-3)
    parser.add_argument('--prototypes', type=float, default=.6, help='weight of the losses over the prototypes')
    parser.add_argument('--processes', type=int, default=os.cpu_count())
    parser.add_argument('--save-every', type=int, default=500)
    parser.add_argument('--seed', type=int, default=0)
    settings = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(settings.seed)
    bank = art.Bank(art.FULL_COLOUR + art.LINE_ART)
    for tensor in (bank.pixels, bank.luminance):
        tensor.share_memory_()
    tokenizer = load_tokenizer()
    flat, decay = flatten(Model(tokenizer))
    n, p = max(pictures for *_, pictures in STAGES), settings.processes
    moments, average = torch.zeros(2, len(flat)).share_memory_(), flat.clone().share_memory_()
    if settings.resume:
        state = torch.load(settings.resume)
        for mine, saved in ((flat, 'flat'), (moments, 'moments'), (average, 'average')):
            mine.copy_(state[saved])
    gradients = torch.zeros(p, len(flat)).share_memory_()
    seen = (torch.zeros(n, EMBEDDING), torch.zeros(n, EMBEDDING), torch.zeros(n, 6, dtype=torch.int64),
            torch.zeros(n, 7, dtype=torch.int64))
    for tensor in seen:
        tensor.share_memory_()
    squares = torch.zeros(p, dtype=torch.float64).share_memory_()
    print(f'{len(bank.concept)} drawings, {len(flat) / 1e6:.2f} M parameters, vocabulary {tokenizer.size}', flush=True)
    context = mp.get_context('fork')
    barrier = context.Barrier(p)
    shared = (flat, decay, gradients, moments, average, seen, squares)
    workers = [context.Process(target=work, args=(rank, settings, shared, barrier, bank)) for rank in range(p)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


if __name__ == '__main__':
    main()
