"""Python for the target: locked requirements, our own packages with extensions by the cross compiler, and bytecode.

``requirements.lock`` names every file by version and hash, as pip does; ``lock`` writes it anew. Two of them have no
compiled form anywhere (`SOURCES`); the rest are wheels for the target. No setup program of anybody runs for an image.
"""

from __future__ import annotations

import base64
import os
import re
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from board.image.debian import Cache, Package, unpack
from board.image.recipe import HERE
from board.image.tools import ImageError, fresh, put, run, sha256

ROOT = HERE.parents[1]
LOCK = HERE / "requirements.lock"
PYTHON = "3.13"
TAG = "cp313-cp313-linux_aarch64"
SUFFIX = ".cpython-313-aarch64-linux-gnu.so"
PACKAGES = Path(f"usr/lib/python{PYTHON[0]}/dist-packages")
"""Where they lie in the root file system."""
EXTRAS = ("gpiod",)
"""Beside the project's own requirements."""
SOURCES = {"functionfs": ("functionfs",), "libaio": ("libaio",), "ioctl-opt": ("ioctl_opt",), "spidev": ()}
"""Published as source only, and the folders of each that are wanted."""
_PLATFORMS = ("manylinux2014", "manylinux_2_17", "manylinux_2_26", "manylinux_2_27", "manylinux_2_28", "manylinux_2_31")
_COMPILER = "aarch64-linux-gnu-gcc"
_OURS = ("firmware", "usb_gadget", "raster_ext", "board")
_NOT_INSTALLED = re.compile(r"(^|/)(__pycache__|\.mypy_cache)(/|$)|^board/image/|\.(pyx|pxd|c|h|so|pyc)$")


@dataclass(frozen=True, slots=True)
class Locked:
    """A file of the lock."""

    name: str
    version: str
    sha256: str

    @property
    def is_source(self) -> bool:
        return self.name in SOURCES


def locked(path: Path = LOCK) -> list[Locked]:
    """What the lock names; ImageError for a line without a hash."""
    found = []
    for line in path.read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        match = re.fullmatch(r"([a-z0-9-]+)==(\S+) --hash=sha256:([0-9a-f]{64})", line)
        if match is None:
            raise ImageError(f"{path}: no requirement with its hash: {line!r}")
        found.append(Locked(*match.groups()))
    return found


