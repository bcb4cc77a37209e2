"""Files that sheets are written to: temporary until they are whole and on disk, then renamed.

Shared by sinks that write files. Nothing here knows jobs.
"""

from __future__ import annotations

import contextlib
import errno
import os
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from firmware.core.errors import PartError
from firmware.document.page import Page
from raster_ext.image import ImageStream
from raster_ext.pdf import PdfWriter
from raster_ext.png import PngWriter

NAME_OCTETS = 80
PIECE = 1 << 18
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextlib.contextmanager
def disk_errors() -> Iterator[None]:
    """A disk that can't take any more is a full output tray; any other failure of it, a missing one."""
    try:
        yield
    except OSError as error:
        reason = "output-area-full" if error.errno in _FULL else "output-tray-missing"
        raise PartError(reason, f"sheets can't be written: {error.strerror or error}") from error


def safe_name(name: str) -> str:
    """A job's name as part of a folder's: letters, digits and ``-_.``; never empty, hidden or long."""
    kept = ""
    for char in unicodedata.normalize("NFC", name[:400]):
        kind = unicodedata.category(char)[0]
        mark = kind == "M" and unicodedata.category(kept[-1:] or "-")[0] in "LM"
        if char != "." or not kept.endswith("."):
            kept += char if kind in "LN" or mark or char in "_." else "-"
    kept = "-".join(part for part in kept.split("-") if part).strip(".-_")
    short = kept.encode("utf-8", "ignore")[:NAME_OCTETS].decode("utf-8", "ignore")
    return short.strip(".-_") or "untitled"


class PartFile:
    """A file that has its name only once it is whole. Not buffered: a full disk leaves a known state."""

    def __init__(self, folder: Path, name: str) -> None:
        self._part = folder / f".{name}.part"
        self._path = folder / name
        self._descriptor = os.open(self._part, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
        self.size = 0

    def write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._descriptor, view) :]
        self.size += len(data)

    def read(self, offset: int, length: int) -> bytes:
        return os.pread(self._descriptor, length, offset)

    def truncate(self, size: int) -> None:
        """Forget what was written behind ``size``, also by a write that failed."""
        os.ftruncate(self._descriptor, size)
        os.lseek(self._descriptor, size, os.SEEK_SET)
        self.size = size

    def finish(self) -> None:
        """On disk, under its name. The folder has still to be synced."""
        os.fsync(self._descriptor)
        self._close()
        os.replace(self._part, self._path)

    def drop(self) -> None:
        """As if it had never been."""
        self._close()
        self._part.unlink(missing_ok=True)

    def _close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


class SheetPdf:
    """A PDF that grows by whole pages."""

    def __init__(self, folder: Path, name: str) -> None:
        self._file = PartFile(folder, name)
        self._pdf = PdfWriter(self._file.write)

    def add(self, page: Page, stream: Iterator[bytes]) -> None:
        """One page with its compressed pixels; after an error there is none of it."""
        try:
            self._pdf.start_page(page)
            for piece in stream:
                self._pdf.write_stream(piece)
            self._pdf.end_page()
        except OSError:
            self._file.truncate(self._pdf.abandon_page())
            raise

    def finish(self) -> None:
        self._pdf.close()
        self._file.finish()

    def drop(self) -> None:
        self._file.drop()


class SheetFile:
    """One side as a PNG, compressed once; ``stream`` gives its compressed pixels again for a PDF."""

    def __init__(self, folder: Path, name: str, page: Page, *, keep: bool) -> None:
        self._part = PartFile(folder, name)
        self._keep = keep
        self._stream = ImageStream(page)
        self._png = PngWriter(self._part.write, page)
        self._pieces: list[tuple[int, int]] = []

    def write_band(self, data: memoryview) -> None:
        self._write(self._stream.feed(data))

    def finish(self) -> None:
        """The last line was written."""
        self._write(self._stream.finish())
        self._png.close()

    def stream(self) -> Iterator[bytes]:
        for offset, length in self._pieces:
            for start in range(0, length, PIECE):
                yield self._part.read(offset + start, min(PIECE, length - start))

    def close(self) -> None:
        if self._keep:
            self._part.finish()
        else:
            self._part.drop()

    def drop(self) -> None:
        self._part.drop()

    def _write(self, data: bytes) -> None:
        if data:
            self._pieces.append((self._part.size + 8, len(data)))  # behind the chunk's length and name
            self._png.write_stream(data)
