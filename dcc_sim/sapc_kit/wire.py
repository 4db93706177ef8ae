"""From a case's step to the octets that the device gets: made right, then changed as the case says."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lxml import etree

from dcc_sim.sapc_kit.provision import BROKER, STRANGER, Party
from dcc_sim.transform import Broker, transform
from schemas.duis.bodies import BODIES
from schemas.duis.document import new_parser
from schemas.duis.reader import read
from schemas.duis.request import Request
from schemas.duis.request_id import RequestId
from schemas.duis.shape import SERVICE_USER_GATEWAY
from schemas.errors import Malformed
from schemas.eui import EUI64
from schemas.gbcs.envelope import CraFlag, Message
from schemas.gbcs.protection import add_mac, shared_secret, sign
from schemas.gbcs.use_cases.declare import DeviceType, UseCase
from schemas.gbcs.use_cases.table import for_request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.asymmetric import ec

    from dcc_sim.sapc_kit.case import Change, Send
    from schemas.duis.node import Node

_PARSER = new_parser(remove_blank_text=True)
_LONG_ID = slice(2, 5)
"""Of a DLMS access request: the part that repeats the originator counter."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command on its way.

    Attributes:
        octets: as the device gets it.
        message: what it was before its protection was changed; the response goes by its header.
        use_case: of the service.
        asker: who decrypts and checks the response.
    """

    octets: bytes
    message: Message
    use_case: UseCase
    asker: Party


class Keys:
    """The kit's side: everyone's keys, and everyone's last counter.

    Args:
        parties: by name.
        device: public keys of the device under test: of its signatures, and for key agreement.
    """

    def __init__(
        self,
        parties: Mapping[str, Party],
        device: EUI64,
        signing: ec.EllipticCurvePublicKey,
        agreement: ec.EllipticCurvePublicKey,
    ) -> None:
        self.parties = parties
        self.device = device
        self.device_signing = signing
        self._agreement = agreement
        self._secrets: dict[str, bytes] = {}
        self.counters = dict.fromkeys(parties, 1000)

    def secret(self, party: Party) -> bytes:
        """Z of a party and the device."""
        if party.name not in self._secrets:
            self._secrets[party.name] = shared_secret(party.agreement, self._agreement)
        return self._secrets[party.name]

    def of(self, eui: EUI64) -> Party | None:
        """The party of an EUI-64."""
        return next((party for party in self.parties.values() if party.eui == eui), None)

    def command(self, step: Send) -> Command:
        """The octets of a step.

        Raises:
            Malformed: the body is not the one of the service.
        """
        asker = self.parties[step.on_behalf_of or step.by]
        self.counters[asker.name] += 1
        request = self._request(step, asker)
        use_case = for_request(request, DeviceType.SAPC)
        broker = None
        if step.on_behalf_of is not None:
            self.counters[BROKER] += 1
            broker = Broker(self.parties[BROKER].eui, self.counters[BROKER])
        message = self._changed(transform(request, use_case, broker), step.change, step.by)
        return Command(self._protected(message, use_case, step), message, use_case, asker)

    def _request(self, step: Send, asker: Party) -> Request:
        name = RequestId(asker.eui, self.device, self.counters[asker.name])
        reference = ".".join(step.send.split(".")[:2])
        return Request(name, 1, reference, step.send, "5.4", body_of(step.body))

    def _changed(self, message: Message, change: Change, sender: str) -> Message:
        if change.counter is not None:
            added = isinstance(change.counter, str)
            counter = message.originator_counter + int(change.counter) if added else int(change.counter)
            message = replace(
                message, originator_counter=counter % 2**64, payload=_renumbered(message.payload, counter)
            )
            self.counters[sender] = max(self.counters[sender], counter)
        if change.originator is not None:
            message = replace(message, originator=EUI64.parse(change.originator))
        if change.target is not None:
            message = replace(message, target=EUI64.parse(change.target))
        if change.kind is not None:
            message = replace(message, cra=CraFlag(change.kind))
        if change.code is not None:
            message = replace(message, message_code=int(change.code, 16))
        if change.content is not None:
            message = replace(message, payload=bytes.fromhex(change.content))
        if change.content_octet is not None:
            message = replace(message, payload=_inverted(message.payload, change.content_octet))
        if change.long_id is not None:
            last = int.from_bytes(message.payload[_LONG_ID]) + change.long_id
            message = replace(message, payload=_renumbered(message.payload, last))
        return message

    def _protected(self, message: Message, use_case: UseCase, step: Send) -> bytes:
        change = step.change
        if use_case.critical and change.signature != "none":
            signer = self.parties[STRANGER if change.signature == "stranger" else step.by]
            message = sign(message, signer.signing)
            if change.signature == "wrong":
                message = replace(message, signature=_inverted(message.signature or b"", -1))
        if change.mac != "none":
            message = add_mac(message, self.secret(self.parties[STRANGER if change.mac == "stranger" else BROKER]))
            if change.mac == "wrong":
                message = replace(message, mac=_inverted(message.mac or b"", -1))
        octets = message.encode()
        return octets[: len(octets) - change.cut] + bytes.fromhex(change.added)


def body_of(text: str) -> Node:
    """The DUIS element of a case, read by the grammar of DUIS.

    Raises:
        Malformed: it is no XML, or not an element of DUIS's shape.
    """
    try:
        root = etree.fromstring(f'<Body xmlns="{SERVICE_USER_GATEWAY}">{text}</Body>', _PARSER)
    except etree.XMLSyntaxError as error:
        raise Malformed("body", f"is XML: {str(error)[:120]}") from None
    if len(root) != 1:
        raise Malformed("body", "is one element")
    name = etree.QName(root[0]).localname
    if name not in BODIES:
        raise Malformed("body", f"is the body of a service request, not {name}")
    return read(root[0], BODIES[name])


def _inverted(octets: bytes, index: int) -> bytes:
    place = index % len(octets)
    return octets[:place] + bytes((octets[place] ^ 0xFF,)) + octets[place + 1 :]


def _renumbered(payload: bytes, counter: int) -> bytes:
    return payload[: _LONG_ID.start] + (counter % 2**24).to_bytes(3) + payload[_LONG_ID.stop :]
