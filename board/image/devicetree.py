"""Device trees: the kernel's, with the board's overlays merged in (Devicetree Specification 0.4, and the kernel's
Documentation/devicetree/overlay-notes.rst)."""

from __future__ import annotations

from pathlib import Path

from board.image.tools import ImageError, fresh, run


def compile_overlay(source: Path, out: Path) -> Path:
    """An overlay's source as a blob, with its symbols; ImageError names the line."""
    run("dtc", "-@", "-q", "-I", "dts", "-O", "dtb", "-o", out, source)
    return out


def merge(base: Path, overlays: list[Path], work: Path) -> Path:
    """The tree with all overlays applied, in this order."""
    if not overlays:
        return base
    work = fresh(work)
    blobs = [compile_overlay(path, work / f"{number}.dtbo") for number, path in enumerate(overlays)]
    merged = work / "merged.dtb"
    try:
        run("fdtoverlay", "-i", base, "-o", merged, *blobs)
    except ImageError as error:
        names = ", ".join(path.name for path in overlays)
        raise ImageError(f"{names} does not fit {base.name}: does that tree have what it names? ({error})") from error
    return merged
