"""The thermal board and its commands, as a user has them."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from board.config import ConfigError, HeadConfig
from board.parts.heads import check_model
from tests.desk import COMMAND, Desk, until


@pytest.fixture(scope="module")
def thermal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    desk = Desk(tmp_path_factory.mktemp("thermal"), "--board", "thermal-sim")
    desk.start()
    yield desk
    desk.check()
    desk.stop()


def command(desk: Desk, *words: str, status: int = 0) -> str:
    ran = subprocess.run(
        [str(COMMAND), *words, "--port", str(desk.port)],
        env=desk.environment, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert ran.returncode == status, ran.stdout + ran.stderr
    return ran.stdout + ran.stderr


def test_test_pages_come_out(thermal: Desk) -> None:
    assert command(thermal, "head", "test").count("Printed.") == 3
    assert {path.name.split("-")[-1] for path in thermal.out.glob("*-head-test-*")} == {"dots", "align", "wedge"}
    assert "us a line" in command(thermal, "head", "watch", "--count", "1")


def test_a_cover_that_is_opened_stops_the_job_and_closing_it_goes_on(thermal: Desk, tmp_path: Path) -> None:
    assert "wrong        cover_open=True" in command(thermal, "head", "set", "cover-open=true")
    receipt = tmp_path / "receipt.txt"
    receipt.write_text("Tea  2.40\n")
    command(thermal, "print", str(receipt), "--no-wait")
    until(lambda: "cover-open" in command(thermal, "status", "--json"), "the printer to stop")
    assert '"processing-stopped"' in command(thermal, "jobs", "--json") or '"stopped"' in command(
        thermal, "jobs", "--json"
    )
    command(thermal, "head", "set", "cover-open=")
    until(lambda: '"idle"' in command(thermal, "status", "--json"), "the printer to go on")
    assert "cover-open" not in command(thermal, "status", "--json")
    assert list(thermal.out.glob("*-receipt.txt/timing.json"))


def test_what_there_is_not_is_said_in_a_line(thermal: Desk) -> None:
    assert "a head has no lid" in command(thermal, "head", "set", "lid=true", status=1)
    assert "lid has no value" in command(thermal, "head", "set", "lid", status=1)


def test_a_desk_has_no_head(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.start()
    assert "this board has no head" in command(desk, "head", "set", status=1)
    desk.stop()


def test_a_model_of_another_resolution_is_no_model_for_a_head() -> None:
    with pytest.raises(ConfigError, match="203 dpi"):
        check_model(HeadConfig(), (300, 600))
