"""Passwords of jobs: repertoires, lengths, and hashes as others compute them (FIPS 180-4, FIPS 202)."""

from __future__ import annotations

import pytest

from firmware.core import pin

_ABC = {
    "sha2-256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    "sha2-512_256": "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23",
    "sha3-256": "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532",
    "shake-128": "5881092dd818bf5cf8a3ddb793fbcba7",
}
"""Of "abc", from the standards' own examples."""


@pytest.mark.parametrize(("encryption", "digest"), _ABC.items())
def test_hashes_are_those_of_the_standards(encryption: str, digest: str) -> None:
    value = bytes.fromhex(digest)
    assert pin.hidden(encryption, b"abc", len(value)) == value
    assert pin.looks_right(encryption, value)


def test_none_hides_nothing() -> None:
    assert pin.hidden("none", b"1234", 4) == b"1234"


@pytest.mark.parametrize("encryption", pin.HASHED)
def test_every_hash_knows_its_length(encryption: str) -> None:
    value = pin.hidden(encryption, b"1234", 32)
    assert pin.looks_right(encryption, value)
    assert not pin.looks_right(encryption, b"1234")


def test_what_is_broken_or_no_hash_is_left_out() -> None:
    assert not {"md2", "md4", "md5", "sha", "none", "shake-512", "sha3-512_256"} & set(pin.HASHED)
    assert {"sha2-256", "sha2-512", "sha3-512", "shake-256"} <= set(pin.HASHED)


@pytest.mark.parametrize(
    ("repertoire", "good", "bad"),
    [
        ("iana_us-ascii_any", "a B~1", "über"),
        ("iana_us-ascii_complex", "aB3!", "aB34"),
        ("iana_us-ascii_digits", "0123", "123a"),
        ("iana_us-ascii_letters", "abcD", "abc1"),
        ("iana_utf-8_any", "größe 1", "abc\n1"),
        ("iana_utf-8_digits", "١٢٣٤", "1a34"),
        ("iana_utf-8_letters", "größe", "große1"),
    ],
)
def test_repertoires(repertoire: str, good: str, bad: str) -> None:
    assert pin.fault(good.encode(), repertoire) == ""
    assert pin.fault(bad.encode(), repertoire) == f"is not within {repertoire}"


def test_lengths_count_characters_not_octets() -> None:
    assert pin.fault("ü".encode() * 4, "iana_utf-8_any") == ""
    assert "4 to 255" in pin.fault("ü".encode() * 3, "iana_utf-8_any")
    assert pin.fault(b"\xff\xff\xff\xff", "iana_utf-8_any") == "is no UTF-8"
