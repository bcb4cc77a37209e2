"""The plan that root carries out for a process that is less than root."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from board.config import UsbConfig
from board.parts.usb import can_be_device
from usb_gadget.configfs import GadgetError, GadgetPlan, KernelFunction

PLAN = GadgetPlan(
    "inkstand", "fe980000.usb", 0x1D6B, 0x0104, 0x0100, "Inkstand", "Office “Color”", "0123456789AB", 3,
    (KernelFunction("ncm", "usb0", (("host_addr", "02:00:00:00:00:01"),)),), owner=(910, 910),
)  # fmt: skip


def test_there_and_back() -> None:
    assert GadgetPlan.from_json(PLAN.to_json()) == PLAN


@pytest.mark.parametrize(
    "wrong",
    [
        replace(PLAN, name="../../../etc"),
        replace(PLAN, udc="a/b"),
        replace(PLAN, name=""),
        replace(PLAN, functions=(KernelFunction("ncm", "..", ()),)),
        replace(PLAN, functions=(KernelFunction("ncm/../../x", "usb0", ()),)),
        replace(PLAN, functions=(KernelFunction("ncm", "usb0", (("../UDC", "x"),)),)),
    ],
    ids=lambda plan: json.loads(plan.to_json())["name"],
)
def test_names_that_lead_elsewhere_are_refused(wrong: GadgetPlan) -> None:
    with pytest.raises(GadgetError, match="a name that is no name"):
        GadgetPlan.from_json(wrong.to_json())


def test_a_board_that_can_do_without_a_controller(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("board.parts.usb.CONTROLLERS", tmp_path)
    assert can_be_device(UsbConfig(part="gadget"))  # and says later what is missing
    assert not can_be_device(UsbConfig(part="gadget", required=False))
    (tmp_path / "dummy_udc.0").mkdir()
    assert can_be_device(UsbConfig(part="gadget", required=False))
