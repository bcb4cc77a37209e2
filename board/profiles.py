"""Fault profiles: what a real printer does wrong, as named faults of the USB, HTTP and IPP layers."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct, field

from board.config import ConfigError, find, load, names
from firmware.core.model import UsbModel
from firmware.net.faults import REGISTRY as IPP_FAULTS
from firmware.net.faults import IppFaults
from usb_gadget.faults import REGISTRY as USB_FAULTS
from usb_gadget.faults import FaultError, Faults

PROFILES = Path(__file__).with_name("profiles")


class Profile(Struct, frozen=True, forbid_unknown_fields=True):
    """One profile file: what is wrong, with which real device, and what hosts do about it."""

    title: str
    device: str
    host: str
    faults: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Parameters by fault name."""
    usb: dict[str, Any] = field(default_factory=dict)
    """Keys of the model's [usb] that this device has otherwise."""


class FaultSwitch:
    """All faults of one instance, whatever layer has them."""

    def __init__(self) -> None:
        self.usb = Faults()
        self.ipp = IppFaults()

    def set(self, name: str, parameters: dict[str, Any]) -> None:
        """Switch one on; ConfigError for what there is not."""
        try:
            if name in USB_FAULTS:
                self.usb.set(name, **{key: tuple(v) if isinstance(v, list) else v for key, v in parameters.items()})
            elif name in IPP_FAULTS:
                self.ipp.set(name, **parameters)
            else:
                raise ConfigError(f"no fault named {name!r}; 'inkstand profiles --faults' lists them")
        except (FaultError, TypeError, ValueError) as error:
            raise ConfigError(str(error)) from error

    def clear(self, name: str | None = None) -> None:
        """Switch one off, or all."""
        if name is None or name in USB_FAULTS:
            self.usb.clear(name)
        if name is None or name in IPP_FAULTS:
            self.ipp.clear(name)

    def apply(self, profile: Profile) -> None:
        for name, parameters in profile.faults.items():
            self.set(name, parameters)

    def active(self) -> dict[str, Any]:
        return {**self.usb.active(), **self.ipp.active()}


def load_profile(name: str) -> Profile:
    """A profile by its name under profiles/, or by the path of its file."""
    return load(find(name, PROFILES, "profile"), Profile)


def all_profiles() -> dict[str, Profile]:
    return {name: load_profile(name) for name in names(PROFILES)}


def with_profile(usb: UsbModel, profile: Profile) -> UsbModel:
    """The model's USB side as the profile's device has it."""
    if not profile.usb:
        return usb
    try:
        return msgspec.convert({**msgspec.structs.asdict(usb), **profile.usb}, UsbModel)
    except msgspec.ValidationError as error:
        raise ConfigError(f"profile: [usb]: {error}") from error


def fault_docs() -> dict[str, tuple[str, dict[str, Any]]]:
    """First docstring line and default parameters of every fault, by name."""
    from dataclasses import fields

    found = {}
    for name, kind in {**USB_FAULTS, **IPP_FAULTS}.items():
        told = (kind.__doc__ or "").strip().splitlines()[0]
        found[name] = (told, {entry.name: entry.default for entry in fields(kind)})  # type: ignore[arg-type]
    return found


def parse_value(text: str) -> Any:
    """A parameter from the command line: TOML where it is such, else the text itself."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
