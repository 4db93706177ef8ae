"""Gas commands and responses made for tests: the fields of what is sent, MMC of what is answered."""

from datetime import UTC, datetime

from dcc_sim.identities import METER, SUPPLIER
from schemas.duis.node import Node
from schemas.gbcs.envelope import CraFlag, Message
from schemas.gbcs.gbz import Component, GbzMessage, decode_gbz
from schemas.gbcs.use_cases.declare import Context, Known, UseCase
from schemas.gbcs.zcl.layout import Fields
from schemas.gbcs.zcl.table import CLUSTER_COMMAND, read
from schemas.mmc.document import write_mmc

MADE = Known(at=datetime(2015, 1, 1, tzinfo=UTC))


def sent(use_case: UseCase, body: Node, known: Known = MADE) -> list[Fields]:
    """The fields of every cluster command of a request."""
    payload = use_case.encode(body, Context(SUPPLIER, METER, 1, SUPPLIER, 1, known))
    content = decode_gbz(payload, CraFlag.COMMAND)
    assert isinstance(content, GbzMessage)
    return [read(each) for each in content.components if each.frame_control & CLUSTER_COMMAND]


def answered(use_case: UseCase, *components: str) -> str:
    """MMC of a response with these components: cluster, frame control, command, payload, in hex."""
    parts = [bytes.fromhex(each) for each in components]
    made = tuple(
        Component(place == len(parts) - 1, int.from_bytes(part[:2], "big"), None, part[2], place, part[3], part[4:])
        for place, part in enumerate(parts)
    )
    payload = GbzMessage(made).encode()
    message = Message(CraFlag.RESPONSE, 1, METER, SUPPLIER, use_case.code, payload, signature=b"")
    return write_mmc(message, use_case).decode()
