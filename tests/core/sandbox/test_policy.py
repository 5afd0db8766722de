"""Who may type code: the setting, where the server listens, how the browser came, the walls."""

import pytest

from core.messages import sentence
from core.sandbox.policy import Visit, access, why_shared

HERE = Visit("127.0.0.1", {"Host": "127.0.0.1:8501", "Origin": "http://127.0.0.1:8501"}, None)
BARE = Visit("localhost", {}, None)
EVERYWHERE = Visit(None, {"Host": "192.168.1.7:8501"}, "192.168.1.9")
PROXIED = Visit("127.0.0.1", {"Host": "localhost:8501", "X-Forwarded-For": "10.0.0.3"}, None)


def held() -> str | None:
    return None


def missing() -> str | None:
    return "it is not installed"


@pytest.mark.parametrize(
    "visit, setting, walls, box, id",
    [
        # Not set: on for the owner alone.
        (HERE, "", held, "bubblewrap", None),
        (HERE, "", missing, "limits", "sandbox.no_walls"),
        (BARE, "", missing, "limits", "sandbox.no_walls"),
        (EVERYWHERE, "", held, None, "sandbox.off_shared"),
        (PROXIED, "", held, None, "sandbox.off_shared"),
        # On: for others with walls, or not at all.
        (HERE, "on", held, "bubblewrap", None),
        (HERE, " ON ", missing, "limits", "sandbox.no_walls"),
        (EVERYWHERE, "on", held, "bubblewrap", None),
        (EVERYWHERE, "on", missing, None, "sandbox.needs_bubblewrap"),
        (PROXIED, "on", held, "bubblewrap", None),
        (PROXIED, "on", missing, None, "sandbox.needs_bubblewrap"),
        # Off, and what is neither.
        (HERE, "off", held, None, "sandbox.off"),
        (EVERYWHERE, "Off", held, None, "sandbox.off"),
        (HERE, "yes", held, None, "sandbox.bad_setting"),
        (EVERYWHERE, "1", held, None, "sandbox.bad_setting"),
    ],
)
def test_table(visit, setting, walls, box, id):
    found = access(visit, setting, walls=walls)
    assert (found.box, found.problem and found.problem.id) == (box, id)
    assert found.shared == (visit in (EVERYWHERE, PROXIED))
    if found.problem:
        assert sentence(found.problem)


def test_the_setting_comes_from_the_environment(monkeypatch):
    monkeypatch.setenv("THAW_TYPED_CODE", "off")
    assert access(HERE, walls=held).problem.id == "sandbox.off"
    monkeypatch.delenv("THAW_TYPED_CODE")
    assert access(HERE, walls=held).box == "bubblewrap"


def test_walls_are_not_tried_where_nothing_may_run():
    def never() -> str | None:
        raise AssertionError

    for visit, setting in ((EVERYWHERE, ""), (HERE, "off"), (HERE, "what")):
        assert access(visit, setting, walls=never).box is None


@pytest.mark.parametrize("address", ["127.0.0.1", "127.1.2.3", "::1", "[::1]", "localhost"])
def test_loopback_by_whatever_name(address):
    assert why_shared(Visit(address, {}, None)) is None


@pytest.mark.parametrize(
    "address", [None, "", "0.0.0.0", "::", "192.168.1.7", "thaw.school.edu", "127.0.0.1.evil.com",
                "unix:///run/thaw.sock"],
)
def test_other_addresses(address):
    assert "listens" in why_shared(Visit(address, {}, None))


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "thaw.school.edu"}, {"host": "evil.example:8501"}, {"Host": "localhost.evil.com"},
        {"Host": "127.0.0.1:8501", "Origin": "https://thaw.school.edu"},
        {"Host": "127.0.0.1:8501", "Origin": "null"},
        {"x-forwarded-proto": "https"}, {"Forwarded": "for=1.2.3.4"}, {"Via": "1.1 proxy"},
        {"X-Real-IP": "1.2.3.4"}, {"CF-Connecting-IP": "1.2.3.4"}, {"Host": "["},
    ],
    ids=str,
)
def test_a_visit_through_a_proxy_is_no_loopback(headers):
    assert "proxy" in why_shared(Visit("127.0.0.1", headers, None))


def test_a_visit_from_another_computer():
    assert "another computer" in why_shared(Visit("127.0.0.1", {}, "10.0.0.3"))
    assert why_shared(Visit("127.0.0.1", {}, "127.0.0.2")) is None
