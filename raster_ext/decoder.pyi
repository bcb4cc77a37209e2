from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from raster_ext.page import Band, Page, PageEnd

@dataclass(frozen=True)
class Resume:
    sync: bytes
    offset: int
    page: int

class Decoder:
    total_pages: int | None
    """How many pages the file says that it has, once that is known and if it says."""
    @property
    def page_offset(self) -> int:
        """Input octets before the header of the page that was given last."""
    @property
    def offset(self) -> int: ...
    @property
    def point(self) -> Resume: ...
    def __init__(self, *, band_bytes: int = ..., max_line_bytes: int = ..., max_lines: int = ...) -> None: ...
    @staticmethod
    def resume(point: Resume, *, band_bytes: int = ..., max_line_bytes: int = ..., max_lines: int = ...) -> Decoder: ...
    def feed(self, data: bytes | bytearray | memoryview) -> Iterator[Page | Band | PageEnd]: ...
    def close(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
