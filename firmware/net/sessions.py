"""Who logged in by the page's form: a cookie that stands for a name and a password that were right.

The cookie is given and taken over TLS alone, sent by its own site alone (SameSite) and unknown to scripts. It dies
with the printer's process, with a change of the user, and by time.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections import OrderedDict

from aiohttp import web

from firmware.net.users import User, Users

COOKIE = "__Host-inkstand"
"""The prefix has browsers refuse one that came without TLS, for a path or for other hosts (RFC 6265bis)."""
LONGEST = 12 * 3600.0
"""Seconds that a log-in lasts."""
MOST = 256


class Sessions:
    """The log-ins of this moment. Only hashes of the cookies are kept."""

    def __init__(self, users: Users) -> None:
        self._users = users
        self._open: OrderedDict[bytes, tuple[float, User]] = OrderedDict()

    def begin(self, response: web.StreamResponse, user: User) -> None:
        """The answer brings the cookie."""
        token = secrets.token_urlsafe(32)
        self._open[_key(token)] = (time.monotonic() + LONGEST, user)
        while len(self._open) > MOST:
            self._open.popitem(last=False)
        response.set_cookie(COOKIE, token, path="/", secure=True, httponly=True, samesite="Strict")

    def end(self, request: web.BaseRequest, response: web.StreamResponse) -> None:
        self._open.pop(_key(request.cookies.get(COOKIE, "")), None)
        response.del_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="Strict")

    def user(self, request: web.BaseRequest) -> User | None:
        """Whose the request's cookie is; None for none, an old one, or a user who is not the same any more."""
        if COOKIE not in request.cookies:
            return None
        key = _key(request.cookies[COOKIE])
        until, user = self._open.get(key, (0.0, None))
        if user is None or until < time.monotonic() or self._users.all().get(user.name) != user:
            self._open.pop(key, None)
            return None
        return user


def _key(token: str) -> bytes:
    return hashlib.blake2b(token.encode("utf-8", "surrogateescape")).digest()
