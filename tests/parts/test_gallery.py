"""The folder of finished sheets: what is in it is found, also what came just now, and it is read when it changed."""

from __future__ import annotations

import os
from pathlib import Path

from board.parts.gallery import FolderGallery

LONG_AGO = 1_600_000_000


def job(out: Path, name: str, *sides: str) -> None:
    (out / name).mkdir()
    for side in sides:
        (out / name / f"sheet-{side}.png").touch()


def names(gallery: FolderGallery, number: int) -> list[str]:
    return [f"{path.parent.name}/{path.stem}" for path in gallery.sheets(number)]


def test_sides_come_in_output_order_and_the_newest_folder_counts(tmp_path: Path) -> None:
    job(tmp_path, "0001-old.pdf", "0001-front")
    os.utime(tmp_path / "0001-old.pdf", (LONG_AGO, LONG_AGO))
    job(tmp_path, "0001-new.pdf", "0002-front", "0001-back", "0001-front")
    job(tmp_path, "12345-wide.pdf", "0001-front")
    job(tmp_path, "notes", "0001-front")
    (tmp_path / "0003-file").touch()
    gallery = FolderGallery(tmp_path)
    assert names(gallery, 1) == [f"0001-new.pdf/sheet-{side}" for side in ("0001-front", "0001-back", "0002-front")]
    assert names(gallery, 12345) == ["12345-wide.pdf/sheet-0001-front"]
    assert names(gallery, 2) == names(gallery, 3) == []


def test_what_comes_and_goes_is_seen_at_once(tmp_path: Path) -> None:
    gallery = FolderGallery(tmp_path / "out")
    assert names(gallery, 1) == []
    (tmp_path / "out").mkdir()
    for number in range(1, 20):
        assert names(gallery, number) == []
        job(tmp_path / "out", f"{number:04d}-x", "0001-front")
        assert names(gallery, number) == [f"{number:04d}-x/sheet-0001-front"]
    (tmp_path / "out/0019-x/sheet-0001-front.png").unlink()
    (tmp_path / "out/0019-x").rmdir()
    assert names(gallery, 19) == []


def test_a_folder_that_did_not_change_is_not_read_again(tmp_path: Path) -> None:
    gallery = FolderGallery(tmp_path)
    job(tmp_path, "0001-x", "0001-front")
    os.utime(tmp_path, (LONG_AGO, LONG_AGO))
    assert names(gallery, 1) == ["0001-x/sheet-0001-front"]
    job(tmp_path, "0002-x", "0001-front")
    os.utime(tmp_path, (LONG_AGO, LONG_AGO))  # as if it had not changed
    assert names(gallery, 2) == []
    os.utime(tmp_path)
    assert names(gallery, 2) == ["0002-x/sheet-0001-front"]
