"""IPP values (RFC 8010 section 3.9, RFC 8011 section 5.1).

Each Python type stands for exactly one value tag, so that a message keeps its syntaxes: ``int`` is an integer,
``bool`` a boolean, ``bytes`` an octetString, and the classes below are the rest. Strings compare equal to plain
``str``; where the syntax matters too, compare ``Attribute`` objects.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, ClassVar, NamedTuple, TypeAlias

from firmware.ipp.tags import ValueTag

if TYPE_CHECKING:
    from firmware.ipp.message import Attribute


class Enum(int):
    """An enum value: a registered number."""

    __slots__ = ()


class _String(str):
    """Text in UTF-8; octets that are not UTF-8 survive as surrogate escapes and fail every syntax."""

    __slots__ = ()
    tag: ClassVar[ValueTag]


class Text(_String):
    tag = ValueTag.TEXT


class Name(_String):
    tag = ValueTag.NAME


class Keyword(_String):
    tag = ValueTag.KEYWORD


class Uri(_String):
    tag = ValueTag.URI


class UriScheme(_String):
    tag = ValueTag.URI_SCHEME


class Charset(_String):
    tag = ValueTag.CHARSET


class NaturalLanguage(_String):
    tag = ValueTag.NATURAL_LANGUAGE


class MimeMediaType(_String):
    tag = ValueTag.MIME_MEDIA_TYPE


class TextWithLanguage(NamedTuple):
    language: str
    text: str


class NameWithLanguage(NamedTuple):
    language: str
    text: str


class Resolution(NamedTuple):
    """Dots per ``units``: 3 is per inch, 4 is per centimetre (RFC 8011 section 5.1.16)."""

    cross_feed: int
    feed: int
    units: int = 3

    @property
    def dpi(self) -> tuple[int, int]:
        """(cross-feed, feed) in dots per inch."""
        if self.units == 4:
            return round(self.cross_feed * 2.54), round(self.feed * 2.54)
        return self.cross_feed, self.feed


class RangeOfInteger(NamedTuple):
    """Both ends belong to the range."""

    lower: int
    upper: int


class DateTime(NamedTuple):
    """RFC 2579 DateAndTime, field by field, so that odd values survive."""

    year: int
    month: int
    day: int
    hour: int
    minute: int
    second: int
    decisecond: int = 0
    direction: str = "+"
    utc_hours: int = 0
    utc_minutes: int = 0

    @classmethod
    def at(cls, when: float) -> DateTime:
        """The moment ``when`` seconds after the Unix epoch, in UTC."""
        moment = datetime.fromtimestamp(0, UTC) + timedelta(seconds=when)
        return cls(
            moment.year,
            moment.month,
            moment.day,
            moment.hour,
            moment.minute,
            moment.second,
            moment.microsecond // 100_000,
        )

    @property
    def moment(self) -> datetime:
        """As an aware datetime; ValueError when the fields name no real moment."""
        offset = timedelta(hours=self.utc_hours, minutes=self.utc_minutes)
        zone = timezone(-offset if self.direction == "-" else offset)
        date = (self.year, self.month, self.day, self.hour, self.minute, min(self.second, 59))
        return datetime(*date, self.decisecond * 100_000, zone)


class OutOfBand(NamedTuple):
    """A value that says why there is none. RFC 8010 wants no octets with it; what came is kept."""

    tag: int
    data: bytes = b""


UNSUPPORTED = OutOfBand(ValueTag.UNSUPPORTED)
UNKNOWN = OutOfBand(ValueTag.UNKNOWN)
NO_VALUE = OutOfBand(ValueTag.NO_VALUE)
NOT_SETTABLE = OutOfBand(ValueTag.NOT_SETTABLE)
DELETE_ATTRIBUTE = OutOfBand(ValueTag.DELETE_ATTRIBUTE)
ADMIN_DEFINE = OutOfBand(ValueTag.ADMIN_DEFINE)


class RawValue(NamedTuple):
    """A value of a tag that is not known here, extension tags (0x7F) among them: kept as it came."""

    tag: int
    data: bytes

    @property
    def extension(self) -> int | None:
        """The real tag of an extension value (RFC 8010 section 3.5.2); None for other tags."""
        if self.tag != ValueTag.EXTENSION or len(self.data) < 4:
            return None
        return int.from_bytes(self.data[:4], "big")


@dataclass(frozen=True, slots=True)
class Collection:
    """Member attributes in their order (RFC 8010 section 3.1.6)."""

    members: tuple[Attribute, ...] = ()

    def get(self, name: str) -> Attribute | None:
        """The first member of that name."""
        return next((member for member in self.members if member.name == name), None)

    def __iter__(self) -> Iterator[Attribute]:
        return iter(self.members)

    def __contains__(self, name: object) -> bool:
        return any(member.name == name for member in self.members)

    @classmethod
    def of(cls, members: Iterable[Attribute]) -> Collection:
        return cls(tuple(members))


Value: TypeAlias = (
    int
    | bool
    | bytes
    | Enum
    | _String
    | TextWithLanguage
    | NameWithLanguage
    | Resolution
    | RangeOfInteger
    | DateTime
    | OutOfBand
    | RawValue
    | Collection
)