def lock(cache: Cache) -> list[Locked]:
    """Ask for the newest versions that fit, and write the lock."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    folder = fresh(cache.folder / "lock")
    _pip("download", "--dest", folder, *_for_target(), *project["dependencies"], *EXTRAS)
    _pip("download", "--dest", folder, "--no-deps", "--no-binary=:all:", *SOURCES)
    found = []
    for path in sorted(folder.iterdir()):
        name, version = re.split("-", path.name.removesuffix(".tar.gz"), maxsplit=2)[:2]
        if path.name.endswith(".tar.gz"):
            name, version = path.name.removesuffix(".tar.gz").rsplit("-", 1)
        found.append(Locked(name.replace("_", "-").lower(), version, sha256(path)))
    text = "".join(f"{each.name}=={each.version} --hash=sha256:{each.sha256}\n" for each in found)
    LOCK.write_text(f"# Python packages of the image, for {TAG}: written by python -m board.image --lock.\n{text}")
    return found


def fetch(cache: Cache) -> dict[str, Path]:
    """Every file of the lock, by name; from the cache, or by pip, which checks the hashes."""
    folder = cache.folder / "python"
    folder.mkdir(exist_ok=True)
    have = {sha256(path): path for path in folder.iterdir()}
    wanted = locked()
    for is_source in (False, True):
        missing = [each for each in wanted if each.is_source == is_source and each.sha256 not in have]
        if not missing:
            continue
        lines = "".join(f"{each.name}=={each.version} --hash=sha256:{each.sha256}\n" for each in missing)
        put(cache.folder / "missing.txt", lines)
        options = ["--no-deps", "--no-binary=:all:"] if is_source else ["--no-deps", *_for_target()]
        _pip("download", "--dest", folder, "--require-hashes", *options, "-r", cache.folder / "missing.txt")
        have = {sha256(path): path for path in folder.iterdir()}
    return {each.name: have[each.sha256] for each in wanted}


def _pip(*arguments: str | Path) -> None:
    run(sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments)


def _for_target() -> list[str]:
    platforms = [option for name in _PLATFORMS for option in ("--platform", f"{name}_aarch64")]
    abis = [option for name in ("cp313", "abi3", "none") for option in ("--abi", name)]
    return ["--only-binary=:all:", "--python-version", PYTHON, "--implementation", "cp", *abis, *platforms]


# ---------------------------------------------------------------------------------------------- install


def install(files: dict[str, Path], headers: Path, work: Path, root: Path) -> list[Path]:
    """Everything into the root file system; the licences that came along are part of it."""
    site = root / PACKAGES
    site.mkdir(parents=True, exist_ok=True)
    for name, path in sorted(files.items()):
        if name in SOURCES:
            _install_source(name, path, headers, work, site)
        else:
            _unzip(path, site)
    wheel = build_wheel(headers, work)
    _unzip(wheel, site)
    return [wheel]


def _unzip(wheel: Path, site: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for entry in archive.infolist():
            if entry.is_dir() or ".data/" in entry.filename or "/tests/" in entry.filename:
                continue
            put(site / _inside(entry.filename), archive.read(entry))


def _inside(name: str) -> str:
    """The path of a file in an archive; ImageError if it would leave the folder."""
    if name.startswith("/") or ".." in name.split("/"):
        raise ImageError(f"an archive with a path that leads out of it: {name!r}")
    return name


def _install_source(name: str, archive: Path, headers: Path, work: Path, site: Path) -> None:
    """Copy the pure packages of a source archive, or compile its one file; its description comes along."""
    version = next(each.version for each in locked() if each.name == name)
    with tarfile.open(archive) as tar:
        members = {member.name.partition("/")[2]: member for member in tar.getmembers() if member.isfile()}

        def read(path: str) -> bytes:
            stream = tar.extractfile(members[path])
            assert stream is not None
            return stream.read()

        for path in members:
            if path.partition("/")[0] in SOURCES[name] and path.endswith(".py") and "/tests/" not in path:
                put(site / _inside(path), read(path))
        if not SOURCES[name]:
            source = work / f"{name}_module.c"
            put(source, read(f"{name}_module.c"))
            _compile(source, site / f"{name}{SUFFIX}", headers, [])
        info = site / f"{name.replace('-', '_')}-{version}.dist-info"
        put(info / "METADATA", read("PKG-INFO"))
        for path in members:
            if re.fullmatch(r"(COPYING|LICENSE|LICENCE)[^/]*", path):
                put(info / "licenses" / path, read(path))


# ---------------------------------------------------------------------------------------------- our own


def build_wheel(headers: Path, work: Path) -> Path:
    """Our packages as a wheel for the target: what pyproject.toml says, the extensions cross-compiled."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    tree = fresh(work / "wheel")
    for path in our_files():
        put(tree / path, (ROOT / path).read_bytes())
    for module in project["tool"]["setuptools"]["ext-modules"]:
        path = module["name"].replace(".", "/")
        source = work / "c" / f"{module['name']}.c"
        source.parent.mkdir(exist_ok=True)
        run(sys.executable, "-m", "cython", "-3", "-o", source, module["sources"][0], cwd=ROOT)
        includes = [f"-I{ROOT / folder}" for folder in module.get("include-dirs", [])]
        _compile(source, tree / f"{path}{SUFFIX}", headers, [*module.get("extra-compile-args", []), *includes])
    return _zip(tree, project["project"], work)


