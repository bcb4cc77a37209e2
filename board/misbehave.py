"""``inkstand profiles`` and ``inkstand ctl``: faults listed and switched."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from board.ask import AskFailure, ask
from board.profiles import all_profiles, fault_docs, parse_value


def list_profiles() -> str:
    """Each profile: its name and title, the real device, what hosts do about it."""
    lines = []
    for name, profile in all_profiles().items():
        lines += [f"{name}: {profile.title}", f"    seen on  {profile.device}", f"    hosts    {profile.host}"]
    return "\n".join(lines)


def list_faults() -> str:
    """Each fault: its name, what it does, its parameters with their defaults."""
    lines = []
    for name, (told, parameters) in fault_docs().items():
        lines.append(f"{name}: {told}")
        lines += [f"    {key}={_shown(value)}" for key, value in parameters.items()]
    return "\n".join(lines)


def switch(control: Path, request: dict[str, Any] | None, parameters: tuple[str, ...]) -> str:
    """Send a switch to the running printer; what is on afterwards."""
    if request is not None and parameters:
        pairs = [parameter.partition("=") for parameter in parameters]
        wrong = [key for key, equals, _ in pairs if not equals]
        if wrong:
            raise AskFailure(f"{wrong[0]} has no value: write {wrong[0]}=VALUE")
        request = {**request, "parameters": {key: parse_value(value) for key, _, value in pairs}}
    active = ask(control, "/control/faults", request)["faults"]
    if not active:
        return "No fault is on."
    return "\n".join(f"{name}{_pairs(found)}" for name, found in active.items())


def _pairs(parameters: dict[str, Any]) -> str:
    return "".join(f" {key}={_shown(value)}" for key, value in parameters.items())


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(map(_shown, value)) if isinstance(value, list | tuple) else str(value)
