"""Joins and unjoins (SR 8.7, 8.8): a device is told of the other one, whose type the DCC adds (gbcs-reference 4.2).

The types of both devices give the method. The vectors have all of these but those in brackets (assumed):

    A   ESME, with HCALCS or PPMID; HCALCS or PPMID, with ESME. The ESME begins.
    B   GSME (or PPMID), with the gas proxy; (the gas proxy, with any).
    C   GSME, with PPMID; PPMID, with GSME. With the other device's certificate.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from schemas.duis.node import Node
from schemas.errors import Malformed
from schemas.gbcs.asn1 import Ber, decode_ber
from schemas.gbcs.names.statuses import JOIN_RESULTS, UNJOIN_RESULTS
from schemas.gbcs.use_cases.asn1 import Asn1, Command, Read
from schemas.gbcs.use_cases.asn1_fields import expect, integer, octet_string, sequence, status
from schemas.gbcs.use_cases.declare import Answer, Context, DeviceType, Known, OtherDevice, Part, UseCase
from schemas.gbcs.use_cases.device_log import device_values

_OTHER = "OtherDeviceID"
_A_INITIATOR, _A_RESPONDER, _B, _C = range(4)
"""Method and role."""


def _other(context: Context) -> OtherDevice:
    if context.known.other is None:
        raise Malformed(_OTHER, "is a device whose type the DCC knows")
    return context.known.other


def _join(method: int) -> Command:
    """Method and role, the other device and its type."""

    def command(body: Node, context: Context) -> Ber:
        return sequence(integer(method), *device_values(_OTHER, body.eui(_OTHER), _other(context).device_type))

    return command


def _join_with_certificate(body: Node, context: Context) -> Ber:
    """The other device's certificate after the rest; a vector without one shows a device refuse the join."""
    join, certificate = _join(_C)(body, context), _other(context).certificate
    return sequence(*join.children, decode_ber(certificate)) if certificate else join


def _unjoin(body: Node, context: Context) -> Ber:
    return octet_string(body.eui(_OTHER))


def _result(element: str, words: Mapping[int, str]) -> Read:
    def read(value: Ber) -> Answer:
        result = expect(value, element, 0x02)
        return Answer(result.number == 0, [Part(status(element, words, result))])

    return read


_JOINED, _UNJOINED = _result("joinResponseCode", JOIN_RESULTS), _result("unjoinResponseCode", UNJOIN_RESULTS)


def _with(types: tuple[DeviceType, ...]) -> Callable[[Known], bool]:
    """The other device is of one of these types, or of one that is not known; none given is any."""
    return lambda known: not types or known.other is None or known.other.device_type in types


def _critical(name: str, code: int, command: Command, *devices: DeviceType) -> UseCase:
    """The user signs the command."""
    element = "UnjoinServiceCritical" if command is _unjoin else "JoinServiceCritical"
    return UseCase(
        name=name,
        code=code,
        service="8.8.1" if command is _unjoin else "8.7.1",
        element=element,
        critical=True,
        devices=frozenset(devices),
        content=Asn1(command, _UNJOINED if command is _unjoin else _JOINED),
        response=f"{element}Rsp",
    )


def _non_critical(
    name: str,
    code: int,
    command: Command,
    *devices: DeviceType,
    broker_signs: bool,
    others: tuple[DeviceType, ...] = (),
) -> UseCase:
    """The broker signs the command, or nobody does."""
    element = "UnjoinServiceNonCritical" if command is _unjoin else "JoinServiceNonCritical"
    return UseCase(
        name=name,
        code=code,
        service="8.8.2" if command is _unjoin else "8.7.2",
        element=element,
        critical=False,
        devices=frozenset(devices),
        content=Asn1(command, _UNJOINED if command is _unjoin else _JOINED),
        response=f"{element}Rsp",
        brokered=broker_signs,
        suits=_with(others),
        broker_signs=broker_signs,
    )


_METER, _GAS_METER, _PROXY = DeviceType.ESME, DeviceType.GSME, DeviceType.GPF
_SWITCH, _DISPLAY = DeviceType.HCALCS, DeviceType.PPMID

JOINING = (
    _critical("CS03A1", 0x000D, _join(_A_INITIATOR), _METER),
    _critical("CS03A2Critical", 0x00AB, _join(_A_RESPONDER), _SWITCH),
    _critical("CS03CCritical", 0x00AF, _join_with_certificate, _GAS_METER),
    _non_critical("CS03A2NonCritical", 0x00AB, _join(_A_RESPONDER), _DISPLAY, broker_signs=True, others=(_METER,)),
    _non_critical(
        "CS03CNonCritical", 0x00AF, _join_with_certificate, _DISPLAY, broker_signs=True, others=(_GAS_METER,)
    ),
    _non_critical("CS03B", 0x000E, _join(_B), _GAS_METER, _PROXY, _DISPLAY, broker_signs=False),
    _critical("CS04ACCritical", 0x000F, _unjoin, _METER, _GAS_METER, _SWITCH),
    _non_critical("CS04ACNonCritical", 0x000F, _unjoin, _DISPLAY, broker_signs=True, others=(_METER, _GAS_METER)),
    _non_critical("CS04B", 0x0010, _unjoin, _GAS_METER, _PROXY, _DISPLAY, broker_signs=False),
)
