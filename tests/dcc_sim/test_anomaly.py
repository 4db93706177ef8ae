"""Anomaly detection from outside: settings over HTTP, requests, what the user is told, what reaches the device."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dcc_sim import home
from dcc_sim.anomaly import Settings, read_settings
from dcc_sim.cli import main
from dcc_sim.requests import State
from dcc_sim.store import Store
from dcc_sim.user import StandInUser
from dcc_sim.world import World
from han.conditions import Conditions
from schemas.duis.payloads import DccAlert
from schemas.duis.response import Response
from schemas.errors import Malformed
from tests.dcc_sim.services import LATER, SERVICES
from tests.dcc_sim.test_recovery import Crash, again, crash
from tests.pairs import Pair, set_state

READ = "7.14"
HOUR = 3600


def threshold(pair: Pair, count: int, period: float = HOUR, **of: str) -> None:
    """Set a threshold over HTTP."""
    assert pair.http("PUT", "/sim/anomaly/thresholds", json={"count": count, "period": period, **of}).status_code == 204


def limit(pair: Pair, **bounds: Any) -> None:
    """Set a limit of 7.13's level over HTTP."""
    of = {"service": "7.13", "attribute": "CommandedStateLevel"}
    assert pair.http("PUT", "/sim/anomaly/limits", json={**of, **bounds}).status_code == 204


def quarantined(pair: Pair) -> list[dict[str, Any]]:
    """What is in quarantine, over HTTP."""
    found: list[dict[str, Any]] = pair.http("GET", "/sim/anomaly/quarantine").json()
    return found


def say(pair: Pair, word: str, event: int, user: StandInUser | None = None) -> int:
    """The user's word on an event; the HTTP status."""
    named = {"event": event, "user": str((user or pair.supplier).eui)}
    return pair.http("POST", f"/sim/anomaly/quarantine/{word}", params=named).status_code


def read(pair: Pair, user: StandInUser | None = None, service: str = READ) -> str:
    """A read that is acknowledged; its name."""
    target, body = SERVICES[service]
    return str(pair.read(user or pair.supplier, target, service, body).request_id)


def breach_of(alert: Response) -> tuple[str, str, int]:
    """Kind, request and event that a DCC alert tells."""
    assert isinstance(alert.payload, DccAlert)
    assert alert.payload.event.name == "QuarantinedRequest"
    (told,) = alert.payload.event.children
    return told.name, told.text("RequestID"), told.integer("QuarantineEventRef")


def test_over_the_users_threshold(pair: Pair) -> None:
    """Two an hour; the third is kept back, its user is told, and the device sees nothing of it."""
    threshold(pair, 2, user=str(pair.supplier.eui))
    for _ in range(2):
        read(pair)
        pair.pass_time()
    before = pair.device(home.CHARGER)
    name = read(pair)
    pair.watch_han()
    pair.pass_time(600)
    assert not pair.packets
    assert pair.device(home.CHARGER)["counters"] == before["counters"]
    mailbox = pair.mailbox(pair.supplier)
    assert [each.code for each in mailbox] == ["I0"] * 3
    assert breach_of(mailbox[-1]) == ("ADUserThresholdBreach", name, 1)
    (kept,) = quarantined(pair)
    assert (kept["event"], kept["request"], kept["user"]) == (1, name, str(pair.supplier.eui))
    assert json.loads(kept["setting"])["count"] == 2


def test_release(pair: Pair) -> None:
    """It goes to the device once, with its time to answer from then; a second word is refused."""
    threshold(pair, 0, user=str(pair.supplier.eui), service=READ)
    name = read(pair)
    pair.pass_time(HOUR)
    assert say(pair, "release", 1, pair.other_user) == 403
    assert say(pair, "release", 7) == 409
    assert say(pair, "release", 1) == 204
    assert not quarantined(pair)
    assert say(pair, "release", 1) == say(pair, "delete", 1) == 409
    pair.pass_time(60)
    _, answer = pair.mailbox(pair.supplier)
    assert (str(answer.request_id), answer.code) == (name, "I0")
    assert answer.payload is not None


def test_a_released_command_that_is_not_answered(pair: Pair) -> None:
    """30 s from the release, not from the request: E21."""
    threshold(pair, 0, user=str(pair.supplier.eui))
    read(pair)
    pair.pass_time(HOUR)
    pair.world.home.han.conditions(home.CHARGER, Conditions(loss=1.0))
    assert say(pair, "release", 1) == 204
    pair.pass_time(29.9)
    assert len(pair.mailbox(pair.supplier)) == 1
    pair.pass_time(0.2)
    assert [each.code for each in pair.mailbox(pair.supplier)] == ["I0", "E21"]


