"""Whether typed code may run on this server, and in which box.

Typed code is the owner's decision: `THAW_TYPED_CODE` is `on`, `off` or not set. Not set means on
where nobody but the owner can come: the server listens on loopback, and this visit came to it
straight. What others can reach needs walls, or there is none of it.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from core.messages import Problem
from core.sandbox.run import bubblewrap_problem
from core.sandbox.spare import Box

SETTING = "THAW_TYPED_CODE"

# What proxies and tunnels add to a request; a browser sends none of it.
_OF_PROXIES = ("forwarded", "via", "x-real-ip", "x-proxycontextpath", "cf-connecting-ip",
               "true-client-ip", "x-client-ip", "x-original-host")
_FORWARDED = "x-forwarded-"


@dataclass(frozen=True)
class Visit:
    """How a browser came to the server.

    Attributes:
        address: Where the server listens, as it was configured; None for everywhere.
        headers: Of the browser's request.
        ip: Whence it came; None for this computer.
    """

    address: str | None
    headers: Mapping[str, str]
    ip: str | None


@dataclass(frozen=True)
class Access:
    """What a visitor may do.

    Attributes:
        box: Where typed code runs; None if it is refused.
        shared: Whether others can reach the server, so that its files are not for typing.
        problem: Why it is refused, or why there are no walls where one may expect some.
    """

    box: Box | None
    shared: bool
    problem: Problem | None = None


def access(
    visit: Visit, setting: str | None = None,
    *, walls: Callable[[], str | None] = bubblewrap_problem,
) -> Access:
    """Decides.

    Args:
        setting: Of `THAW_TYPED_CODE`; None takes it from the environment.
        walls: What is wrong with bubblewrap here, None if nothing.
    """
    setting = os.environ.get(SETTING, "") if setting is None else setting
    setting = setting.strip()
    why = why_shared(visit)
    shared = why is not None
    if setting.lower() == "off":
        return Access(None, shared, Problem("sandbox.off"))
    if setting and setting.lower() != "on":
        return Access(None, shared, Problem("sandbox.bad_setting", {"given": setting[:40]}))
    if shared and not setting:
        return Access(None, shared, Problem("sandbox.off_shared", {"why": why}))
    problem = walls()
    if problem is None:
        return Access("bubblewrap", shared)
    if shared:
        values = {"why": why, "problem": problem}
        return Access(None, shared, Problem("sandbox.needs_bubblewrap", values))
    return Access("limits", shared, Problem("sandbox.no_walls", {"problem": problem}))


def why_shared(visit: Visit) -> str | None:
    """Why others than the owner can reach the server; None if they can't, as far as one sees."""
    if not is_loopback(visit.address):
        listens = visit.address or "every network of this computer"
        return f"this server listens on {listens}, not on 127.0.0.1 alone"
    if visit.ip is not None and not is_loopback(visit.ip):
        return "this visit comes from another computer"
    headers = {name.lower(): value for name, value in visit.headers.items()}
    if _names_a_proxy(headers):
        return "this visit comes through a proxy"
    for name in ("host", "origin"):
        if name in headers and not is_loopback(_host(headers[name])):
            return "this visit comes by another name than localhost, so through a proxy"
    return None


def is_loopback(address: str | None) -> bool:
    """Whether an address or a name means this computer alone."""
    if address is None:
        return False
    name = address.strip().strip("[]").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def _names_a_proxy(names: Iterable[str]) -> bool:
    return any(name in _OF_PROXIES or name.startswith(_FORWARDED) for name in names)


def _host(value: str) -> str:
    """The host in `host:port` or in a whole address."""
    try:
        return urlsplit(value if "//" in value else f"//{value}").hostname or ""
    except ValueError:
        return ""
