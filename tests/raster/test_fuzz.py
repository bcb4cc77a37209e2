"""The fuzzers' target, run briefly: on every seed and on seeds that chance has damaged."""

from __future__ import annotations

import random

import pytest

from tests.raster.fuzz import target
from tests.raster.fuzz.seeds import seeds

SEEDS = seeds()


@pytest.mark.parametrize("seed", SEEDS, ids=range(len(SEEDS)))
def test_seeds(seed: bytes) -> None:
    target.one(memoryview(seed))


@pytest.mark.parametrize("turn", range(20))
def test_damaged_seeds(turn: int) -> None:
    rng = random.Random(turn)
    for _ in range(50):
        data = bytearray(rng.choice(SEEDS))
        for _ in range(rng.randint(1, 8)):
            match rng.randrange(4):
                case 0:
                    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
                case 1:
                    data[rng.randrange(len(data))] = rng.choice((0, 1, 127, 128, 129, 255))
                case 2:
                    del data[rng.randint(1, len(data)) :]
                case 3:
                    at = rng.randrange(len(data))
                    data[at:at] = data[at : at + rng.randint(1, 40)]
        target.one(memoryview(bytes(data)))