def test_delete(pair: Pair) -> None:
    """One final response, of a code without a public meaning; the device has seen nothing, the counter stays used."""
    threshold(pair, 0, user=str(pair.supplier.eui))
    target, body = SERVICES[READ]
    request = pair.supplier.request(target, READ, 1, body)
    xml = pair.supplier.write(request)
    assert pair.post("serviceS", xml).code == "I99"
    pair.watch_han()
    assert say(pair, "delete", 1, pair.other_supplier) == 403
    assert say(pair, "delete", 1) == 204
    assert say(pair, "release", 1) == say(pair, "delete", 1) == 409
    pair.pass_time(HOUR)
    assert not pair.packets
    _, answer = pair.mailbox(pair.supplier)
    assert (answer.request_id, answer.code) == (request.request_id, "E100")
    assert pair.post("serviceS", xml).code == "E100"
    assert len(pair.mailbox(pair.supplier)) == 2


def test_a_replayed_signed_pre_command_does_not_get_out(pair: Pair) -> None:
    """What waits for its user's word is not sent by sending it again."""
    threshold(pair, 0, user=str(pair.supplier.eui))
    target, body = SERVICES["7.13"]
    request, message = pair.pre_command(pair.supplier, target, "7.13", body)
    signed = pair.supplier.write(pair.supplier.sign_pre_command(request, message))
    assert pair.post("serviceS", signed).code == "I99"
    assert pair.post("serviceS", signed).code == "E100"
    pair.watch_han()
    pair.pass_time(60)
    assert not pair.packets
    assert len(quarantined(pair)) == 1


def test_the_period_slides(pair: Pair) -> None:
    """Exactly the period later the first is not counted any more; one second before, it is."""
    threshold(pair, 1, period=100, user=str(pair.supplier.eui))
    read(pair)
    pair.pass_time(99)
    read(pair)
    assert len(quarantined(pair)) == 1
    pair.pass_time(99)
    read(pair)
    assert len(quarantined(pair)) == 2
    pair.pass_time(100)
    read(pair)
    assert len(quarantined(pair)) == 2


def test_users_and_services_are_counted_apart(pair: Pair) -> None:
    """Another user, and another service, are not the ones that the threshold is for; pre-commands do not count."""
    threshold(pair, 1, user=str(pair.supplier.eui), service=READ)
    for user, service in ((pair.supplier, READ), (pair.other_user, "7.15"), (pair.supplier, "7.15")):
        read(pair, user, service)
        pair.pass_time()
    assert not quarantined(pair)
    for _ in range(3):
        pair.pre_command(pair.supplier, *_set(50))
    read(pair)
    assert [each["breach"] for each in quarantined(pair)] == ["ADUserThresholdBreach"]


def test_the_dccs_threshold_is_over_all_users(pair: Pair) -> None:
    """Two users together; the one that goes over is told of the DCC's threshold, not of a user's."""
    threshold(pair, 1, service="7.15")
    read(pair, pair.supplier, "7.15")
    name = read(pair, pair.other_user, "7.15")
    pair.pass_time()
    (alert,) = pair.mailbox(pair.other_user)
    assert breach_of(alert) == ("ADDCCThresholdBreach", name, 1)
    assert [each.code for each in pair.mailbox(pair.supplier)] == ["I0"]
    assert say(pair, "release", 1, pair.other_user) == 204
    pair.pass_time()
    assert pair.mailbox(pair.other_user)[-1].payload is not None


def _set(level: int) -> tuple[Any, str, Any]:
    return home.CHARGER, "7.13", set_state(*LATER, level)


def test_values_outside_their_limits(pair: Pair) -> None:
    """The bounds themselves are inside; the value is the transformed request's, for the signed message hides it."""
    limit(pair, minimum=20, maximum=50)
    for level in (20, 50):
        pair.command(pair.supplier, *_set(level))
        pair.pass_time()
    assert not quarantined(pair)
    name = str(pair.command(pair.supplier, *_set(51)).request_id)
    assert breach_of(pair.mailbox(pair.supplier)[-1]) == ("ADAttributeLimitsBreach", name, 1)
    pair.command(pair.supplier, *_set(19))
    assert len(quarantined(pair)) == 2


def test_a_request_that_is_refused_is_not_counted(pair: Pair) -> None:
    """After all access checks: a refusal uses up nothing."""
    threshold(pair, 1, service=READ)
    target, body = SERVICES[READ]
    for _ in range(3):
        assert pair.ask(pair.other_supplier, target, READ, 1, body).code == "E4"
    read(pair)
    assert not quarantined(pair)


