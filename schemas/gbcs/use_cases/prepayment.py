"""Prepayment settings of an electricity meter, SR 2.1: ECS08, and ECS08a of newer meters.

Limits and thresholds are in thousandths of a penny (or euro cent), as in DUIS, and may be negative. All settings are
written as passive values with one date-time at which they become active; ECS08 alone writes the maximum meter balance
into the active value.
"""

from __future__ import annotations

from schemas.duis.node import Node
from schemas.gbcs.dlms.data import Data, Tag
from schemas.gbcs.use_cases.access import Access, Set, Write, attribute
from schemas.gbcs.use_cases.declare import DeviceType, UseCase
from schemas.gbcs.use_cases.fields import activation, constant, long_unsigned
from schemas.gbcs.use_cases.prepayment_fields import write_schedule, write_special_days

_SETTINGS = "UpdatePrepayConfigElectricity"
_ACTIVE, _PASSIVE, _ACTIVATION = 2, 4, 6
_MAX_BALANCE, _MAX_CREDIT = "0-0:94.44.2.20", "0-0:94.44.2.10"
_RATE_CAP, _RATE_CAP_PERIOD = "0-0:94.44.128.12", "0-0:94.44.128.13"
_LOW_CREDIT, _EMERGENCY_LIMIT, _EMERGENCY_THRESHOLD = "0-0:94.44.128.9", "0-0:94.44.128.2", "0-0:94.44.128.3"
_SCHEDULE, _SPECIAL_DAYS = "0-0:94.44.128.28", "0-0:94.44.128.31"
_WEEK = 7 * 24 * 60 * 60
"""Seconds in which the debt recovery rate cap counts, the same in every vector."""


def _amount(name: str) -> Write:
    return lambda body: Data(Tag.DOUBLE_LONG, body.integer(f"{_SETTINGS}/{name}"))


def _passive(obis: str, value: Write) -> Set:
    return Set(attribute(9000, obis, _PASSIVE), value)


def _activate(obis: str) -> Set:
    return Set(attribute(9000, obis, _ACTIVATION), activation)


def _electricity(body: Node) -> bool:
    return body.has(_SETTINGS)


def _updating(name: str, code: int, balance: int) -> UseCase:
    """``balance``: the attribute that takes the maximum meter balance."""
    return UseCase(
        name=name,
        code=code,
        service="2.1",
        element="UpdatePrepayConfiguration",
        critical=True,
        devices=frozenset({DeviceType.ESME}),
        content=Access(
            (
                Set(attribute(11, "0-1:11.0.2.255", 2), write_special_days),
                Set(attribute(9000, _MAX_BALANCE, balance), _amount("MaxMeterBalance")),
                _passive(_MAX_CREDIT, _amount("MaxCreditThreshold")),
                Set(attribute(10, "0-1:12.0.1.255", 2), write_schedule),
                _passive(_RATE_CAP, long_unsigned(f"{_SETTINGS}/DebtRecoveryRateCap")),
                _passive(_RATE_CAP_PERIOD, constant(Data(Tag.DOUBLE_LONG, _WEEK))),
                _passive(_LOW_CREDIT, _amount("LowCreditThreshold")),
                _passive(_EMERGENCY_LIMIT, _amount("EmergencyCreditLimit")),
                _activate(_SPECIAL_DAYS),
                _passive(_EMERGENCY_THRESHOLD, _amount("EmergencyCreditThreshold")),
                _activate(_MAX_BALANCE),
                _activate(_MAX_CREDIT),
                _activate(_RATE_CAP),
                _activate(_RATE_CAP_PERIOD),
                _activate(_LOW_CREDIT),
                _activate(_EMERGENCY_LIMIT),
                _activate(_EMERGENCY_THRESHOLD),
                _activate(_SCHEDULE),
            )
        ),
        response="UpdatePrepayConfigurationRsp",
        dated_response=True,
        applies=_electricity,
    )


PREPAYMENT = (
    # The newer of the two comes first; the request is the same, so the older is asked for by name.
    _updating("ECS08a", 0x00DE, _PASSIVE),
    _updating("ECS08", 0x001F, _ACTIVE),
)
