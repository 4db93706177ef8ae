"""Alerts as devices write them: the data notification of each, and the message code that carries it.

Layouts: RTDS vectors GCA, CS02b and CS02g 8F66 and 8F67, ECS46c/d 8F66, ECS100, ECS101, ECS102, ECS200. That 8F3D,
8F1E and 8F53 use the layout of GCA (shown with 8F30) is assumed.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from devices.asn1 import sequence
from devices.auxiliary_state import Activation, Event, LimitProcessed, Period
from devices.placing import Outcome
from schemas.gbcs.asn1 import Ber
from schemas.gbcs.auxiliary import CommandedState
from schemas.gbcs.dlms import data as dlms
from schemas.gbcs.dlms.access import DataNotification, liid
from schemas.gbcs.dlms.data import Data
from schemas.gbcs.dlms.times import NEVER, encode_date_time
from schemas.gbcs.envelope import Message
from schemas.gbcs.use_cases.asn1_fields import NULL, integer, time_value


class AlertCode(IntEnum):
    """Alert and event codes that these devices raise."""

    SWITCH_FAILED = 0x811A
    CLOCK_ADJUSTED = 0x8145
    COMMAND_DONE = 0x8154
    COMMAND_FAILED = 0x8155
    CLOCK_NOT_ADJUSTED = 0x81C6
    CLOCK_ADJUSTED_MUCH = 0x8F0C
    LOAD_LIMIT_EXCEEDED = 0x8F01
    DEVICE_LOG_CHANGED = 0x8F12
    FORMAT_CHECK_FAILED = 0x8F1E
    NO_AUTHORITY = 0x8F30
    LOAD_LIMIT_ARMED = 0x8F33
    LOAD_LIMIT_RESTORED = 0x8F34
    AUTHENTICATION_FAILED = 0x8F3D
    NOT_AUTHENTIC_OTHER = 0x8F53
    FUTURE_DATED_SUCCESS = 0x8F66
    FUTURE_DATED_FAILURE = 0x8F67
    CREDENTIALS_UPDATED = 0x8F70
    NOT_SUPPORTED = 0x8F85
    LIMIT_PROCESSED = 0x8F86
    LIMIT_ENDED = 0x8F87
    OPERATIONAL_UPDATE = 0x8F88


SECURITY = frozenset(
    {
        AlertCode.CLOCK_ADJUSTED_MUCH,
        AlertCode.DEVICE_LOG_CHANGED,
        AlertCode.FORMAT_CHECK_FAILED,
        AlertCode.NO_AUTHORITY,
        AlertCode.AUTHENTICATION_FAILED,
        AlertCode.NOT_AUTHENTIC_OTHER,
        AlertCode.CREDENTIALS_UPDATED,
    }
)
"""Codes that stand in the security log, the others in the event log (vectors ECS35a to d; 8F30, 8F3D: assumed)."""

GENERIC_CRITICAL_ALERT, GENERIC_NON_CRITICAL_ALERT = 0x1000, 0x1001
FUTURE_DATED_OUTCOME = 0x00CC
COMMAND_NOT_SUPPORTED = 0x0120
LIMIT_LEVEL_PROCESSED = 0x0121
LIMIT_LEVEL_ENDED = 0x0122
OPERATIONAL_UPDATED = 0x0123
CREDENTIALS_OUTCOME, LOAD_CONTROLLER_OUTCOME = 0x00CB, 0x0124
_LOAD_CONTROLLER_MODES = (10, 11)


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert before it has a counter and a signature.

    Attributes:
        message_code: the use case that carries it.
        code: the alert code.
        moment: its time stamp, device clock.
        items: the content after code and time stamp.
    """

    message_code: int
    code: AlertCode
    moment: datetime
    items: tuple[Data, ...] = ()

    def body(self) -> Data:
        """The structure of the data notification."""
        return dlms.structure(dlms.long_unsigned(int(self.code)), _date_time(self.moment), *self.items)

    def content(self, counter: int) -> bytes:
        """The payload of the message that has this originator counter."""
        return DataNotification(liid(counter), self.body()).encode()


@dataclass(frozen=True, slots=True)
class CredentialsReplaced(Alert):
    """8F66 or 8F67 of a CS02b or CS02g that was for later; ASN.1, unlike the others.

    Attributes:
        outcome: as an immediate command's response has it.
    """

    outcome: Ber = NULL

    @classmethod
    def of(cls, outcome: Outcome, moment: datetime) -> "CredentialsReplaced":
        """The alert of an outcome that was due at ``moment``."""
        code = AlertCode.FUTURE_DATED_SUCCESS if outcome.success else AlertCode.FUTURE_DATED_FAILURE
        load_controller = outcome.replacement.mode.number in _LOAD_CONTROLLER_MODES
        carrier = LOAD_CONTROLLER_OUTCOME if load_controller else CREDENTIALS_OUTCOME
        return cls(carrier, code, moment, outcome=outcome.value())

    def content(self, counter: int) -> bytes:
        """The payload; it does not repeat the counter."""
        return sequence(integer(self.code), time_value(self.moment), self.outcome).encode()


def generic(code: AlertCode, moment: datetime) -> Alert:
    """A generic critical alert (GCA): code and time alone."""
    return Alert(GENERIC_CRITICAL_ALERT, code, moment)


def generic_non_critical(code: AlertCode, moment: datetime) -> Alert:
    """A generic non-critical alert (GNCA): code and time alone; it bears a MAC and no signature."""
    return Alert(GENERIC_NON_CRITICAL_ALERT, code, moment)


def not_supported(command: Message, moment: datetime) -> Alert:
    """8F85: the device does not support this command."""
    content = command.message_code.to_bytes(2, "big") + command.originator_counter.to_bytes(8, "big")
    return Alert(COMMAND_NOT_SUPPORTED, AlertCode.NOT_SUPPORTED, moment, (dlms.octets(content),))


def operational_update(state: str, moment: datetime) -> Alert:
    """8F88: what a controller does now, as state text (vector ECS200)."""
    return Alert(OPERATIONAL_UPDATED, AlertCode.OPERATIONAL_UPDATE, moment, (dlms.utf8(state),))


def of_event(event: Event) -> Alert:
    """8F66 of an activation, 8F86 of a limit taken on, 8F87 of a limit gone."""
    if isinstance(event, Activation):
        return Alert(FUTURE_DATED_OUTCOME, AlertCode.FUTURE_DATED_SUCCESS, event.moment, (_instruction(event),))
    if isinstance(event, LimitProcessed):
        taken = (_controller(event.period.state), *_period(event.period), dlms.unsigned(event.level))
        return Alert(LIMIT_LEVEL_PROCESSED, AlertCode.LIMIT_PROCESSED, event.moment, taken)
    gone = (_controller(event.state), dlms.unsigned(event.level))
    return Alert(LIMIT_LEVEL_ENDED, AlertCode.LIMIT_ENDED, event.moment, gone)


def _instruction(activation: Activation) -> Data:
    attribute = activation.attribute
    return dlms.octets(
        activation.origin.message_code.to_bytes(2, "big")
        + activation.origin.originator_counter.to_bytes(8, "big")
        + attribute.class_id.to_bytes(2, "big")
        + attribute.obis
        + bytes((attribute.number,))
    )


def _controller(state: CommandedState) -> Data:
    return dlms.unsigned(state.direction << 4 | state.controller)


def _period(period: Period) -> tuple[Data, Data]:
    return _date_time(period.start), dlms.octets(NEVER) if period.end is None else _date_time(period.end)


def _date_time(moment: datetime) -> Data:
    return dlms.octets(encode_date_time(moment.replace(microsecond=0)))
