"""Kernel modules that the laboratory's kernel lacks: ``gpio-sim``, which Debian leaves out, built from Debian's own
source, and ``headlab``, ours. Built once for each kernel and version of ours, into the laboratory's cache.

Headers and source are Debian's packages for the very kernel that boots; nothing is installed.
"""

import fcntl
import hashlib
import re
import shutil
from pathlib import Path

from tests.lab.kernel import cache, real_package, run

OURS = Path(__file__).with_name("modules")
TAKEN = ("drivers/gpio/gpio-sim.c", "drivers/gpio/gpiolib.h", "kernel/irq/irq_sim.c")
"""Of the kernel's source."""


def modules(package: str = "linux-image-amd64") -> list[Path]:
    """The modules as files, in the order in which they load."""
    image = real_package(package)
    sources = sorted(OURS.iterdir())
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:12]
    home = cache() / image / f"modules-{digest}"
    built = [home / name for name in ("gpio-sim.ko", "headlab.ko")]
    with (cache() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not all(path.exists() for path in built):
            _build(image.removeprefix("linux-image-"), sources, home)
    return built


def _build(version: str, sources: list[Path], home: Path) -> None:
    shutil.rmtree(home, ignore_errors=True)
    work = home / "work"
    work.mkdir(parents=True)
    for source in sources:
        shutil.copy(source, work)
    root = _headers(version, home)
    _take_from_source(".".join(version.split(".")[:2]), home, work)
    run("make", "-s", "-C", str(root / f"usr/src/linux-headers-{version}"), f"M={work}", "modules")
    for module in work.glob("*.ko"):
        module.rename(home / module.name)
    shutil.rmtree(work)
    shutil.rmtree(root)


def _headers(version: str, home: Path) -> Path:
    """Headers and build scripts of this kernel, unpacked."""
    root = home / "root"
    wanted = [f"linux-headers-{version}"]
    for line in run("apt-cache", "depends", wanted[0]).splitlines():
        if match := re.fullmatch(r"\s+Depends: (linux-(?:headers|kbuild)-\S+)", line):
            wanted.append(match[1])
    for package in dict.fromkeys(wanted):
        run("dpkg-deb", "-x", str(_download(package, home)), str(root))
    # The makefile names its other half by where it would be installed.
    makefile = root / f"usr/src/linux-headers-{version}/Makefile"
    makefile.write_text(makefile.read_text().replace("/usr/src/", f"{root}/usr/src/"))
    return root


def _take_from_source(version: str, home: Path, work: Path) -> None:
    name = f"linux-source-{version}"
    package = _download(name, home)
    members = " ".join(f"{name}/{path}" for path in TAKEN)
    inner = f"dpkg-deb --fsys-tarfile {package} | tar x -O ./usr/src/{name}.tar.xz"
    run("sh", "-c", f"{inner} | tar xJ -C {work} --strip-components=3 --occurrence=1 {members}")
    package.unlink()
    (work / "gpio-sim.c").rename(work / "gpio-sim-main.c")  # the module of that name is made of two files
    irq = work / "irq_sim.c"
    # Modules may not call irq_to_desc; what it is called for has a name of its own.
    irq.write_text(irq.read_text().replace("handle_simple_irq(irq_to_desc(irqnum))", "generic_handle_irq(irqnum)"))


def _download(package: str, folder: Path) -> Path:
    run("apt-get", "-qq", "-o", "APT::Sandbox::User=root", "download", package, cwd=folder)
    return next(folder.glob(f"{package}_*.deb"))
