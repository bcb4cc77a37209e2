"""One HTTP connection on an IPP-USB interface, as the server's protocol sees it: an asyncio.Transport."""

import asyncio
from typing import Any, Protocol

from usb_gadget.endpoint import TRANSFER_LIMIT

HIGH_WATER = 2 * TRANSFER_LIMIT
"""Unsent octets at which the protocol is asked to stop writing."""


class Carrier(Protocol):
    """What a session needs of its pipe."""

    @property
    def unsent(self) -> int:
        """Octets written that the host has not taken."""

    def kick(self) -> None:
        """Reading was resumed."""

    def send(self, session: "Session", data: bytes | bytearray | memoryview) -> None:
        """The protocol wrote."""

    def closed(self, session: "Session") -> None:
        """The protocol closed the session."""

    def finish(self, session: "Session", zero_length_packet: bool) -> None:
        """See `Session.finish`."""


class BulkTransport(asyncio.Transport):
    """A transport that is no socket."""

    @property
    def _sendfile_compatible(self) -> object:
        """Looked at by `loop.sendfile`, which knows sockets and asyncio's own transports only. At this error, and no
        other, aiohttp sends a file by writes."""
        raise NotImplementedError("files are written, there is no sendfile")


class Session(BulkTransport):
    """Belongs to a pipe for one exchange or more; when that lets go of it, what it writes goes nowhere."""

    def __init__(self, pipe: Carrier, protocol: asyncio.BaseProtocol, extra: dict[str, Any]) -> None:
        super().__init__(extra)
        self._pipe, self._protocol = pipe, protocol
        self._closing = False
        self.reading_paused = self.writing_paused = False

    def begin(self) -> None:
        """Tell the protocol that it is connected."""
        self._protocol.connection_made(self)

    def deliver(self, data: bytes) -> None:
        assert isinstance(self._protocol, asyncio.Protocol)
        self._protocol.data_received(data)

    def end(self, error: Exception | None) -> None:
        """Tell the protocol that its connection is gone, once."""
        if not self._closing:
            self._closing = True
            asyncio.get_running_loop().call_soon(self._protocol.connection_lost, error)

    def water(self, high: bool) -> None:
        """Have the protocol stop or go on writing."""
        if high != self.writing_paused and not self._closing:
            self.writing_paused = high
            (self._protocol.pause_writing if high else self._protocol.resume_writing)()

    def finish(self, zero_length_packet: bool = False) -> None:
        """Count the response as complete, whatever its framing said; for misbehaving on purpose."""
        if not self._closing:
            self._pipe.finish(self, zero_length_packet)

    # asyncio.Transport

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self._protocol

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = protocol

    def is_closing(self) -> bool:
        return self._closing

    def is_reading(self) -> bool:
        return not self.reading_paused and not self._closing

    def pause_reading(self) -> None:
        self.reading_paused = True

    def resume_reading(self) -> None:
        if self.reading_paused:
            self.reading_paused = False
            self._pipe.kick()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not self._closing:
            self._pipe.send(self, data)

    def get_write_buffer_size(self) -> int:
        return self._pipe.unsent

    def get_write_buffer_limits(self) -> tuple[int, int]:
        return HIGH_WATER // 4, HIGH_WATER

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """The limits are the pipe's."""

    def can_write_eof(self) -> bool:
        return False

    def close(self) -> None:
        if not self._closing:
            self._pipe.closed(self)
            self.end(None)

    def abort(self) -> None:
        self.close()
