"""Writes `eval/held-out.json`: what the evaluation asks about the style that training never sees."""
import json
import os

import art
from concepts import COLOURS, CONCEPTS, held_out_pairs

EVALUATION = os.path.join(os.path.dirname(__file__), '..', '..', 'eval')
THINGS = ('animals-nature', 'food-drink', 'travel-places', 'activities', 'objects')


def main():
    with open(os.path.join(EVALUATION, 'questions.json')) as file:
        everyday = json.load(file)['everyday']
    held = held_out_pairs(art.Bank(art.FULL_COLOUR + art.LINE_ART).natural)
    by_label = {}
    for concept in CONCEPTS:
        by_label.setdefault(concept['name'], concept)
    drawn = set(art.load(art.HELD_OUT_STYLE)[0])
    things = [dict(hexcode=c['hexcode'], name=c['name'], nameCs=c['nameCs'], subgroup=c['subgroup'])
              for c in CONCEPTS if c['id'] in drawn and c['group'] in THINGS]
    others = [dict(hexcode=c['hexcode'], name=c['name'], nameCs=c['nameCs'], subgroup=c['subgroup'])
              for c in CONCEPTS if c['id'] in drawn and c['group'] not in THINGS]
    objects = []
    for entry in everyday:
        concept = next(by_label[name.replace('’', "'")] for name in entry['emoji'] if name.replace('’', "'") in by_label)
        objects.append(dict(label=entry['label'], hexcode=concept['hexcode'],
                            neverShown=[name for n, name in enumerate(COLOURS) if held[concept['id'], n]]))
    with open(os.path.join(EVALUATION, 'held-out.json'), 'w') as file:
        json.dump(dict(style=art.HELD_OUT_STYLE, colours=COLOURS, things=things, others=others, objects=objects), file,
                  ensure_ascii=False, indent=1)
        file.write('\n')
    print(f'{len(things)} things, {sum(len(o["neverShown"]) for o in objects)} colour x object pairs never shown')


if __name__ == '__main__':
    main()
