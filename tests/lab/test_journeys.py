"""Requests, answers, resets and jobs over the kernel's own USB stack, on both backends."""

import pytest

from tests.lab.conftest import BACKENDS, Call, Plugged

pytestmark = pytest.mark.parametrize("backend", BACKENDS)


def test_every_awkward_size_on_every_interface(plugged: Plugged, call: Call, backend: str) -> None:
    with plugged(backend):
        assert len(call("journeys")) == 3
        assert call("chunked", 32768, 300_000)


def test_the_device_is_in_order(plugged: Plugged, call: Call, backend: str) -> None:
    with plugged(backend):
        found = call("findings")
    expected = [["note", "class_descriptor"]] if backend == "gadget" else []
    assert [entry[:2] for entry in found] == expected, found


@pytest.mark.parametrize(
    "reset", ["SET_CONFIGURATION", "SET_INTERFACE", "SOFT_RESET", "SOFT_RESET of version 1.0", "bus reset"]
)
def test_a_reset_in_the_middle_of_a_body(plugged: Plugged, call: Call, backend: str, reset: str) -> None:
    with plugged(backend) as device:
        assert call("reset", reset)
        events = device.events()
        soft = [line for line in device.record() if line.get("event") == "soft-reset"]
    if reset.startswith("SOFT"):
        assert [line["interface"] for line in soft] == [1, 1, 1]
    assert events[0] == "configured"


def test_a_slow_upload_never_delays_a_poll(plugged: Plugged, call: Call, backend: str) -> None:
    with plugged(backend):
        assert call("side_by_side") > 5


@pytest.mark.parametrize("size", [1, 1_000_000])
def test_legacy_jobs(plugged: Plugged, call: Call, backend: str, size: int) -> None:
    with plugged(backend, "--legacy", "beside") as device:
        digest = call("legacy", size)
        device.lab.wait_for(f"grep -q {digest} {device.record_file}", 10)
        again = call("legacy", size + 10, reset=True)
        device.lab.wait_for(f"grep -q {again} {device.record_file}", 10)
        assert call("attributes") == "200 0000"
        jobs = device.jobs()
    assert [(job["job"], job["sha256"]) for job in jobs] == [(size, digest), (size + 10, again)]
    assert [job["end"] for job in jobs] == ["idle", "soft-reset"]


def test_a_program_that_dies_in_the_middle(plugged: Plugged, call: Call, backend: str) -> None:
    """The host's program is gone without a word; the next one resets the interface, as hosts do at their start."""
    with plugged(backend):
        for seed in range(2):
            call("unplugged_at_random", 0, seed)
            assert call("reset", "SOFT_RESET", 1)
