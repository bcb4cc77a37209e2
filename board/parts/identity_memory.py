"""Keys and password hashes that are gone with the process: for boards that write nothing."""

from __future__ import annotations


class MemoryIdentity:
    """The port IdentityStore without a disk: another certificate at each start."""

    def __init__(self) -> None:
        self._secrets: dict[str, bytes] = {}

    def load(self, name: str) -> bytes | None:
        return self._secrets.get(name)

    def save(self, name: str, secret: bytes) -> None:
        self._secrets[name] = secret

    def remove(self, name: str) -> None:
        self._secrets.pop(name, None)
