"""Supply of an electricity meter: enable, disable, arm, read; and the reset of the tariff block counters.

Script selectors and objects: RTDS vectors of ECS42, ECS43, ECS44, ECS45 and ECS05.
"""

from collections.abc import Iterable

from schemas.duis.node import leaf
from schemas.errors import Malformed
from schemas.gbcs.dlms import data as dlms
from schemas.gbcs.dlms.data import Data, Tag
from schemas.gbcs.use_cases.access import Access, Action, Get, attribute
from schemas.gbcs.use_cases.declare import DeviceType, Part, UseCase
from schemas.gbcs.use_cases.fields import constant

_METERS = frozenset({DeviceType.ESME})
_SUPPLY_SCRIPT = attribute(9, "0-0:10.0.106.255", 1)
_STATES = ("Disabled", "Enabled", "Armed")
"""By control state of a Disconnect control object (DLMS): disconnected, connected, ready for reconnection.

The vectors show 1 only."""


def _supply_state(value: Data) -> Iterable[Part]:
    number = value.expect(Tag.ENUM).number
    if number >= len(_STATES):
        raise Malformed("control state", f"is 0 to {len(_STATES) - 1}, not {number}")
    yield Part(leaf("SupplyState", _STATES[number]))


def _script(name: str, code: int, service: str, element: str, selector: int) -> UseCase:
    return UseCase(
        name=name,
        code=code,
        service=service,
        element=element,
        critical=True,
        devices=_METERS,
        content=Access((Action(_SUPPLY_SCRIPT, constant(dlms.long_unsigned(selector))),)),
        response=f"{element}Rsp",
    )


ENABLE = _script("ECS42", 0x004F, "7.1", "EnableSupply", 51)
DISABLE = _script("ECS43", 0x0050, "7.2", "DisableSupply", 52)
ARM = _script("ECS44", 0x0051, "7.3", "ArmSupply", 54)

READ_SUPPLY = UseCase(
    name="ECS45",
    code=0x0052,
    service="7.4",
    element="ReadSupplyStatus",
    critical=False,
    devices=_METERS,
    content=Access((Get(attribute(70, "0-0:96.3.10.255", 3), _supply_state),)),
    response="ReadSupplyStatusRsp",
)

RESET_BLOCK_COUNTERS = UseCase(
    name="ECS05",
    code=0x001D,
    service="1.7",
    element="ResetTariffBlockCounterMatrix",
    critical=True,
    devices=_METERS,
    content=Access((Action(attribute(9, "0-0:10.0.100.255", 1), constant(dlms.long_unsigned(99))),)),
    response="ResetTariffBlockCounterMatrixRsp",
)

SUPPLY = (ENABLE, DISABLE, ARM, READ_SUPPLY, RESET_BLOCK_COUNTERS)
