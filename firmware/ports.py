"""The sockets in the wall: what the firmware needs of a board, each a small Protocol.

A port is written when its second part needs it. Parts live in ``board.parts``, the simulated one beside the real
one; nothing here knows them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from firmware.core.finishing import Mark
from firmware.core.network import WifiState
from firmware.core.ticket import Media, PageTicket
from raster_ext import Page


@dataclass(frozen=True, slots=True)
class SinkJob:
    """What a sink may know of a job before its first page."""

    printer: str
    id: int
    uuid: str
    name: str
    user: str
    ticket: Mapping[str, Any]
    """The job's template attributes as plain JSON values, for the record that is kept with the sheets."""


@dataclass(frozen=True, slots=True)
class Side:
    """One side of one sheet, about to be marked."""

    sheet: int
    """Number of the sheet in output order, from 1."""
    back: bool
    page: Page
    """The pixels that follow: ``srgb_8``, ``sgray_8`` or ``black_1``, upright, as large as the media."""
    media: Media
    output_bin: str
    sides: str
    """``one-sided``, ``two-sided-long-edge`` or ``two-sided-short-edge``."""
    copy: int = 1
    content: tuple[tuple[int, int], ...] = ()
    """(document number, page number) of each input page placed on this side, in reading order; both from 1."""
    role: str = "pages"
    """``pages``, or the Job Template attribute that asked for this sheet."""
    marks: tuple[Mark, ...] = ()
    """What a finisher does to the sheet, as seen from this side."""
    finishings: tuple[str, ...] = ()
    """The finishings that the marks belong to, and cuts of a roll: ``staple-top-left``, ``trim-after-pages`` …"""
    set_done: bool = False
    """The last side of sheets that are bound together."""
    ticket: PageTicket | None = None
    """The first page's ticket as it is carried out."""
    executed: tuple[str, ...] = ()
    """Job Template attributes of the whole job that this side carries out."""


@dataclass(frozen=True, slots=True)
class Counters:
    """What was really marked, counted as it was marked (PWG 5100.7 impressions and sheets)."""

    impressions: int = 0
    color: int = 0
    """Impressions with at least one coloured dot."""
    blank: int = 0
    sheets: int = 0
    pages: int = 0
    """Input pages placed, each counted once for each copy."""


@dataclass(frozen=True, slots=True)
class SinkResult:
    """How a job ended. ``state`` is completed, canceled or aborted; processing-stopped when it was put aside between
    two sheets, and the rest of it comes another time."""

    state: str
    reasons: tuple[str, ...]
    counters: Counters
    message: str = ""


class PageSink(Protocol):
    """Where sheets go. Called in this order, one call and one job at a time, from worker threads.

    A sink raises ``PartError(keyword)`` when the hardware can't go on; it blocks while the hardware is busy. An error
    with ``again`` stops the job without ending it: the same call is made again.
    """

    kinds: tuple[str, ...]
    """The page kinds that it takes, best first."""

    def start_job(self, job: SinkJob) -> None: ...
    def start_page(self, side: Side) -> None: ...
    def write_band(self, data: memoryview) -> None:
        """Whole lines, top to bottom; the buffer is used again after the call."""

    def end_page(self) -> None: ...
    def end_job(self, result: SinkResult) -> None:
        """The job is over; what it left behind must be on disk when this returns."""


class InputTrays(Protocol):
    """Where sheets come from."""

    def take(self, media: Media) -> Media:
        """Take a sheet, from the press's thread: what it really is, with its source. PartError media-needed when no
        tray has such media, media-empty when the tray that has it ran out; both may be tried again."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """Something the printer wants a person nearby to notice (Identify-Printer)."""

    actions: tuple[str, ...]
    message: str = ""
    details: Mapping[str, str] = field(default_factory=dict)


class Panel(Protocol):
    """What a person standing at the printer sees and hears."""

    actions: tuple[str, ...]
    """The identify-actions that it can do, best first."""

    def announce(self, announcement: Announcement) -> None: ...


LightState = Literal["ready", "printing", "error", "wifi"]


class StatusLight(Protocol):
    """A lamp on the housing. Called on the event loop; it never raises."""

    def show(self, state: LightState) -> None:
        """Show this from now on; ``wifi``: the network is not there yet."""

    def close(self) -> None:
        """Dark."""


@dataclass(frozen=True, slots=True)
class RadioStatus:
    """How a radio fares; ``ssid`` is the network that it is on or wants to be on, empty without one."""

    state: WifiState
    ssid: bytes = b""


@dataclass(frozen=True, slots=True)
class Network:
    """A network in reach. ``security`` is open, wpa2, wpa3, wpa2/wpa3 or other; ``signal`` in dBm or, where it is
    positive, percent."""

    ssid: bytes
    security: str
    signal: int


class JoinFailed(Exception):
    """A network was not joined: ``state`` is CANNOT_JOIN or NOT_VISIBLE."""

    def __init__(self, state: WifiState, message: str) -> None:
        super().__init__(message)
        self.state = state


class Radio(Protocol):
    """A Wi-Fi station, run by a network service that keeps its network and the password for the time after a
    restart. OSError from any of these: the service does not answer."""

    def watch(self) -> AsyncIterator[RadioStatus]:
        """How it fares, now and at each change. Raises OSError when the service goes; ends with its generator."""

    async def join(self, ssid: bytes, password: bytes | None) -> None:
        """Leave the present network for this one; returns when it is joined. ``password`` as in ``JoinNetwork``.

        JoinFailed: the radio goes back to the network that worked. If there is none, it keeps trying this one.
        Cancelled, it forgets about the new one.
        """

    async def forget(self) -> None:
        """Have no network."""

    async def scan(self) -> list[Network]:
        """Networks in reach, the strongest first, each once; hidden ones are left out."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the sensors of a marking engine see."""

    paper: bool = True
    cover_open: bool = False
    home: bool = True
    gap: bool = False
    """A gap between labels, or a black mark, is at its sensor."""
    waiting: bool = False
    """A label hangs at the peeler."""


class PrintHead(Protocol):
    """A line of dots. Any method raises ``PartError(keyword)`` when the head can't be used; its supply is off then."""

    def load(self, line: bytes) -> None:
        """Shift a line of dots in, a bit each, the leftmost first, and latch it."""

    def fire(self, groups: int, us: float) -> None:
        """Heat the dots of the strobe groups whose bits are set, for so many microseconds. Returns when it is over."""

    def supply(self, on: bool) -> None:
        """The voltage that heats."""

    def temperature(self) -> float:
        """Degrees Celsius."""

    def volts(self) -> float:
        """The supply's voltage."""


class Motor(Protocol):
    """The paper motor."""

    def step(self, steps: int) -> None: ...
    def release(self) -> None:
        """No current through it; the paper may slip from here on."""


class Cutter(Protocol):
    """A blade across the paper."""

    def cut(self) -> None:
        """There and back. PartError trimmer-jam when it does not come back; its motor is off then."""


class Sensors(Protocol):
    """What the engine can see."""

    def read(self) -> Seen: ...


class IdentityStore(Protocol):
    """Where keys and password hashes lie: nobody else reads them, and they are no part of the printer's state."""

    def load(self, name: str) -> bytes | None:
        """What was saved under this name, if there is something; OSError when it can't be read."""

    def save(self, name: str, secret: bytes) -> None:
        """Keep it: on disk, whole, when this returns. OSError."""

    def remove(self, name: str) -> None:
        """Forget it, if it is there."""
