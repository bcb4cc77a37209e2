from __future__ import annotations

import pytest

from tests.raster import kit


@pytest.fixture(scope="session")
def cups(tmp_path_factory: pytest.TempPathFactory) -> kit.Cups:
    return kit.build_cups(tmp_path_factory.mktemp("cups"))