def our_files() -> Iterator[str]:
    """What is installed of our packages, as paths in the project; not the recipe of the image itself."""
    for package in _OURS:
        for path in sorted((ROOT / package).rglob("*")):
            name = path.relative_to(ROOT).as_posix()
            if path.is_file() and not _NOT_INSTALLED.search(name):
                yield name


def _compile(source: Path, out: Path, headers: Path, options: list[str]) -> None:
    include = headers / "usr/include"
    run(
        _COMPILER, "-O2", *options, "-g0", "-shared", "-fPIC", "-fwrapv", "-DNDEBUG",
        f"-ffile-prefix-map={source.parent}=.", f"-ffile-prefix-map={ROOT}=.", "-I", include / f"python{PYTHON}",
        "-I", include, "-Wl,--build-id=none", "-s", "-o", out, source,
    )  # fmt: skip


def _zip(tree: Path, project: dict[str, Any], work: Path) -> Path:
    """A wheel (PyPA binary distribution format): sorted, with one time for all."""
    stem = f"{project['name']}-{project['version']}"
    info = f"{stem}.dist-info"
    needs = "".join(f"Requires-Dist: {need}\n" for need in project["dependencies"])
    put(
        tree / info / "METADATA",
        f"Metadata-Version: 2.4\nName: {project['name']}\nVersion: {project['version']}\n"
        f"Summary: {project['description']}\nLicense-Expression: {project['license']}\n{needs}",
    )
    put(tree / info / "WHEEL", f"Wheel-Version: 1.0\nGenerator: inkstand\nRoot-Is-Purelib: false\nTag: {TAG}\n")
    scripts = "".join(f"{name} = {target}\n" for name, target in project["scripts"].items())
    put(tree / info / "entry_points.txt", f"[console_scripts]\n{scripts}")
    put(tree / info / "licenses" / "LICENSE", (ROOT / "LICENSE").read_bytes())
    names = sorted(path.relative_to(tree).as_posix() for path in tree.rglob("*") if path.is_file())
    rows = [f"{name},sha256={_record_hash(tree / name)},{(tree / name).stat().st_size}\n" for name in names]
    put(tree / info / "RECORD", "".join([*rows, f"{info}/RECORD,,\n"]))
    wheel = work / f"{stem}-{TAG}.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in [*names, f"{info}/RECORD"]:
            entry = zipfile.ZipInfo(name, (2025, 1, 1, 0, 0, 0))
            entry.external_attr, entry.compress_type = 0o100644 << 16, zipfile.ZIP_DEFLATED
            archive.writestr(entry, (tree / name).read_bytes())
    return wheel


def _record_hash(path: Path) -> str:
    return base64.urlsafe_b64encode(bytes.fromhex(sha256(path))).decode().rstrip("=")


# ---------------------------------------------------------------------------------------------- bytecode


def compile_bytecode(cache: Cache, native: list[Package], work: Path, root: Path) -> None:
    """Bytecode of the target's Python, by the same Python for this machine: it is the same on every architecture.

    It is not compared with its source when it is loaded, for neither ever changes.
    """
    home = fresh(work / "native")
    for package in native:
        unpack(cache.file(package.uri, package.sha256), home)
    loader = next(home.glob("usr/lib*/*/ld-linux*.so*"), None) or next(home.glob("usr/lib*/ld-linux*.so*"))
    libraries = ":".join(str(path) for path in home.glob("usr/lib/*-linux-gnu"))
    python = [str(loader), "--library-path", libraries, str(home / f"usr/bin/python{PYTHON}")]
    folders = [root / f"usr/lib/python{PYTHON}", root / PACKAGES]
    run(
        "env", f"PYTHONHOME={home / 'usr'}", "PYTHONHASHSEED=0", *python, "-m", "compileall", "-q",
        "--invalidation-mode", "unchecked-hash", "-s", root, "-p", "/", *folders,
    )  # fmt: skip


def architecture() -> str:
    """This machine's, in Debian's words."""
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, os.uname().machine)
