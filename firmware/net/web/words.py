"""The page's words in the languages that there are: ``languages/<language>.toml``, English is the key.

A text that a catalogue lacks stays English. What a person or a client wrote (names of jobs, of users) is never
translated.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).with_name("languages")
ENGLISH = "en"
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})


class Words:
    """The texts of one language."""

    def __init__(self, language: str, texts: dict[str, str]) -> None:
        self.language = language
        self.direction = "rtl" if language.partition("-")[0] in RIGHT_TO_LEFT else "ltr"
        self.texts = texts

    def __call__(self, text: str, **values: object) -> str:
        """The text in this language; ``{name}`` in it is what ``values`` say."""
        found = self.texts.get(text, text)
        return found.format(**values) if values else found


@cache
def languages() -> dict[str, str]:
    """Languages that the page has, each with its own name for itself."""
    found = {ENGLISH: "English"}
    for path in sorted(FOLDER.glob("*.toml")):
        found[path.stem] = words(path.stem).texts["English"]
    return found


@cache
def words(language: str) -> Words:
    """The catalogue of a language that there is."""
    path = FOLDER / f"{language}.toml"
    texts = tomllib.loads(path.read_text()) if language != ENGLISH else {}
    return Words(language, texts)


def choose(header: str) -> Words:
    """The best for an Accept-Language header (RFC 9110 section 12.5.4): its ranges by weight, each also without its
    region. English for all else."""
    for wanted in sorted(_ranges(header[:512]), key=lambda each: -each[0]):
        tag = wanted[1].lower()
        while tag:
            if tag in languages():
                return words(tag)
            tag = tag.rpartition("-")[0]
    return words(ENGLISH)


def _ranges(header: str) -> list[tuple[float, str]]:
    found = []
    for part in header.split(","):
        tag, _, parameter = part.partition(";")
        weight = parameter.strip().removeprefix("q=")
        try:
            quality = float(weight) if weight else 1.0
        except ValueError:
            continue
        if tag.strip() and quality > 0:
            found.append((quality, tag.strip()))
    return found
