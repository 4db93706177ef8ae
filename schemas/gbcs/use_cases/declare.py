"""A use case as one declaration: what goes on the wire, from which DUIS elements, to which MMC elements.

What differs by kind of payload is its ``Content``: ``access.Access`` for DLMS; GBZ and ASN.1 have their own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Protocol

from schemas.duis.node import Node
from schemas.eui import EUI64
from schemas.gbcs.envelope import Message
from schemas.gbcs.sealed import Opener
from schemas.record import record


class DeviceType(StrEnum):
    """Device types, as DUIS and GBCS name them; SAPC is GBCS's alone. Type2: in-home displays and their like."""

    ESME = "ESME"
    GSME = "GSME"
    CHF = "CHF"
    GPF = "GPF"
    PPMID = "PPMID"
    HCALCS = "HCALCS"
    SAPC = "SAPC"
    TYPE2 = "Type2"


class DccParty(StrEnum):
    """A party of the DCC that commands devices."""

    BROKER = "access control broker"
    COS = "transitional CoS party"


@dataclass(frozen=True, slots=True)
class HubLog:
    """A communications hub's device log, as the DCC keeps it from the hub's alert 8F12.

    Attributes:
        network: extended PAN id, 8 octets.
        devices: each device with the hash of its link key, 16 octets, or none where it has no link key.
    """

    network: bytes
    devices: tuple[tuple[EUI64, bytes], ...]


@dataclass(frozen=True, slots=True)
class OtherDevice:
    """The device that a join or unjoin is about, as the DCC's inventory has it.

    Attributes:
        device_type: its type.
        certificate: its key agreement certificate, DER, for a join by method C; empty where the DCC has none.
    """

    device_type: DeviceType
    certificate: bytes = b""


@record
class Known:
    """What the DCC itself adds to some commands; their requests do not carry it.

    Attributes:
        customer_number: the four digits that the DCC draws for SR 9.1.
        hub_log: of the hub that SR 8.12.1 replaces.
        twin: the target meter has two elements (ESME variant B): what SR 1.6 charges for depends on it.
        at: when the DCC makes the command: the issuer event id of gas commands. Every vector was made at the start of
            2015, the default.
        other: the device that SR 8.7 and 8.8 name.
        proxy_log: devices and their types of the gas proxy function that SR 8.12.2 replaces.
    """

    customer_number: str | None = None
    hub_log: HubLog | None = None
    twin: bool = False
    at: datetime = datetime(2015, 1, 1, tzinfo=UTC)
    other: OtherDevice | None = None
    proxy_log: tuple[tuple[EUI64, DeviceType], ...] | None = None


@record
class Context:
    """What a payload takes from the message around it.

    Attributes:
        originator, target, counter: of the grouping header.
        user, user_counter: of the DUIS RequestID; the header's own unless the broker originates.
        known: what the DCC adds.
    """

    originator: EUI64
    target: EUI64
    counter: int
    user: EUI64
    user_counter: int
    known: Known = Known()


Place = tuple[tuple[str, tuple[tuple[str, int], ...]], ...]
"""Elements on the way down, each with its attributes."""


@record
class Part:
    """A piece of MMC.

    Attributes:
        node: the element.
        under: the elements above it, below the ``...Rsp`` element.
        rank: lower ones come first, whatever the order on the wire; equal ones keep that order.
    """

    node: Node
    under: Place = ()
    rank: int = 0


@record
class Answer:
    """A response as MMC sees it.

    Attributes:
        success: every item succeeded.
        parts: the values, in order; what failed is left out.
        debug: the element inside DebugInfo that lists the results, or None.
        sealed: a GBCSData element for each encrypted part that stayed closed.
    """

    success: bool
    parts: Sequence[Part]
    debug: Node | None = None
    sealed: Sequence[Node] = ()


class Content(Protocol):
    """The payload of a use case's messages."""

    def encode(self, element: str, body: Node, context: Context) -> bytes:
        """The command's payload for a DUIS body; Malformed names the ``element`` that GBCS cannot carry."""
        ...

    def answer(self, name: str, message: Message, opener: Opener | None = None) -> Answer:
        """What a response says; Malformed where it is not of the use case called ``name``.

        With an ``opener`` the encrypted parts are read too; NotAuthentic where it is not the right one.
        """
        ...


def _always(body: Node) -> bool:
    return True


def _any(known: Known) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class UseCase:
    """One GBCS use case, whole.

    Attributes:
        name: as the vectors' files have it, e.g. ``ECS47a``, ``ECS47Activate``.
        code: GBCS message code.
        service: service reference variant, e.g. ``7.13``.
        element: element of the DUIS body.
        critical: the user signs the pre-command and the device signs its response.
        devices: device types that take the command.
        content: the payload.
        response: the MMC element of the answer.
        dated_response: the response's header carries a date-time (gbcs-reference 1.6).
        brokered: RTDS shows the command originated by the access control broker on the user's behalf.
        applies: tells use cases of one service and element apart by the body.
        suits: tells them apart by what the DCC knows, where the body and the type of the target do not.
        broker_signs: not critical to users, but to devices: the party of the DCC that originates signs the command,
            and the device signs its response.
        dcc_party: the party of the DCC that sends the command in its own name, with its own counter and without the
            user's in supplementary fields.
    """

    name: str
    code: int
    service: str
    element: str
    critical: bool
    devices: frozenset[DeviceType]
    content: Content
    response: str
    dated_response: bool = False
    brokered: bool = False
    applies: Callable[[Node], bool] = _always
    suits: Callable[[Known], bool] = _any
    broker_signs: bool = False
    dcc_party: DccParty | None = None

    def encode(self, body: Node, context: Context) -> bytes:
        """The command's payload for a DUIS body.

        Raises:
            Malformed: naming the DUIS element that GBCS cannot carry.
        """
        return self.content.encode(self.element, body, context)

    def answer(self, message: Message, opener: Opener | None = None) -> Answer:
        """What a response says, for MMC.

        Args:
            opener: of the message's encrypted parts, where the key of who may read them is at hand.

        Raises:
            Malformed: where it does not have the form that the use case declares.
            NotAuthentic: an encrypted part does not open.
        """
        return self.content.answer(self.name, message, opener)
