"""Going back: to an earlier page of a document, for copies and number-up, and to a side that was expensive to
make.

Uncompressed documents are read again from their spool file. What has no such file (it was compressed, or the
rim keeps no file) is copied to a temporary one as it is read. Temporary files have no name; together they
never grow beyond ``Limits.scratch``. Memory holds none of it.
"""

from __future__ import annotations

import errno
import os
import tempfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from firmware.core.errors import DocumentError, PartError
from firmware.document.job import DocumentSource, Limits, Reader
from firmware.document.stages import PIECE, decompress, piece_size

_fast: Any = zlib
try:
    from isal import isal_zlib

    _fast = isal_zlib
except ImportError:  # a board without the wheel
    pass


class Scratch:
    """Temporary files of one job and the room that they may take together."""

    def __init__(self, folder: Path | None, limit: int) -> None:
        self._folder = folder
        self._left = limit
        self._files: list[BinaryIO] = []

    def file(self) -> BinaryIO:
        """A new, unbuffered file without a name."""
        try:
            file: BinaryIO = tempfile.TemporaryFile(dir=self._folder, buffering=0)  # noqa: SIM115
        except OSError as error:
            raise _disk(error) from error
        self._files.append(file)
        return file

    def fits(self, octets: int) -> bool:
        return octets <= self._left

    def write(self, file: BinaryIO, data: bytes) -> None:
        """Append. Raises DocumentError over the limit, PartError("spool-area-full") when the disk is full."""
        if not self.fits(len(data)):
            raise DocumentError(
                "document-unprintable-error", "the job needs more temporary disk space than it may have"
            )
        self._left -= len(data)
        try:
            view = memoryview(data)
            while view:
                view = view[file.write(view) :]
        except OSError as error:
            raise _disk(error) from error

    def close(self) -> None:
        for file in self._files:
            file.close()
        self._files.clear()


class _Counted:
    """A spool reader that knows how far it is. A spool that can't be read is the document's error."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.taken = 0

    def read(self, size: int, /) -> bytes:
        try:
            data = self._reader.read(size)
        except OSError as error:
            raise DocumentError("document-access-error", f"the spooled document can't be read: {error}") from error
        self.taken += len(data)
        return data


class Octets:
    """A document after decompression: read once in order, gone back to by offset, or taken as a whole file."""

    def __init__(
        self, source: DocumentSource, limits: Limits, scratch: Scratch, consumed: Callable[[int, int], None]
    ) -> None:
        self._limits = limits
        self._scratch = scratch
        self._path = source.path if source.compression == "none" else None
        """A file with these very octets, if there is one."""
        self._number = source.number
        self._consumed = consumed
        self._in_place = False
        """The spool file itself is gone back to: no octet of it may be given up yet."""
        self._counted = _Counted(source.reader)
        self._reader = decompress(self._counted, source.compression, limits)
        self._head = b""
        self._given = 0
        self._copy: BinaryIO | None = None

    def peek(self, size: int) -> bytes:
        """The first octets of the document, fewer only if it is shorter. Before the first ``next``."""
        while len(self._head) < size and (data := self._reader.read(PIECE)):
            self._head += data
        return self._head[:size]

    def next(self) -> bytes:
        """The next octets in order; empty at the end."""
        data, self._head = self._head, b""
        data = data or self._reader.read(piece_size(self._given))
        self._given += len(data)
        if self._copy is not None:
            self._scratch.write(self._copy, data)
        if not self._in_place:
            self._consumed(self._number, self._counted.taken)
        return data

    def keep(self) -> None:
        """``back`` will be needed. Before the first ``next``."""
        self._in_place = self._path is not None
        if not self._in_place:
            self._copy = self._scratch.file()

    def back(self, offset: int) -> BackReader:
        """Octets again from ``offset`` on, as far as they were given by ``next``; only after ``keep``."""
        if self._copy is not None:
            return BackReader(os.dup(self._copy.fileno()), offset, self._given)
        assert self._path is not None
        return BackReader(os.open(self._path, os.O_RDONLY | os.O_CLOEXEC), offset, self._given)

    def whole(self) -> Callable[[], BinaryIO]:
        """What opens the whole document as a file, once it is all there."""
        self._in_place = self._path is not None
        file = None if self._in_place else self._scratch.file()
        while data := self.next():  # a spool file is complete when its reader has come to the end
            if self._given > self._limits.document:
                raise DocumentError("document-unprintable-error", f"the document has more than {self._given} octets")
            if file is not None:
                self._scratch.write(file, data)
        if file is not None:
            descriptor = file.fileno()
            return lambda: os.fdopen(os.dup(descriptor), "rb", buffering=0)
        path = self._path or Path()
        return lambda: path.open("rb", buffering=0)


class BackReader:
    """Reads a file from an offset up to an end with a descriptor and a position of its own."""

    def __init__(self, descriptor: int, offset: int, end: int) -> None:
        self._descriptor = descriptor
        self._offset = offset
        self._end = end
        self._given = 0

    def next(self) -> bytes:
        data = os.pread(self._descriptor, min(piece_size(self._given), self._end - self._offset), self._offset)
        self._offset += len(data)
        self._given += len(data)
        return data

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


class SideStore:
    """Finished sides, packed, for the copies of sides that took long to render. Forgets nothing, may refuse
    to keep.

    ``keep`` passes bands on while it packs them. A side counts as kept once its last band went through.
    """

    def __init__(self, scratch: Scratch) -> None:
        self._scratch = scratch
        self._file: BinaryIO | None = None
        self._end = 0
        self._full = False
        self._sides: dict[object, list[tuple[int, int]]] = {}

    def __contains__(self, key: object) -> bool:
        return key in self._sides

    def keep(self, key: object, bands: Iterator[memoryview]) -> Iterator[memoryview]:
        """The same bands; afterwards ``bands(key)`` gives them again if there was room."""
        pieces: list[tuple[int, int]] | None = []
        for band in bands:
            if pieces is not None and not self._add(band, pieces):
                pieces = None
            yield band
        if pieces is not None:
            self._sides[key] = pieces

    def bands(self, key: object) -> Iterator[memoryview]:
        assert self._file is not None
        for offset, length in self._sides[key]:
            packed = os.pread(self._file.fileno(), length, offset)
            yield memoryview(_fast.decompress(packed))

    def _add(self, band: memoryview, pieces: list[tuple[int, int]]) -> bool:
        packed = _fast.compress(band, 1)
        if self._full or not self._scratch.fits(len(packed)):
            return False
        try:
            if self._file is None:
                self._file = self._scratch.file()
            self._scratch.write(self._file, packed)
        except PartError:  # the disk is full: sides can be drawn again
            self._full = True
            return False
        pieces.append((self._end, len(packed)))
        self._end += len(packed)
        return True


def _disk(error: OSError) -> Exception:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return PartError("spool-area-full", f"no disk space left for temporary files: {error.strerror}")
    return error
