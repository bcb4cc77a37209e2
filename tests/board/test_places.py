"""Where an instance keeps its things, and where the command finds it."""

from __future__ import annotations

from pathlib import Path

import pytest

from board.places import control_socket, default_state, runtime_folder


def test_the_state_belongs_to_the_sheets() -> None:
    assert default_state(Path("a/out")) == Path("a/out/.state")


def test_the_control_socket_is_the_user_s_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert control_socket(8631) == tmp_path / "inkstand" / "8631.sock"
    assert runtime_folder().stat().st_mode & 0o777 == 0o700
    assert runtime_folder() == tmp_path / "inkstand"


@pytest.mark.parametrize("mode", [0o755, 0o770, 0o701])
def test_a_folder_that_others_may_enter_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    (tmp_path / "inkstand").mkdir()
    (tmp_path / "inkstand").chmod(mode)
    with pytest.raises(PermissionError, match="not ours alone"):
        control_socket(8631)


def test_a_link_is_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / "inkstand").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PermissionError, match="not ours alone"):
        runtime_folder()
