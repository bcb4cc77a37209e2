"""From a target's name to a card."""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from board.config import BOARDS, MODELS, find, load_board, load_model
from board.image import devicetree, disk, initramfs, rootfs, sbom, slot, verity, wheels
from board.image.debian import MIRROR, Cache, Package, unpack
from board.image.recipe import EPOCH, HERE, Target, find_overlay
from board.image.tools import ImageError, check_tools, fresh, put, run, sha256

NATIVE = ("python3.13-minimal", "libpython3.13-stdlib")
HEADERS = ("libpython3.13-dev",)
LIMIT = 120 * 1000 * 1000
"""Octets of a compressed image: cards are flashed over slow networks."""


@dataclass(slots=True)
class Options:
    """What the command line says."""

    out: Path
    cache: Path
    board: str = ""
    model: str = ""
    development: bool = False
    refresh: bool = False
    compress: bool = True
    mirror: str = MIRROR
    epoch: int = field(default_factory=lambda: int(os.environ.get("SOURCE_DATE_EPOCH", EPOCH)))


@dataclass(frozen=True, slots=True)
class Built:
    """What came out."""

    card: Path
    compressed: Path | None
    slot: Path
    sbom: Path
    boot_loader: Path | None


Say = Callable[[str], None]


def build(name: str, target: Target, options: Options, say: Say = lambda _: None) -> Built:
    """Make an image; ImageError or ConfigError says what is missing."""
    check_tools()
    board_file = find(options.board or target.board, BOARDS, "board")
    model_file = find(options.model or load_board(str(board_file)).printer.model, MODELS, "model")
    load_model(str(model_file))
    out = fresh(options.out / name)
    work = fresh(out / "work")
    cache = Cache(options.cache)

    say("packages")
    contents = rootfs.CONTENTS
    extra = contents.development if options.development else ()
    record = f"debian-{name}-development" if options.development else f"debian-{name}"
    wanted = sorted({*contents.packages, *target.packages, *extra})
    packages = cache.packages(record, "arm64", wanted, options.refresh, options.mirror)
    headers = cache.packages("headers", "arm64", HEADERS, options.refresh, options.mirror)
    native = cache.packages("native", wheels.architecture(), NATIVE, options.refresh, options.mirror)
    files = wheels.fetch(cache)
    root = _unpack(cache, packages, work / "root")
    include = fresh(work / "headers")
    for package in headers:
        if package.name in HEADERS:
            unpack(cache.file(package.uri, package.sha256), include)

    say("root file system")
    staged = _boot_files(root, target, work)
    if (HERE / "files/usr/lib/python3").exists():
        raise ImageError("files/ is no place for Python packages")
    release = rootfs.finish(root, target, name, options.development)
    own_printer(root, board_file, model_file, options.development)
    say("Python")
    ours = wheels.install(files, include, work, root)[0]
    wheels.compile_bytecode(cache, native, work, root)
    version = tomllib.loads((wheels.ROOT / "pyproject.toml").read_text())["project"]["version"]
    bill = _bill(name, version, packages, ours, root, options.epoch, release)
    put(root / "usr/share/inkstand/sbom.cdx.json", bill)

    say("slot")
    system = _slot(name, target, root, staged, version, release, work, options)
    say("card")
    card = _card(name, target, staged, system, out, work, options)
    built = _publish(name, target, card, system, bill, staged, out, options)
    shutil.rmtree(work)
    return built


def own_printer(root: Path, board_file: Path, model_file: Path, development: bool) -> None:
    """Board and model as they were when the image was made, and the mechanism, if the board has one of its own."""
    put(root / "etc/inkstand/board.toml", board_file.read_text())
    put(root / "etc/inkstand/model.toml", model_file.read_text())
    over = '[printer]\nmodel = "/etc/inkstand/model.toml"\n'
    if development:
        over += 'notice = "Development image: whoever is at its console is let in without a password."\n'
    mechanism = load_board(str(board_file)).head.mechanism
    if mechanism.endswith(".toml"):
        put(root / "etc/inkstand/mechanism.toml", (board_file.parent / mechanism).read_text())
        over += '[head]\nmechanism = "/etc/inkstand/mechanism.toml"\n'
    put(root / "etc/inkstand/image.toml", over)


def _unpack(cache: Cache, packages: list[Package], root: Path) -> Path:
    fresh(root)
    cache.check(package.sha256 for package in packages)
    for package in sorted(packages, key=lambda package: (package.name != "base-files", package.name)):
        unpack(cache.file(package.uri, package.sha256), root)
    return root


@dataclass(frozen=True, slots=True)
class _Staged:
    """What was taken out of the packages before they were pruned."""

    kernel: Path
    tree: Path | None
    boot: Path
    loader: Path | None


