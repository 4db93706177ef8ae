"""Content of the reads whose answer only the reader can open: one action on a data protection object (class 30).

Objects and parameters: RTDS vectors of ECS17b, ECS17d, ECS17e, ECS19, ECS20b, ECS20c, ECS21a, ECS21b, ECS22b, ECS66.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from schemas.duis.node import Node, branch
from schemas.errors import Malformed
from schemas.gbcs.dlms import data as dlms
from schemas.gbcs.dlms.access import AccessResponse, Item, Result, decode_dlms
from schemas.gbcs.dlms.data import Data, Tag, decode_data
from schemas.gbcs.dlms.times import encode_date_time
from schemas.gbcs.envelope import Message
from schemas.gbcs.reader import Reader
from schemas.gbcs.sealed import Opener, gbcs_data, is_sealed
from schemas.gbcs.use_cases.access import Access, ActionInContext, Attribute
from schemas.gbcs.use_cases.declare import Answer, Context, Part
from schemas.gbcs.use_cases.fields import whole_second

READ_PROTECTED = 1
"""Method of a data protection object: get its attributes, protected."""

_CREDENTIALS = "KAPublicSecurityCredentials"
_TRANSACTION_HEAD = b"\x04"
"""Before the counter in the transaction id: the flag of the encryption key (gbcs-reference 1.10)."""

_ENCRYPTED, _AGREED_KEY = 2, 2
_STATIC_AGREEMENT = b"\x02"
_BY_DATE, _WHOLE = 1, 0


@dataclass(frozen=True, slots=True)
class Protected:
    """Attributes read through a data protection object, and their encrypted answer.

    Attributes:
        through: the object's method.
        sources: what is read, in order.
        name: what the encrypted part is called in MMC.
        read: elements of MMC from the values of the sources.
        under: the element around them, there even where nothing is read; None where MMC has none.
        period: path of the period to read, or None where all is read.
    """

    through: Attribute
    sources: tuple[Attribute, ...]
    name: str
    read: Callable[[Sequence[Data]], Iterable[Node]]
    under: str | None = "Electricity"
    period: str | None = None

    def encode(self, element: str, body: Node, context: Context) -> bytes:
        """The access request for a DUIS body.

        Raises:
            Malformed: the request brings the certificate of a party that the device knows, or lacks that of one that
                it does not know: it would have no key to answer with.
        """
        brokered = context.user != context.originator
        if brokered and not body.has(_CREDENTIALS):
            raise Malformed(f"{element}/{_CREDENTIALS}", "is present where the device does not know the user")
        if body.has(_CREDENTIALS) and not brokered:
            raise Malformed(
                f"{element}/{_CREDENTIALS}", "is carried by GBCS only where the device does not know the user"
            )
        return self._access().encode(element, body, context)

    def fits(self, items: Sequence[Item]) -> bool:
        """Whether ``items`` are this one read: a device's check of a command's form."""
        return self._access().fits(items)

    def answer(self, name: str, message: Message, opener: Opener | None = None) -> Answer:
        """The values where there is an opener, else the encrypted part as it is; the result as a COSEM word."""
        told = self._access().answer(name, message)
        response = decode_dlms(message.payload)
        if not isinstance(response, AccessResponse) or len(response.data) != 1:
            raise Malformed("data count", f"is 1 in a response of {name}")
        if response.results[0][1] != Result.SUCCESS:
            return Answer(told.success, self._parts(()), told.debug)
        _, protected = response.data[0].fields(2)
        sealed = protected.octets
        if not is_sealed(sealed):
            raise Malformed("protected attributes", "are 31 00000000, ciphertext and a 12-octet tag")
        if opener is None:
            return Answer(told.success, self._parts(()), told.debug, (gbcs_data(sealed, self.name),))
        return Answer(told.success, self._parts(self.read(self._values(opener(sealed)))), told.debug)

    def _access(self) -> Access:
        return Access((ActionInContext(self.through, self._parameter),))

    def _parameter(self, body: Node, context: Context) -> Data:
        """The attributes, and how to protect them: encrypted for the user, with the counter of the header."""
        restriction = self._restriction(body)
        attributes = (
            dlms.structure(
                dlms.long_unsigned(each.class_id),
                dlms.octets(each.obis),
                dlms.integer(each.member),
                dlms.long_unsigned(0),
                restriction,
            )
            for each in self.sources
        )
        key = dlms.structure(dlms.enum(_AGREED_KEY), dlms.structure(dlms.octets(_STATIC_AGREEMENT), dlms.octets(b"")))
        parties = dlms.structure(
            dlms.octets(_TRANSACTION_HEAD + context.counter.to_bytes(8, "big")),
            dlms.octets(context.user),
            dlms.octets(context.target),
            dlms.octets(b""),
            key,
        )
        protection = dlms.array(dlms.structure(dlms.enum(_ENCRYPTED), parties))
        return dlms.structure(dlms.array(*attributes), protection)

    def _restriction(self, body: Node) -> Data:
        if self.period is None:
            return dlms.structure(dlms.enum(_WHOLE), dlms.NULL)
        bounds = (whole_second(body, f"{self.period}/{edge}") for edge in ("StartDateTime", "EndDateTime"))
        edges = dlms.structure(*(dlms.octets(encode_date_time(bound)) for bound in bounds))
        return dlms.structure(dlms.enum(_BY_DATE), edges)

    def _values(self, plaintext: bytes) -> Sequence[Data]:
        reader = Reader(plaintext)
        values = decode_data(reader).expect(Tag.STRUCTURE).fields(len(self.sources))
        reader.finish("protected attributes")
        return values

    def _parts(self, nodes: Iterable[Node]) -> list[Part]:
        return [Part(node) for node in nodes] if self.under is None else [Part(branch(self.under, *nodes))]
