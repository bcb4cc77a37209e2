"""Who may see what is private: xxx-privacy-scope (IPP Privacy Attributes)."""

from __future__ import annotations

import pytest

from firmware.core.access import Caller, Link, Role
from firmware.core.call import Context
from firmware.core.privacy import SCOPES, may_see
from tests.printer import Desk, keyword

OWNER, OTHER, OPERATOR, NAMELESS = "owner", "other", "operator", "nameless"
SEES = {"all": {OWNER, OTHER, OPERATOR, NAMELESS}, "default": {OWNER, OPERATOR}, "none": set(), "owner": {OWNER}}


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("who", [OWNER, OTHER, OPERATOR, NAMELESS])
def test_scopes(scope: str, who: str) -> None:
    desk = Desk()
    desk.printer.settings = (keyword("job-privacy-scope", scope),)
    role = Role.OPERATOR if who == OPERATOR else Role.ANYONE
    name = {OWNER: "alice", NAMELESS: ""}.get(who, "eve")
    context = Context(desk.now, Caller(Link.PLAIN, role), "localhost", desk.system, name)
    assert may_see(desk.printer, "job", "alice", context) is (who in SEES[scope])
    assert may_see(desk.printer, "document", "alice", context) is (who in SEES["default"])
    assert not may_see(desk.printer, "job", "", Context(desk.now, Caller(Link.PLAIN), user="")) or scope == "all"
