"""The laboratory's kernel: Debian's own package, unpacked into a cache, with an initramfs of our own making.

Nothing is built and nothing is installed: the modules lie in a directory that the virtual machine stacks on
top of this machine's root file system.
"""

import fcntl
import lzma
import os
import shutil
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

PACKAGES = (
    "qemu-system-x86 busybox-static kmod udev usbutils usbip libaio1 libusb-1.0-0 dbus avahi-daemon ipp-usb cups "
    "cups-client cups-ipp-utils avahi-utils hostapd wpasupplicant network-manager iw dnsmasq-base gcc make xz-utils"
)
APT_LINE = f"apt-get install --no-install-recommends {PACKAGES}"

TOOLS = (
    "qemu-system-x86_64", "busybox", "depmod", "udevadm", "lsusb", "usbip", "dbus-daemon", "avahi-daemon", "hostapd",
    "wpa_supplicant", "NetworkManager", "iw", "dnsmasq",
)  # fmt: skip
STAGE_1 = Path(__file__).with_name("stage1.sh")
STAGE_1_MODULES = ("virtio_pci", "9pnet_virtio", "9p", "overlay", "virtio_console")
"""What it takes to reach the root file system and the agent's port."""


class LabError(RuntimeError):
    """The laboratory cannot be had; the text says what to do about it."""


@dataclass(frozen=True)
class Kernel:
    """An unpacked kernel package."""

    image: Path
    initramfs: Path
    layer: Path
    """To be stacked on the root file system: usr/lib/modules."""


def missing_tools() -> list[str]:
    """Programs that this machine lacks."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    return [tool for tool in TOOLS if shutil.which(tool, path=path) is None]


def cache() -> Path:
    """Where kernels are kept between runs; about 460 MB."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("INKSTAND_LAB_CACHE") or Path(base) / "inkstand-lab")


def prepare(package: str = "linux-image-amd64") -> Kernel:
    """The kernel of Debian package `package`, fetched and unpacked the first time."""
    if missing := missing_tools():
        raise LabError(f"the laboratory needs {', '.join(missing)}: {APT_LINE}")
    root = cache()
    root.mkdir(parents=True, exist_ok=True)
    with (root / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # test runs side by side share what the first one fetches
        real = real_package(package)
        kernel = Kernel(root / real / "vmlinux", root / real / "initramfs", root / real / "root")
        if not (root / real / "ready").exists():
            _unpack(real, kernel)
            (root / real / "ready").touch()
        _initramfs(kernel)
    return kernel


def run(*argv: str, cwd: Path | None = None) -> str:
    """A program's output; LabError when it fails."""
    done = subprocess.run(argv, cwd=cwd, capture_output=True, text=True)
    if done.returncode:
        raise LabError(f"{' '.join(argv)}: {done.stderr.strip()}")
    return done.stdout


def real_package(package: str) -> str:
    """The versioned package that the unversioned one depends on."""
    for line in run("apt-cache", "depends", "--no-recommends", "--no-suggests", package).splitlines():
        words = line.split()
        if len(words) == 2 and words[0] == "Depends:" and words[1].startswith("linux-image-"):
            return words[1]
    return package


def _unpack(package: str, kernel: Kernel) -> None:
    home = kernel.image.parent
    shutil.rmtree(home, ignore_errors=True)
    (home / "deb").mkdir(parents=True)
    run("apt-get", "-qq", "-o", "APT::Sandbox::User=root", "download", package, cwd=home / "deb")
    run("dpkg-deb", "-x", str(next((home / "deb").glob("*.deb"))), str(home / "x"))
    compressed = next((home / "x/boot").glob("vmlinuz-*")).read_bytes()
    kernel.image.write_bytes(_bare_image(compressed))
    lib = home / "x/lib" if (home / "x/lib").is_dir() else home / "x/usr/lib"
    # A merged-/usr root has /lib as a link, which a directory of that name would hide: so the layer has
    # usr/lib.
    (kernel.layer / "usr").mkdir(parents=True)
    lib.rename(kernel.layer / "usr/lib")
    version = next((kernel.layer / "usr/lib/modules").iterdir()).name
    (kernel.layer / "lib").symlink_to("usr/lib")
    run("/sbin/depmod", "-b", str(kernel.layer), version)  # the package ships no modules.dep
    (kernel.layer / "lib").unlink()
    shutil.rmtree(home / "x")
    shutil.rmtree(home / "deb")


def _bare_image(bzimage: bytes) -> bytes:
    """The ELF image inside, which QEMU starts by its PVH entry; the bzImage itself if it is not of the xz
    kind.

    Unpacking here saves seconds: under software emulation the kernel's own unpacking takes longer than the
    boot. Offsets are those of the x86 boot protocol.
    """
    offset, length = struct.unpack_from("<II", bzimage, 0x248)
    start = ((bzimage[0x1F1] or 4) + 1) * 512 + offset
    try:
        image = lzma.LZMADecompressor().decompress(bzimage[start : start + length])
    except lzma.LZMAError:
        return bzimage
    return image if image.startswith(b"\x7fELF") else bzimage


def _initramfs(kernel: Kernel) -> None:
    """busybox, the modules of stage 1 in the order in which they load, and stage 1 itself."""
    busybox = shutil.which("busybox")
    assert busybox
    sources = [STAGE_1, Path(busybox), Path(__file__)]
    if kernel.initramfs.exists():
        made = kernel.initramfs.stat().st_mtime
        if all(source.stat().st_mtime < made for source in sources):
            return
    archive = _Cpio()
    for directory in ("bin", "proc", "sys", "dev", "agent", "mnt", "new", "modules"):
        archive.directory(directory)
    archive.file("bin/busybox", Path(busybox).read_bytes(), 0o755)
    for i, module in enumerate(_closure(kernel)):
        archive.file(f"modules/{i:02}-{module.name.partition('.')[0]}.ko", _plain(module), 0o644)
    archive.file("init", STAGE_1.read_bytes(), 0o755)
    kernel.initramfs.write_bytes(archive.close())


def _plain(module: Path) -> bytes:
    data = module.read_bytes()
    return lzma.decompress(data) if module.suffix == ".xz" else data


def _closure(kernel: Kernel) -> list[Path]:
    """Files of the stage 1 modules and what they depend on, dependencies first; built-in ones are not there."""
    modules = next((kernel.layer / "usr/lib/modules").iterdir())
    needs = {}
    for line in (modules / "modules.dep").read_text().splitlines():
        path, _, rest = line.partition(":")
        needs[path] = rest.split()
    wanted: dict[str, None] = {}
    for name in STAGE_1_MODULES:
        for path, dependencies in needs.items():
            if Path(path).name.partition(".")[0] == name:
                wanted |= dict.fromkeys([*reversed(dependencies), path])
    return [modules / path for path in wanted]


class _Cpio:
    """A "newc" archive – Linux Documentation/driver-api/early-userspace/buffer-format.rst."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._inode = 0

    def directory(self, name: str) -> None:
        self._add(name, b"", 0o040755)

    def file(self, name: str, data: bytes, mode: int) -> None:
        self._add(name, data, 0o100000 | mode)

    def _add(self, name: str, data: bytes, mode: int) -> None:
        self._inode += 1
        fields = (self._inode, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0)
        self._data += b"070701" + b"".join(b"%08X" % field for field in fields) + name.encode() + b"\0"
        self._pad()
        self._data += data
        self._pad()

    def _pad(self) -> None:
        self._data += bytes(-len(self._data) % 4)

    def close(self) -> bytes:
        self._add("TRAILER!!!", b"", 0)
        return bytes(self._data)
