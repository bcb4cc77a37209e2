"""Broken rasters as a printer and as ``inkstand convert`` and ``inspect`` meet them: a DocumentError, one line that
names page, line and byte."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from board.converting import ConvertFailure, convert_file, inspect_file
from raster_ext import ColorSpace, PwgHeader, PwgWriter, UrfHeader, UrfWriter
from tests.document.press_kit import A5, press, source, ticket
from tests.raster import kit

PAGE = kit.page((ColorSpace.SRGB, 8), 40, 30)
RED = bytes((255, 0, 0))
LINES = 6
"""Coded lines: one repeated five times, then runs of 10, 20 and 10 pixels, four times over, five lines each."""
LINE = b"\x09" + RED + b"\x13" + RED + b"\x09" + RED
BODY = b"\x04" + b"\x27" + RED + (b"\x04" + LINE) * 5

CASES: dict[str, tuple[str, bytes, int, int]] = {
    "truncated": ("the input ends inside a page", BODY[:25], 11, 25),
    "bit-flipped": ("a run goes past the end of its line", BODY[:10] + bytes([BODY[10] ^ 0x40]) + BODY[11:], 6, 10),
    "overrunning": ("a run goes past the end of its line", BODY[:5] + b"\0\x81" + bytes(384), 6, 6),
    "repeated too often": ("a line repeat goes past the end of the page", BODY[:5] + b"\x19" + BODY[6:], 6, 5),
}
"""What is said, coded lines, and the line and octet of them that are named."""
HEADERS = {"zero-width": ("a page of 0 by 30 pixels", {"width": 0}),
           "2^32 lines": ("4294967295 lines, more than", {"height": 0xFFFFFFFF})}  # fmt: skip


def _start(format: str, **fields: int) -> tuple[bytes, bytes]:
    if format == "pwg":
        return b"RaS2", replace(PwgHeader.for_page(PAGE), **fields).pack()  # type: ignore[arg-type]
    return b"UNIRAST\0\0\0\0\1", replace(UrfHeader.for_page(PAGE), **fields).pack()


def broken(format: str) -> Iterator[tuple[bytes, str]]:
    """Each broken file, and what is said of it."""
    sync, header = _start(format)
    at = len(sync) + len(header)
    for said, body, line, offset in CASES.values():
        yield sync + header + body, f"{said} (page 1, line {line}, byte {at + offset})"
    for said, fields in HEADERS.values():
        yield b"".join(_start(format, **fields)), rf"{said}.* \(page 1, line 0, byte {len(sync)}\)"


BROKEN = [(format, data, said) for format in ("pwg", "urf") for data, said in broken(format)]
IDS = [f"{format} {name}" for format in ("pwg", "urf") for name in (*CASES, *HEADERS)]


def _says(message: str, said: str) -> bool:
    return message == said or re.fullmatch(said, message) is not None


def test_the_page_is_sound_before_it_is_broken(tmp_path: Path) -> None:
    for format, writer in (("pwg", PwgWriter), ("urf", UrfWriter)):
        file = b"".join(_start(format)) + BODY
        ((page, pixels),) = kit.decode(file)
        assert pixels == RED * 40 * 30
        assert len(kit.decode(kit.encode(writer, [(page, pixels)]))) == 1


@pytest.mark.parametrize(("format", "data", "said"), BROKEN, ids=IDS)
def test_the_press_aborts_the_job(format: str, data: bytes, said: str) -> None:
    media_type = {"pwg": "image/pwg-raster", "urf": "image/urf"}[format]
    result, _, _ = press([source(data, media_type)], ticket(A5))
    assert (result.state, result.reasons[1]) == ("aborted", "document-format-error")
    assert _says(result.message, said), result.message


@pytest.mark.parametrize(("format", "data", "said"), BROKEN, ids=IDS)
def test_the_commands_say_where(tmp_path: Path, format: str, data: bytes, said: str) -> None:
    file, out = tmp_path / f"broken.{format}", tmp_path / "out.pdf"
    file.write_bytes(data)
    with pytest.raises(ConvertFailure) as converted:
        convert_file(file, out, None, 300)
    with pytest.raises(ConvertFailure) as inspected:
        list(inspect_file(file, with_map=True))
    for caught in (converted, inspected):
        name, message = str(caught.value).split(": ", 1)
        assert name == file.name
        assert _says(message, said), message
    assert [path.name for path in tmp_path.iterdir()] == [file.name], "nothing is left of the destination"
