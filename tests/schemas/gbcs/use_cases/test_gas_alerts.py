"""Alert behaviour of a gas meter, set and read: every branch, bad values."""

import pytest

from schemas.duis.node import Node, branch, leaf
from schemas.errors import Malformed
from schemas.gbcs.use_cases.table import by_name
from tests.schemas.gbcs.use_cases.gas_answers import answered, sent

ALERT = "GasSupplierAlertEventSettings"


def settings(wan: str, han: str, log: str, alarm: str) -> tuple[Node, ...]:
    """What one event does: E enable, D disable."""
    names = ("WANAlert", "HANAlert", "EventLog", "Alarm")
    words = {"E": "Enable", "D": "Disable"}
    return tuple(leaf(name, words[each]) for name, each in zip(names, (wan, han, log, alarm), strict=True))


def test_events_of_one_configuration_share_a_command() -> None:
    """An octet of bits, a list of events."""
    body = branch(
        "ConfigureAlertBehaviour",
        branch(
            ALERT,
            branch("x810D", *settings("D", "D", "D", "D")),
            branch("x810E", *settings("E", "E", "D", "E")),
            branch("x81C6", *settings("D", "D", "D", "D")),
        ),
    )
    assert by_name("GCS20").applies(body) and not by_name("ECS25a").applies(body)
    commands = [
        (each.integer("event configuration"), [row.integer("event id") for row in each.rows("events")])
        for each in sent(by_name("GCS20"), body)
    ]
    assert commands == [(0x58, [0x810E]), (0x00, [0x810D, 0x81C6])]


def test_events_told_back() -> None:
    """In the order of MMC, those that it has; the group even where there are none."""
    told = answered(by_name("GCS20r"), "0708 01 04 00 01 C681 43 0D81 18 FF81 5B")
    assert told.index("<ra:x810D>") < told.index("<ra:x81C6>") and "x81FF" not in told
    assert "<ra:x81C6><ra:WANAlert>Disable</ra:WANAlert><ra:HANAlert>Disable</ra:HANAlert>" in told
    assert f"<ra:{ALERT}/>" in answered(by_name("GCS20r"), "0708 08 0B 05C0")


@pytest.mark.parametrize(("bits", "word"), [(0x03, "Enable"), (0x00, "Disable"), (0x01, "Disable"), (0x04, "Disable")])
def test_the_event_log_is_one_of_several(bits: int, word: str) -> None:
    """Low three bits: 3 is the event log, 1 the tamper log, 4 the security log; MMC tells of the event log alone."""
    assert f"<ra:EventLog>{word}<" in answered(by_name("GCS20r"), f"0708 01 04 00 01 0D81 {bits:02X}")


def test_alerts_that_are_only_enabled_or_disabled() -> None:
    """The older request: the alert to the WAN, nothing else."""
    alerts = branch("GasSupplierAlerts", leaf("x810D", "Disable"), leaf("x810E", "Enable"), leaf("x81C5", "Enable"))
    body = branch("ConfigureAlertBehaviour", alerts)
    assert by_name("GCS20").applies(body)
    commands = [
        (each.integer("event configuration"), [row.integer("event id") for row in each.rows("events")])
        for each in sent(by_name("GCS20"), body)
    ]
    assert commands == [(0x08, [0x810E, 0x81C5]), (0x00, [0x810D])]


@pytest.mark.parametrize("group", [ALERT, "GasSupplierAlerts"])
def test_a_request_for_no_event_is_refused(group: str) -> None:
    """All of its elements are optional."""
    with pytest.raises(Malformed, match="ConfigureAlertBehaviour"):
        sent(by_name("GCS20"), branch("ConfigureAlertBehaviour", branch(group)))
