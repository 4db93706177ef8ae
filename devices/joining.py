"""Which devices an electricity meter has been joined to: CS03A1 joins by method A, CS04AC takes a join back. And which
meter an HCALCS has been joined to, which responds (CS03A2).

Result codes are those of the vectors (gbcs-reference 4.2); that a join to the same device again succeeds is assumed.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from schemas.eui import EUI64
from schemas.gbcs.asn1 import Ber
from schemas.gbcs.use_cases.asn1_fields import INTEGER, OCTETS, expect, fields, integer

if TYPE_CHECKING:
    from devices.asn1 import Handler
    from schemas.gbcs.envelope import Message

JOIN, UNJOIN, JOIN_METER = 0x000D, 0x000F, 0x00AB
_INITIATOR, _RESPONDER = 0, 1
_ESME = 1
HCALCS = 4
"""Its number as a device type."""
_PARTNERS = frozenset({4, 5})
"""Device types that join by method A: HCALCS and PPMID."""
_SUCCESS, _INVALID_METHOD, _INCOMPATIBLE = 0, 2, 3
_NOT_IN_LOG = 1


class JoinedDevices:
    """The devices that one meter has been joined to.

    Attributes:
        types: each device with the number of its type.
    """

    def __init__(self) -> None:
        self.types: dict[EUI64, int] = {}

    @property
    def handlers(self) -> dict[int, Handler]:
        """By message code."""
        return {JOIN: self._join, UNJOIN: self._unjoin}

    def _join(self, command: Message, content: Ber, moment: datetime) -> Ber:
        method, device, kind = fields(content, "join", INTEGER, OCTETS, INTEGER)
        if method.number != _INITIATOR:
            return integer(_INVALID_METHOD)
        if kind.number not in _PARTNERS:
            return integer(_INCOMPATIBLE)
        self.types[_device(device)] = kind.number
        return integer(_SUCCESS)

    def _unjoin(self, command: Message, content: Ber, moment: datetime) -> Ber:
        if self.types.pop(_device(content), None) is None:
            return integer(_NOT_IN_LOG)
        return integer(_SUCCESS)


class JoinedMeter:
    """The meter that one HCALCS obeys.

    Attributes:
        meter: None before it has been joined.
    """

    def __init__(self, meter: EUI64 | None = None) -> None:
        self.meter = meter

    @property
    def handlers(self) -> dict[int, Handler]:
        """By message code."""
        return {JOIN_METER: self._join, UNJOIN: self._unjoin}

    def _join(self, command: Message, content: Ber, moment: datetime) -> Ber:
        method, device, kind = fields(content, "join", INTEGER, OCTETS, INTEGER)
        if method.number != _RESPONDER:
            return integer(_INVALID_METHOD)
        meter = _device(device)
        if kind.number != _ESME or self.meter not in (None, meter):
            # It obeys one meter: another one may come when it has been unjoined from the first.
            return integer(_INCOMPATIBLE)
        self.meter = meter
        return integer(_SUCCESS)

    def _unjoin(self, command: Message, content: Ber, moment: datetime) -> Ber:
        if self.meter is None or _device(content) != self.meter:
            return integer(_NOT_IN_LOG)
        self.meter = None
        return integer(_SUCCESS)


def _device(value: Ber) -> EUI64:
    return EUI64(expect(value, "other device", OCTETS).content)
