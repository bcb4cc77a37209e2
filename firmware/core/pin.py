"""What a job-password may look like, and how clients hide it (PWG 5100.11). The hash that is kept is another one."""

from __future__ import annotations

import hashlib
import string
from collections.abc import Callable
from dataclasses import dataclass

from firmware.core.events import Fact

MOST_OCTETS = 255
"""job-password-supported."""
LENGTHS = (4, 255)
"""job-password-length-supported, in characters."""

_HASHES = {
    **{f"sha2-{bits}": f"sha{bits}" for bits in (224, 256, 384, 512)},
    **{f"sha3-{bits}": f"sha3_{bits}" for bits in (224, 256, 384, 512)},
    "sha2-512_224": "sha512_224",
    "sha2-512_256": "sha512_256",
}
_SHAKES = {"shake-128": "shake_128", "shake-256": "shake_256"}
_SHORTEST_SHAKE = 16
# Left out: md2, md4, md5 and sha, which are broken; shake-512, sha3-512_224 and sha3-512_256, which FIPS 202 has not.

HASHED = tuple([name for name, known in _HASHES.items() if known in hashlib.algorithms_available] + list(_SHAKES))
"""job-password-encryption-supported without ``none``."""


def looks_right(encryption: str, value: bytes) -> bool:
    """Is this as long as what that hash gives?"""
    if encryption in _SHAKES:
        return len(value) >= _SHORTEST_SHAKE
    return len(value) == hashlib.new(_HASHES[encryption]).digest_size


def hidden(encryption: str, clear: bytes, octets: int) -> bytes:
    """A password in clear, hidden as the client did who sent so many ``octets``."""
    if encryption == "none":
        return clear
    if encryption in _SHAKES:
        shake = hashlib.shake_128 if encryption == "shake-128" else hashlib.shake_256
        return shake(clear).digest(octets)
    return hashlib.new(_HASHES[encryption], clear).digest()


def _complex(text: str) -> bool:
    kinds = (string.ascii_lowercase, string.ascii_uppercase, string.digits, string.punctuation)
    return _ascii(text) and all(any(char in kind for char in text) for kind in kinds)


def _ascii(text: str) -> bool:
    return all(" " <= char <= "~" for char in text)


REPERTOIRES: dict[str, Callable[[str], bool]] = {
    "iana_us-ascii_any": _ascii,
    "iana_us-ascii_complex": _complex,
    "iana_us-ascii_digits": lambda text: text.isascii() and text.isdigit(),
    "iana_us-ascii_letters": lambda text: text.isascii() and text.isalpha(),
    "iana_utf-8_any": str.isprintable,
    "iana_utf-8_digits": str.isdigit,
    "iana_utf-8_letters": str.isalpha,
}
"""job-password-repertoire-supported, and what each asks of a password."""


def fault(clear: bytes, repertoire: str) -> str:
    """What is wrong with a password in clear, as the end of a sentence; empty when nothing is."""
    try:
        text = clear.decode()
    except UnicodeDecodeError:
        return "is no UTF-8"
    if not LENGTHS[0] <= len(text) <= LENGTHS[1]:
        return f"has not {LENGTHS[0]} to {LENGTHS[1]} characters"
    return "" if REPERTOIRES[repertoire](text) else f"is not within {repertoire}"


@dataclass(frozen=True, slots=True)
class SecretHashed(Fact):
    """What HashSecret asked for."""

    key: int
    hashed: str


@dataclass(frozen=True, slots=True)
class SecretChecked(Fact):
    """What CheckSecret asked for."""

    key: int
    good: bool
