"""Two switches of an electricity meter: supply tamper state (SR 6.25) and daily block counter reset (SR 6.26).

Objects: RTDS vectors of ECS81 and ECS48, each of which shows one of the two settings.
"""

from __future__ import annotations

from schemas.duis.node import Node
from schemas.gbcs.auxiliary import CosemDate
from schemas.gbcs.dlms import data as dlms
from schemas.gbcs.dlms.data import Data
from schemas.gbcs.use_cases.access import Access, Set, attribute
from schemas.gbcs.use_cases.declare import DeviceType, UseCase

_METERS = frozenset({DeviceType.ESME})
_MIDNIGHT = bytes(4)


def _tamper_state(body: Node) -> Data:
    """True where tampering locks the supply; false for Unchanged is assumed, as in reading (ECS26m)."""
    return dlms.boolean(body.text("SupplyTamperState") == "Locked")


def _reset_times(body: Node) -> Data:
    """Every day at midnight UTC, or never: a schedule without times (assumed: no vector has false)."""
    if not body.boolean("DailyTariffBlockCounterMatrixReset"):
        return dlms.array()
    every_day = CosemDate(None, None, None, None)
    return dlms.array(dlms.structure(dlms.octets(_MIDNIGHT), dlms.octets(every_day.encode())))


SET_TAMPER_STATE = UseCase(
    name="ECS81",
    code=0x0068,
    service="6.25",
    element="SetElectricitySupplyTamperState",
    critical=True,
    devices=_METERS,
    content=Access((Set(attribute(1, "0-0:94.44.0.4", 2), _tamper_state),)),
    response="SetElectricitySupplyTamperStateRsp",
)

DAILY_BLOCK_RESET = UseCase(
    name="ECS48",
    code=0x00DB,
    service="6.26",
    element="UpdateDeviceConfigurationDailyResettingOfTariffBlockCounterMatrix",
    critical=True,
    devices=_METERS,
    content=Access((Set(attribute(22, "0-0:15.1.0.255", 4), _reset_times),)),
    response="UpdateDeviceConfigurationDailyResettingOfTariffBlockCounterMatrixRsp",
)

TAMPER = (SET_TAMPER_STATE, DAILY_BLOCK_RESET)
