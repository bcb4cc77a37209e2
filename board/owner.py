"""The owner's settings for the first start: ``inkstand.toml`` on the boot partition, taken over and wiped.

Every key may be left out; one that we don't know is an error, told in a file beside it, and the printer starts all the
same. What is taken over lies on the data partition: ``printer/owner.toml`` over the board file, the network in
wpa_supplicant's own file, the user in the identity store.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from board.config import MODELS, ConfigError, find, load_model
from firmware.runtime.spool import sync_folder

NAMES = ("inkstand.toml", "inkstand.toml.txt")
"""What the file may be called: some editors put .txt behind everything."""
DONE, TROUBLE = "inkstand-done.txt", "inkstand-error.txt"
_COUNTRY = re.compile(r"[A-Z]{2}")


class OwnerWifi(Struct, frozen=True, forbid_unknown_fields=True):
    """The network; without a password it is open."""

    ssid: str
    password: str = ""
    country: str = ""
    hidden: bool = False


class OwnerUser(Struct, frozen=True, forbid_unknown_fields=True):
    """Who may change settings: an administrator."""

    name: str
    password: str


class OwnerSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    name: Annotated[str, Meta(max_length=127)] = ""
    model: str = ""
    media: str = ""
    wifi: OwnerWifi | None = None
    user: OwnerUser | None = None


def parse(text: bytes) -> OwnerSettings:
    """The file as settings that can be carried out; ConfigError says what is wrong with which line."""
    import tomllib

    try:
        settings = msgspec.convert(tomllib.loads(text.decode("utf-8-sig")), OwnerSettings)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"no TOML: {error}") from None
    except msgspec.ValidationError as error:
        raise ConfigError(str(error)) from None
    if not settings.name.isprintable():
        raise ConfigError("name: only characters that can be shown")
    if settings.model:
        if settings.model not in {path.stem for path in MODELS.glob("*.toml")}:
            find(settings.model, MODELS, "model")
            raise ConfigError("model: a name, not a file")
        model = load_model(settings.model)
        if model.labels is not None:  # it would not start
            raise ConfigError(f"model: {settings.model} wants a print head, which only a board file can say")
        if settings.media and settings.media not in model.media.sizes:
            raise ConfigError(f"media: {settings.model} prints on {', '.join(model.media.sizes)}")
    if not re.fullmatch(r"[a-z0-9_.-]*", settings.media):
        raise ConfigError(f"media: {settings.media!r} is no PWG size name such as iso_a4_210x297mm")
    if settings.wifi is not None:
        _check_wifi(settings.wifi)
    return settings


def _check_wifi(wifi: OwnerWifi) -> None:
    if not 1 <= len(wifi.ssid.encode()) <= 32:
        raise ConfigError("wifi.ssid: 1 to 32 octets")
    plain = 8 <= len(wifi.password) <= 63 and all(" " <= character <= "~" for character in wifi.password)
    if wifi.password and not plain and not re.fullmatch(r"[0-9a-fA-F]{64}", wifi.password):
        raise ConfigError("wifi.password: 8 to 63 ASCII characters, or a key of 64 hexadecimal digits")
    if wifi.country and not _COUNTRY.fullmatch(wifi.country):
        raise ConfigError("wifi.country: two capital letters (ISO 3166)")


def owner_toml(settings: OwnerSettings) -> str:
    """What counts over the board file."""
    rows = {"name": settings.name, "model": settings.model, "media": settings.media}
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in rows.items() if value]
    return "".join(["[printer]\n", *lines])


def wpa_supplicant(wifi: OwnerWifi | None, group: str = "inkstand") -> str:
    """Its file (wpa_supplicant.conf(5)): the printer may talk to it, and it keeps what it is told. All that came from
    outside is in hexadecimal digits."""
    lines = [f"ctrl_interface=DIR=/run/wpa_supplicant GROUP={group}", "update_config=1", "sae_pwe=2"]
    if wifi is None:
        return "\n".join([*lines, ""])
    if wifi.country:
        lines.append(f"country={wifi.country}")
    network = [f"ssid={wifi.ssid.encode().hex()}"]
    if wifi.hidden:
        network.append("scan_ssid=1")
    if not wifi.password:
        network.append("key_mgmt=NONE")
    elif len(wifi.password) == 64:
        network += [f"psk={wifi.password}", "key_mgmt=WPA-PSK"]
    else:
        key = hashlib.pbkdf2_hmac("sha1", wifi.password.encode(), wifi.ssid.encode(), 4096, 32).hex()
        network += [f"psk={key}", f"sae_password={wifi.password.encode().hex()}", "key_mgmt=WPA-PSK WPA-PSK-SHA256 SAE",
                    "ieee80211w=1"]  # fmt: skip
    return "\n".join([*lines, "network={", *(f"\t{line}" for line in network), "}", ""])


def write_durably(path: Path, text: str, mode: int = 0o644) -> None:
    """The old or the new, never half of one; nobody else can read a secret for a moment."""
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(file, "w") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    beside.chmod(mode)
    beside.rename(path)
    sync_folder(path.parent)


def take_over(boot: Path, data: Path, add_user: Callable[[OwnerUser], None]) -> str | None:
    """Carry out what the file on the boot partition says, and wipe it; what was done, in words, or None when there was
    none. A file that is wrong is left alone and its fault told beside it."""
    found = next((boot / name for name in NAMES if (boot / name).is_file()), None)
    if found is None:
        return None
    try:
        settings = parse(found.read_bytes())
        if settings.user is not None:
            add_user(settings.user)
    except ConfigError as error:
        (boot / TROUBLE).write_text(f"{found.name} was not taken over: {error}\r\n")
        return f"{found.name}: {error}"
    write_durably(data / "printer/owner.toml", owner_toml(settings))
    if settings.wifi is not None:
        write_durably(data / "wifi/wpa_supplicant.conf", wpa_supplicant(settings.wifi), 0o600)
    wipe(found)
    done = summary(settings)
    (boot / DONE).write_text(f"{done}\r\n")
    (boot / TROUBLE).unlink(missing_ok=True)
    return done


def summary(settings: OwnerSettings) -> str:
    """What was taken over, without secrets."""
    said = [word for word in ("name", "model", "media") if getattr(settings, word)]
    said += [f"the network {settings.wifi.ssid}"] if settings.wifi is not None else []
    said += [f"the user {settings.user.name}"] if settings.user is not None else []
    return f"Taken over: {', '.join(said) or 'nothing'}. The file was wiped."


def wipe(path: Path) -> None:
    """Overwrite a file where it lies, then remove it: what was in it is gone from the file system. (What the card's own
    controller keeps is beyond anybody.)"""
    with path.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        file.write(b"#" * size)
        file.flush()
        os.fsync(file.fileno())
    path.unlink()
    sync_folder(path.parent)
