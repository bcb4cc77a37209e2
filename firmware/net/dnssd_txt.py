"""What DNS-SD tells of a printer: which services it has, and their TXT records (RFC 6763 section 6).

Every service and every key is derived from attributes (PWG 5100.14 section 4.2, Bonjour Printing Specification 1.2.1):
nothing is told that is not served.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from firmware.core.media import dimensions
from firmware.core.printer import Printer

LONGEST = 255
"""Octets of one key=value pair."""
PRINTING = ("_print", "_universal")
"""Subtypes: IPP Everywhere and AirPrint."""
AUTHENTICATION = {
    "requesting-user-name": "none",
    "none": "none",
    "basic": "username,password",
    "digest": "username,password",
    "certificate": "certificate",
    "negotiate": "negotiate",
    "oauth": "oauth",
}
"""``air``, by uri-authentication-supported."""

Values = Callable[[str], list[str]]
"""The values of an attribute, as a caller on the network gets them."""


@dataclass(frozen=True)
class Service:
    """A service of a printer; ``txt`` as pairs. Port 0: the name is taken, the protocol not spoken."""

    type: str
    port: int
    txt: dict[str, str]
    subtypes: tuple[str, ...] = ()


def services(printer: Printer, values: Values, port: int) -> list[Service]:
    """What the printer serves on the network, the flagship that defends its name among it."""
    found = [Service("_printer._tcp", 0, {})]
    ways = list(zip(values("printer-uri-supported"), values("uri-authentication-supported"), strict=True))
    secure = any(urlsplit(uri).scheme == "ipps" for uri, _ in ways)
    for uri, authentication in ways:
        air = AUTHENTICATION.get(authentication, "none")
        kind = f"_{urlsplit(uri).scheme}._tcp"
        found.append(Service(kind, port, txt(printer, values, secure, air), PRINTING))
    page = urlsplit("".join(values("printer-more-info")))
    if page.scheme:
        found.append(Service(f"_{page.scheme}._tcp", port, {"path": page.path or "/"}, ("_printer",)))
    return found


def txt(printer: Printer, values: Values, secure: bool, air: str) -> dict[str, str]:
    """The TXT record of _ipp and _ipps."""
    device = dict(part.partition(":")[::2] for part in "".join(values("printer-device-id")).split(";"))
    pairs = {
        "txtvers": "1",
        "qtotal": "1",
        "rp": printer.path.lstrip("/"),
        "ty": "".join(values("printer-make-and-model")),
        "adminurl": "".join(values("printer-more-info")),
        "note": "".join(values("printer-location")),
        "priority": "0",
        "product": f"({printer.model.model})",
        "pdl": ",".join(values("document-format-supported")),
        "kind": ",".join(values("printer-kind")),
        "UUID": "".join(values("printer-uuid")).removeprefix("urn:uuid:"),
        "URF": ",".join(values("urf-supported")),
        "Color": flag("true" in values("color-supported")),
        "Duplex": flag(len(values("sides-supported")) > 1),
        "Copies": flag(printer.model.copies > 1),
        "PaperMax": paper_max(printer),
        "TLS": "1.3" if secure else "none",
        "air": air,
        "usb_MFG": device.get("MFG", ""),
        "usb_MDL": device.get("MDL", ""),
        "usb_CMD": device.get("CMD", ""),
    }
    return {key: fit(key, value) for key, value in pairs.items() if value or key == "note"}


def flag(true: bool) -> str:
    return "T" if true else "F"


def fit(key: str, value: str) -> str:
    """Cut a value so that the pair fits; lists lose whole entries."""
    room = LONGEST - len(key.encode()) - 1
    while len(value.encode()) > room:
        value = value.rpartition(",")[0] if "," in value else value.encode()[:room].decode("utf-8", "ignore")
    return value


def paper_max(printer: Printer) -> str:
    """PaperMax, by the widest size (1/100 mm)."""
    widest = max(min(dimensions(name)) for name in printer.model.media.sizes)
    for limit, word in ((21590, "legal-A4"), (29700, "tabloid-A3"), (42000, "isoC-A2")):
        if widest <= limit:
            return word if widest >= 21000 else "<legal-A4"
    return ">isoC-A2"


def label_of(name: str) -> str:
    """A DNS label: at most 63 octets, and no dot, which zeroconf would take for a separator; nothing unprintable."""
    plain = "".join(character if character.isprintable() else " " for character in name)
    raw = plain.replace(".", "‧").encode()[:63]
    return raw.decode("utf-8", "ignore").strip() or "Printer"


def numbered(label: str, number: int) -> str:
    """The label with " (2)" behind it, whole within 63 octets."""
    if number < 2:
        return label
    tail = f" ({number})"
    return label.encode()[: 63 - len(tail)].decode("utf-8", "ignore").rstrip() + tail
