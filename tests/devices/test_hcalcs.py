"""A meter and its HCALCS: each level becomes an event, the switch obeys, and what fails is logged and told."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from devices.alerts import AlertCode
from devices.auxiliary_state import Controller, ControllerType, Rule
from devices.drlc_server import ANSWER_TIME, ATTEMPTS
from devices.esme import ESME
from devices.event_log import Action, ControllerEntry, Outcome
from devices.hcalcs import ASK_AGAIN, ASK_BEFORE_END, HCALCS, Fallback
from devices.joining import HCALCS as HCALCS_TYPE
from devices.output import Output, Tell
from schemas.eui import EUI64
from schemas.gbcs.auxiliary import CommandedState, Direction
from schemas.gbcs.dlms.access import DataNotification, decode_dlms
from schemas.gbcs.envelope import CraFlag, Message
from schemas.gbcs.protection import verify_mac
from schemas.zse import (
    CancelAllLoadControlEvents,
    GetLastMessage,
    GetScheduledEvents,
    HanCommand,
    LoadControlEvent,
    MessageConfirmation,
    ReadAttributes,
    ReadAttributesResponse,
    ReportEventStatus,
)
from schemas.zse.attributes import METERING, TIME, MeteringAttribute, TimeAttribute
from schemas.zse.drlc import EventStatus
from schemas.zse.times import utc_seconds
from tests.devices.home import ESME_EUI, NEW_YEAR, SUPPLIER, identity, notes, secret, sent

SWITCH_EUI = EUI64.parse("00DB1234567890A5")
DISPLAY = EUI64.parse("00DB1234567890A4")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
HEATER_W = 3000
N = 2


class Street:
    """A meter and a switch side by side, without a HAN: what one says the other hears at once, unless it is lost.

    Attributes:
        said: (minutes after the start, who, what), lost or not.
        alerts: what the meter sent to its supplier.
    """

    def __init__(self, *, fallback: Fallback = Fallback.OPEN, joined: bool = True) -> None:
        self.meter = ESME(
            identity(ESME_EUI), controllers=(Controller(N, ControllerType.HCALCS, SWITCH_EUI, description="Heater"),)
        )
        self.switch = HCALCS(identity(SWITCH_EUI), load_w=HEATER_W, draw=lambda: 0.0, fallback=fallback)
        self.lost: set[EUI64] = set()
        self.said: list[tuple[float, EUI64, HanCommand]] = []
        self.alerts: list[Message] = []
        self.notes: list[Output] = []
        self.now = NEW_YEAR
        if joined:
            self.meter.joined.types[SWITCH_EUI] = HCALCS_TYPE
            self.switch.joined.meter = ESME_EUI
            self.start()

    def start(self) -> None:
        """Power comes to the switch."""
        self.take(self.switch, self.switch.restart(self.now))

    def take(self, speaker: ESME | HCALCS, outputs: list[Output]) -> None:
        """What a device hands back, and all that follows from it at once."""
        waiting = deque((speaker, each) for each in outputs)
        while waiting:
            source, output = waiting.popleft()
            self.alerts += sent([output])
            if not isinstance(output, Tell):
                self.notes.append(output)
                continue
            self.said.append(((self.now - NEW_YEAR) / MINUTE, source.eui, output.command))
            hearer = self.switch if output.target == SWITCH_EUI else self.meter
            if output.target in (SWITCH_EUI, ESME_EUI) and not self.lost & {source.eui, output.target}:
                waiting += [(hearer, each) for each in hearer.hear(source.eui, output.command, self.now)]

    def until(self, minutes: float) -> None:
        """Let time pass until then."""
        end = NEW_YEAR + minutes * MINUTE
        while due := min((each for device in self.devices if (each := device.next_timer())), default=None):
            if due > end:
                break
            self.now = due
            for device in self.devices:
                self.take(device, device.handle_timer(due))
        self.now = end

    @property
    def devices(self) -> tuple[ESME, HCALCS]:
        return self.meter, self.switch

    def set_state(self, percent: int, start: float, end: float | None) -> None:
        """Of controller 2, minutes after the start."""
        ends = None if end is None else NEW_YEAR + end * MINUTE
        self.meter.auxiliary.set_state(CommandedState(N, percent), NEW_YEAR + start * MINUTE, ends, self.now)
        self.take(self.meter, self.meter._settle(self.now))

    def events(self) -> list[tuple[float, int, int]]:
        """When the meter said how long the duty cycle is what."""
        return [
            (at, each.duration_in_minutes, each.duty_cycle)
            for at, _, each in self.said
            if isinstance(each, LoadControlEvent)
        ]

    def log(self) -> list[tuple[float, Action, Outcome]]:
        return [((each.moment - NEW_YEAR) / MINUTE, each.action, each.outcome) for each in self.rows()]

    def rows(self) -> tuple[ControllerEntry, ...]:
        return self.meter.auxiliary.state.log

    def power(self) -> list[tuple[float, float]]:
        return [((moment - NEW_YEAR) / MINUTE, kw) for moment, kw in self.switch.history]


def test_it_asks_for_the_time_and_its_event_when_power_comes() -> None:
    street = Street()
    asked = [command for _, source, command in street.said if source == SWITCH_EUI][:2]
    assert asked == [ReadAttributes(TIME, (0, 1)), GetScheduledEvents(0, 1)]
    assert street.switch.closed and street.switch.power_w == HEATER_W
    assert street.switch.client.utc_ahead == timedelta()
    assert street.events() == [(0, 1440, 100)]
    answer, failed = Outcome.SUCCESS, Outcome.NOT_KNOWN
    assert street.log() == [(0, Action.ON, failed), (0, Action.HCALCS_ANSWER, answer)]
    # The id is the Unix time of the command (vector).
    assert {row.command_id for row in street.rows()} == {int(NEW_YEAR.timestamp())}


def test_a_set_state_opens_it_from_its_start_to_its_end() -> None:
    street = Street()
    street.until(5)
    street.set_state(0, 30, 90)
    assert street.switch.closed
    street.until(200)
    assert street.power() == [(0, 3), (30, 0), (90, 3)]
    # From the start to a minute after the end; the last one may last a day.
    assert [each for each in street.events() if each[0] in (30, 90)] == [(30, 61, 0), (90, 1440, 100)]
    assert [(at, action) for at, action, _ in street.log() if action is not Action.HCALCS_ANSWER] == [
        (0, Action.ON),
        (30, Action.OFF),
        (90, Action.REVERT),
    ]
    assert street.alerts == []


def test_a_state_goes_on_for_days_without_a_moment_open() -> None:
    """The switch asks ten minutes before its event ends, and is told the same under a new name."""
    street = Street()
    street.until(3 * 1440)
    assert street.power() == [(0, 3)]
    assert [at for at, _, _ in street.events()] == [0, 1430, 2860, 4290]
    assert len(street.log()) == 2, "the same state again is no command"
    names = [each.issuer_event_id for _, _, each in street.said if isinstance(each, LoadControlEvent)]
    assert all(one < other for one, other in pairwise(names))


def test_an_end_that_changes_nothing_is_no_moment_open() -> None:
    """A set state to what holds anyway: its end comes, and the switch stays closed."""
    street = Street()
    street.set_state(100, 0, 60)
    street.until(300)
    assert street.power() == [(0, 3)]
    assert street.alerts == []


def test_reports_tell_what_became_of_each_event() -> None:
    street = Street()
    street.set_state(0, 10, None)
    street.until(20)
    reports = [
        (at, each.event_status, each.duty_cycle_applied)
        for at, _, each in street.said
        if isinstance(each, ReportEventStatus)
    ]
    assert reports == [
        (0, EventStatus.RECEIVED, 100),
        (0, EventStatus.STARTED, 100),
        # Named anew, because it now lasts until the state may change.
        (10, EventStatus.RECEIVED, 0),
        (10, EventStatus.SUPERSEDED, 100),
        (10, EventStatus.STARTED, 0),
    ]


def test_two_commands_in_one_second_have_two_names() -> None:
    street = Street()
    street.set_state(0, 0, None)
    street.set_state(100, 0, None)
    names = [row.command_id for row in street.rows() if row.action is not Action.HCALCS_ANSWER]
    assert names == [names[0], names[0] + 1, names[0] + 2]
    assert street.switch.closed


def test_layers_have_their_precedence() -> None:
    """The switch follows what wins: a set state over the default, a boost over the set state while it lasts."""
    street = Street()
    street.set_state(0, 0, None)
    assert not street.switch.closed
    state = street.meter.auxiliary.state
    street.meter.auxiliary.state = replace(state, boost=state.boost.associated(N, True))
    street.take(street.meter, street.meter.start_boost(street.now, HOUR))
    street.until(59)
    assert street.switch.closed
    street.until(60)
    assert not street.switch.closed
    assert street.meter.level(N, Direction.OUTPUT, street.now).rule is Rule.SET_STATE


def test_it_is_lost_and_found() -> None:
    """Its event runs out, and it opens; the meter tells the supplier once; found, it is closed at its next question."""
    street = Street()
    street.until(600)
    street.lost = {SWITCH_EUI}
    street.until(2000)
    assert street.power() == [(0, 3), (1440, 0)]
    assert [alert.message_code for alert in street.alerts] == [0x1001]
    assert street.meter.event_log.codes() == [AlertCode.SWITCH_FAILED]
    asks = [at for at, who, each in street.said if who == SWITCH_EUI and isinstance(each, GetScheduledEvents) and at]
    before, again = ASK_BEFORE_END / MINUTE, ASK_AGAIN / MINUTE
    assert asks[:5] == [1440 - before + number * again for number in range(5)]
    street.lost = set()
    street.until(2010)
    assert street.power() == [(0, 3), (1440, 0), (2005, 3)]
    assert [row.action for row in street.rows()][-2:] == [Action.ON, Action.HCALCS_ANSWER]
    assert street.rows()[-1].outcome is Outcome.SUCCESS
    assert len(street.alerts) == 1


def test_lost_during_a_set_state_it_opens_when_that_was_to_end() -> None:
    """It was told to be closed until then, and not what comes after it."""
    street = Street()
    street.set_state(0, 0, None)
    street.set_state(100, 1, 60)
    street.until(30)
    street.lost = {SWITCH_EUI}
    street.until(61)
    assert street.power()[-1] == (61, 0)


def test_its_fallback_may_be_to_hold() -> None:
    street = Street(fallback=Fallback.HOLD)
    street.lost = {SWITCH_EUI}
    street.until(3000)
    assert street.power() == [(0, 3)]


def test_a_command_that_does_not_reach_it_fails() -> None:
    """Sent three times, thirty seconds apart; then the log and the supplier are told."""
    street = Street()
    street.lost = {SWITCH_EUI}
    street.set_state(0, 0, None)
    wait = ANSWER_TIME / MINUTE
    street.until(wait * ATTEMPTS - 0.1)
    assert street.alerts == []
    assert [at for at, _, duty in street.events() if not duty] == [wait * number for number in range(ATTEMPTS)]
    street.until(10)
    assert [row.outcome for row in street.rows()][-2:] == [Outcome.NOT_KNOWN, Outcome.FAILURE]
    assert len({row.command_id for row in street.rows()[-2:]}) == 1
    assert len(street.alerts) == 1
    assert any("has not answered" in text for text in notes(street.notes, "acted"))
    assert street.switch.closed


def test_the_alert_is_a_non_critical_one_for_the_supplier() -> None:
    """Code and time, with the supplier's own MAC and no signature, as in the vector GNCA."""
    street = Street()
    street.lost = {SWITCH_EUI}
    street.set_state(0, 0, None)
    street.until(10)
    (alert,) = street.alerts
    assert (alert.cra, alert.target, alert.signature) == (CraFlag.ALERT, SUPPLIER.eui, b"")
    verify_mac(alert, secret(SUPPLIER.eui))
    content = decode_dlms(alert.payload)
    assert isinstance(content, DataNotification)
    assert content.body.fields(2)[0].number == 0x811A


