"""Decoding against libcups' reader, on A4 pages at 600 dpi (see ``corpus`` and ``workshop``)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from tests.bench.corpus import KINDS, PAGES
from tests.bench.rows import Row, mean, timed
from tests.bench.workshop import compare, decode, peer, workshop

OFFICE = ("text", "office")
WANTED = {"photo srgb_8": 2.2, "photo sgray_8": 6.0, "photo black_1": 7.0, "white": 1.2, "noise": 1.2}


def rows() -> Iterator[Row]:
    office: list[Row] = []
    for page in PAGES:
        for kind in KINDS:
            for format in ("pwg", "urf") if kind != "black_1" else ("pwg",):
                row = _against_libcups(page, kind, format)
                if page in OFFICE:
                    office.append(row)
                yield row
    yield mean("decode text and office, geometric mean", office, wanted=10.0, note="against libcups")
    yield from _share_of_memcpy()


def _against_libcups(page: str, kind: str, format: str) -> Row:
    place = workshop()
    file = place.file(page, kind, format)
    wanted = WANTED.get(f"{page} {kind}", WANTED.get(page, 5.0))
    with peer(place.cups.reader, "time", file) as libcups:
        name = f"decode {page} {kind} {format}"
        return compare(name, timed(partial(decode, file)), libcups, wanted=wanted, note="against libcups")


def _share_of_memcpy() -> Iterator[Row]:
    place = workshop()
    size = place.page("srgb_8").bytes_per_line * place.corpus.size[1]
    with peer(place.peers, "memcpy", str(size)) as memcpy:
        for page in OFFICE:
            ours = timed(partial(decode, place.file(page, "srgb_8", "pwg")))
            name = f"decode {page} srgb_8, share of memcpy"
            yield compare(name, ours, memcpy, wanted=0.8, note="of the decoded page")
