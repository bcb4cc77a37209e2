"""The printer's life with its gadget: killed and started again, several at once, without root, unplugged."""

from __future__ import annotations

import re
import signal
import sys
from pathlib import Path

from tests.lab.conftest import Call
from tests.lab.inkstand import ENVIRONMENT, HOME, LEFT, VIDPID, inkstand, prepare, start
from tests.lab.vm import Lab

NOBODY = 65534


def board(lab: Lab, name: str, *usb: str) -> str:
    """A board file with these lines for its [usb]."""
    path = f"{HOME}/{name}.toml"
    lines = ["[printer]", f'model = "{HOME}/model.toml"', f'name = "{name}"', "[usb]", 'part = "gadget"', *usb]
    lab.run(f"cat >{path}", data="\n".join(lines).encode()).check()
    return path


def printed(lab: Lab, jobs: int, out: str = "out") -> None:
    """Wait until so many jobs are on paper."""
    lab.wait_for(f'[ $(grep -El \'"job-state": ?"completed"\' {HOME}/{out}/*/job.json | wc -l) -eq {jobs} ]', 60)


def test_killed_and_started_again(lab: Lab, call: Call) -> None:
    """What a killed printer left is cleared away by the next; a job that it had taken is printed by that one."""
    prepare(lab)
    process = start(lab, "gadget", "--port", "8631")
    lab.wait_for(f"lsusb -d {VIDPID}", 30)
    assert call("jobs_on_each") == [0]
    assert process.stop(signal.SIGKILL) == -signal.SIGKILL
    assert lab.run(LEFT).out != ""
    process = start(lab, "gadget", "--port", "8631")
    lab.wait_for(f"lsusb -d {VIDPID}", 30)
    assert call("jobs_on_each") == [0]
    printed(lab, 2)
    assert process.stop() == 0, process.log()
    assert lab.run(LEFT).out == ""


def test_unplugged_in_the_middle_of_jobs(lab: Lab, call: Call) -> None:
    """The host resets the port at a random octet of a job; the next job prints."""
    with inkstand(lab, "gadget"):
        for seed in range(5):
            call("cut_off", seed)
            assert call("jobs_on_each") == [0]
        printed(lab, 5)


def test_two_printers_on_two_controllers(lab: Lab, call: Call) -> None:
    with inkstand(lab, "gadget"):
        second = board(lab, "two", 'name = "two"', 'udc = "dummy_udc.1"')
        process = start(lab, "gadget", "--board", second, "--udc", "dummy_udc.1", "--port", "8632", out="out-two")
        lab.wait_for(f"[ $(lsusb -d {VIDPID} | wc -l) -eq 2 ]", 30)
        assert call("jobs_on_each") == [0, 0]
        printed(lab, 1)
        printed(lab, 1, "out-two")
        assert process.stop() == 0, process.log()
        assert call("jobs_on_each") == [0]


def test_without_root_once_it_is_set_up(lab: Lab, call: Call) -> None:
    """Started as another user it says what root must type; after that it runs as that user."""
    prepare(lab)
    for path in (Path(sys.executable), Path(sys.executable).resolve()):  # root's own folders are nobody's business
        lab.run(["chmod", "o+x", *map(str, path.parents)]).check()
    lab.run(f"mkdir -p {HOME}/out-nobody {HOME}/user; chown {NOBODY} {HOME}/out-nobody {HOME}/user").check()
    become = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    environment = {**ENVIRONMENT, "XDG_RUNTIME_DIR": f"{HOME}/user", "HOME": f"{HOME}/user"}
    options = ["--udc", "dummy_udc.0", "--port", "8631", "--out", f"{HOME}/out-nobody", "--no-discovery"]
    command = [*become, sys.executable, "-m", "board.main", "run", "--board", "gadget", *options]
    refused = lab.run(command, 90, environment)
    assert refused.rc == 1
    line = re.search(
        r"type this, then start again:  sudo (.* -m usb_gadget\.configfs up <\S+)$", refused.out, re.MULTILINE
    )
    assert line, refused.out
    lab.run(line[1]).check()
    process = lab.start(command, environment, "printer-nobody")
    try:
        lab.wait_for(f"lsusb -d {VIDPID} || [ ! -e /proc/{process.pid}/exe ]", 90)
        assert lab.run(f"ps -o uid= -p {process.pid}").out.strip() == str(NOBODY), process.log()
        assert call("jobs_on_each") == [0]
        printed(lab, 1, "out-nobody")
    finally:
        status, log = process.stop(), process.log()
        lab.run([sys.executable, "-m", "usb_gadget.configfs", "down", "inkstand"]).check()
    assert status == 0, log
    assert lab.run(LEFT).out == ""


def test_unknown_controllers_are_named(lab: Lab) -> None:
    """One line that says what there is."""
    prepare(lab)
    command = [sys.executable, "-m", "board.main", "run", "--board", "gadget", "--port", "8631", "--out", f"{HOME}/out"]
    several = lab.run(command, 60, ENVIRONMENT)
    assert several.rc == 1
    assert "several USB device controllers: choose one of dummy_udc.0, dummy_udc.1 with --udc" in several.out
    unknown = lab.run([*command, "--udc", "no-such.udc"], 60, ENVIRONMENT)
    assert unknown.rc == 1
    assert "no USB device controller 'no-such.udc'; there are: dummy_udc.0, dummy_udc.1" in unknown.out
    assert "Traceback" not in several.out + unknown.out
