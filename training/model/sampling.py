"""Batches: pictures, two captions each, texts alone, and which caption is true of which picture."""
import math
import random
import re

import numpy as np

import art
import czech
from concepts import (ANY, CLUSTER, COLOURS, CONCEPTS, COUNT, NOUNS, OWN_WORDS, PHRASES, STOP, TRUE, WEIGHT,
                      WORD_TRUE_OF, Weighted, held_out_pairs)
from text import words

NAME_TEMPLATES = {
    'en': ['{a}', '{n}', '{n}', 'a photo of {a}', 'a picture of {a}', 'an emoji of {a}', 'an image of {a}',
           'a drawing of {a}', '{n} icon', 'an illustration of {a}', 'a cartoon {n}', 'a 3d render of {a}', 'this is {a}',
           'a photo of the {n}', 'clipart of {a}', 'my {n}', 'the {n}', 'show me {a}', 'looking for {a}'],
    'cs': ['{n}', '{n}', '{n}', 'obrazek {n}', 'fotka {n}', 'ikona {n}', 'kresba {n}', 'na obrazku je {n}', 'tohle je {n}',
           'kresleny obrazek {n}', 'emoji {n}', 'moje {n}', 'najdi {n}', 'maly obrazek {n}', 'nejaky {n}'],
}
OTHER_TEMPLATES = {
    'en': ['{}', '{}', '{}', '{}', 'a picture of {}', 'a photo of {}', '{} emoji', 'something {}', 'something for {}',
           'used for {}', 'someone {}', 'a {} thing', 'find {}', '{} please'],
    'cs': ['{}', '{}', '{}', '{}', 'obrazek {}', 'neco {}', 'neco na {}', 'neco pro {}', 'najdi {}'],
}
COLOURED_TEMPLATES = ['a {n} that is {c}', 'a {n} painted {c}', 'a {c} coloured {n}', 'a {c} colored {n}', 'the {n} is {c}',
                      '{n}, {c}', '{c} {n} icon', 'a {n} in {c}']
BACKGROUND = {'en': [' on a {} background', ' with a {} background', ', {} background'], 'cs': [' na {}em pozadi']}
MIXERS = {'en': [' ', ' ', ', ', ' with ', ' and ', ' for ', ' of '], 'cs': [' ', ' ', ', ', ' a ', ' s ', ' na ']}
# sampled share of: one thing; a thing in several colours; things of one colour; two things
MIX = dict(single=.56, colours=.16, one_colour=.22, pair=.06)


def article(noun):
    if re.match(r'(a|an|the|some|something|someone|part) ', noun):
        return noun
    return ('an ' if noun[:1] in 'aeiou' else 'a ') + noun


def plural(noun):
    last = noun.split(' ')[-1]
    if ' of ' in noun or ' with ' in noun or last.endswith('s') or last in ('fish', 'sheep', 'deer', 'shrimp', 'squid'):
        return noun
    if re.search('(x|ch|sh)$', last):
        return noun + 'es'
    return noun[:-1] + 'ies' if re.search('[^aeiou]y$', last) else noun + 's'


FILLERS = 'you need it when it the a for with something to in on some is that use'.split()


def worn(listed, language, rng):
    """Words as somebody may type them who never saw these: other endings, two in one (`space ship`), small words between."""
    out = []
    for word in listed:
        if language == 'en' and len(word) > 3 and word.isalpha() and rng.random() < .12:
            stem = word.removesuffix('e')
            word = rng.choice((word + 's', stem + 'ing', stem + 'ed', stem + 'er'))
        if out and word not in STOP and out[-1] not in STOP and rng.random() < .04:
            out[-1] += word
        else:
            out.append(word)
    if language == 'en' and rng.random() < .2:
        at = rng.randrange(len(out) + 1)
        out[at:at] = rng.sample(FILLERS, rng.randint(1, 4))
    return out


class Caption:
    """A text and what it claims: rows of TRUE that all hold of its thing, and colours (-1: none)."""
    __slots__ = ('text', 'rows', 'colour', 'second_row', 'second_colour', 'background')

    def __init__(self, text, rows, colour=-1, second_row=-1, second_colour=-1, background=-1):
        self.text, self.rows, self.colour = text, rows, colour
        self.second_row, self.second_colour, self.background = second_row, second_colour, background

    def claims(self):
        rows = (list(self.rows) + [ANY, ANY, ANY])[:3]
        return rows + [self.colour, self.second_row, self.second_colour, self.background]


