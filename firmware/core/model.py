"""The printer that is claimed to be: everything about it that no job and no person changes.

A model is data (``board/models/*.toml``); an unknown key or a wrong type in it is an error that names it.
Lengths are 1/100 mm, speeds pages per minute, resolutions dots per inch.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

Positive = Annotated[int, Meta(ge=1)]
Length = Annotated[int, Meta(ge=0)]
Percent = Annotated[int, Meta(ge=0, le=100)]


class Tray(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An input tray: ``source`` is a media-source keyword, ``size`` and ``type`` what is loaded in it."""

    source: str
    size: str
    type: str = "stationery"
    color: str = "white"
    weight: Length = 80
    """Grams per square metre."""
    capacity: Positive = 250


class CustomSizes(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The sizes that the printer takes besides the named ones."""

    min: tuple[Length, Length]
    max: tuple[Length, Length]


class MediaModel(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What it prints on. ``margins`` are the hardware margins it knows, the usual one first; 0 is borderless."""

    sizes: tuple[str, ...]
    types: tuple[str, ...] = ("stationery",)
    trays: tuple[Tray, ...]
    margins: tuple[Length, ...] = (423, 0)
    custom: CustomSizes | None = None
    default: str = ""
    """The default size; empty means what the first tray holds."""


class Constraint(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Values that can't be had together: a job conflicts when each attribute of ``conflict`` has one of the values
    listed. ``resolve`` is what it gets instead. Members of media-col go by their own names; enums are numbers."""

    name: str
    conflict: dict[str, tuple[str | int, ...]]
    resolve: dict[str, str | int]


class Supply(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A supply: ``color`` is a colorant name, ``type`` of RFC 3805's PrtMarkerSuppliesTypeTC; ``pages`` its yield.
    ``name`` is what people call it; empty is its colour and type."""

    color: str
    type: str = "toner"
    name: str = ""
    pages: Positive = 5000


class Finisher(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What becomes of printed sheets; ``finishings`` are names of the enum (PWG 5100.1): ``staple-top-left`` …"""

    finishings: tuple[str, ...]
    sheets: Positive = 50
    """That can be bound together."""
    staples: Positive = 5000
    """In a full cartridge."""


class Labels(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a label printer does (IPP Label Printing Extensions); the first of each is the usual."""

    modes: tuple[Literal["tear-off", "peel-off", "cutter"], ...] = ("tear-off",)
    """label-mode: what becomes of a label that is printed."""
    tracking: tuple[Literal["web", "mark", "continuous"], ...] = ("web",)
    """media-tracking: by the gap between labels, by a mark, or not at all."""
    top_offset: Length = 0
    """media-top-offset: by how much the first line may lie lower."""
    tear_offset: tuple[int, int] = (0, 0)
    """label-tear-offset: how far the tear bar's place may be moved."""
    speeds: tuple[Positive, Positive]
    """print-speed, the slowest and the fastest, in 1/100 mm per second."""


class UsbModel(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How it shows itself on a cable. 1d6b:0104 and 1209:0001 are for development only."""

    vendor: int = 0x1209
    product: int = 0x0001
    release: int = 0x0100
    interfaces: Positive = 3
    """IPP-USB interfaces; hosts want two at least."""
    legacy: Literal["none", "beside", "alternate"] = "none"
    """A 7/1/2 interface beside them, or as alternate setting 0 of each."""
    layout: tuple[str, ...] = ()
    """Any layout instead: one word for each interface, alternate settings joined by "|", e.g. "7/1/2|7/1/4"."""


class Model(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One kind of printer."""

    make: str
    model: str
    color: bool = False
    levels: Literal[2, 256] = 256
    """Tones that the engine can give a dot. With 2 it is ink or none: every page is halftoned, in black."""
    sides: tuple[str, ...] = ("one-sided",)
    sheet_back: str = "normal"
    """pwg-raster-document-sheet-back (PWG 5102.4): how hosts must turn the back sides of duplex raster."""
    resolutions: tuple[Positive, ...]
    """Rising; draft is the first, high the last, normal the one in the middle."""
    raster_types: tuple[str, ...]
    urf_kinds: tuple[str, ...] = ("W8",)
    """urf-supported codes for colour spaces and depths."""
    formats: tuple[str, ...] = (
        "application/octet-stream",
        "image/pwg-raster",
        "image/urf",
        "application/PCLm",
        "application/pdf",
        "image/jpeg",
        "image/png",
        "text/plain",
    )
    copies: Positive = 999
    pages_per_minute: Positive = 20
    pages_per_minute_color: Positive | None = None
    media: MediaModel
    output_bins: tuple[str, ...] = ("face-down",)
    supplies: tuple[Supply, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    finisher: Finisher | None = None
    labels: Labels | None = None
    production: bool = False
    """Does it insert sheets and covers, impose and shift pages (PWG 5100.3)?"""
    usb: UsbModel = field(default_factory=UsbModel)

    def format_named(self, media_type: str) -> str:
        """The entry of ``formats`` that this is, whatever its case and parameters; itself when it is none."""
        bare = media_type.partition(";")[0].strip().lower()
        return next((name for name in self.formats if name.lower() == bare), bare)

    @property
    def make_and_model(self) -> str:
        return f"{self.make} {self.model}"

    def resolution_for(self, quality: int) -> int:
        """Dots per inch for a print-quality: 3 draft, 4 normal, 5 high."""
        last = len(self.resolutions) - 1
        return self.resolutions[{3: 0, 5: last}.get(quality, last // 2)]
