"""Export registers of an electricity meter, read: SR 4.2 (ECS17a).

Energy in Wh and varh. The response's header carries the meter's date-time. The DCC keeps a request's ExecutionDateTime
and sends the command then: GBCS carries no date.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schemas.duis.node import Node, branch, leaf
from schemas.gbcs.dlms.data import Data
from schemas.gbcs.use_cases.access import Access, Get, attribute
from schemas.gbcs.use_cases.declare import DeviceType, Part, UseCase
from schemas.gbcs.use_cases.fields import ignored, in_unit

_ACTIVE, _REACTIVE = "1-0:2.8.0.255", "1-0:4.8.0.255"
_WH, _VARH = 30, 32


def _arrange(values: Sequence[Data | None]) -> Iterator[Part]:
    active, active_scale, reactive, reactive_scale = values
    for node in (
        _register("ActiveExportRegister", active, active_scale, _WH, leaf("ActiveEnergyUnit", "Wh")),
        _register("ReactiveExportRegister", reactive, reactive_scale, _VARH, leaf("ReactiveEnergyUnit", "varh")),
    ):
        if node is not None:
            yield Part(node)


def _register(name: str, value: Data | None, scale: Data | None, unit: int, word: Node) -> Node | None:
    """A register's element, or None where nothing of it was read."""
    number = in_unit(name, value, scale, unit)
    nodes = [] if number is None else [leaf("Value", number)]
    if scale is not None:
        nodes.append(word)
    return branch(name, *nodes) if nodes else None


READ_EXPORT = UseCase(
    name="ECS17a",
    code=0x0026,
    service="4.2",
    element="ReadInstantaneousExportRegisters",
    critical=False,
    devices=frozenset({DeviceType.ESME}),
    content=Access(
        tuple(Get(attribute(3, obis, member), ignored) for obis in (_ACTIVE, _REACTIVE) for member in (2, 3)), _arrange
    ),
    response="ReadInstantaneousExportRegistersRsp",
    dated_response=True,
)

EXPORT_READS = (READ_EXPORT,)