class Picture:
    """What is drawn: one or two things as (concept, drawing, painted colour, visible colour), and a background."""
    __slots__ = ('things', 'kind', 'background', 'side_by_side')

    def __init__(self, things, kind, background, side_by_side=False):
        self.things, self.kind, self.background, self.side_by_side = things, kind, background, side_by_side

    def facts(self):
        first, last = self.things[0], self.things[-1]
        seen = self.background if self.kind == 1 else {0: art.WHITE}.get(self.kind, -2)
        return [first[0], last[0], first[3], last[3], len(self.things) == 2, seen]


class Sampler:
    def __init__(self, bank, seed):
        self.bank, self.rng = bank, random.Random(seed)
        self.held = held_out_pairs(bank.natural)
        drawn = [n for n in range(COUNT) if bank.full[n] or bank.lines[n]]
        named = [n for n in drawn if NOUNS['en'][n] and bank.full[n]]
        # What many sets of icons draw is what people name every day.
        drawings = np.array([len(bank.full[n]) + len(bank.lines[n]) for n in range(COUNT)])
        weight = WEIGHT * np.clip((drawings / 7) ** .75, .7, 2.5)
        self.concepts, self.nameable = Weighted(drawn, weight[drawn]), Weighted(named, weight[named])
        self.flips = [art.may_flip(n) for n in range(COUNT)]
        # The share of pictures that are composed at all: the rest stand straight and large on white. It rises while
        # training begins; shapes are learned sooner from plain pictures.
        self.hard = 1.

    # What is drawn

    def colour(self, concept):
        while True:
            colour = self.rng.randrange(len(COLOURS))
            if not self.held[concept, colour]:
                return colour

    def background(self, avoid):
        chance = self.rng.random()
        if chance < .4 or self.rng.random() > self.hard:
            return 0, -1
        if chance < .62:
            colour = self.rng.randrange(len(COLOURS))
            return (0, -1) if colour in avoid else (1, colour)
        return (1, -1) if chance < .7 else (2, -1) if chance < .84 else (3, -1)

    def thing(self, concept, colour=-1, line=.18):
        drawing = self.bank.pick(concept, self.rng, line)
        if colour < 0 and (self.bank.line[drawing] and self.rng.random() < .6):
            colour = self.colour(concept)
        return concept, drawing, colour, colour if colour >= 0 else int(self.bank.colour[drawing])

    def picture(self, things):
        return Picture(things, *self.background([thing[3] for thing in things]))

    def layers(self, n, picture):
        rng, out = self.rng, []
        if len(picture.things) == 1:
            plain = rng.random() > self.hard
            scale = rng.uniform(.8, 1.05) if plain else rng.uniform(.42, .7) if rng.random() < .15 else rng.uniform(.65, 1.05)
            room = max(0, 1 - scale) * .9
            places = [(scale, rng.uniform(-room, room), rng.uniform(-room, room))]
        else:
            angle = rng.choice((0, math.pi)) + rng.uniform(-.5, .5) if rng.random() < .7 else rng.uniform(0, 2 * math.pi)
            x, y = .5 * math.cos(angle), .5 * math.sin(angle)
            places = [(rng.uniform(.36, .52), x, y), (rng.uniform(.36, .52), -x, -y)]
        for level, ((concept, drawing, painted, seen), (scale, x, y)) in enumerate(zip(picture.things, places)):
            rotation = rng.gauss(0, .15) if rng.random() < .7 * self.hard else 0
            flip = self.flips[concept] and rng.random() < .4
            out.append([n, level, drawing, scale, x, y, rotation, flip, painted, rng.random() < .3,
                        painted < 0 and seen < 0])
        return out

    # What is said

    def noun(self, concept, language):
        nouns = NOUNS[language][concept]
        return nouns[0] if self.rng.random() < .6 else self.rng.choice(nouns)

    def named(self, name, language):
        templates = NAME_TEMPLATES[language] if self.rng.random() < .6 else ('{n}',)
        return self.rng.choice(templates).format(a=article(name), n=name)

    def coloured(self, concept, colour, language):
        rng = self.rng
        language = language if NOUNS[language][concept] else 'en'
        noun, row = self.noun(concept, language)
        if language == 'cs':
            text = czech.coloured(colour, noun, rng)
            text = text if rng.random() < .7 else rng.choice(('obrazek ', 'fotka ', 'ikona ', 'najdi ')) + text
        else:
            name = 'grey' if COLOURS[colour] == 'gray' and rng.random() < .4 else COLOURS[colour]
            text = (self.named(name + ' ' + noun, 'en') if rng.random() < .75 else
                    rng.choice(COLOURED_TEMPLATES).format(n=noun, c=name))
        return Caption(text, [row], colour)

    def phrase(self, concept, language):
        rng = self.rng
        p = PHRASES[language][concept].draw(rng)
        text = p['text']
        if p['kind'] == 'name' or (language == 'cs' and ' ' not in text):
            if language == 'cs' and rng.random() < .35:
                text = czech.inflect(text, rng)
            elif language == 'en' and rng.random() < .1:
                text = plural(text)
            text = self.named(text, language)
        elif rng.random() < .4:
            text = rng.choice(OTHER_TEMPLATES[language]).format(text)
        return Caption(text, [p['row']])

    def mixture(self, concept, language):
        """Two or three phrases of a concept at once: `vehicle, road` is true of what both are true of."""
        picked = {p['row']: p['text'] for p in (PHRASES[language][concept].draw(self.rng) for _ in range(3))}
        return Caption(self.rng.choice(MIXERS[language]).join(picked.values()), list(picked))

    def caption(self, picture, language):
        """Something true of a picture, about one of its things where it shows two."""
        rng = self.rng
        concept, _, _, seen = rng.choice(picture.things)
        if PHRASES[language][concept] is None:
            language = 'en'
        chance = rng.random()
        if seen >= 0 and NOUNS[language][concept] and not self.held[concept, seen] and chance < .4:
            said = self.coloured(concept, seen, language)
        elif chance < .55:
            said = self.mixture(concept, language)
        else:
            said = self.phrase(concept, language)
        if picture.kind == 1 and picture.background >= 0 and len(picture.things) == 1 and rng.random() < .2:
            name = COLOURS[picture.background] if language == 'en' else czech.COLOUR_STEMS[picture.background] + 'y'
            said.text += rng.choice(BACKGROUND[language]).format(name).replace('yem', 'em')
            said.background = picture.background
        return said

    def pair_caption(self, picture, colours, language):
        """Both things, with their colours or without."""
        said = []
        language = language if all(NOUNS[language][thing[0]] for thing in picture.things) else 'en'
        for (concept, _, _, seen), coloured in zip(picture.things, colours):
            noun, row = self.noun(concept, language)
            if not coloured:
                said.append((article(noun) if language == 'en' else noun, row, -1))
            elif language == 'en':
                said.append((article(COLOURS[seen] + ' ' + noun), row, seen))
            else:
                said.append((czech.coloured(seen, noun, self.rng), row, seen))
        if self.rng.random() < .5:
            said.reverse()
        (one, row, colour), (two, second_row, second_colour) = said
        joint = self.rng.choice({'en': (' and ', ' and ', ' next to ', ' with '), 'cs': (' a ', ' a ', ' vedle ')}[language])
        return Caption(one + joint + two, [row], colour, second_row, second_colour)

    def language(self):
        return 'cs' if self.rng.random() < .42 else 'en'

    # Batches

    def batch(self, size):
        """Pictures, their layers for art.render, and a caption each, in one language or the other."""
        rng, pictures, captions = self.rng, [], []

        def add(picture, said):
            pictures.append(picture)
            captions.append(said)

        while len(pictures) < size:
            # A round of `colours` and `one_colour` makes about three pictures, one of `pair` about one and a half.
            kind = rng.choices(list(MIX), (MIX['single'], MIX['colours'] / 3, MIX['one_colour'] / 3, MIX['pair'] / 1.5))[0]
            if kind == 'single':
                concept = self.concepts.draw(rng)
                picture = self.picture([self.thing(concept, self.colour(concept) if NOUNS['en'][concept] and rng.random() < .1 else -1)])
                add(picture, self.caption(picture, self.language()))
            elif kind == 'colours':
                concept = self.nameable.draw(rng)
                for colour in {self.colour(concept) for _ in range(3)}:
                    picture = self.picture([self.thing(concept, colour)])
                    add(picture, self.coloured(concept, colour, self.language()))
            elif kind == 'one_colour':
                colour = rng.randrange(len(COLOURS))
                for concept in {self.nameable.draw(rng) for _ in range(3)}:
                    if not self.held[concept, colour]:
                        picture = self.picture([self.thing(concept, colour)])
                        add(picture, self.coloured(concept, colour, self.language()))
            else:
                one, two = self.nameable.draw(rng), self.nameable.draw(rng)
                if CLUSTER[one] == CLUSTER[two]:
                    continue
                if rng.random() < .6:
                    a, b = self.colour(one), self.colour(two)
                    coloured = [(a, b)]
                    # The same two things with their colours exchanged: only binding tells the captions apart.
                    if not self.held[one, b] and not self.held[two, a]:
                        coloured.append((b, a))
                else:
                    coloured = [(-1, -1)]
                for a, b in coloured:
                    picture = self.picture([self.thing(one, a, .15), self.thing(two, b, .15)])
                    add(picture, self.pair_caption(picture, [a >= 0] * 2, self.language())
                        if rng.random() < .75 else self.caption(picture, self.language()))
        pictures, captions = pictures[:size], captions[:size]
        layers = [row for n, picture in enumerate(pictures) for row in self.layers(n, picture)]
        return layers, pictures, captions

    def free_text(self):
        """Words as people type them into a search: a few of a concept's, with others or without; and what they fit."""
        rng = self.rng
        while True:
            concept = self.concepts.draw(rng)
            language = 'cs' if PHRASES['cs'][concept] is not None and rng.random() < .4 else 'en'
            chance = rng.random()
            phrases = PHRASES[language][concept]
            if chance < .25:
                text = rng.choice(OTHER_TEMPLATES[language]).format(phrases.draw(rng)['text'])
            elif chance < .5:
                picked = dict.fromkeys(phrases.draw(rng)['text'] for _ in range(rng.randint(2, 3)))
                text = rng.choice(MIXERS[language]).join(picked)
            elif chance < .75:
                pool = [w for w in OWN_WORDS[concept][language] if WORD_TRUE_OF[w].sum() < 300]
                if not pool:
                    continue
                picked = ' '.join(rng.sample(pool, min(len(pool), rng.randint(1, 4))))
                text = rng.choice(OTHER_TEMPLATES[language]).format(picked)
            else:
                glosses = [p['text'] for p in phrases.items if p['kind'] == 'gloss']
                listed = words(rng.choice(glosses) if glosses else phrases.draw(rng)['text'])
                length = rng.randint(2, 9)
                start = rng.randrange(max(1, len(listed) - length + 1))
                text = ' '.join(listed[start:start + length])
            listed = words(text)
            if len(listed) > 2 and rng.random() < .3:
                listed = [w for w in listed if rng.random() < .8] or listed
            telling = [w for w in listed if w not in STOP]
            if not telling:
                continue
            fits = np.ones(COUNT, bool)
            for w in telling:
                fits &= WORD_TRUE_OF.get(w, TRUE[ANY])
            fits[concept] = True
            return ' '.join(worn(listed, language, rng)), fits


def true_concepts(claims):
    """n x COUNT: the concepts of which the first thing that a caption names may be one."""
    return TRUE[claims[:, 0]] & TRUE[claims[:, 1]] & TRUE[claims[:, 2]]


def agreement(claims, facts):
    """captions x pictures: whether the caption is true of the picture, or may be."""
    of_first = true_concepts(claims)
    of_second = TRUE[np.where(claims[:, 4] < 0, ANY, claims[:, 4])]

    def meets(true_of, colour, thing):
        said, seen = claims[:, colour][:, None], facts[:, 2 + thing][None]
        return true_of[:, facts[:, thing]] & ((said == -1) | (seen == -1) | (said == seen))

    a, b = meets(of_first, 3, 0), meets(of_first, 3, 1)
    c, d = meets(of_second, 5, 0), meets(of_second, 5, 1)
    says_two, shows_two = (claims[:, 4] >= 0)[:, None], facts[:, 4].astype(bool)[None]
    true = np.where(says_two, shows_two & ((a & d) | (b & c)), a | b)
    said, seen = claims[:, 6][:, None], facts[:, 5][None]
    return true & ((said == -1) | (seen == -1) | (said == seen))
