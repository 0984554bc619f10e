"""Who may ask a monitor, by what its request says."""

import pytest

from pamcli.errors import UsageError
from pamcli.monitor.access import Access, check_token, foreign_host, foreign_post, is_loopback

TOKEN = "correct-horse"


def access(token: str | None = TOKEN) -> Access:
    return Access(token=token, is_local=False, cookie="c")


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.9.10", "::1"])
def test_loopback_is_loopback(address: str) -> None:
    assert is_loopback(address)


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.168.0.7", "10.0.0.1", "fe80::1%eth0"])
def test_no_other_address_is_loopback(address: str) -> None:
    assert not is_loopback(address)


def test_a_token_is_needed_on_any_other_address() -> None:
    check_token(None, is_local=True)
    check_token(TOKEN, is_local=False)
    with pytest.raises(
        UsageError, match=r"^--monitor-host: on another address than loopback, give"
    ):
        check_token(None, is_local=False)


@pytest.mark.parametrize(
    "token", ["", "elevenchars", "twelve chars!", "twelve-chärs!", "line\nbreak-or-so"]
)
def test_a_token_that_is_short_or_fits_no_header_is_refused(token: str) -> None:
    for is_local in (False, True):
        with pytest.raises(UsageError, match=r"^--monitor-token: give 12 or more ASCII characters"):
            check_token(token, is_local=is_local)


def test_the_token_or_the_session_lets_in() -> None:
    door = access()
    assert door.knows(f"Bearer {TOKEN}", "")
    assert door.knows(f"bearer {TOKEN}", "")
    assert door.knows("", door.session)


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}"],
)
def test_nothing_else_lets_in(authorization: str) -> None:
    door = access()
    assert not door.knows(authorization, "")
    assert not door.knows(authorization, TOKEN)  # the cookie is the session, never the token


def test_strange_characters_are_no_token_and_no_error() -> None:
    assert not access().knows("Bearer é\udcff", "\udcff")


def test_every_run_has_another_session_and_shows_none() -> None:
    first, second = access(), access()
    assert first.session != second.session
    assert len(first.session) >= 40
    assert first.session not in repr(first)


def test_without_a_token_everybody_is_let_in() -> None:
    assert access(None).knows("", "")
    assert not access(None).is_token("")


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8090", "127.0.0.1:8090", "[::1]:8090", "LOCALHOST:1"]
)
def test_this_machine_by_its_own_name_is_answered(host: str) -> None:
    assert foreign_host(host) is None


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "evil.example:8090",
        "localhost.evil.example",
        "192.168.0.7",
        "[::1",
        "0.0.0.0",
    ],
)
def test_a_name_that_was_made_to_resolve_here_is_refused(host: str) -> None:
    refusal = foreign_host(host)
    assert refusal is not None
    assert refusal[0] == 421


@pytest.mark.parametrize("origin", [None, "http://127.0.0.1:8090", "https://127.0.0.1:8090"])
def test_a_change_from_the_page_or_a_program_goes_on(origin: str | None) -> None:
    assert foreign_post(origin, "127.0.0.1:8090", "application/json; charset=utf-8") is None


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "http://127.0.0.1:8091", "null", "", "http://["]
)
@pytest.mark.parametrize("host", ["127.0.0.1:8090", ""])
def test_a_change_from_another_site_is_refused(origin: str, host: str) -> None:
    refusal = foreign_post(origin, host, "application/json")
    assert refusal is not None
    assert refusal[0] == 403


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/x-www-form-urlencoded"])
def test_what_a_form_of_another_site_could_send_is_refused(content_type: str) -> None:
    refusal = foreign_post(None, "127.0.0.1:8090", content_type)
    assert refusal is not None
    assert refusal[0] == 415
