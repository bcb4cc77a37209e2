"""Delimiter and value tags (RFC 8010 section 3.5; RFC 3380, RFC 3995, PWG 5100.5, PWG 5100.22)."""

from __future__ import annotations

from enum import IntEnum


class GroupTag(IntEnum):
    """What a group of attributes describes; ``END`` closes the message."""

    OPERATION = 0x01
    JOB = 0x02
    END = 0x03
    PRINTER = 0x04
    UNSUPPORTED = 0x05
    SUBSCRIPTION = 0x06
    EVENT_NOTIFICATION = 0x07
    RESOURCE = 0x08
    DOCUMENT = 0x09
    SYSTEM = 0x0A


class ValueTag(IntEnum):
    """The syntax of a value on the wire. 0x10 to 0x1F are out-of-band: they carry no value."""

    UNSUPPORTED = 0x10
    UNKNOWN = 0x12
    NO_VALUE = 0x13
    NOT_SETTABLE = 0x15
    DELETE_ATTRIBUTE = 0x16
    ADMIN_DEFINE = 0x17
    INTEGER = 0x21
    BOOLEAN = 0x22
    ENUM = 0x23
    OCTET_STRING = 0x30
    DATE_TIME = 0x31
    RESOLUTION = 0x32
    RANGE_OF_INTEGER = 0x33
    BEG_COLLECTION = 0x34
    TEXT_WITH_LANGUAGE = 0x35
    NAME_WITH_LANGUAGE = 0x36
    END_COLLECTION = 0x37
    TEXT = 0x41
    NAME = 0x42
    KEYWORD = 0x44
    URI = 0x45
    URI_SCHEME = 0x46
    CHARSET = 0x47
    NATURAL_LANGUAGE = 0x48
    MIME_MEDIA_TYPE = 0x49
    MEMBER_ATTR_NAME = 0x4A
    EXTENSION = 0x7F


LAST_DELIMITER = 0x0F
OUT_OF_BAND = range(0x10, 0x20)

_LABELS = {
    ValueTag.NO_VALUE: "no-value",
    ValueTag.NOT_SETTABLE: "not-settable",
    ValueTag.DELETE_ATTRIBUTE: "delete-attribute",
    ValueTag.ADMIN_DEFINE: "admin-define",
    ValueTag.OCTET_STRING: "octetString",
    ValueTag.DATE_TIME: "dateTime",
    ValueTag.RANGE_OF_INTEGER: "rangeOfInteger",
    ValueTag.BEG_COLLECTION: "collection",
    ValueTag.TEXT_WITH_LANGUAGE: "textWithLanguage",
    ValueTag.NAME_WITH_LANGUAGE: "nameWithLanguage",
    ValueTag.TEXT: "textWithoutLanguage",
    ValueTag.NAME: "nameWithoutLanguage",
    ValueTag.URI_SCHEME: "uriScheme",
    ValueTag.NATURAL_LANGUAGE: "naturalLanguage",
    ValueTag.MIME_MEDIA_TYPE: "mimeMediaType",
    ValueTag.MEMBER_ATTR_NAME: "memberAttrName",
}


def label(tag: int) -> str:
    """The tag's name as the specs spell it, or its number."""
    try:
        known = ValueTag(tag)
    except ValueError:
        return f"0x{tag:02x}"
    return _LABELS.get(known, known.name.lower())


def group_label(tag: int) -> str:
    """The delimiter's name as ipptool spells it, such as ``operation-attributes-tag``."""
    try:
        known = GroupTag(tag)
    except ValueError:
        return f"group-0x{tag:02x}"
    return f"{known.name.lower().replace('_', '-')}-attributes-tag"
