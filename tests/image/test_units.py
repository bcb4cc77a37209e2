"""Units of the image: what they may do, and what they wait for."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from board.image.recipe import HERE
from board.image.rootfs import CONTENTS

UNITS = HERE / "files/usr/lib/systemd/system"
LIMITS = {"inkstand.service": 2.0, "inkstand-first-boot.service": 2.5}
"""What systemd-analyze security may say: 10 is no sandbox at all. The second is root's, and over in a moment."""


def exposure(unit: Path) -> float:
    """How exposed it is, without a running systemd."""
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", unit],
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r"exposure level for \S+: ([0-9.]+)", done.stdout)
    assert found is not None, done.stderr
    return float(found[1])


def text(name: str) -> str:
    return (UNITS / name).read_text()


def setting(name: str, key: str) -> list[str]:
    return [word for line in re.findall(rf"(?m)^{key}=(.*)$", text(name)) for word in line.split()]


@pytest.mark.parametrize("name", LIMITS)
def test_it_may_do_little(name: str, tmp_path: Path) -> None:
    unit = Path(shutil.copy(UNITS / name, tmp_path))
    assert exposure(unit) <= LIMITS[name]


def test_a_hole_in_the_sandbox_would_be_seen(tmp_path: Path) -> None:
    unit = tmp_path / "inkstand.service"
    unit.write_text(re.sub(r"(?m)^(SystemCallFilter|CapabilityBoundingSet)=.*\n", "", text("inkstand.service")))
    assert exposure(unit) > LIMITS["inkstand.service"]


def test_the_printer_is_nobody_special() -> None:
    assert setting("inkstand.service", "User") == ["inkstand"]
    assert setting("inkstand.service", "CapabilityBoundingSet") == []
    assert setting("inkstand.service", "ProtectSystem") == ["strict"]
    assert setting("inkstand.service", "MemoryMax")
    assert setting("inkstand.service", "WatchdogSec")
    assert setting("inkstand.service", "Type") == ["notify"]


def test_the_printer_waits_for_neither_udev_nor_network() -> None:
    waits = {unit for key in ("After", "Requires", "BindsTo") for unit in setting("inkstand.service", key)}
    assert waits == {"inkstand-first-boot.service", "inkstand-prepare.service"}
    assert setting("inkstand.service", "DefaultDependencies") == ["no"]
    assert setting("inkstand-first-boot.service", "After") == []
    assert setting("inkstand-first-boot.service", "DefaultDependencies") == ["no"]
    assert setting("inkstand-prepare.service", "After") == ["inkstand-first-boot.service"]
    assert setting("inkstand-prepare.service", "DefaultDependencies") == ["no"]


def test_what_is_mounted_for_the_printer_is_seen_by_it() -> None:
    own = ("Protect", "Private", "ReadWritePaths", "ReadOnlyPaths", "InaccessiblePaths", "TemporaryFileSystem", "Bind")
    assert [line for line in text("inkstand-prepare.service").splitlines() if line.startswith(own)] == []


@pytest.mark.parametrize("name", ["emergency.service.d/restart.conf", "rescue.service.d/restart.conf"])
def test_trouble_ends_in_a_restart_not_at_a_console(name: str) -> None:
    lines = re.findall(r"(?m)^ExecStart=(.*)$", text(name))
    assert lines[0] == ""
    assert lines[-1].endswith("systemctl --force --force reboot'")
    assert "sulogin" not in text(name)


def test_what_is_enabled_is_there() -> None:
    ours = {name for names in CONTENTS.enabled.values() for name in names if name.startswith("inkstand")}
    assert ours
    assert {name for name in ours if not (UNITS / name).is_file()} == set()


def test_logs_are_bounded() -> None:
    journal = (HERE / "files/etc/systemd/journald.conf.d/inkstand.conf").read_text()
    assert re.search(r"(?m)^Storage=volatile$", journal)
    assert re.search(r"(?m)^RuntimeMaxUse=\d+M$", journal)


@pytest.mark.parametrize("path", sorted((HERE / "files").rglob("*")), ids=lambda path: path.name)
def test_scripts_are_shell(path: Path) -> None:
    if path.is_file() and path.read_bytes().startswith(b"#!/bin/sh"):
        subprocess.run(["sh", "-n", path], check=True)


def test_the_first_program_is_shell() -> None:
    subprocess.run(["sh", "-n", HERE / "init.sh"], check=True)
