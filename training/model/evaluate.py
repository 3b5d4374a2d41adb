"""
The learning curve: what a checkpoint reaches on the style that training never sees.

For watching only; the figures that count come from `npm run eval`, through the product's own encoder.
"""
import json
import os
import sys

import numpy as np
import torch
import torch.nn.functional as F

import art
from checkpoint import load_model
from concepts import COLOURS, CONCEPTS, held_out_pairs
from questions import EVALUATION
from text import plain
from towers import SIZE, TwoViews, normalise


class Embedder:
    def __init__(self, path):
        self.model, self.tokenizer, scale = load_model(path)
        self.scale, self.vision = float(np.exp(scale)), TwoViews(self.model.vision)

    @torch.no_grad()
    def images(self, pictures):
        rows = [self.vision(normalise(pictures[n:n + 64])) for n in range(0, len(pictures), 64)]
        return F.normalize(torch.cat(rows), dim=-1)

    @torch.no_grad()
    def texts(self, texts):
        return self.model.encode_texts([self.tokenizer(text) for text in texts])


def pictures_of(bank, drawings, colours=None):
    layers = [[n, 0, drawing, .9, 0, 0, 0, 0, -1 if colours is None else colours[n], 0, 0] for n, drawing in enumerate(drawings)]
    return art.render(bank, layers, [0] * len(layers), [-1] * len(layers), SIZE, jitter=False)


def recall(similarity, right):
    ranked = similarity.argsort(1, descending=True)
    return {k: float((ranked[:, :k] == right[:, None]).any(1).float().mean()) for k in (1, 5, 10)}


def measure(path):
    e = Embedder(path)
    bank = art.Bank([art.HELD_OUT_STYLE])
    with open(os.path.join(EVALUATION, 'held-out.json')) as file:
        held_out = json.load(file)
    with open(os.path.join(EVALUATION, 'questions.json')) as file:
        questions = json.load(file)
    by_hexcode = {c['hexcode']: c['id'] for c in CONCEPTS}
    drawing_of = {concept: n for n, concept in enumerate(bank.concept)}
    things = held_out['things']
    everything = e.images(pictures_of(bank, range(len(bank.concept))))
    rows = [drawing_of[by_hexcode[t['hexcode']]] for t in things]
    images, right = everything[rows], torch.arange(len(things))
    out = dict(scale=e.scale)
    for language, key in (('en', 'name'), ('cs', 'nameCs')):
        out['recall ' + language] = recall(e.texts([t[key] for t in things]) @ images.T, right)
    out['recall en, all drawings'] = recall(e.texts([t['name'] for t in things]) @ everything.T, torch.tensor(rows))
    labels = [q['label'] for q in questions['everyday']]
    names = {c['name']: c['id'] for c in CONCEPTS}
    shown = [(drawing_of[names[plain(n).replace('’', "'")]], k) for k, q in enumerate(questions['everyday']) for n in q['emoji']
             if plain(n).replace('’', "'") in names]
    classes = e.texts(['a photo of a ' + label for label in labels])
    probability = (e.scale * everything[[n for n, _ in shown]] @ classes.T).softmax(1)
    confidence, guess = probability.max(1)
    correct = (guess == torch.tensor([k for _, k in shown])).float()
    out['everyday top-1'], out['confidence'] = float(correct.mean()), float(confidence.mean())
    bins = (confidence * 15).long().clamp(max=14)
    out['ece'] = float(sum(abs(float((confidence - correct)[bins == b].sum())) for b in range(15)) / len(correct))
    objects = [(o['label'], drawing_of[by_hexcode[o['hexcode']]]) for o in held_out['objects']]
    painted = e.images(pictures_of(bank, [d for _, d in objects for _ in COLOURS], list(range(11)) * len(objects))).view(len(objects), 11, -1)
    never = [(n, COLOURS.index(c)) for n, o in enumerate(held_out['objects']) for c in o['neverShown']]
    for title, pairs in (('colour never shown', never), ('colour shown', [(n, c) for n in range(len(objects)) for c in range(11) if (n, c) not in never])):
        texts = e.texts([f'a {COLOURS[c]} {objects[n][0]}' for n, c in pairs])
        hits = []
        for (n, c), text in zip(pairs, texts):
            hits.append((int((painted[n] @ text).argmax()) == c, int((painted[:, c] @ text).argmax()) == n))
        hits = np.array(hits)
        out[title] = dict(both=float(hits.all(1).mean()), among_colours=float(hits[:, 0].mean()), among_objects=float(hits[:, 1].mean()))
    found, misses = 0, []
    for q in questions['freeText']:
        allowed = {c['id'] for c in CONCEPTS if any(r == 'subgroup:' + c['subgroup'] or plain(r).replace('’', "'") == plain(c['name']) for r in q['right'])}
        top = (everything @ e.texts([q['query']])[0]).topk(5).indices.tolist()
        hit = any(bank.concept[n] in allowed for n in top)
        found += hit
        if not hit:
            misses.append((q['query'], [CONCEPTS[bank.concept[n]]['name'] for n in top]))
    out['free text'] = found
    return out, misses


if __name__ == '__main__':
    torch.set_num_threads(1)
    torch.manual_seed(0)
    figures, missed = measure(sys.argv[1])
    for name, value in figures.items():
        print(name, {k: round(v, 3) for k, v in value.items()} if isinstance(value, dict) else round(value, 3))
    for query, names in missed:
        print('missed:', query, '->', ', '.join(names))
