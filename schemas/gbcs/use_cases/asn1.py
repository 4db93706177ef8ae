"""ASN.1 content: a use case says how the command's value is built, and what a response's value says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from schemas.duis.node import Node
from schemas.gbcs.asn1 import Ber, decode_ber
from schemas.gbcs.envelope import Message
from schemas.gbcs.sealed import Opener
from schemas.gbcs.use_cases.declare import Answer, Context

Command = Callable[[Node, Context], Ber]
Read = Callable[[Ber], Answer]


@dataclass(frozen=True, slots=True)
class Asn1:
    """An ASN.1 command and its response. MMC has no DebugInfo for it, and nothing in it is encrypted.

    Attributes:
        command: the command's value, from the body; Malformed where GBCS cannot carry it.
        read: what the response's value says; Malformed where it has another layout.
    """

    command: Command
    read: Read

    def encode(self, element: str, body: Node, context: Context) -> bytes:
        """The command's octets for a DUIS body."""
        return self.command(body, context).encode()

    def answer(self, name: str, message: Message, opener: Opener | None = None) -> Answer:
        """What a response says."""
        return self.read(decode_ber(message.payload))
