"""The locksmith: secrets are hashed slowly, in a thread, and the answer waits for it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from firmware.core.events import ORDERS, CheckSecret, HashSecret
from firmware.ipp import Attribute, Keyword, Operation, Status
from firmware.runtime.locksmith import Locksmith, check_secret, hash_secret
from tests.runtime.support import Rim, run


def test_a_hash_tells_nothing_and_is_another_each_time() -> None:
    first, second = hash_secret(b"4711"), hash_secret(b"4711")
    assert first != second
    assert "4711" not in first
    assert first.startswith("$argon2id$v=19$m=19456,")
    assert check_secret(first, b"4711")
    assert check_secret(second, b"4711")
    assert not check_secret(first, b"4712")
    assert not check_secret("no hash", b"4711")


def test_orders_do_not_show_their_secret() -> None:
    assert "4711" not in repr(HashSecret(1, b"4711"))
    assert "4711" not in repr(CheckSecret(1, b"4711", "$argon2id$"))


def test_a_job_is_acknowledged_with_its_hash_on_disk(tmp_path: Path) -> None:
    async def test() -> None:
        async with Rim(tmp_path) as rim:
            locksmith = Locksmith(rim.pump)
            rim.pump._takers = {  # the board's plugging, for two orders
                **dict.fromkeys(ORDERS, rim.orders.append),
                HashSecret: locksmith.hash,
                CheckSecret: locksmith.check,
            }
            password = Attribute("job-password", bytes(32))
            encryption = Attribute("job-password-encryption", Keyword("sha2-256"))
            asking = asyncio.create_task(rim.ask(Operation.CREATE_JOB, password, encryption))
            await asyncio.sleep(0)
            assert not rim.printer.jobs, "the loop is free while the locksmith works"
            reply = await asking
            assert reply.status == Status.SUCCESSFUL_OK
            (job,) = Rim(tmp_path).printer.jobs.values()
            assert check_secret(job.pin, bytes(32))
            assert reply.groups[0].get("job-state") is not None
            locksmith.close()

    run(test())
