"""Objects that outlive a power cut: whoever changes one need not think of saving it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar


class Kept:
    """Tells its watcher whenever a field is set. Fields hold immutable values, so setting is the only change.

    Fields named in ``transient`` are not kept and stay silent. Subclasses are dataclasses; what ``keeper`` writes
    is their fields.
    """

    transient: ClassVar[frozenset[str]] = frozenset()

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)
        watcher = self.__dict__.get("_watcher")
        if watcher is not None and name not in self.transient:
            watcher(self)

    def watch(self, watcher: Callable[[Kept], None]) -> None:
        """From now on report changes to ``watcher``."""
        object.__setattr__(self, "_watcher", watcher)