def _boot_files(root: Path, target: Target, work: Path) -> _Staged:
    """Kernel, device tree, boot partition and boot loader."""
    kernel = work / "Image"
    shutil.copyfile(sorted((root / "boot").glob("vmlinuz-*"))[-1], kernel)
    tree = None
    if target.device_tree:
        base = sorted(root.glob(f"usr/lib/linux-image-*/{target.device_tree}"))
        if not base:
            raise ImageError(f"the kernel's package has no device tree {target.device_tree}")
        tree = work / base[-1].name
        shutil.copyfile(base[-1], tree)
        tree = devicetree.merge(tree, [find_overlay(name) for name in target.overlays], work / "tree")
    boot = fresh(work / "boot")
    for name, source in target.boot_files.items():
        found = sorted(root.glob(source))
        if not found:
            raise ImageError(f"no package has the boot file {source}")
        if found[-1].is_dir():
            shutil.copytree(found[-1], boot / name)
        else:
            put(boot / name, found[-1].read_bytes())
    if target.config_txt:
        put(boot / "config.txt", target.config_txt)
    put(boot / "inkstand.toml.example", (HERE / "inkstand.toml.example").read_text())
    loader = None
    if target.boot_loader:
        loader = work / "u-boot.bin"
        shutil.copyfile(root / target.boot_loader, loader)
    return _Staged(kernel, tree, boot, loader)


def _slot(
    name: str, target: Target, root: Path, staged: _Staged, version: str, release: str, work: Path, options: Options
) -> Path:  # fmt: skip
    tree = verity.squash(root, work / "root.squashfs", options.epoch)
    sealed = verity.seal(tree, hashlib.sha256(f"{name} {version}".encode()).hexdigest())
    kernel = gzip.compress(staged.kernel.read_bytes(), 9, mtime=0)
    first = slot.boot_image("kernel", kernel, target, options.epoch)

    def with_settings(at: int) -> list[bytes]:
        settings = (
            f"DISK_ID={disk.SIGNATURE:08x}\nROOT_AT={at // slot.SECTOR}\n"
            f'ROOT_LENGTH={sealed.path.stat().st_size // slot.SECTOR}\nTABLE="{sealed.table("/dev/mapper/slot")}"\n'
        )
        ramdisk = work / "initramfs.zst"
        initramfs.build(root, release, target.early_modules, settings, ramdisk)
        parts = {"initramfs": ramdisk, "device-tree": staged.tree}
        rest = [slot.boot_image(kind, path.read_bytes(), target, options.epoch) for kind, path in parts.items() if path]
        return [first, *rest]

    # The initramfs must know where the root begins, which is behind it: on a whole MiB, so a digit more is nothing.
    _, at = slot.layout(with_settings(0))
    parts = with_settings(at + slot.MIB)
    return slot.assemble(parts, sealed, version, work / "slot.img", at + slot.MIB)


def _card(name: str, target: Target, staged: _Staged, system: Path, out: Path, work: Path, options: Options) -> Path:
    arguments = f"console={target.console} ro quiet panic=5 rootfstype=squashfs {target.arguments}".strip()
    head = f'setenv slot_at {target.slot_at:x}\nsetenv arguments "{arguments}"\n'
    script = work / "boot.cmd"
    put(script, head + (HERE / "boot.cmd").read_text())
    run(
        "mkimage", "-A", "arm64", "-T", "script", "-C", "none", "-n", "inkstand", "-d", script,
        staged.boot / "boot.scr", epoch=options.epoch,
    )  # fmt: skip
    boot = disk.boot_partition(staged.boot, work / "boot.vfat", options.epoch)
    data = disk.data_partition(work / "data.ext4", options.epoch)
    return disk.assemble(boot, system, data, out / f"inkstand-{name}.img")


def _publish(
    name: str, target: Target, card: Path, system: Path, bill: str, staged: _Staged, out: Path, options: Options
) -> Built:  # fmt: skip
    kept = system.rename(out / f"inkstand-{name}.slot")
    bill_file = out / f"inkstand-{name}.cdx.json"
    put(bill_file, bill)
    loader = None
    if staged.loader is not None:
        loader = staged.loader.rename(out / "u-boot.bin")
    compressed = None
    if options.compress:
        run("xz", "--keep", "--force", "-6", "--threads=2", "--block-size=64MiB", card)
        compressed = card.with_suffix(".img.xz")
        if compressed.stat().st_size > LIMIT:
            raise ImageError(f"{compressed} has {compressed.stat().st_size} octets, more than {LIMIT}")
    sums = [path for path in (card, compressed, kept, bill_file) if path is not None]
    put(out / "SHA256SUMS", "".join(f"{sha256(path)}  {path.name}\n" for path in sums))
    return Built(card, compressed, kept, bill_file, loader)


def _bill(
    name: str, version: str, packages: list[Package], wheel: Path, root: Path, epoch: int, release: str
) -> str:  # fmt: skip
    docs, site = root / "usr/share/doc", root / wheels.PACKAGES
    components = [sbom.debian(package, sbom.licences_of(docs, package.name)) for package in packages]
    components += [sbom.python(package, sbom.licences_in(site, package)) for package in wheels.locked()]
    components.append(sbom.own("inkstand", version, sha256(wheel), "Apache-2.0"))
    return sbom.document(f"inkstand-{name}", version, components, epoch, {"kernel": release})
