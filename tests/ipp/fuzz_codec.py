"""Fuzz the decoder with coverage: ``python -m tests.ipp.fuzz_codec -max_total_time=600`` (any libFuzzer option).

Any octets, in any pieces, are a message that comes back octet for octet, or a ``MalformedMessage``. ``--planted``
fuzzes a copy of the decoder in which one check of a length is missing, to see that such a thing is found. libFuzzer
tells the coverage (``cov:`` edges) on standard error; what breaks is left in the working folder.

atheris has wheels for CPython 3.11 on x86-64 only. Nothing of ours may be imported before it watches.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import atheris

CODEC = "firmware.ipp.codec"
PLANTED = "planted_codec"
CHECK = "    if len(octets) < first + 4:\n"
"""The check that the planted copy lacks."""


def watched(name: str) -> ModuleType:
    """Import a module so that atheris sees its branches."""
    with atheris.instrument_imports(include=[name]):
        return importlib.import_module(name)


def plant(folder: Path) -> str:
    """Write a decoder without the check; the name under which it can be imported."""
    spec = importlib.util.find_spec("firmware")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    source = (Path(spec.submodule_search_locations[0]) / "ipp" / "codec.py").read_text()
    assert source.count(CHECK) == 1
    (folder / f"{PLANTED}.py").write_text(source.replace(CHECK, "    if len(octets) < first:\n"))
    sys.path.insert(0, str(folder))
    return PLANTED


def target(codec: ModuleType) -> Callable[[bytes], None]:
    """The function that libFuzzer calls: the first octet says how large the pieces are."""

    def one(data: bytes) -> None:
        if not data:
            return
        octets = data[1:]
        message, rest, error = read(codec, octets, data[0] or len(data))
        if error is None:
            assert codec.encode(message) + rest == octets
        else:
            assert error.__cause__ is None, "a read that no check went before"
            assert (error.header is None) == (len(octets) < 8)
            assert 0 <= error.offset <= len(octets)

    return one


def read(codec: ModuleType, octets: bytes, size: int) -> tuple[Any, bytes, Any]:
    """Feed pieces of one size: the message and what follows it, or the error."""
    decoder = codec.Decoder()
    try:
        for start in range(0, len(octets), size):
            rest = decoder.feed(octets[start : start + size])
            if rest is not None:
                return decoder.message, rest + octets[start + size :], None
        decoder.end()
    except codec.MalformedMessage as error:
        return None, b"", error
    raise AssertionError("neither a message nor an error")


def seeds(folder: Path) -> str:
    """A corpus to begin with: sound messages that use every part of the language."""
    from tests.ipp.samples import SAMPLES

    corpus = folder / "corpus"
    corpus.mkdir()
    for number, sample in enumerate(SAMPLES):
        (corpus / f"sample-{number}").write_bytes(b"\0" + sample)
    return str(corpus)


def main(arguments: list[str]) -> None:
    folder = Path(tempfile.mkdtemp(prefix="inkstand-fuzz-"))
    planted = "--planted" in arguments
    options = [option for option in arguments if option != "--planted"]
    codec = watched(plant(folder) if planted else CODEC)
    atheris.Setup([*options, seeds(folder)], target(codec))
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv)
