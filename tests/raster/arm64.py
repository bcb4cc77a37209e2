"""The compiled package on arm64, without a board: cross-compiled, then run under user-mode emulation.

    python -m tests.raster.arm64 -m tests.raster.digests

runs a command line of Python in an arm64 Debian's Python, with this tree and its pure-Python packages. Nothing is
installed: the packages of the running Debian release for arm64 are downloaded with apt (its lists kept apart) and
unpacked under ``build/arm64``, the modules compiled there by Debian's cross compiler.

Debian packages: gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.desk import need

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "build" / "arm64"
PACKAGES = ("gcc-aarch64-linux-gnu", "libc6-dev-arm64-cross", "qemu-user")
TARGET = ("libc6", "libgcc-s1", "libcrypt1", "zlib1g", "libexpat1", "libffi8", "libbz2-1.0", "liblzma5", "libssl3",
          "libuuid1", "libexpat1-dev")  # fmt: skip
"""What the arm64 Python needs, beside its own packages."""


def sysroot() -> Path:
    """Debian's Python for arm64 and its headers, unpacked once."""
    need("apt-get", "dpkg-deb", packages=("apt", "dpkg"))
    place = BUILD / "sysroot"
    if place.exists():
        return place
    shutil.rmtree(BUILD, ignore_errors=True)
    for name in ("state/lists/partial", "cache/archives/partial", "packages"):
        (BUILD / "apt" / name).mkdir(parents=True)
    apart = [
        f"Dir::State={BUILD}/apt/state", "Dir::State::status=/dev/null", f"Dir::Cache={BUILD}/apt/cache",
        "APT::Architecture=arm64", "APT::Architectures::=arm64", "APT::Sandbox::User=", "Debug::NoLocking=1",
    ]  # fmt: skip
    options = [part for option in apart for part in ("-o", option)]
    _run("apt-get", *options, "-qq", "update")
    shown = _run("apt-cache", *options, "show", "python3-minimal")
    found = re.search(r"Depends:.*?(python3\.\d+)-minimal", shown)
    assert found is not None, shown
    python = found[1]
    own = (f"{python}-minimal", f"lib{python}-minimal", f"lib{python}-stdlib", f"lib{python}-dev")
    _run("apt-get", *options, "-qq", "download", *own, *TARGET, folder=BUILD / "apt/packages")
    made = BUILD / "unpacked"
    made.mkdir()
    for package in sorted((BUILD / "apt/packages").glob("*.deb")):
        _run("dpkg-deb", "-x", package, made)
    made.rename(place)
    shutil.rmtree(BUILD / "apt")
    return place


def _run(*command: str | Path, folder: Path | None = None) -> str:
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, cwd=folder, timeout=600)
    assert done.returncode == 0, f"{' '.join(map(str, command))}:\n{done.stderr}"
    return done.stdout


def package() -> Path:
    """A folder with ``raster_ext`` compiled for arm64; made again when a source has changed."""
    need("aarch64-linux-gnu-gcc", "qemu-aarch64", packages=PACKAGES)
    root = sysroot()
    sources = sorted((ROOT / "raster_ext").iterdir())
    kept = [path for path in sources if path.suffix in (".pyx", ".pxd", ".py", ".h", ".png", ".pyi")]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in kept)).hexdigest()[:12]
    place = BUILD / f"package-{digest}"
    if place.exists():
        return place
    for old in BUILD.glob("package-*"):
        shutil.rmtree(old)
    (include,) = (root / "usr/include").glob("python3.*")
    made = BUILD / f"part-{os.getpid()}"
    (made / "raster_ext").mkdir(parents=True)
    for path in kept:
        shutil.copy(path, made / "raster_ext")
    suffix = f".cpython-{include.name.removeprefix('python').replace('.', '')}-aarch64-linux-gnu.so"

    def compile(source: Path) -> None:
        _run(sys.executable, "-m", "cython", "-3", source)
        _run("aarch64-linux-gnu-gcc", "-O3", "-fPIC", "-shared", "-Wall", "-Wno-unused", f"-I{include}",
             f"-I{root}/usr/include", f"-I{source.parent}", source.with_suffix(".c"),
             "-o", source.with_name(source.stem + suffix))  # fmt: skip

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(compile, (made / "raster_ext").glob("*.pyx")))
    made.rename(place)
    return place


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python for arm64 with these arguments; the tree's tests and pure-Python packages can be imported."""
    place, root = package(), sysroot()
    (program,) = (root / "usr/bin").glob("python3.*")
    packages = [path for path in sys.path if path.endswith("site-packages")]
    environment = {
        "PYTHONHOME": str(root / "usr"),
        "PYTHONPATH": os.pathsep.join([str(place), str(ROOT), *packages]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PATH": os.environ["PATH"],
    }
    command = ["qemu-aarch64", "-L", str(root), str(program), "-P", *arguments]
    return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=900)


def main() -> None:
    done = python(*sys.argv[1:])
    print(done.stdout, end="")
    print(done.stderr, end="", file=sys.stderr)
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
