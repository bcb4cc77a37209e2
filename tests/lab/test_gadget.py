"""A gadget's life on the kernel: set-up, crashes, several controllers, other functions, no root."""

import json
import sys

import pytest

from tests.lab.conftest import SERVER, Call, Plugged
from tests.lab.vm import Lab

LEFT = "ls /sys/kernel/config/usb_gadget; grep functionfs /proc/mounts; ls -A /run/inkstand-usb"


def test_nothing_is_left_behind(plugged: Plugged, lab: Lab) -> None:
    for _ in range(3):
        with plugged("gadget", "--legacy", "beside", "--function", "acm.gs0") as device:
            pass
        assert lab.run(LEFT).out == ""
        assert device.events()[0] == "configured"
        assert device.events()[-1] == "deconfigured"


def test_a_crash_is_cleared_away_by_the_successor(plugged: Plugged, call: Call, lab: Lab) -> None:
    for _ in range(2):
        process = lab.start([*SERVER, "--board", "gadget"])
        lab.wait_for("lsusb -d 1d6b:0104")
        assert process.stop(sig=9) == -9  # type: ignore[arg-type]
        assert lab.run(LEFT).out != ""
        with plugged("gadget"):
            assert call("attributes") == "200 0000"
    assert lab.run(LEFT).out == ""


def test_killed_in_the_middle_of_a_job(plugged: Plugged, call: Call, lab: Lab) -> None:
    for seed in range(3):
        process = lab.start([*SERVER, "--board", "gadget"])
        lab.wait_for("lsusb -d 1d6b:0104")
        call("unplugged_at_random", process.pid, seed)
        process.stop()
    with plugged("gadget"):
        assert call("attributes") == "200 0000"


def test_a_living_predecessor_is_not_cleared_away(plugged: Plugged, call: Call, lab: Lab) -> None:
    with plugged("gadget", "--name", "one"):
        second = lab.run([*SERVER, "--board", "gadget", "--name", "two"], timeout=30)
        assert "another gadget has this controller" in second.out
        assert call("attributes") == "200 0000"
    assert lab.run(LEFT).out == ""


def test_unknown_controllers_are_named(lab: Lab) -> None:
    result = lab.run([*SERVER, "--board", "gadget", "--udc", "no-such.udc"], timeout=30)
    assert result.rc != 0
    assert "no USB device controller 'no-such.udc'; there are: dummy_udc.0, dummy_udc.1" in result.out


def test_two_gadgets_on_two_controllers(plugged: Plugged, call: Call) -> None:
    with (
        plugged("gadget", "--name", "one"),
        plugged("gadget", "--name", "two", "--udc", "dummy_udc.1", "--serial", "LAB0002", count=2),
    ):
        assert call("post", 1) > 0
        assert call("post", 1, serial="LAB0002") > 0


@pytest.mark.parametrize(
    ("function", "seen"), [("acm.gs0", "ls /dev/ttyACM0"), ("ecm.usb0", "ls /sys/bus/usb/drivers/cdc_ether/*:*")]
)
def test_beside_other_functions(plugged: Plugged, call: Call, lab: Lab, function: str, seen: str) -> None:
    with plugged("gadget", "--function", function):
        lab.run("modprobe -a cdc_acm cdc_ether")
        lab.wait_for(seen, 20)
        assert call("attributes") == "200 0000"
        assert call("facts")["ids"][0].startswith("MFG:")


def test_without_root_once_it_is_set_up(call: Call, lab: Lab) -> None:
    """The set-up step makes it for another user; the server runs as that user, and the step after removes it."""
    server = [*SERVER, "--board", "gadget", "--prepared"]
    plan = json.loads(lab.run([*SERVER, "--board", "gadget", "--plan"]).check().out)
    plan["owner"] = [65534, 65534]
    configfs = [sys.executable, "-m", "usb_gadget.configfs"]
    lab.run([*configfs, "up"], data=json.dumps(plan).encode()).check()
    process = lab.start(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *server])
    try:
        lab.wait_for("lsusb -d 1d6b:0104")
        assert lab.run(f"ps -o uid= -p {process.pid}").out.strip() == "65534"
        assert call("attributes") == "200 0000"
    finally:
        status = process.stop()
        log = process.log()
        lab.run([*configfs, "down", plan["name"]]).check()
    assert (status, log) == (0, "ready\n")
    assert lab.run(LEFT).out == ""


def test_super_speed(plugged: Plugged, call: Call, lab: Lab) -> None:
    reload = "rmmod dummy_hcd && modprobe dummy_hcd "
    lab.run(reload + "is_super_speed=Y num=2").check()
    try:
        with plugged("gadget"):
            assert call("facts")["speed"] == 5
            assert len(call("journeys")) == 3
    finally:
        lab.run(reload + "num=2").check()


def test_full_speed(plugged: Plugged, call: Call, lab: Lab) -> None:
    reload = "rmmod dummy_hcd && modprobe dummy_hcd "
    lab.run(reload + "is_high_speed=N num=2").check()
    try:
        with plugged("gadget"):
            assert call("facts")["speed"] == 2
            assert len(call("journeys")) == 3
    finally:
        lab.run(reload + "num=2").check()
