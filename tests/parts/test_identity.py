"""Identity stores: one contract for every part that keeps secrets, then what is special to files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from board.parts.identity_files import FolderIdentity
from board.parts.identity_memory import MemoryIdentity
from firmware.ports import IdentityStore

Maker = Callable[[Path], IdentityStore]


@pytest.mark.parametrize("make", [lambda folder: FolderIdentity(folder / "identity"), lambda folder: MemoryIdentity()])
def test_the_contract(make: Maker, tmp_path: Path) -> None:
    store = make(tmp_path)
    assert store.load("users") is None
    store.remove("users")
    for secret in (b"one", b"", b"two\0\xff" * 1000):
        store.save("users", secret)
        assert store.load("users") == secret
    store.save("certificate-own.pem", b"other")
    store.remove("users")
    assert store.load("users") is None
    assert store.load("certificate-own.pem") == b"other"


def test_files_are_for_their_user_alone(tmp_path: Path) -> None:
    folder = tmp_path / "identity"
    folder.mkdir(mode=0o755)
    store = FolderIdentity(folder)
    store.save("users", b"secret")
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "users").stat().st_mode & 0o777 == 0o600
    store.save("users", b"another")
    assert [path.name for path in folder.iterdir()] == ["users"], "nothing is left of the writing"


def test_what_can_t_be_written_is_told_and_the_old_one_stays(tmp_path: Path) -> None:
    store = FolderIdentity(tmp_path)
    store.save("users", b"old")
    (tmp_path / "certificate-own.pem").mkdir()
    with pytest.raises(OSError, match="directory"):
        store.save("certificate-own.pem", b"new")
    assert store.load("users") == b"old"
