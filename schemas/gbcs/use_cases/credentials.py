"""Credentials of remote parties on a device, replaced: CS02b, CS02g (SR 6.15.1, 6.21, 6.23, 8.5; gbcs-reference 4.3).

Which party replaces whose is the mode. A command has the authorising party's control, the new certificates with
their cells, the certification path, and where it is future-dated the time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from schemas.duis.node import Node
from schemas.errors import Malformed
from schemas.gbcs.asn1 import Ber
from schemas.gbcs.dlms.times import CANCELLATION
from schemas.gbcs.use_cases.asn1 import Asn1
from schemas.gbcs.use_cases.asn1_fields import BITS, certificate, execution_time, integer, sequence
from schemas.gbcs.use_cases.credentials_outcome import read_outcome
from schemas.gbcs.use_cases.declare import Context, DccParty, DeviceType, UseCase

SUPPLIER, NETWORK_OPERATOR, BROKER, COS, WAN_PROVIDER, LOAD_CONTROLLER = 2, 3, 4, 5, 6, 8
"""Roles of remote parties, as trust anchor cells have them."""

SIGNING, AGREEMENT = Ber(BITS, bytes.fromhex("0780")), Ber(BITS, bytes.fromhex("0308"))
"""Key usages: digital signature, key agreement."""

_TOP_UP = 1
"""Cell usage of the prepayment top-up key; of its floor it is 0."""

_NO_TIME_CHECKS, _CELL, _COUNTER, _FLOOR, _TOP_UP_FLOOR, _OTHERS_FLOORS = 0x81, 0xA2, 0x83, 0x84, 0xA5, 0xA6
"""Context tags of the control's parts."""

_CERTIFICATES = ("DigitalSigningCertificate", "KeyAgreementCertificate", "KeyAgreementTopUpCertificate")
_SIGNERS = frozenset(DeviceType) - {DeviceType.TYPE2}


@dataclass(frozen=True, slots=True)
class Replacement:
    """One mode of replacement.

    Attributes:
        mode: its number.
        authority: role of the cell whose certificate authorises; None for the broker's own, which needs no signature.
        role: role of the cells replaced.
        certificates: path of the element that holds the new ones.
        floor, top_up_floor: elements with the new floors of the parties' counters.
    """

    mode: int
    authority: int | None
    role: int
    certificates: str
    floor: str = "RemotePartyFloorSeqNumber"
    top_up_floor: str = "RemotePartyPrepaymentTopUpFloorSeqNumber"

    def command(self, body: Node, context: Context) -> Ber:
        """The command's value.

        Raises:
            Malformed: no certificate to replace with, or one that is none; a top-up key or floor of a party that has
                no such cell.
        """
        replaced = sequence(*self._replaced(body))
        if not replaced.children:
            raise Malformed(self.certificates, "has at least one certificate in GBCS")
        path = (
            certificate("Certificate", each.octets(""))
            for each in body.all("CertificationPathCertificates/Certificate")
        )
        # A broker's own replacement is executed when the DCC sends it.
        at = () if self.authority is None else execution_time(body)
        return sequence(self._control(body, context), replaced, sequence(*path), *at)

    def _replaced(self, body: Node) -> Iterator[Ber]:
        for name, usage in zip(_CERTIFICATES, (SIGNING, AGREEMENT, AGREEMENT), strict=True):
            element = f"{self.certificates}/{name}"
            if body.has(element):
                top_up = self._top_up(element) if name == _CERTIFICATES[-1] else ()
                cell = sequence(integer(self.role), usage, *top_up)
                yield sequence(certificate(name, body.octets(element)), cell)

    def _top_up(self, element: str) -> tuple[Ber, ...]:
        if self.role != SUPPLIER:
            raise Malformed(element, "is a supplier's alone in GBCS")
        return (integer(_TOP_UP),)

    def _control(self, body: Node, context: Context) -> Ber:
        parts = [integer(self.mode)]
        if not body.boolean("ApplyTimeBasedCPVChecks"):
            parts.append(Ber(_NO_TIME_CHECKS, b"\x01"))
        if self.authority is not None:
            parts.append(sequence(integer(self.authority), SIGNING, tag=_CELL))
        parts.append(integer(context.counter, _COUNTER))
        return sequence(*parts, *self._floors(body))

    def _floors(self, body: Node) -> Iterator[Ber]:
        floor = body.integer(self.floor) if body.has(self.floor) else None
        top_up = body.integer(self.top_up_floor) if body.has(self.top_up_floor) else None
        if top_up is not None and self.role != SUPPLIER:
            raise Malformed(self.top_up_floor, "is a supplier's alone in GBCS")
        top_ups = () if top_up is None else (sequence(integer(0), integer(top_up)),)
        if self.role == self.authority or self.authority is None:
            if floor is not None:
                yield integer(floor, _FLOOR)
            if top_ups:
                yield sequence(*top_ups, tag=_TOP_UP_FLOOR)
            return
        # Of another party than the authorising one. The cancelled replacement of SR 6.23 tells no floors (1 vector).
        if floor is None:
            if top_ups:
                raise Malformed(self.top_up_floor, f"goes with {self.floor} in GBCS")
        elif not _cancelled(body):
            other = sequence(integer(self.role), integer(floor), *((sequence(*top_ups),) if top_ups else ()))
            yield sequence(other, tag=_OTHERS_FLOORS)


