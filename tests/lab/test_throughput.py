"""Throughput over the kernel's USB stack, beside plain loops on the same kind of endpoints."""

import statistics
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.lab.conftest import BACKENDS, PRODUCTS, Call, Plugged
from tests.lab.device import PRINTER
from tests.lab.vm import Lab

MEGABYTES = 20
ROUNDS = 7


@contextmanager
def plain(lab: Lab, backend: str) -> Iterator[None]:
    """The plain loop as a second device."""
    process = lab.start([sys.executable, "-m", "tests.lab.plain", backend, "dummy_udc.1"])
    count = f"[ $(cat {PRODUCTS} | grep -c 0104) -eq %d ]"
    try:
        lab.wait_for(count % 2, 40)
        yield
    finally:
        process.stop()
        lab.wait_for(count % 1, 10)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("backend", BACKENDS)
def test_within_eighty_percent_of_a_plain_loop(plugged: Plugged, call: Call, lab: Lab, backend: str) -> None:
    """Medians of rounds in turns, since the machine underneath is noisy."""
    with plugged(backend, "--interfaces", "1"), plain(lab, backend):
        ours, theirs = call("compare", MEGABYTES, ROUNDS, [PRINTER.serial_number, "PLAIN"], timeout=300)
    text = ", ".join(
        f"{name} {statistics.median(rates):.1f} MB/s" for name, rates in (("ours", ours), ("plain", theirs))
    )
    print(f"{backend}: {MEGABYTES} MB: {text}; all {ours} {theirs}")
    assert statistics.median(ours) >= 0.8 * statistics.median(theirs), text


@pytest.mark.parametrize("backend", BACKENDS)
def test_answers_are_not_slow_either(plugged: Plugged, call: Call, backend: str) -> None:
    with plugged(backend):
        rate = call("get", 5)
    print(f"{backend}: 5 MB IN: {rate:.1f} MB/s")
    assert rate > 0.5
