"""Targets: what of a board the image must know. An unknown key is an error that names the file."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct, field

from board.config import ConfigError, find, load

HERE = Path(__file__).parent
TARGETS = HERE / "targets"
EPOCH = 1735689600
"""Time of everything in an image that has one, unless SOURCE_DATE_EPOCH says another: 2025-01-01."""


class Target(Struct, frozen=True, forbid_unknown_fields=True):
    """One board."""

    title: str
    board: str
    """The board file of the firmware: which part for which port."""
    kernel_at: int
    """Where in memory the kernel is unpacked to."""
    slot_at: int
    """Where in memory the boot loader reads a slot to: beyond the unpacked kernel."""
    disk: str
    """The card in the running system, such as /dev/mmcblk0."""
    console: str
    usb_device: str
    """Whether it can be a USB device, and by which port: one sentence for people."""
    device_tree: str = ""
    """In the kernel's package; empty: the boot loader hands its own on."""
    overlays: tuple[str, ...] = ()
    """Merged into the device tree: files under overlays/, without .dts, or paths."""
    early_modules: tuple[str, ...] = ()
    """Modules that the initramfs loads before it looks for the card."""
    modules: tuple[str, ...] = ()
    """Modules without which it is no printer: loaded before the firmware starts, without udev."""
    arguments: str = ""
    """More of the kernel's command line."""
    packages: tuple[str, ...] = ()
    boot_files: dict[str, str] = field(default_factory=dict)
    """Files of the boot partition, and which file of a package each is; a folder is copied whole."""
    config_txt: str = ""
    boot_loader: str = ""
    """File of a package that an emulator is started with, where the board's own memory holds the boot loader."""


def load_target(name: str) -> tuple[str, Target]:
    """A target and its short name; ConfigError."""
    path = find(name, TARGETS, "image target")
    return path.stem, load(path, Target)


def find_overlay(name: str) -> Path:
    """A device tree overlay by name or path; ConfigError."""
    path = Path(name) if "/" in name or name.endswith(".dts") else HERE / "overlays" / f"{name}.dts"
    if not path.is_file():
        raise ConfigError(f"no device tree overlay {name!r}: give the path of a .dts file")
    return path
