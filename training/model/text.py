"""Text as the model sees it: accents off, lower case, byte-level BPE (Sennrich et al. 2016) in CLIP's layout."""
import collections
import json
import os
import random
import re
import unicodedata

CONTEXT = 32
# CLIP's own pattern; words, single digits, runs of the rest.
WORD = re.compile(r"'s|'t|'re|'ve|'m|'ll|'d|[^\W\d_]+|\d|(?:[^\s\w]|_)+")


def plain(text):
    """Accents and case are taken off, so that `cervene auto` and `Červené auto` are one text."""
    text = ''.join(c for c in unicodedata.normalize('NFD', text) if unicodedata.category(c)[0] != 'M')
    return re.sub(r'\s+', ' ', text.lower()).strip()


def words(text):
    return WORD.findall(plain(text))


def _byte_characters():
    """GPT-2's printable stand-ins for the 256 bytes."""
    shown = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
    rest = [b for b in range(256) if b not in shown]
    table = {b: chr(b) for b in shown}
    table.update({b: chr(256 + n) for n, b in enumerate(rest)})
    return shown + rest, table


BYTE_ORDER, BYTE_CHARACTER = _byte_characters()


def symbols(word):
    letters = [BYTE_CHARACTER[b] for b in word.encode('utf8')]
    return letters[:-1] + [letters[-1] + '</w>']


def learn_merges(counts, size):
    """The `size` most frequent pairs, one after another; `counts` gives each word's frequency."""
    split = {word: tuple(symbols(word)) for word in counts}
    pairs, places, merges = collections.Counter(), collections.defaultdict(set), []
    for word, parts in split.items():
        for pair in zip(parts, parts[1:]):
            pairs[pair] += counts[word]
            places[pair].add(word)
    while len(merges) < size and pairs:
        pair, count = max(pairs.items(), key=lambda item: (item[1], item[0]))
        if count < 1:
            break
        merges.append(pair)
        for word in list(places[pair]):
            old = split[word]
            for one in zip(old, old[1:]):
                pairs[one] -= counts[word]
                places[one].discard(word)
            new, n = [], 0
            while n < len(old):
                if old[n:n + 2] == pair:
                    new.append(old[n] + old[n + 1])
                    n += 2
                else:
                    new.append(old[n])
                    n += 1
            split[word] = tuple(new)
            for one in zip(new, new[1:]):
                pairs[one] += counts[word]
                places[one].add(word)
        pairs.pop(pair, None)
    return merges


class Tokenizer:
    def __init__(self, merges):
        self.merges = [tuple(merge) for merge in merges]
        alphabet = [BYTE_CHARACTER[b] for b in BYTE_ORDER]
        self.vocabulary = {}
        for symbol in alphabet + [a + '</w>' for a in alphabet] + [a + b for a, b in self.merges]:
            self.vocabulary.setdefault(symbol, len(self.vocabulary))
        self.begin = len(self.vocabulary)
        self.end = self.begin + 1
        self.size = self.begin + 2
        self._rank = {merge: n for n, merge in enumerate(self.merges)}
        self._known = {}
        self._broken = {}

    def _split(self, word, dropout, rng):
        parts = symbols(word)
        while len(parts) > 1:
            best, at = min((self._rank.get(pair, 1e9) if not dropout or rng.random() >= dropout else 1e9, n)
                           for n, pair in enumerate(zip(parts, parts[1:])))
            if best >= 1e9:
                break
            parts[at:at + 2] = [parts[at] + parts[at + 1]]
        return [self.vocabulary[part] for part in parts]

    def word(self, word):
        if word not in self._known:
            self._known[word] = self._split(word, 0, None)
        return self._known[word]

    def broken(self, word, rng):
        """One of a few splits with merges left out (BPE-dropout, Provilkov et al. 2020): forms never seen share parts."""
        if word not in self._broken:
            local = random.Random(word)
            self._broken[word] = [self._split(word, .15, local) for _ in range(4)]
        return rng.choice(self._broken[word])

    def __call__(self, text, rng=None, limit=CONTEXT):
        ids = []
        for word in words(text):
            ids += self.broken(word, rng) if rng is not None and rng.random() < .12 else self.word(word)
        return [self.begin] + ids[:limit - 2] + [self.end]

    def save(self, folder):
        """Writes the three files that transformers.js and transformers read a CLIP tokenizer from."""
        begin, end = '<|startoftext|>', '<|endoftext|>'
        vocabulary = dict(self.vocabulary)
        vocabulary[begin], vocabulary[end] = self.begin, self.end
        added = [dict(id=i, content=c, single_word=False, lstrip=False, rstrip=False, normalized=False, special=True)
                 for i, c in ((self.begin, begin), (self.end, end))]
        pattern = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
        normalizers = [dict(type='NFD'), dict(type='StripAccents'),
                       dict(type='Replace', pattern=dict(Regex='\\s+'), content=' '), dict(type='Lowercase')]
        splitters = [dict(type='Split', pattern=dict(Regex=pattern), behavior='Removed', invert=True),
                     dict(type='ByteLevel', add_prefix_space=False, trim_offsets=True, use_regex=True)]
        tokenizer = dict(
            version='1.0', truncation=None, padding=None, added_tokens=added,
            normalizer=dict(type='Sequence', normalizers=normalizers),
            pre_tokenizer=dict(type='Sequence', pretokenizers=splitters),
            post_processor=dict(type='RobertaProcessing', sep=[end, self.end], cls=[begin, self.begin],
                                trim_offsets=False, add_prefix_space=False),
            decoder=dict(type='ByteLevel', add_prefix_space=True, trim_offsets=True, use_regex=True),
            model=dict(type='BPE', dropout=None, unk_token=end, continuing_subword_prefix='',
                       end_of_word_suffix='</w>', fuse_unk=False, byte_fallback=False, vocab=vocabulary,
                       merges=[' '.join(merge) for merge in self.merges]))
        special = dict(bos_token=begin, eos_token=end, pad_token=end, unk_token=end)
        settings = dict(tokenizer_class='CLIPTokenizer', model_max_length=CONTEXT, do_lower_case=True,
                        add_prefix_space=False, clean_up_tokenization_spaces=True, errors='replace', **special)
        for name, content in (('tokenizer', tokenizer), ('tokenizer_config', settings), ('special_tokens_map', special)):
            with open(os.path.join(folder, name + '.json'), 'w') as file:
                json.dump(content, file, ensure_ascii=False, indent=None if name == 'tokenizer' else 1)
                file.write('\n')