def test_a_late_answer_counts() -> None:
    """The reports were lost, not the event: it stands as a failure in the log, and is held from then on."""
    street = Street()
    street.lost = {ESME_EUI}
    street.meter.auxiliary.set_state(CommandedState(N, 0), NEW_YEAR, None, NEW_YEAR)
    street.take(street.meter, street.meter._settle(NEW_YEAR))
    street.until(2)
    assert len(street.alerts) == 1
    order = street.meter.load_control.orders[N]
    street.lost = set()
    street.take(street.switch, [Tell(ESME_EUI, ReportEventStatus(order.event_id, EventStatus.STARTED))])
    assert street.meter.load_control.orders[N].done
    assert not street.meter.load_control.orders[N].failed


@pytest.mark.parametrize("status", [EventStatus.REJECTED, EventStatus.EXPIRED])
def test_a_refused_command_fails_at_once(status: EventStatus) -> None:
    street = Street()
    street.lost = {SWITCH_EUI}
    street.set_state(0, 0, None)
    order = street.meter.load_control.orders[N]
    street.take(street.meter, street.meter.hear(SWITCH_EUI, ReportEventStatus(order.event_id, status), street.now))
    assert street.rows()[-1].outcome is Outcome.FAILURE
    assert len(street.alerts) == 1
    street.until(5)
    assert len(street.alerts) == 1, "and is told once"


