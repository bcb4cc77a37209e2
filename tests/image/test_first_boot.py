"""The first start on a folder in place of a card: identity, the owner's settings, factory reset."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from board.config import ConfigError, load_board
from board.factory import Factory, load_factory, make_factory, soc_serial
from board.first_boot import RESET, add_user, furnish, reset
from board.owner import DONE, TROUBLE, OwnerUser, parse, take_over
from firmware.net.users import parse as parse_users

SETTINGS = """
name = "Hall “1”"
model = "office-mono"
media = "na_letter_8.5x11in"

[wifi]
ssid = "Café"
password = "paper and ink"
country = "DE"

[user]
name = "alice"
password = "correct horse"
"""
SECRETS = (b"paper and ink", b"correct horse")


@pytest.fixture
def card(tmp_path: Path) -> Path:
    """A boot partition and a data partition that has been furnished."""
    for name in ("boot", "data"):
        (tmp_path / name).mkdir()
    furnish(tmp_path / "data", "")
    return tmp_path


def start(card: Path) -> str | None:
    return take_over(card / "boot", card / "data", lambda user: add_user(card / "data", user))


def put(card: Path, text: str, name: str = "inkstand.toml") -> Path:
    path = card / "boot" / name
    path.write_text(text)
    return path


def test_everything_is_taken_over(card: Path) -> None:
    put(card, SETTINGS)
    assert start(card) == ("Taken over: name, model, media, the network Café, the user alice. The file was wiped.")
    board = load_board("virt", [card / "data/printer/owner.toml"])
    assert (board.printer.name, board.printer.model) == ("Hall “1”", "office-mono")
    assert board.printer.media == "na_letter_8.5x11in"
    users = parse_users((card / "data/printer/state/identity/users").read_bytes())
    assert users["alice"].role_name == "administrator"
    network = (card / "data/wifi/wpa_supplicant.conf").read_text()
    assert f"ssid={'Café'.encode().hex()}\n" in network
    assert "country=DE\n" in network
    assert stat.S_IMODE((card / "data/wifi/wpa_supplicant.conf").stat().st_mode) == 0o600


def test_secrets_are_wiped(card: Path) -> None:
    path = put(card, SETTINGS)
    second = card / "second-name"
    os.link(path, second)  # shows the octets where they lay
    start(card)
    assert not path.exists()
    assert set(second.read_bytes()) == {ord("#")}
    second.unlink()
    files = [file for file in card.rglob("*") if file.is_file()]
    assert (card / "boot" / DONE) in files
    assert [file for file in files for secret in SECRETS if secret in file.read_bytes()] == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("wfi = 1", "unknown field `wfi`"),
        ("name = ", "no TOML"),
        ('[wifi]\nssid = "x"\npassword = "short"', "wifi.password: 8 to 63"),
        ('[wifi]\nssid = ""', "wifi.ssid"),
        ('[wifi]\nssid = "x"\ncountry = "Germany"', "wifi.country"),
        ('model = "no-such"', "no model 'no-such'"),
        ('model = "label-4x2"', "model: label-4x2 wants a print head"),
        ('model = "office-mono"\nmedia = "iso_a0_841x1189mm"', "media: office-mono prints on"),
        ('media = "A4 paper"', "no PWG size name"),
        ('name = "a\\u0007b"', "only characters that can be shown"),
        ('[user]\nname = "a:b"\npassword = "correct horse"', "user: "),
    ],
)
def test_a_mistake_is_told_and_stops_nothing(card: Path, text: str, told: str) -> None:
    path = put(card, text)
    said = start(card)
    assert said is not None
    assert told in said
    assert told in (card / "boot" / TROUBLE).read_text()
    assert path.read_text() == text
    assert not (card / "data/printer/owner.toml").exists()


def test_a_mended_mistake_is_forgotten(card: Path) -> None:
    put(card, "wfi = 1")
    start(card)
    put(card, 'name = "Hall"')
    start(card)
    assert not (card / "boot" / TROUBLE).exists()


def test_what_editors_make_of_it(card: Path) -> None:
    put(card, '\ufeffname = "Hall"\r\n', "inkstand.toml.txt")
    assert start(card) == "Taken over: name. The file was wiped."


def test_without_a_file_nothing_happens(card: Path) -> None:
    assert start(card) is None
    assert list((card / "boot").iterdir()) == []


def test_a_key_and_an_open_network(card: Path) -> None:
    key = "0123456789abcdef" * 4
    put(card, f'[wifi]\nssid = "x"\npassword = "{key}"\nhidden = true')
    start(card)
    network = (card / "data/wifi/wpa_supplicant.conf").read_text()
    assert f"\tpsk={key}\n" in network
    assert "\tscan_ssid=1\n" in network
    put(card, '[wifi]\nssid = "x"')
    start(card)
    assert "\tkey_mgmt=NONE\n" in (card / "data/wifi/wpa_supplicant.conf").read_text()


def test_identity_is_made_once(card: Path) -> None:
    path = card / "data/factory/identity.json"
    before = load_factory(path)
    furnish(card / "data", "")
    assert load_factory(path) == before
    assert len({before.system, before.printer}) == 2


def test_the_printer_may_read_who_it_is(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        furnish(tmp_path, "")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "factory").stat().st_mode) == 0o755
    assert stat.S_IMODE((tmp_path / "factory/identity.json").stat().st_mode) == 0o644
    assert stat.S_IMODE((tmp_path / "wifi").stat().st_mode) == 0o700


def test_identity_follows_the_processor(tmp_path: Path) -> None:
    assert make_factory("10000000abcd") == make_factory("10000000abcd") != make_factory("10000000abce")
    assert make_factory() != make_factory()
    serial = tmp_path / "serial-number"
    serial.write_bytes(b"10000000abcd\0")
    assert soc_serial(serial) == "10000000abcd"
    serial.write_bytes(b"0000000000000000\0")
    assert soc_serial(serial) == soc_serial(tmp_path / "nothing") == ""


def test_a_damaged_identity_is_told(tmp_path: Path) -> None:
    path = tmp_path / "identity.json"
    path.write_text('{"system": "x", "printer": "y"}')
    with pytest.raises(ConfigError, match="does not say who this board is"):
        load_factory(path)


def test_factory_reset_keeps_the_identity_and_nothing_else(card: Path) -> None:
    put(card, SETTINGS)
    start(card)
    data = card / "data"
    (data / "printer/state/jobs").write_text("a job")
    (data / "printer/sheets").mkdir()
    before = (data / "factory/identity.json").read_bytes()
    assert not reset(data)
    (data / "printer" / RESET).touch()
    assert reset(data)
    furnish(data, "")
    assert (data / "factory/identity.json").read_bytes() == before
    assert list((data / "printer").iterdir()) == []
    assert "network=" not in (data / "wifi/wpa_supplicant.conf").read_text()


def test_a_reset_that_was_cut_short_is_done_again(card: Path) -> None:
    data = card / "data"
    (data / "printer" / RESET).touch()
    (data / "printer/left").touch()
    (data / "wifi/wpa_supplicant.conf").unlink()
    assert reset(data)
    assert list((data / "printer").iterdir()) == []


def test_the_example_can_be_taken_over() -> None:
    from board.image.recipe import HERE

    settings = parse((HERE / "inkstand.toml.example").read_bytes())
    assert settings.user == OwnerUser("alice", "choose one")
    assert settings.wifi is not None


def test_factory_counts_at_the_start(tmp_path: Path) -> None:
    assert isinstance(load_factory(tmp_path / "nothing"), Factory)
