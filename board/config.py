"""Board files: TOML to typed data. An unknown key or a wrong value is an error that names the file and the key."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct, field

from board.wiring import WiresConfig
from firmware.core.model import Model
from firmware.core.references import AllowedHosts

BOARDS = Path(__file__).with_name("boards")
MODELS = Path(__file__).with_name("models")

Kind = TypeVar("Kind")
Port = Annotated[int, Meta(ge=0, le=65535)]


class ConfigError(ValueError):
    """A file that can't be used: one line, with what to do."""


class PrinterConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """The printer on this board; ``model`` is a name under models/ or a path."""

    model: str
    name: str = "Inkstand"
    notice: str = ""
    """What every page of it says at its top."""
    media: str = ""
    """What the first tray holds and is printed on by default, as a PWG size name; empty: what the model says."""


class NetworkConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """Where it listens; an empty ``bind`` is every address."""

    port: Port = 8631
    bind: str = ""
    discovery: bool = True
    tls: Literal["off", "offered", "required"] = "offered"
    """Besides plain HTTP on the same port, or in its place."""
    certificate: str = ""
    """The owner's certificate with its chain, and ``key`` its key: PEM files. Empty: what ``inkstand certificate``
    installed, or one that the printer makes itself."""
    key: str = ""
    names: tuple[str, ...] = ()
    """More host names by which clients call it, such as an alias in DNS; ``*.example.com`` stands for any."""


class SinkConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """Where sheets go: ``virtual`` makes files of them, ``head`` marks them on a print head. ``pace`` ``model`` takes
    the time that the model's pages per minute say, or the head's lines."""

    part: Literal["virtual", "head"] = "virtual"
    formats: tuple[Literal["png", "pdf", "pwg"], ...] = ("png", "pdf")
    pace: Literal["none", "model"] = "none"
    keep_jobs: Annotated[int, Meta(ge=0)] = 0
    """So many jobs' sheets stay, the newest; 0: all."""
    keep_documents: bool = False
    """Leave the documents, as they came, beside the sheets that were made of them."""


class HeadConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """A print head: its ``mechanism`` is a name under heads/ or a path, ``paper`` one that the mechanism knows."""

    mechanism: str = "ltpd245"
    paper: str = "standard"
    wires: Literal["simulated", "linux"] = "simulated"
    """``linux``: SPI and GPIO as ``[wires]`` says."""
    label: Annotated[float, Meta(ge=0)] = 0.0
    """Simulated wires: mm of a label on the roll, and of the ``gap`` behind it; 0 is paper without an end."""
    gap: Annotated[float, Meta(ge=0)] = 3.0


class TraysConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """Who looks after the paper: with an attentive operator it never runs out, without one trays hold their capacity
    and a job waits until ``inkstand ctl load`` brings what it needs."""

    operator: Literal["attentive", "absent"] = "attentive"


class FunctionConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """A function of the kernel's own, such as a network (``ncm``) or serial (``acm``) one."""

    kind: str
    name: str = "usb0"
    attributes: dict[str, str] = field(default_factory=dict)


class PanelConfig(Struct, frozen=True, forbid_unknown_fields=True):
    part: Literal["console"] = "console"


class LightConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """The status light: one of the kernel's LEDs, by its name in /sys/class/leds."""

    part: Literal["none", "sysfs"] = "none"
    led: str = "ACT"


class AccessConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """Who may do what without a password: see ``firmware.core.access.Policy``."""

    operators: Literal["this-machine", "everyone", "nobody"] = "this-machine"
    printing: Literal["everyone", "users"] = "everyone"
    """Who on the network may print: everybody, or who logs in."""
    metrics: Literal["operators", "everyone", "nobody"] = "operators"
    """Who may read /metrics."""


class ReleaseConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """Jobs that wait for a PIN, a button or their owner: ``hold_for`` seconds, then they are canceled; 0 is for
    ever."""

    hold_for: Annotated[float, Meta(ge=0)] = 86400.0


class AccessPointConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """A network around the simulated radio; without a password it is open."""

    ssid: Annotated[str, Meta(min_length=1, max_length=32)]
    password: str = ""
    security: Literal["wpa2", "wpa3"] = "wpa2"
    hidden: bool = False


class WifiConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """The radio, and the network service that has it."""

    part: Literal["none", "simulated", "networkmanager", "wpa_supplicant"] = "none"
    interface: str = ""
    """Empty takes the only one."""
    over_tls: bool = False
    """Operators who logged in over TLS may set it too, not only the one at the cable."""
    air: tuple[AccessPointConfig, ...] = ()
    """Networks around the simulated radio."""
    seconds: Annotated[float, Meta(ge=0)] = 1.0
    """That the simulated radio takes to join."""


class PolicyConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """What some users are bound to; ``*`` is everybody whom no other policy names. See ``features.user_policy``."""

    users: tuple[str, ...]
    color: bool = True
    both_sides: bool = False
    max_copies: Annotated[int, Meta(ge=0)] = 0


class SpoolConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """How many octets of documents may wait on disk, and whether they stay with the sheets afterwards."""

    quota: Annotated[int, Meta(ge=1 << 20)] = 4 << 30


class FetchConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """Hosts that documents may be fetched from, by Print-URI and Send-URI: ``name`` or ``name:port``. None switches
    both off."""

    hosts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        AllowedHosts(self.hosts)


class IdentityConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """Where keys and password hashes lie: ``files`` in ``folder`` (empty: beside the state), or ``memory``, where a
    restart forgets them."""

    part: Literal["files", "memory"] = "files"
    folder: str = ""
    factory: str = ""
    """File of what the board is for life: its UUIDs as JSON, which outlive a factory reset. Empty: they are made with
    the state."""


class UsbConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """Whether it is a USB device: ``gadget`` on a real controller ``udc``, ``usbip`` on a TCP port, or ``none``."""

    part: Literal["none", "gadget", "usbip"] = "none"
    udc: str = ""
    """Controller, as in /sys/class/udc; empty takes the only one."""
    required: bool = True
    """Whether a printer without its controller shall not start; else it is one on the network only."""
    name: str = "inkstand"
    """Of the gadget; one for each controller."""
    functions: tuple[FunctionConfig, ...] = ()
    """Functions that the kernel serves beside the printer."""
    bind: str = "127.0.0.1"
    port: Port = 3240
    speed: Literal["full", "high", "super"] = "high"


class Board(Struct, frozen=True, forbid_unknown_fields=True):
    """Which part for which port."""

    printer: PrinterConfig
    network: NetworkConfig = field(default_factory=NetworkConfig)
    sink: SinkConfig = field(default_factory=SinkConfig)
    head: HeadConfig = field(default_factory=HeadConfig)
    wires: WiresConfig | None = None
    trays: TraysConfig = field(default_factory=TraysConfig)
    panel: PanelConfig = field(default_factory=PanelConfig)
    light: LightConfig = field(default_factory=LightConfig)
    access: AccessConfig = field(default_factory=AccessConfig)
    identity: IdentityConfig = field(default_factory=IdentityConfig)
    usb: UsbConfig = field(default_factory=UsbConfig)
    wifi: WifiConfig = field(default_factory=WifiConfig)
    spool: SpoolConfig = field(default_factory=SpoolConfig)
    fetch: FetchConfig = field(default_factory=FetchConfig)
    policies: tuple[PolicyConfig, ...] = ()
    release: ReleaseConfig = field(default_factory=ReleaseConfig)


def load_board(name: str, over: Iterable[Path] = ()) -> Board:
    """A board by its name under boards/, or by the path of its file. Each file of ``over`` that is there has some of a
    board's keys, which count in place of the board's."""
    path = find(name, BOARDS, "board")
    tables = parse(path)
    for other in over:
        if other.is_file():
            tables, path = merged(tables, parse(other)), other
    return typed(tables, path, Board)


def load_model(name: str) -> Model:
    """A model by its name under models/, or by the path of its file."""
    return load(find(name, MODELS, "model"), Model)


def names(folder: Path) -> list[str]:
    return sorted(path.stem for path in folder.glob("*.toml"))


def find(name: str, folder: Path, what: str) -> Path:
    """A file by its name in a folder of ours, or by its path; ConfigError."""
    path = Path(name) if name.endswith(".toml") or "/" in name else folder / f"{name}.toml"
    if not path.is_file():
        raise ConfigError(
            f"no {what} {name!r}; there are: {', '.join(names(folder))} (or give the path of a .toml file)"
        )
    return path


def load(path: Path, kind: type[Kind]) -> Kind:
    """A TOML file as typed data; ConfigError names the file and the key."""
    return typed(parse(path), path, kind)


def parse(path: Path) -> dict[str, Any]:
    """A TOML file as plain tables."""
    try:
        return tomllib.loads(path.read_text())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: no TOML: {error}") from error


def merged(tables: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Tables with what others say in its place, key by key."""
    found = dict(tables)
    for key, value in over.items():
        known = found.get(key)
        found[key] = merged(known, value) if isinstance(known, dict) and isinstance(value, dict) else value
    return found


def typed(tables: dict[str, Any], path: Path, kind: type[Kind]) -> Kind:
    """Plain tables as typed data; ConfigError names the file, ``path``, and the key."""
    try:
        return msgspec.convert(tables, kind)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{path}: {error}") from error
