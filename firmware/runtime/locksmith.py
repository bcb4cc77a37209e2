"""Hashes secrets that are kept, and checks them: argon2id, one at a time in a thread, 19 MiB while it lasts."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from firmware.core.events import CheckSecret, HashSecret
from firmware.core.pin import SecretChecked, SecretHashed

if TYPE_CHECKING:
    from firmware.runtime.pump import Pump

_TIME, _MEMORY_KIB, _LANES = 2, 19 * 1024, 1
"""What OWASP asks of argon2id where memory is small."""


def hash_secret(secret: bytes) -> str:
    """The secret's hash, salted anew each time."""
    from argon2 import PasswordHasher

    return PasswordHasher(_TIME, _MEMORY_KIB, _LANES).hash(secret)


def check_secret(hashed: str, secret: bytes) -> bool:
    """Is this what was hashed? It takes as long when it is not."""
    from argon2 import PasswordHasher
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return PasswordHasher(_TIME, _MEMORY_KIB, _LANES).verify(hashed, secret)
    except (VerificationError, InvalidHashError):
        return False


class Locksmith:
    """Takes the orders HashSecret and CheckSecret."""

    def __init__(self, pump: Pump) -> None:
        self._pump = pump
        self._bench = ThreadPoolExecutor(1, thread_name_prefix="locksmith")

    def hash(self, order: HashSecret) -> asyncio.Future[None]:
        return asyncio.ensure_future(self._hash(order))

    def check(self, order: CheckSecret) -> asyncio.Future[None]:
        return asyncio.ensure_future(self._check(order))

    def close(self) -> None:
        self._bench.shutdown(wait=False, cancel_futures=True)

    async def _hash(self, order: HashSecret) -> None:
        loop = asyncio.get_running_loop()
        hashed = await loop.run_in_executor(self._bench, hash_secret, order.secret)
        await self._pump.report(SecretHashed(order.key, hashed))

    async def _check(self, order: CheckSecret) -> None:
        loop = asyncio.get_running_loop()
        good = await loop.run_in_executor(self._bench, check_secret, order.hashed, order.secret)
        await self._pump.report(SecretChecked(order.key, good))
