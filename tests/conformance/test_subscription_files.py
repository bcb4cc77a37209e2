"""The subscription files of package cups-ipp-utils (RFC 3995, RFC 3996), one after the other as their heads say.

get-notifications.test expects an attribute notify-event, which is registered nowhere: RFC 3995 section 8.1 calls it
notify-subscribed-event. It is run with that word, and shown to fail without it.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from tests import wire
from tests.conformance.suites import DATA
from tests.desk import Desk, desk, need

SLIP, MENDED = "EXPECT notify-event OF-TYPE", "EXPECT notify-subscribed-event OF-TYPE"


def run(printer: Desk, file: Path, *options: str) -> str:
    need("ipptool", packages=("cups-ipp-utils",))
    command = ["ipptool", "-tv", "-V", "2.0", *options, printer.uri, str(file)]
    return subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=60).stdout


def outcomes(report: str) -> list[str]:
    return re.findall(r"\[(PASS|FAIL|SKIP)\]$", report, re.MULTILINE)


def test_the_files(tmp_path: Path) -> None:
    mended = tmp_path / "get-notifications.test"
    shipped = (DATA / mended.name).read_text()
    assert shipped.count(SLIP) == 1, "look whether the file was mended"
    mended.write_text(shipped.replace(SLIP, MENDED))
    with desk(tmp_path / "desk") as printer:
        made = run(printer, DATA / "create-printer-subscription.test")
        assert outcomes(made) == ["SKIP", "PASS"], made  # the first is for push
        found = re.search(r"notify-subscription-id \(integer\) = (\d+)", made)
        assert found is not None
        listed = run(printer, DATA / "get-subscriptions.test")
        assert outcomes(listed) == ["PASS"], listed
        with printer.client() as client:
            assert client.ask(wire.PAUSE).code == wire.OK
        number = ("-d", f"id={found[1]}")
        heard = run(printer, mended, *number)
        assert outcomes(heard) == ["PASS"], heard
        assert "notify-text (textWithoutLanguage) = " in heard
        assert outcomes(run(printer, DATA / mended.name, *number)) == ["FAIL"], "the slip has gone"