def test_settings_come_and_go(pair: Pair) -> None:
    """One of a name; without any, nothing is kept back, and nothing is written down."""
    user = str(pair.supplier.eui)
    threshold(pair, 5, user=user)
    threshold(pair, 0, user=user)
    threshold(pair, 3, service=READ)
    limit(pair, maximum=50)
    settings = Settings.model_validate(pair.http("GET", "/sim/anomaly/settings").json())
    assert [each.count for each in settings.thresholds] == [0, 3]
    assert len(settings.limits) == 1
    gone = [
        ("thresholds", {"user": user.lower()}),
        ("thresholds", {"service": READ}),
        ("limits", {"service": "7.13", "attribute": "CommandedStateLevel"}),
    ]
    for what, name in gone:
        for status in (204, 404):
            assert pair.http("DELETE", f"/sim/anomaly/{what}", params=name).status_code == status
    read(pair)
    pair.pass_time()
    assert [each.code for each in pair.mailbox(pair.supplier)] == ["I0"]
    assert not quarantined(pair)


BAD = [
    {"count": 1, "period": 60},
    {"count": -1, "period": 60, "service": READ},
    {"count": 1, "period": 0, "service": READ},
    {"count": 1, "period": 60, "service": "99.9"},
    {"count": 1, "period": 60, "user": "nobody"},
    {"count": 1, "period": 60, "service": READ, "more": 1},
]


@pytest.mark.parametrize("bad", BAD)
def test_no_threshold(still: Pair, bad: dict[str, Any], tmp_path: Path) -> None:
    """Refused over HTTP, and in a file with the field's name."""
    assert still.http("PUT", "/sim/anomaly/thresholds", json=bad).status_code == 422
    assert still.http("GET", "/sim/anomaly/settings").json() == {"thresholds": [], "limits": []}
    file = tmp_path / "anomaly.json"
    file.write_text(json.dumps({"thresholds": [bad]}))
    with pytest.raises(Malformed, match=r"thresholds\.0"):
        read_settings(file)


@pytest.mark.parametrize("bounds", [{}, {"minimum": 2, "maximum": 1}])
def test_no_limit(still: Pair, bounds: dict[str, Any]) -> None:
    """Bounds that bound nothing, or leave nothing."""
    bad = {"service": "7.13", "attribute": "CommandedStateLevel", **bounds}
    assert still.http("PUT", "/sim/anomaly/limits", json=bad).status_code == 422


def test_a_file_of_settings_that_is_none(tmp_path: Path) -> None:
    """One line, no stack trace."""
    file = tmp_path / "anomaly.json"
    file.write_text("{")
    result = CliRunner().invoke(main, ["serve", "--port", "0", "--anomaly", str(file)])
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: anomaly.json: ")


def test_quarantine_survives_a_kill(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings, counts and quarantine are there in the next process, and recovery lets nothing out."""
    pair = Pair(store=Store(database))
    threshold(pair, 1, user=str(pair.supplier.eui))
    read(pair)
    pair.pass_time()
    name = read(pair)
    pair = again(pair, database)
    pair.watch_han()
    pair.pass_time(60)
    assert not pair.packets
    assert [each["request"] for each in quarantined(pair)] == [name]
    read(pair)
    assert len(quarantined(pair)) == 2
    assert say(pair, "delete", 2) == 204
    with monkeypatch.context() as patched, pytest.raises(Crash):
        patched.setattr(World, "_to_wan", crash)
        pair.world.release(1, pair.supplier.eui)
    pair = again(pair, database)
    assert not quarantined(pair)
    assert len(pair.store.in_state(State.SENT)) == 1
    pair.pass_time(60)
    assert sorted(each.code for each in pair.mailbox(pair.supplier)) == ["E100", "E21", "I0", "I0", "I0"]
    pair.store.close()


def test_killed_inside_the_acceptance(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Accepted, counted, kept back and told are one step: before its end there is nothing for recovery to send."""
    pair = Pair(store=Store(database))
    threshold(pair, 0, user=str(pair.supplier.eui))
    target, body = SERVICES[READ]
    xml = pair.supplier.write(pair.supplier.request(target, READ, 1, body))
    with monkeypatch.context() as patched, pytest.raises(Crash):
        patched.setattr("dcc_sim.quarantine._tell", crash)
        pair.world.post("serviceS", xml)
    pair = again(pair, database)
    pair.pass_time(60)
    assert not pair.mailbox(pair.supplier)
    assert pair.post("serviceS", xml).code == "I99"
    assert len(quarantined(pair)) == 1
    pair.store.close()
