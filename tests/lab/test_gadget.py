"""A gadget on the kernel: set-up, other functions beside it, other speeds; `test_life` has the printer's own life."""

import pytest

from tests.lab.conftest import SERVER, Call, Plugged
from tests.lab.inkstand import LEFT
from tests.lab.vm import Lab


def test_nothing_is_left_behind(plugged: Plugged, lab: Lab) -> None:
    for _ in range(2):
        with plugged("gadget", "--legacy", "beside", "--function", "acm.gs0") as device:
            pass
        assert lab.run(LEFT).out == ""
        assert device.events()[0] == "configured"
        assert device.events()[-1] == "deconfigured"


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


@pytest.mark.parametrize(
    ("function", "seen"), [("acm.gs0", "ls /dev/ttyACM0"), ("ecm.usb0", "ls /sys/bus/usb/drivers/cdc_ether/*:*")]
)
def test_beside_other_functions(plugged: Plugged, call: Call, lab: Lab, function: str, seen: str) -> None:
    with plugged("gadget", "--function", function):
        lab.run("modprobe -a cdc_acm cdc_ether")
        lab.wait_for(seen, 20)
        assert call("attributes") == "200 0000"
        assert call("facts")["ids"][0].startswith("MFG:")


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
