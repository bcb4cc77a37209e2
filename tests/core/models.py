"""hypothesis strategies for printers that could be built."""

from __future__ import annotations

from hypothesis import strategies as st

from firmware.core.model import CustomSizes, MediaModel, Model, Supply, Tray
from tests.printer import A3, A4, A5, LETTER, LONG, SHORT

SIZES = (A4, LETTER, A5, A3, "na_index-4x6_4x6in", "na_5x7_5x7in", "iso_dl_110x220mm", "jpn_hagaki_100x148mm")
SOURCES = ("main", "alternate", "photo", "by-pass-tray", "tray-12", "roll-1", "envelope")
TYPES = ("stationery", "labels", "photographic-glossy", "envelope", "cardstock", "transparency", "other")
FORMATS = ("image/urf", "image/png", "text/plain")

supplies = st.builds(
    Supply,
    color=st.sampled_from(("black", "cyan", "magenta", "yellow", "light-cyan", "unknown")),
    type=st.sampled_from(("toner", "ink", "inkRibbon", "wasteToner")),
    pages=st.integers(1, 100_000),
)
customs = st.builds(
    lambda low, more: CustomSizes(min=low, max=(low[0] + more[0], low[1] + more[1])),
    st.tuples(st.integers(1, 20_000), st.integers(1, 20_000)),
    st.tuples(st.integers(0, 100_000), st.integers(0, 100_000)),
)


def several(values: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    """One or more of them, each once."""
    return st.lists(st.sampled_from(values), min_size=1, unique=True).map(tuple)


@st.composite
def media_models(draw: st.DrawFn, custom: bool = True) -> MediaModel:
    sizes, types = draw(several(SIZES)), draw(several(TYPES))
    trays = tuple(
        Tray(source=source, size=draw(st.sampled_from(sizes)), type=draw(st.sampled_from(types)))
        for source in draw(several(SOURCES))
    )
    margins = draw(st.lists(st.integers(0, 2000), min_size=1, max_size=3, unique=True))
    return MediaModel(
        sizes=sizes,
        types=types,
        trays=trays,
        margins=tuple(margins),
        custom=draw(st.none() | customs) if custom else None,
        default=draw(st.sampled_from(("", *sizes))),
    )


@st.composite
def models(draw: st.DrawFn, custom: bool = True) -> Model:
    """Colour or not, on one side or both, of few or many sizes; each of them an IPP Everywhere printer."""
    color = draw(st.booleans())
    formats = {"application/octet-stream", "image/pwg-raster", "application/pdf", *draw(several(FORMATS))}
    formats |= {"image/jpeg"} if color else set()
    return Model(
        make=draw(st.sampled_from(("Ink", "A:B;C", "Büro"))),
        model=draw(st.sampled_from(("One", "Two 2000"))),
        color=color,
        sides=draw(st.sampled_from((("one-sided",), ("one-sided", LONG, SHORT)))),
        sheet_back=draw(st.sampled_from(("normal", "flipped", "rotated", "manual-tumble"))),
        resolutions=tuple(sorted(draw(st.sets(st.integers(72, 2400), min_size=1, max_size=4)))),
        raster_types=draw(several(("black_1", "sgray_8", "srgb_8"))),
        urf_kinds=draw(several(("W8", "SRGB24", "DEVW8-16"))),
        formats=tuple(sorted(formats)),
        copies=draw(st.integers(1, 9999)),
        pages_per_minute=draw(st.integers(1, 500)),
        pages_per_minute_color=draw(st.none() | st.integers(1, 500)),
        media=draw(media_models(custom)),
        output_bins=draw(several(("face-down", "face-up", "tray-1", "stacker-2"))),
        supplies=tuple(draw(st.lists(supplies, min_size=1, max_size=6))),
    )
