"""Going through an iterable again although its source goes by once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Memo(Generic[T]):
    """An iterable that can be gone through again although its source cannot; it takes an item only when
    asked."""

    def __init__(self, source: Iterable[T]) -> None:
        self._source = iter(source)
        self._known: list[T] = []

    def __iter__(self) -> Iterator[T]:
        index = 0
        while self.has(index):
            yield self._known[index]
            index += 1

    def has(self, index: int) -> bool:
        """Whether there is an item at this index; takes as many from the source as that needs."""
        while len(self._known) <= index:
            try:
                self._known.append(next(self._source))
            except StopIteration:
                return False
        return True