def test_after_a_restart_it_asks_and_goes_on() -> None:
    street = Street()
    street.set_state(0, 0, 30)
    street.until(40)
    commands = len(street.rows())
    street.start()
    assert street.power()[-2:] == [(40, 0), (40, 3)]
    # Under the name that the event had: nothing new was commanded.
    assert len(street.rows()) == commands
    street.until(2000)
    assert street.power()[-1] == (40, 3)


def test_without_power_it_is_open_and_deaf_and_asks_when_power_is_back() -> None:
    """A command meanwhile fails and is told; with power it is obeyed."""
    street = Street()
    street.until(10)
    street.take(street.switch, street.switch.supply(False, street.now))
    assert street.switch.next_timer() is None
    street.set_state(0, 20, 40)
    street.until(30)
    assert len(street.alerts) == 1
    assert street.switch.receive(b"", street.now) == []
    street.take(street.switch, street.switch.supply(True, street.now))
    assert street.switch.supply(True, street.now) == []
    street.until(50)
    assert street.power() == [(0, 3), (10, 0), (40, 3)]
    assert street.rows()[-3].outcome is Outcome.SUCCESS


def test_who_is_not_joined_is_not_obeyed() -> None:
    street = Street(joined=False)
    event = LoadControlEvent(1, 0, 60, 100)
    street.take(street.switch, street.switch.hear(ESME_EUI, event, street.now))
    street.take(street.meter, street.meter.hear(SWITCH_EUI, GetScheduledEvents(0, 1), street.now))
    assert not street.switch.closed
    assert street.said == []
    assert len(notes(street.notes, "refused")) == 2


