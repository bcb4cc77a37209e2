"""Boards, models and profiles are files: all of ours can be used, and what is wrong in one is told in a line."""

from __future__ import annotations

from pathlib import Path

import pytest

from board.config import BOARDS, MODELS, Board, ConfigError, load_board, load_model, names
from board.meaning import with_media
from board.profiles import PROFILES, FaultSwitch, load_profile, with_profile
from board.run import explain, with_options
from firmware.core.model import UsbModel
from tests.printer import Desk

LEAST = '[printer]\nmodel = "office-color"\n'
OPTIONS = dict.fromkeys(
    (
        "name", "model", "port", "bind", "discovery", "pace", "keep_documents", "operators",
        "udc", "usbip_bind", "usbip_port", "profile", "wifi", "wifi_interface",
    )
)  # fmt: skip


def board(folder: Path, text: str) -> Board:
    path = folder / "mine.toml"
    path.write_text(text)
    return load_board(str(path))


@pytest.mark.parametrize("name", names(BOARDS))
def test_every_board_of_ours(name: str) -> None:
    load_model(load_board(name).printer.model)


@pytest.mark.parametrize("name", names(MODELS))
def test_every_model_of_ours_is_a_printer(name: str) -> None:
    desk = Desk(load_model(name))
    assert "ipp-everywhere" in desk.catalog.keywords(desk.printer)
    assert desk.model.media.default in desk.model.media.sizes


@pytest.mark.parametrize("name", names(PROFILES))
def test_every_profile_of_ours(name: str) -> None:
    profile = load_profile(name)
    switch = FaultSwitch()
    switch.apply(profile)
    assert set(switch.active()) == set(profile.faults)
    with_profile(UsbModel(), profile)


def test_what_a_board_need_not_say(tmp_path: Path) -> None:
    found = board(tmp_path, LEAST)
    assert (found.network.port, found.network.bind, found.network.discovery) == (8631, "", True)
    assert (found.sink.formats, found.sink.pace) == (("png", "pdf"), "none")
    assert (found.access.operators, found.usb.part) == ("this-machine", "none")
    assert found.spool.quota == 4 << 30
    assert found.fetch.hosts == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "printer"),
        ("[printer]", "model"),
        (LEAST + "colour = 1", "colour"),
        (LEAST + "[networks]", "networks"),
        (LEAST + "[network]\nport = 65536", "port"),
        (LEAST + '[network]\nport = "631"', "port"),
        (LEAST + '[sink]\npart = "stone"', "part"),
        (LEAST + '[sink]\nformats = ["gif"]', "formats"),
        (LEAST + '[access]\noperators = "friends"', "operators"),
        (LEAST + '[fetch]\nhosts = ["http://files.example"]', "is no host"),
        (LEAST + "[spool]\nquota = 1000", "quota"),
        (LEAST + "[network\n", "no TOML"),
        ("\x00", "no TOML"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        board(tmp_path, text)
    message = str(caught.value)
    assert says in message
    assert message.startswith(str(tmp_path / "mine.toml"))
    assert "\n" not in message


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="no TOML"):
        load_board(str(path))


@pytest.mark.parametrize("name", ["nowhere", "./nowhere.toml", "/nowhere/at/all"])
def test_a_board_that_is_not_there(name: str) -> None:
    with pytest.raises(ConfigError, match=r"no board .*there are: .*desk"):
        load_board(name)


def test_a_model_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text((MODELS / "office-mono.toml").read_text().replace("Office Mono", "Mine"))
    assert load_model(str(path)).model == "Mine"
    with pytest.raises(ConfigError, match="no model 'mine'; there are: "):
        load_model("mine")


def test_options_stand_in_for_the_board_s_values() -> None:
    desk = load_board("desk")
    assert with_options(desk, OPTIONS) == desk
    changed = with_options(desk, {**OPTIONS, "port": 0, "name": "Mine", "discovery": False, "pace": "model"})
    assert (changed.network.port, changed.printer.name, changed.network.discovery) == (0, "Mine", False)
    assert (changed.sink.pace, changed.printer.model) == ("model", desk.printer.model)
    assert desk.network.port == 8631


@pytest.mark.parametrize(
    ("error", "port", "says"),
    [
        (OSError(98, "in use"), 8631, "port 8631 is in use"),
        (OSError(13, "denied"), 631, "port 631 is for root"),
        (OSError(13, "denied"), 8631, "can't start"),
        (OSError(28, "full"), 8631, "can't start"),
    ],
)
def test_errors_of_the_system_say_what_to_do(error: OSError, port: int, says: str) -> None:
    message = explain(error, port)
    assert says in message
    assert "\n" not in message


def test_settings_over_a_board(tmp_path: Path) -> None:
    over = tmp_path / "owner.toml"
    over.write_text('[printer]\nname = "Mine"\n')
    board = load_board("desk", [tmp_path / "nothing.toml", over])
    assert (board.printer.name, board.printer.model, board.network.port) == ("Mine", "office-color", 8631)
    over.write_text('[printer]\nnmae = "Mine"\n')
    with pytest.raises(ConfigError, match=r"owner\.toml.*nmae"):
        load_board("desk", [over])


def test_media_of_the_board() -> None:
    model = with_media(load_model("office-mono"), "iso_a5_148x210mm")
    assert (model.media.default, model.media.trays[0].size) == ("iso_a5_148x210mm", "iso_a5_148x210mm")
    assert with_media(model, "") is model
    with pytest.raises(ConfigError, match="can't print on 'iso_a0_841x1189mm'; it can on: "):
        with_media(model, "iso_a0_841x1189mm")
