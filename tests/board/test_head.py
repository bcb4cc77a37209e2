"""The thermal board and its commands, as a user has them."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from PIL import Image

from board.config import ConfigError, HeadConfig, load_model
from board.engine.mechanism import HEADS
from board.parts.heads import check_model, check_no_labels
from firmware.core.model import Finisher
from tests import wire
from tests.desk import COMMAND, Desk, until
from tests.wire import attribute


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
        check_model(HeadConfig(), load_model("office-mono"))


@pytest.mark.parametrize(
    ("mechanism", "wrong", "word"),
    [
        ("label-106", {"modes": ("cutter",)}, "no cutter at its heating line"),
        ("label-106", {"tracking": ("mark",)}, "no sensor for media-tracking mark"),
        ("label-106", {"speeds": (3387, 16000)}, "no faster than 15012"),
        ("no peeler", {}, "does not see whether a label was taken"),
    ],
)
def test_a_model_promises_nothing_that_its_head_has_not(
    mechanism: str, wrong: dict[str, Any], word: str, tmp_path: Path
) -> None:
    model = load_model("label-4x2")
    assert model.labels is not None
    if mechanism == "no peeler":
        mechanism = str(tmp_path / "plain.toml")
        Path(mechanism).write_text((HEADS / "label-106.toml").read_text().replace("peeler = true\n", ""))
    check_model(HeadConfig("label-106", "label"), model)
    with pytest.raises(ConfigError, match=word):
        check_model(HeadConfig(mechanism, "label"), replace(model, labels=replace(model.labels, **wrong)))


def test_a_model_of_labels_wants_a_head() -> None:
    """Without one nothing would act on what it tells."""
    check_no_labels(load_model("office-mono"))
    with pytest.raises(ConfigError, match="wants a print head"):
        check_no_labels(load_model("label-4x2"))


def test_a_model_that_trims_wants_a_cutter() -> None:
    model = replace(load_model("thermal-58"), finisher=Finisher(finishings=("trim",)))
    with pytest.raises(ConfigError, match="has no cutter"):
        check_model(HeadConfig(), model)


def test_labels_are_printed_and_wait_at_the_peeler(tmp_path: Path) -> None:
    """The board of labels, as a user has it."""
    desk = Desk(tmp_path, "--board", "label-sim")
    desk.start()
    with desk.client() as client:
        told = client.ask(wire.SET_PRINTER, job=[attribute("keyword", "label-mode-configured", "peel-off")])
        assert told.code == wire.OK
    command(desk, "head", "set", "label-waits=true")
    text = tmp_path / "label.txt"
    text.write_text("Tea\n")
    command(desk, "print", str(text), "--no-wait")
    until(lambda: "output-area-full" in command(desk, "status", "--json"), "the printer to wait")
    command(desk, "head", "set", "label-waits=")
    until(lambda: '"idle"' in command(desk, "status", "--json"), "the printer to go on")
    (sheet,) = desk.out.glob("*-label.txt/sheet-0001-front.png")
    with Image.open(sheet) as picture:
        assert picture.size[1] == 4 * 600
    desk.check()
    desk.stop()
