"""``inkstand convert`` and ``inkstand inspect``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from firmware.core.errors import DocumentError
from firmware.document.convert import TARGETS, Target, as_kind, is_raster, pages, reports, target


class ConvertFailure(Exception):
    """It can't be converted or read: one line."""


def convert_file(source: Path, destination: Path, kind: str | None, resolution: int) -> int:
    """Convert; the number of pages. The destination has its name only once it is whole.

    ConvertFailure says in one line which file was at fault, and where in it.
    """
    if kind is not None and kind not in TARGETS:
        raise ConvertFailure(f"{kind} is no type to convert to: {', '.join(TARGETS)}")
    try:
        writer = target(destination)
    except DocumentError as error:
        raise ConvertFailure(str(error)) from error
    except OSError as error:
        raise ConvertFailure(f"{destination}: {error.strerror}") from error
    try:
        count = _convert(source, writer, kind, resolution)
        writer.close()
    except (DocumentError, ValueError) as error:
        raise ConvertFailure(f"{source.name}: {error}") from error
    except OSError as error:
        at_fault = source if error.filename == str(source) else destination
        raise ConvertFailure(f"{at_fault}: {error.strerror}") from error
    finally:
        writer.drop()
    return count


def _convert(source: Path, writer: Target, kind: str | None, resolution: int) -> int:
    size, count = source.stat().st_size, 0
    with click.progressbar(length=size, label=f"Converting {source.name}") as bar:
        for page, pieces in pages(source, resolution, bar.update):
            writer.add(*(as_kind(page, pieces, kind) if kind else (page, pieces)))
            count += 1
    if not count:
        raise DocumentError("document-format-error", "it has no pages")
    return count


def inspect_file(source: Path, with_map: bool) -> Iterator[str]:
    """Lines that tell what a raster file says and how it is coded."""
    with source.open("rb") as file:
        if not is_raster(file.read(8)):
            raise ConvertFailure(f"{source.name} is no raster file: PWG, Apple and CUPS raster can be inspected")
    try:
        for number, (report, fields) in enumerate(reports(source), 1):
            yield f"Page {number}: {report.page.kind}, {report.page.width} × {report.page.height} pixels"
            width = max(len(name) for name, _ in fields)
            yield from (f"  {name.ljust(width)}  {value}" for name, value in fields)
            yield (
                f"  {report.octets} octets, {report.lines} coded lines, {report.equal} runs of equal and "
                f"{report.different} of different pixels, {report.fills} fills"
            )
            if with_map:
                yield "  Map of run lengths, blank where they are long:"
                yield from (f"  |{line}" for line in report.text().splitlines())
    except (ValueError, OSError) as error:
        raise ConvertFailure(f"{source.name}: {error}") from error
