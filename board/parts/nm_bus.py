"""NetworkManager on the system bus: calls, properties and the news that something changed."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from dbus_fast import BusType, Message, MessageType, Variant
from dbus_fast.aio import MessageBus

SERVICE = "org.freedesktop.NetworkManager"
ROOT = "/org/freedesktop/NetworkManager"
_BUS = "org.freedesktop.DBus"
_GONE = ("ServiceUnknown", "NoReply", "NameHasNoOwner")
ANSWER = 30.0
"""Seconds to wait for an answer."""


class NmError(Exception):
    """NetworkManager said no; its error name and text."""


class NmBus:
    """A connection; OSError when the bus or NetworkManager is not there."""

    def __init__(self) -> None:
        self._bus = MessageBus(bus_type=BusType.SYSTEM)
        self._waiting: list[asyncio.Event] = []
        self._gone = False

    async def open(self) -> None:
        try:
            await self._bus.connect()
        except Exception as error:  # no socket, no authentication, no bus: the library has many words for it
            raise OSError(f"the system bus: {error}") from error
        self._bus.add_message_handler(self._hear)
        owner = f"type='signal',sender='{_BUS}',member='NameOwnerChanged',arg0='{SERVICE}'"
        for rule in (f"type='signal',sender='{SERVICE}'", owner):
            await self._call(_BUS, "/org/freedesktop/DBus", _BUS, "AddMatch", "s", rule)

    def close(self) -> None:
        with contextlib.suppress(Exception):
            self._bus.disconnect()

    async def call(self, path: str, interface: str, member: str, signature: str = "", *body: Any) -> list[Any]:
        """``interface`` without the service's name in front; NmError, or OSError when nobody answers."""
        full = f"{SERVICE}.{interface}" if interface else SERVICE
        return await self._call(SERVICE, path, full, member, signature, *body)

    async def get(self, path: str, interface: str, name: str) -> Any:
        """A property, without the types of its insides."""
        full = f"{SERVICE}.{interface}" if interface else SERVICE
        properties = "org.freedesktop.DBus.Properties"
        (found,) = await self._call(SERVICE, path, properties, "Get", "ss", full, name)
        return bare(found)

    async def news(self, event: asyncio.Event, seconds: float) -> None:
        """Wait for a change, or for so long; OSError when NetworkManager goes."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await event.wait()
        event.clear()
        if self._gone or not self._bus.connected:
            raise ConnectionResetError("NetworkManager ended")

    def listen(self) -> asyncio.Event:
        """Set at each change from now on."""
        event = asyncio.Event()
        self._waiting.append(event)
        return event

    def unlisten(self, event: asyncio.Event) -> None:
        self._waiting.remove(event)

    async def _call(
        self, service: str, path: str, interface: str, member: str, signature: str, *body: Any
    ) -> list[Any]:
        message = Message(
            destination=service, path=path, interface=interface, member=member, signature=signature, body=list(body)
        )
        try:
            async with asyncio.timeout(ANSWER):
                answer = await self._bus.call(message)
        except (EOFError, TimeoutError) as error:
            raise OSError(f"NetworkManager does not answer: {error}") from error
        if answer.message_type is MessageType.ERROR:
            name = (answer.error_name or "").rpartition(".")[2]
            text = f"{name}: {answer.body[0] if answer.body else ''}"
            raise OSError(f"NetworkManager is not there ({name})") if name in _GONE else NmError(text)
        return list(answer.body)

    def _hear(self, message: Message) -> None:
        if message.message_type is not MessageType.SIGNAL or "/AccessPoint/" in (message.path or ""):
            return
        if message.member == "NameOwnerChanged" and message.body[0] == SERVICE:
            self._gone = True
        for event in self._waiting:
            event.set()


def bare(value: Any) -> Any:
    """A value without its D-Bus types."""
    if isinstance(value, Variant):
        return bare(value.value)
    if isinstance(value, dict):
        return {key: bare(inner) for key, inner in value.items()}
    return value
