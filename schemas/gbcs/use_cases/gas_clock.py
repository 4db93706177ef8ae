"""A gas meter's clock: SR 6.11 and 8.1.1 (GCS28); both give the same message."""

from __future__ import annotations

from datetime import timedelta

from schemas.duis.node import Node, branch, leaf
from schemas.errors import Malformed
from schemas.gbcs.asn1 import Ber, generalized_time
from schemas.gbcs.names.statuses import CLOCK_STATES
from schemas.gbcs.use_cases.asn1 import Asn1
from schemas.gbcs.use_cases.asn1_fields import fields, sequence, status, time_value
from schemas.gbcs.use_cases.declare import Answer, Context, DeviceType, Part, UseCase
from schemas.gbcs.use_cases.fields import whole_second

_METERS = frozenset({DeviceType.GSME})


def _setting(body: Node, context: Context) -> Ber:
    """The time, and the latest at which the device may take it over."""
    at = whole_second(body, "CurrentDateTime")
    try:
        latest = at + timedelta(seconds=body.integer("TolerancePeriod"))
    except OverflowError:
        raise Malformed("CurrentDateTime", "with TolerancePeriod is a moment before the year 10000") from None
    return sequence(time_value(at), time_value(latest))


def _clock(value: Ber) -> Answer:
    """The device's time, right or not, and whether it is to be relied on: only then the command has succeeded."""
    at, state = fields(value, "clock", 0x18, 0x02)
    told = branch("Gas", status("GasClockTimeStatus", CLOCK_STATES, state))
    return Answer(state.number == 0, [Part(leaf("DeviceTime", generalized_time(at))), Part(told)])


def _clock_use_case(name: str, service: str, element: str) -> UseCase:
    return UseCase(
        name=name,
        code=0x007F,
        service=service,
        element=element,
        critical=True,
        devices=_METERS,
        content=Asn1(_setting, _clock),
        response=f"{element}Rsp",
    )


GAS_CLOCK = (
    _clock_use_case("GCS28", "6.11", "SynchroniseClock"),
    _clock_use_case("GCS28Commission", "8.1.1", "CommissionDeviceSynchroniseClock"),
)
