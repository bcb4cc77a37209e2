"""Device trees with a board's overlays merged in."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from board.config import ConfigError
from board.image.devicetree import merge
from board.image.recipe import find_overlay
from board.image.tools import ImageError

BASE = """/dts-v1/;
/ {
	compatible = "acme,board";
	spi: spi@1000 { compatible = "acme,spi"; status = "disabled"; #address-cells = <1>; #size-cells = <0>; };
};
"""
OVERLAY = """/dts-v1/;
/plugin/;
&%s {
	status = "okay";
	head@0 { compatible = "acme,head"; reg = <0>; };
};
"""


def base(folder: Path) -> Path:
    subprocess.run(
        ["dtc", "-q", "-@", "-I", "dts", "-O", "dtb", "-o", folder / "base.dtb"], input=BASE.encode(), check=True
    )
    return folder / "base.dtb"


def overlay(folder: Path, label: str) -> Path:
    path = folder / "head.dts"
    path.write_text(OVERLAY % label)
    return path


def value(tree: Path, node: str, name: str) -> str:
    done = subprocess.run(["fdtget", tree, node, name], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def test_an_overlay_changes_the_tree(tmp_path: Path) -> None:
    before = base(tmp_path)
    after = merge(before, [overlay(tmp_path, "spi")], tmp_path / "work")
    assert (value(before, "/spi@1000", "status"), value(before, "/spi@1000/head@0", "compatible")) == ("disabled", "")
    assert (value(after, "/spi@1000", "status"), value(after, "/spi@1000/head@0", "compatible")) == (
        "okay",
        "acme,head",
    )


def test_without_overlays_it_is_the_kernels(tmp_path: Path) -> None:
    assert merge(base(tmp_path), [], tmp_path / "work") == tmp_path / "base.dtb"


def test_an_overlay_for_another_board_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=r"head\.dts does not fit base\.dtb"):
        merge(base(tmp_path), [overlay(tmp_path, "uart9")], tmp_path / "work")


def test_a_mistake_in_an_overlay_is_told(tmp_path: Path) -> None:
    bad = tmp_path / "bad.dts"
    bad.write_text("/dts-v1/;\n/plugin/;\n&spi { status = ;\n")
    with pytest.raises(ImageError, match=r"bad\.dts:3"):
        merge(base(tmp_path), [bad], tmp_path / "work")


def test_an_overlay_that_is_not_there() -> None:
    with pytest.raises(ConfigError, match="no device tree overlay 'nothing'"):
        find_overlay("nothing")
