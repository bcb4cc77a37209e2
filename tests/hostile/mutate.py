"""Random mutations of sound requests over one connection: ``python -m tests.hostile.mutate 10000``.

Whatever comes, the printer gives an answer that is well formed, soon, and forgets it. The same seed makes the same
requests.
"""

from __future__ import annotations

import random
import struct
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests import wire
from tests.desk import Desk, desk
from tests.wire import Client, attribute, collection, member, request

PATIENCE = 10.0
"""Seconds that one answer may take, on a machine that does other things, too."""


@dataclass
class Outcome:
    """What came of them all."""

    requests: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    reconnects: int = 0
    seconds: float = 0.0


def sound(uri: str) -> list[bytes]:
    """Requests of every kind, with every kind of value."""
    size = collection("media-size", member("integer", "x-dimension", 21000), member("integer", "y-dimension", 29700))
    inner = size.partition(b"media-size")[2][2:]
    media = collection(
        "media-col", wire.item(0x4A, b"", b"media-size") + wire.item(0x34, b"", b"") + inner,
        member("keyword", "media-type", "stationery"),
    )  # fmt: skip
    override = collection("overrides", member("range", "pages", (1, 2)), member("keyword", "sides", "one-sided"))
    ticket = [
        attribute("integer", "copies", 1),
        attribute("keyword", "sides", "two-sided-long-edge"),
        attribute("range", "page-ranges", (1, 2), (4, 5)),
        attribute("resolution", "printer-resolution", (300, 300, 3)),
        attribute("enum", "orientation-requested", 4),
        media,
        override,
    ]
    text = attribute("mime", "document-format", "text/plain")
    which = attribute("keyword", "which-jobs", "completed")
    several = attribute("keyword", "requested-attributes", "all", "media-col-database", "job-template")
    number = attribute("integer", "job-id", 1)
    last = attribute("boolean", "last-document", 1)
    return [
        request(wire.GET_PRINTER, uri, several),
        request(wire.GET_JOBS, uri, which, attribute("integer", "limit", 5)),
        request(wire.VALIDATE_JOB, uri, text, job=ticket),
        request(wire.PRINT_JOB, uri, text, job=ticket) + b"Hello, paper.\n",
        request(wire.CREATE_JOB, uri, attribute("name", "job-name", "mutant"), job=ticket),
        request(wire.SEND_DOCUMENT, uri, number, last, text) + b"More.\n",
        request(wire.CLOSE_JOB, uri, number),
        request(wire.CANCEL_JOB, uri, number),
        request(wire.GET_JOB, uri, number),
        request(wire.SET_PRINTER, uri, job=[attribute("text", "printer-location", "here")]),
    ]


def mutated(chance: random.Random, raw: bytes) -> bytes:
    """One to four small changes: octets, lengths, pieces doubled, dropped, moved or cut off."""
    data = bytearray(raw)
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        _MUTATIONS[chance.randrange(len(_MUTATIONS))](chance, data)
    return bytes(data)


def _octet(chance: random.Random, data: bytearray) -> None:
    if data:
        data[chance.randrange(len(data))] = chance.choice((0, 1, 3, 0x7F, 0x80, 0xFF, chance.randrange(256)))


def _bit(chance: random.Random, data: bytearray) -> None:
    if data:
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def _length(chance: random.Random, data: bytearray) -> None:
    if len(data) > 12:
        at = chance.randrange(8, len(data) - 2)
        struct.pack_into(">H", data, at, chance.choice((0, 1, 4, 255, 0x7FFF, 0x8000, 0xFFFF)))


def _double(chance: random.Random, data: bytearray) -> None:
    at, length = chance.randrange(len(data) + 1), chance.randrange(1, 200)
    data[at:at] = data[at : at + length] * chance.choice((1, 2, 30))


def _drop(chance: random.Random, data: bytearray) -> None:
    at = chance.randrange(len(data) + 1)
    del data[at : at + chance.randrange(1, 60)]


def _cut(chance: random.Random, data: bytearray) -> None:
    del data[chance.randrange(len(data) + 1) :]


def _insert(chance: random.Random, data: bytearray) -> None:
    at = chance.randrange(len(data) + 1)
    data[at:at] = chance.randbytes(chance.randrange(1, 40))


def _tag(chance: random.Random, data: bytearray) -> None:
    """Another value tag where one probably is."""
    places = [at for at, octet in enumerate(data) if octet in wire.TAGS.values()]
    if places:
        data[chance.choice(places)] = chance.choice([*wire.TAGS.values(), 0x10, 0x13, 0x15, 0x16, 0x7F])


_MUTATIONS = (_octet, _bit, _length, _double, _drop, _cut, _insert, _tag)


def run(printer: Desk, count: int, seed: int) -> Outcome:
    """Send so many, and look at every answer."""
    chance, outcome = random.Random(seed), Outcome()
    started = time.monotonic()
    with printer.client(PATIENCE) as client:
        originals = sound(printer.uri)
        for index in range(count):
            body = mutated(chance, chance.choice(originals))
            begun = time.monotonic()
            try:
                outcome.answers[_send(client, body)] += 1
            except (ConnectionError, OSError) as error:
                raise AssertionError(f"no answer to number {index} of seed {seed}: {error!r}: {body!r}") from error
            except AssertionError as error:
                raise AssertionError(f"number {index} of seed {seed}: {error}: {body!r}") from error
            outcome.slowest = max(outcome.slowest, time.monotonic() - begun)
            outcome.requests += 1
    outcome.seconds = time.monotonic() - started
    return outcome


def _send(client: Client, body: bytes) -> str:
    """The kind of answer: an HTTP status, or a status of IPP."""
    answer = client.post(body)
    if answer.status != 200:
        assert answer.status in (400, 408, 413, 415), answer.status
        assert b"Traceback" not in answer.body
        return f"HTTP {answer.status}"
    found = answer.ipp
    assert found.request_id == struct.unpack_from(">I", body, 4)[0]
    assert found.code != 0x0500, "server-error-internal-error"
    return f"0x{found.code:04x}"


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    with tempfile.TemporaryDirectory() as folder, desk(Path(folder)) as printer:
        outcome = run(printer, count, seed)
        printer.idle(300)
        print(f"{outcome.requests} requests in {outcome.seconds:.1f} s, slowest {outcome.slowest:.2f} s, seed {seed}")
        print(f"memory at most {printer.peak() >> 20} MiB")
        for kind, times in outcome.answers.most_common():
            print(f"  {kind:12} {times}")


if __name__ == "__main__":
    main()