def _cancelled(body: Node) -> bool:
    return body.has("ExecutionDateTime") and body.moment("ExecutionDateTime") == CANCELLATION


_BY_USER = "ReplacementCertificates/SupplierOrNetworkOperatorCertificates"
_BY_DCC = "ReplacementCertificates"


def _by_user(name: str, code: int, role: str, replacement: Replacement) -> UseCase:
    return UseCase(
        name=name,
        code=code,
        service="6.15.1",
        element="UpdateSecurityCredentialsKRP",
        critical=True,
        devices=_SIGNERS,
        content=Asn1(replacement.command, read_outcome),
        response="UpdateSecurityCredentialsKRPRsp",
        dated_response=True,
        applies=lambda body: body.text("RemotePartyRole") == role,
    )


def _handover(name: str, code: int, role: str, replacement: Replacement) -> UseCase:
    """The broker hands a device that the DCC controls over to its user."""
    return UseCase(
        name=name,
        code=code,
        service="6.21",
        element="RequestHandoverOfDCCControlledDevice",
        critical=False,
        devices=frozenset({DeviceType.GPF, DeviceType.CHF, DeviceType.PPMID, DeviceType.HCALCS}),
        content=Asn1(replacement.command, read_outcome),
        response="RequestHandoverOfDCCControlledDeviceRsp",
        dated_response=True,
        applies=lambda body: body.text("RemotePartyRole") == role,
        broker_signs=True,
        dcc_party=DccParty.BROKER,
    )


BY_COS = UseCase(
    name="CS02bSupplierByTransCoS",
    code=0x0107,
    service="6.23",
    element="UpdateSecurityCredentialsCoS",
    critical=False,
    devices=_SIGNERS,
    content=Asn1(
        Replacement(
            7,
            COS,
            SUPPLIER,
            "SupplierReplacementCertificates",
            "SupplierFloorSeqNumber",
            "SupplierPrepaymentTopUpFloorSeqNumber",
        ).command,
        read_outcome,
    ),
    response="UpdateSecurityCredentialsCoSRsp",
    dated_response=True,
    broker_signs=True,
    dcc_party=DccParty.COS,
)

BY_BROKER = UseCase(
    name="CS02bACBByACB",
    code=0x0104,
    service="8.5",
    element="ServiceOptOut",
    critical=False,
    devices=_SIGNERS,
    content=Asn1(Replacement(4, None, BROKER, _BY_DCC, "ACBFloorSeqNumber").command, read_outcome),
    response="ServiceOptOutRsp",
    dated_response=True,
    dcc_party=DccParty.BROKER,
)


def _not_asked_for(name: str, code: int) -> UseCase:
    """A replacement that no service request asks for: only what comes back is read."""
    return UseCase(
        name=name,
        code=code,
        service="",
        element="",
        critical=True,
        devices=_SIGNERS,
        content=Asn1(_no_request, read_outcome),
        response="UpdateSecurityCredentialsKRPRsp",
        dated_response=True,
    )


def _no_request(body: Node, context: Context) -> Ber:
    raise Malformed(body.name, "asks for another use case: the DCC sends this one by itself")


CREDENTIALS = (
    _by_user("CS02bSupplierBySupplier", 0x0102, "Supplier", Replacement(2, SUPPLIER, SUPPLIER, _BY_USER)),
    _by_user("CS02bNOByNO", 0x0103, "NetworkOperator", Replacement(3, NETWORK_OPERATOR, NETWORK_OPERATOR, _BY_USER)),
    # A supplier's request for the load controller; that of a load controller itself is asked for by name.
    _by_user(
        "CS02gLoadControllerBySupplier", 0x0126, "LoadController", Replacement(11, SUPPLIER, LOAD_CONTROLLER, _BY_USER)
    ),
    _by_user(
        "CS02gLoadControllerByLoadController",
        0x0125,
        "LoadController",
        Replacement(10, LOAD_CONTROLLER, LOAD_CONTROLLER, _BY_USER),
    ),
    _handover("CS02bSupplierBySupplierHandover", 0x0102, "Supplier", Replacement(2, SUPPLIER, SUPPLIER, _BY_DCC)),
    _handover(
        "CS02bNOByNOHandover", 0x0103, "NetworkOperator", Replacement(3, NETWORK_OPERATOR, NETWORK_OPERATOR, _BY_DCC)
    ),
    BY_COS,
    BY_BROKER,
    _not_asked_for("CS02bWPByWP", 0x0105),
    _not_asked_for("CS02bTransCoSByTransCoS", 0x0106),
    _not_asked_for("CS02bAnyExceptAbnormalRootByRecovery", 0x0108),
    _not_asked_for("CS02bAnyByContingency", 0x0109),
)
