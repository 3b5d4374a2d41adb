#!/usr/bin/env python3
"""Writes test/golden/tokens.json: what CLIP's tokenizer makes of some texts, with the bundled model's vocabulary.

An implementation of its own, after the description of CLIP's reference (openai/CLIP simple_tokenizer.py and the
normalizer in tokenizer.json): NFC, or accents taken off where the model wants that, white space to one space, lower case; words by the reference's pattern; bytes
spelled as letters; merges by rank; start and end token. Too long: cut, with the end token last.

Needs nothing but Python. Run it anywhere:  python3 test/golden/make_tokens.py [MODEL_FOLDER [CONTEXT]]
"""

import json
import os
import sys
import unicodedata

HERE = os.path.dirname(os.path.abspath(__file__))
BUNDLED = os.path.join(HERE, "..", "..", "models", "pictogram-clip")

TEXTS = [
    "a photo of a cat",
    "A Photo Of A CAT",
    "a red car next to a blue house",
    "red car",
    "  red \t\n   car  ",
    "don't stop, it's the man's 2nd hat: they'll say we're #1!",
    "what?! ... (really) -- [yes] {no} <maybe> 50% & more @home",
    "3d render of 12345 things, v2.0",
    "naïve café façade",
    "Příliš žluťoučký kůň úpěl ďábelské ódy",
    "c\u030cervene\u0301 auto",
    "ČERVENÉ AUTO",
    "🐱 cat 🚗",
    "👩‍👩‍👧‍👦 family ☀️",
    "日本の車 и красная машина",
    "snake_case and_under__scores",
    "http://example.org/a?b=c",
    "½ cup × 3 ≠ 2",
    "x",
    "!",
    "supercalifragilisticexpialidocious antidisestablishmentarianism",
    "a very long text " + "about red cars and blue houses and green trees " * 20,
    "word" * 100,
]


def byte_letters():
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    letters = {byte: chr(byte) for byte in printable}
    letters.update({byte: chr(256 + i) for i, byte in enumerate(others)})
    return letters


def kind(character):
    category = unicodedata.category(character)
    if category[0] == "L":
        return "letter"
    if category[0] == "N":
        return "number"
    return "space" if character.isspace() else "other"


def words(text):
    """The pattern  's|'t|'re|'ve|'m|'ll|'d | letters | one number | others."""
    at = 0
    while at < len(text):
        for ending in ("'s", "'t", "'re", "'ve", "'m", "'ll", "'d"):
            if text.startswith(ending, at):
                yield ending
                at += len(ending)
                break
        else:
            first = kind(text[at])
            end = at + 1
            if first in ("letter", "other"):
                while end < len(text) and kind(text[end]) == first:
                    end += 1
            if first != "space":
                yield text[at:end]
            at = end


class Tokenizer:
    def __init__(self, folder, context):
        with open(os.path.join(folder, "tokenizer.json"), encoding="utf-8") as file:
            content = json.load(file)
        model, normalizer = content["model"], content["normalizer"]
        self.accents = all(step["type"] != "StripAccents" for step in normalizer.get("normalizers", [normalizer]))
        self.vocabulary = model["vocab"]
        pairs = [merge if isinstance(merge, list) else merge.split(" ") for merge in model["merges"]]
        self.ranks = {tuple(pair): rank for rank, pair in enumerate(pairs)}
        self.letters = byte_letters()
        self.context = context

    def word(self, text):
        parts = [self.letters[byte] for byte in text.encode("utf-8")]
        parts[-1] += "</w>"
        while len(parts) > 1:
            ranked = [(self.ranks.get(pair, float("inf")), i) for i, pair in enumerate(zip(parts, parts[1:]))]
            rank, i = min(ranked)
            if rank == float("inf"):
                break
            parts[i : i + 2] = [parts[i] + parts[i + 1]]
        return [self.vocabulary[part] for part in parts]

    def __call__(self, text):
        if self.accents:
            text = unicodedata.normalize("NFC", text)
        else:
            text = "".join(c for c in unicodedata.normalize("NFD", text) if unicodedata.category(c)[0] != "M")
        text = " ".join(text.split()).lower()
        ids = [i for word in words(text) for i in self.word(word)]
        start, end = self.vocabulary["<|startoftext|>"], self.vocabulary["<|endoftext|>"]
        return [start, *ids[: self.context - 2], end]


if __name__ == "__main__":
    folder = sys.argv[1] if len(sys.argv) > 1 else BUNDLED
    tokenizer = Tokenizer(folder, int(sys.argv[2]) if len(sys.argv) > 2 else 32)
    rows = [{"text": text, "ids": tokenizer(text)} for text in TEXTS]
    if folder == BUNDLED:
        lines = ",\n".join("  " + json.dumps(row, ensure_ascii=True) for row in rows)
        with open(os.path.join(HERE, "tokens.json"), "w", encoding="utf-8") as file:
            file.write(f"[\n{lines}\n]\n")
    else:
        json.dump(rows, sys.stdout)
