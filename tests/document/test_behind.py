"""Marking behind drawing."""

from __future__ import annotations

import threading

import pytest

from firmware.core.errors import PartError
from firmware.document.behind import DEPTH, behind


def test_bands_are_marked_in_order_in_another_thread() -> None:
    marked: list[tuple[bytes, int]] = []
    band = bytearray(1)
    with behind(lambda data: marked.append((bytes(data), threading.get_ident())), cores=2) as write:
        for value in range(100):
            band[0] = value  # the same buffer, as drawers use theirs
            write(memoryview(band))
    assert b"".join(data for data, _ in marked) == bytes(range(100))
    assert {ident for _, ident in marked}.isdisjoint({threading.get_ident()})


def test_drawing_goes_on_while_the_sink_is_at_work() -> None:
    """The sink takes the first band only when the second has been drawn: together they would wait for ever."""
    drawn = threading.Event()
    with behind(lambda data: None if drawn.wait(10) else pytest.fail("nothing was drawn"), cores=2) as write:
        write(memoryview(b"1"))
        drawn.set()
        write(memoryview(b"2"))


def test_one_core_needs_no_thread() -> None:
    marked: list[int] = []
    with behind(lambda data: marked.append(threading.get_ident()), cores=1) as write:
        write(memoryview(b"1"))
    assert marked == [threading.get_ident()]


def test_a_sink_that_fails_ends_the_drawing() -> None:
    def jammed(data: memoryview) -> None:
        raise PartError("media-jam", "jammed")

    drawn: list[int] = []

    def draw(bands: int) -> None:
        with behind(jammed, cores=2) as write:
            for number in range(bands):
                write(memoryview(b"x"))
                drawn.append(number)

    with pytest.raises(PartError, match="jammed"):
        draw(1000)
    assert len(drawn) <= 2 * DEPTH
    with pytest.raises(PartError, match="jammed"):
        draw(1)


def test_an_error_of_the_drawing_leaves_no_thread() -> None:
    marked: list[bytes] = []
    before = threading.active_count()

    def draw() -> None:
        with behind(lambda data: marked.append(bytes(data)), cores=2) as write:
            write(memoryview(b"1"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        draw()
    assert threading.active_count() == before
    assert len(marked) <= 1
