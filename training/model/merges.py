"""Learns the tokenizer's merges from the phrases and the words of the captions' templates; writes `work/merges.json`."""
import collections
import json
import math
import os
import re

import czech
import sampling
from concepts import COLOURS, CONCEPTS, WORK
from text import Tokenizer, learn_merges, words

SIZE = 8000


def main():
    counts = collections.Counter()
    for concept in CONCEPTS:
        for phrase in concept['phrases']:
            for word in words(phrase['text']):
                counts[word] += phrase['weight']
                if phrase['language'] == 'cs' and phrase['kind'] != 'gloss':
                    for form in czech.decline(word):
                        counts[form] += phrase['weight'] / 20
    templates = [t for listed in (*sampling.NAME_TEMPLATES.values(), *sampling.OTHER_TEMPLATES.values(),
                                  *sampling.BACKGROUND.values(), sampling.COLOURED_TEMPLATES) for t in listed]
    for word in words(re.sub(r'\{.*?\}', ' ', ' '.join(templates))) + COLOURS + ['grey', 'and', 'next', 'to', 'with', 'two']:
        counts[word] += 200
    for stem in czech.COLOUR_STEMS:
        for ending in 'y a e ou eho ym ych'.split():
            counts[stem + ending] += 30
    merges = learn_merges({word: math.ceil(10 * count) for word, count in counts.items() if count >= .05}, SIZE)
    with open(os.path.join(WORK, 'merges.json'), 'w') as file:
        json.dump(merges, file)
    tokenizer = Tokenizer(merges)
    whole = sum(len(tokenizer.word(word)) == 1 for word in counts)
    print(f'{len(counts)} words, {tokenizer.size} tokens, {whole} words whole')


if __name__ == '__main__':
    main()