def test_an_unjoined_switch_is_released() -> None:
    """The meter takes its event back; the switch falls back."""
    street = Street()
    street.meter.joined.types.clear()
    street.take(street.meter, street.meter._settle(street.now))
    assert street.said[-2][2] == CancelAllLoadControlEvents()
    assert not street.switch.closed
    street.until(100)
    assert street.alerts == []


def test_a_question_names_from_where_on() -> None:
    street = Street()
    name = street.meter.load_control.orders[N].event_id
    late = utc_seconds(NEW_YEAR + 2 * DAY)
    for asked, told in (
        (GetScheduledEvents(0, 1, name), 1),
        (GetScheduledEvents(0, 1, name + 1), 0),
        (GetScheduledEvents(late, 0), 0),
    ):
        outputs = street.meter.hear(SWITCH_EUI, asked, street.now)
        assert len([each for each in outputs if isinstance(each, Tell)]) == told


def test_a_switch_that_is_named_twice_obeys_the_first() -> None:
    street = Street()
    street.meter.auxiliary.change(Controller(4, ControllerType.HCALCS, SWITCH_EUI))
    street.meter.auxiliary.set_state(CommandedState(4, 0), street.now, None, street.now)
    street.take(street.meter, street.meter._settle(street.now))
    assert street.switch.closed
    assert list(street.meter.load_control.orders) == [N]


def test_a_controller_that_becomes_something_else_lets_its_switch_go() -> None:
    street = Street()
    street.meter.auxiliary.change(replace(street.meter.auxiliary.controller(N), kind=ControllerType.ALCS, hcalcs=None))
    street.take(street.meter, street.meter._settle(street.now))
    assert not street.switch.closed
    assert street.meter.load_control.orders == {}


def test_what_is_due_is_done_before_a_command_is_heard() -> None:
    """Also one that is then refused: the set state that begins at that moment has its event."""
    street = Street()
    street.set_state(0, 30, None)
    outputs = street.meter.hear(DISPLAY, MessageConfirmation(8, 1), NEW_YEAR + 30 * MINUTE)
    assert [each.command.duty_cycle for each in outputs if isinstance(each, Tell)] == [0]  # type: ignore[union-attr]


def test_a_message_is_confirmed() -> None:
    street = Street()
    street.meter.messages = [(7, "Hello")]
    confirmed = street.meter.hear(DISPLAY, MessageConfirmation(7, 1), street.now)
    assert notes(confirmed, "acted") == [f"message 7 was confirmed by {DISPLAY}"]
    assert notes(street.meter.hear(DISPLAY, MessageConfirmation(8, 1), street.now), "refused")


def test_a_display_reads_time_and_power() -> None:
    street = Street()
    street.meter.set_load("heater", HEATER_W, street.now)
    asked = ReadAttributes(METERING, (MeteringAttribute.INSTANTANEOUS_DEMAND, MeteringAttribute.DIVISOR, 0x7777))
    (told,) = street.meter.hear(DISPLAY, asked, street.now)
    assert told == Tell(DISPLAY, ReadAttributesResponse(METERING, ((0x0400, 3000), (0x0302, 1000), (0x7777, None))))
    (told,) = street.meter.hear(DISPLAY, ReadAttributes(TIME, tuple(TimeAttribute)), street.now)
    assert told == Tell(DISPLAY, ReadAttributesResponse(TIME, ((0, utc_seconds(NEW_YEAR)), (1, 2))))
    assert street.meter.hear(DISPLAY, GetLastMessage(), street.now) == []
