"""The concepts, their phrases, and which phrase is true of which concept."""
import collections
import json
import os
from bisect import bisect
from itertools import accumulate

import numpy as np

import czech
from text import plain, words

WORK = os.path.join(os.path.dirname(__file__), '..', 'work')
COLOURS = ['red', 'orange', 'yellow', 'green', 'blue', 'purple', 'pink', 'brown', 'black', 'white', 'gray']

with open(os.path.join(WORK, 'concepts.json')) as file:
    CONCEPTS = json.load(file)
COUNT = len(CONCEPTS)

# How often a concept is drawn. Things are what people search for; flags and symbols are many and easy.
GROUP_WEIGHT = {'flags': .25, 'symbols': .3, 'people-body': .35, 'smileys-emotion': .7}
WEIGHT = np.array([GROUP_WEIGHT.get(c['group'], 1.4) for c in CONCEPTS])
WEIGHT *= np.array([.4 if "o'clock" in c['name'] or '-thirty' in c['name'] else 1 for c in CONCEPTS])


class Weighted:
    """Draws from a list by weight; `random.choices` without building its table again at every call."""

    def __init__(self, items, weights):
        self.items, self.table = list(items), list(accumulate(weights))

    def draw(self, rng):
        return self.items[min(bisect(self.table, rng.random() * self.table[-1]), len(self.items) - 1)]


# Every phrase, once, without accents: the two languages share a row where they share a spelling.
ROW = {}


def _row(text):
    return ROW.setdefault(plain(text), len(ROW))


for _concept in CONCEPTS:
    for _phrase in _concept['phrases']:
        _phrase['row'] = _row(_phrase['text'])
        _phrase['text'] = plain(_phrase['text'])
    for _language in ('en', 'cs'):
        _concept['nouns'][_language] = [(plain(noun), _row(noun)) for noun in _concept['nouns'][_language]]
ANY = len(ROW)
# TRUE[row, concept]; the last row is true of everything.
TRUE = np.zeros((ANY + 1, COUNT), bool)
TRUE[ANY] = True
for _concept in CONCEPTS:
    for _phrase in _concept['phrases']:
        TRUE[_phrase['row'], _concept['id']] = True
    for _language in ('en', 'cs'):
        for _noun, _n in _concept['nouns'][_language]:
            TRUE[_n, _concept['id']] = True

PHRASES = {language: [Weighted(own, [p['weight'] for p in own]) if own else None for own in
                      ([p for p in c['phrases'] if p['language'] == language] for c in CONCEPTS)]
           for language in ('en', 'cs')}
NOUNS = {language: [c['nouns'][language] for c in CONCEPTS] for language in ('en', 'cs')}

# Words that say nothing of what is shown.
STOP = set('''a an the of in on with and or to for from by at as is are that which it its this some something someone
used you can i me show find looking want need thing things photo picture image emoji drawing icon pictures images photos
any one be has have having not their his her who whose into out up when where what like do does used usually
neco nekdo na v ve s se z ze k ke do od po pro o u a i nebo je jsou ktery ktera ktere co jako obrazek fotka ikona'''.split())


def _word_tables():
    """Each concept's words, and for each word the concepts that it may stand for."""
    own = [{language: sorted({w for p in c['phrases'] if p['language'] == language for w in words(p['text'])} - STOP)
            for language in ('en', 'cs')} for c in CONCEPTS]
    true_of = collections.defaultdict(lambda: np.zeros(COUNT, bool))
    for n, by_language in enumerate(own):
        for listed in by_language.values():
            for w in listed:
                for form in {w, w + 's', w[:-1] if len(w) > 3 and w.endswith('s') else w}:
                    true_of[form][n] = True
    return own, dict(true_of)


OWN_WORDS, WORD_TRUE_OF = _word_tables()


def noun_clusters():
    """A number for each concept; two that share a noun (`car`) have the same."""
    parent = list(range(COUNT))

    def root(n):
        while parent[n] != n:
            parent[n] = parent[parent[n]]
            n = parent[n]
        return n

    owner = {}
    for c in CONCEPTS:
        for noun, row in c['nouns']['en'] + c['nouns']['cs']:
            if row in owner:
                parent[root(c['id'])] = root(owner[row])
            else:
                owner[row] = c['id']
    return np.array([root(n) for n in range(COUNT)])


CLUSTER = noun_clusters()


def held_out_pairs(natural):
    """
    The colour x object pairs that training never shows: HELD[concept, colour], about one in seven.

    `natural[concept, colour]` says that some drawing of the concept has that colour by itself. Such a pair cannot be
    held out, nor one that a name of the concept speaks of (`red apple`).
    """
    excluded = natural.copy()
    for c in CONCEPTS:
        said = {w for p in c['phrases'] if p['kind'] != 'gloss' for w in words(p['text'])}
        for colour, name in enumerate(COLOURS):
            if name in said or (name == 'gray' and 'grey' in said) or any(
                    w.startswith(czech.COLOUR_STEMS[colour]) for w in said if len(w) < 10):
                excluded[c['id'], colour] = True
    held = np.zeros((COUNT, len(COLOURS)), bool)
    for cluster in np.unique(CLUSTER):
        members = np.where(CLUSTER == cluster)[0]
        for colour in range(len(COLOURS)):
            if not excluded[members, colour].any():
                held[members, colour] = (cluster * 31 + colour * 17 + cluster // 7) % 7 == 0
    return held
