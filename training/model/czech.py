"""Czech forms by rule: enough agreement and declension that an inflected query meets its noun.

Accents are off (see text.plain), which makes the paradigms few. The rules are rough on purpose: a form that no Czech
would say costs a caption, a form that is never shown costs every query that uses it.
"""
import re

# Stems by colour, in the order of colours.NAMES; all of them are hard adjectives.
COLOUR_STEMS = ['cerven', 'oranzov', 'zlut', 'zelen', 'modr', 'fialov', 'ruzov', 'hned', 'cern', 'bil', 'sed']
ADJECTIVE_ENDINGS = dict(m=['y', 'eho', 'emu', 'em', 'ym', 'e', 'ych'], f=['a', 'e', 'ou', 'ych', 'ym'],
                         n=['e', 'eho', 'emu', 'ym', 'a', 'ych'])


def head(phrase):
    """The noun that the phrase is about: the first word that is no adjective."""
    parts = phrase.split(' ')
    for part in parts:
        if not re.search(r'(sk|n|v|t|d|c|l|r|k|m)(y|a|e)$', part) or len(parts) == 1:
            return part
        if re.search(r'(a|o)$', part) and part is parts[-1]:
            return part
    return parts[-1]


def gender(noun):
    if re.search(r'(o|i|um)$', noun):
        return 'n'
    if re.search(r'(a|e|ost|z[e]n|j)$', noun):
        return 'f'
    return 'm'


def decline(noun):
    """Other cases and the plural of a noun, nominative left out."""
    if len(noun) < 3 or ' ' in noun:
        return []
    stem = noun[:-1]
    if noun.endswith('a'):
        soft = {'k': 'c', 'h': 'z', 'r': 'r', 'g': 'z'}.get(stem[-1], stem[-1])
        return [stem + e for e in ('y', 'u', 'ou', 'y', 'am', 'ach', 'ami', '')] + [stem[:-1] + soft + 'e']
    if noun.endswith('o'):
        return [stem + e for e in ('a', 'u', 'em', 'a', 'um', 'ech', 'y', '', 'e')]
    if noun.endswith('e'):
        return [stem + e for e in ('i', 'im', 'ich', 'emi', '', 'ete', 'ata')]
    if noun.endswith('i'):
        return [noun + e for e in ('m', 'ch', 'mi', 'ho')]
    if noun.endswith('ost'):
        return [noun + e for e in ('i', 'mi', 'em', 'ech')]
    if re.search(r'[^aeiouy](e)[kclrsn]$', noun):
        noun = noun[:-2] + noun[-1]
    if re.search(r'(c|z|s|j|r)$', noun):
        return [noun + e for e in ('e', 'i', 'em', 'u', 'um', 'ich', 'ema', 'a', 'y', 'ech')]
    return [noun + e for e in ('u', 'a', 'em', 'ovi', 'y', 'i', 'u', 'um', 'ech', 'ich', 'e', 'ove')]


def inflect(phrase, rng):
    """The phrase with its head noun, or a word of it, in another form."""
    parts = phrase.split(' ')
    at = parts.index(head(phrase))
    forms = decline(parts[at])
    if forms:
        parts[at] = rng.choice(forms)
    for n in range(at):
        if re.search(r'(y|a|e)$', parts[n]) and len(parts[n]) > 4:
            parts[n] = parts[n][:-1] + rng.choice(('eho', 'ou', 'ym', 'e', 'ych', 'y', 'a'))
    return ' '.join(parts)


def coloured(colour, phrase, rng):
    """`cervene auto`: the colour agrees with the head noun, mostly in the nominative."""
    kind = gender(head(phrase)) if rng.random() < .85 else rng.choice('mfn')
    endings = ADJECTIVE_ENDINGS[kind]
    if rng.random() < .7:
        return COLOUR_STEMS[colour] + endings[0] + ' ' + phrase
    return COLOUR_STEMS[colour] + rng.choice(endings) + ' ' + (inflect(phrase, rng) if rng.random() < .7 else phrase)
