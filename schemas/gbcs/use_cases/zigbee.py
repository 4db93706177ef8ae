"""GBZ content: ``ReadAttributes``, ``Send`` and ``SendEach`` are the components of a command, in wire order.

Each ``Send`` says where its fields come from. What comes back is gathered into ``Readings``, and the use case's reads
turn those into MMC.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from schemas.duis.node import Node, branch, leaf
from schemas.errors import Malformed
from schemas.gbcs.envelope import CraFlag, Message
from schemas.gbcs.gbz import Component, GbzMessage, decode_gbz
from schemas.gbcs.names.results import ZCL_STATUSES
from schemas.gbcs.names.zigbee import cluster as cluster_name
from schemas.gbcs.sealed import Opener, gbcs_data
from schemas.gbcs.use_cases.declare import Answer, Context, Part
from schemas.gbcs.zcl.general import (
    DEFAULT_RESPONSE,
    NOT_FOUND,
    READ,
    READ_RESPONSE,
    SUCCESS,
    Attribute,
    attributes,
    default_response,
    read_attributes,
)
from schemas.gbcs.zcl.layout import Fields
from schemas.gbcs.zcl.table import CLUSTER_COMMAND, TO_CLIENT, find, read

Row = Mapping[str, int | bytes]
"""One of several rows of a ZCL command."""

Values = Mapping[str, int | bytes | Sequence[Row]]
"""The fields of one ZCL command by their names in schemas.gbcs.zcl."""

_GENERAL, _CLUSTER = 0x00, 0x01
"""Frame controls of a command to the server: for the general ones, and for those of a cluster."""

_STATUS_WORDS_OF_MMC = {code: word for code, word in ZCL_STATUSES.items() if code != 0xC3}
"""MMC 5.4 has no word for UNSUPPORTED_CLUSTER."""


class Frame(NamedTuple):
    """A component of a command before it is numbered."""

    cluster: int
    frame_control: int
    command: int
    payload: bytes
    from_time: int | None = None


@dataclass(frozen=True, slots=True)
class ReadAttributes:
    """Read attributes of one cluster, in this order."""

    cluster: int
    numbers: tuple[int, ...]

    def frames(self, body: Node, context: Context) -> Iterator[Frame]:
        """The one frame."""
        yield Frame(self.cluster, _GENERAL, READ, read_attributes(self.numbers))


@dataclass(frozen=True, slots=True)
class SendEach:
    """A cluster command as often as ``values`` gives fields for it.

    Attributes:
        values: the fields of each, from the body.
        to_client: the command goes from server to client.
        from_time: the component's from date-time, seconds since 2000, where it has one.
    """

    cluster: int
    command: int
    values: Callable[[Node, Context], Iterable[Values]]
    to_client: bool = False
    from_time: Callable[[Node], int] | None = None

    def frames(self, body: Node, context: Context) -> Iterator[Frame]:
        """The frames; Malformed names the field that a value does not fit."""
        control = _CLUSTER | (TO_CLIENT if self.to_client else 0)
        layout = find(self.cluster, control, self.command)
        if layout is None:
            raise LookupError(f"{self.cluster:04X} {self.command:02X}: declare its payload in schemas/gbcs/zcl")
        at = None if self.from_time is None else self.from_time(body)
        for values in self.values(body, context):
            yield Frame(self.cluster, control, self.command, layout.build(values), at)


def Send(
    cluster: int,
    command: int,
    values: Callable[[Node, Context], Values],
    *,
    to_client: bool = False,
    from_time: Callable[[Node], int] | None = None,
) -> SendEach:
    """A cluster command once."""
    return SendEach(cluster, command, lambda body, context: (values(body, context),), to_client, from_time)


Step = ReadAttributes | SendEach


@dataclass(slots=True)
class Readings:
    """What the components of a response say.

    Attributes:
        attributes: those that were read.
        frames: the cluster commands that came, by cluster and command.
        statuses: every status, of attributes and default responses.
        debug: cluster -> results as MMC lists them.
    """

    attributes: dict[tuple[int, int], Attribute] = field(default_factory=dict)
    frames: dict[tuple[int, int], list[Fields]] = field(default_factory=dict)
    statuses: list[int] = field(default_factory=list)
    debug: dict[int, list[Node]] = field(default_factory=dict)

    def attribute(self, cluster: int, number: int) -> Attribute | None:
        """An attribute, if it was read."""
        return self.attributes.get((cluster, number))

    def published(self, cluster: int, command: int) -> Sequence[Fields]:
        """The cluster commands of one kind."""
        return self.frames.get((cluster, command), [])

    def take(self, component: Component) -> None:
        """Add a component.

        Raises:
            Malformed: it is none that answers a GBCS command.
        """
        if component.frame_control & CLUSTER_COMMAND:
            self.frames.setdefault((component.cluster, component.command), []).append(read(component))
        elif component.command == READ_RESPONSE:
            for each in attributes(component.payload):
                self._note(component.cluster, each.status, _attribute_result(each))
                if each.status == SUCCESS:
                    self.attributes[component.cluster, each.number] = each
        elif component.command == DEFAULT_RESPONSE:
            answer = default_response(component.payload)
            result = branch("ZIGBEECommandResponse", leaf("CommandID", f"{answer.command:02X}"), _status(answer.status))
            self._note(component.cluster, answer.status, result)
        else:
            raise Malformed("ZCL command", f"is one that answers a command, not general {component.command:02X}")

    def _note(self, cluster: int, status: int, result: Node) -> None:
        self.statuses.append(status)
        self.debug.setdefault(cluster, []).append(result)


Read = Callable[[Readings], Iterable[Part]]


def _none(readings: Readings) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Zigbee:
    """A GBZ command and its response.

    Attributes:
        reads: what the response tells, for MMC.
        failed: tells a response that refuses by a field of its own, without a status.
    """

    steps: tuple[Step, ...]
    reads: tuple[Read, ...] = ()
    failed: Callable[[Readings], bool] = _none

    def encode(self, element: str, body: Node, context: Context) -> bytes:
        """The components for a DUIS body."""
        frames = [frame for step in self.steps for frame in step.frames(body, context)]
        if not 0 < len(frames) <= 0xFF:
            raise Malformed(element, f"gives 1 to 255 ZigBee commands in GBCS, not {len(frames)}")
        components = tuple(
            Component(
                number == len(frames) - 1,
                frame.cluster,
                frame.from_time,
                frame.frame_control,
                number,
                frame.command,
                frame.payload,
            )
            for number, frame in enumerate(frames)
        )
        return GbzMessage(components).encode()

    def answer(self, name: str, message: Message, opener: Opener | None = None) -> Answer:
        """Values by the reads, results as ZCL words.

        A log or snapshot that is not found is an answer to the question for it, and no failure.
        """
        content = decode_gbz(message.payload, CraFlag.RESPONSE)
        assert isinstance(content, GbzMessage)
        readings, sealed = Readings(), list[Node]()
        for component in content.components:
            if not component.encrypted:
                readings.take(component)
            elif opener is not None:
                readings.take(replace(component, payload=opener(component.payload), encrypted=False))
            else:
                what = cluster_name(component.cluster)
                sealed.append(gbcs_data(component.payload, what, len(sealed), "zigbeeCiphered"))
        success = all(status in (SUCCESS, NOT_FOUND) for status in readings.statuses) and not self.failed(readings)
        parts = [part for each in self.reads for part in each(readings)]
        return Answer(success, parts, _debug(readings.debug), sealed)


def _debug(results: Mapping[int, Sequence[Node]]) -> Node | None:
    if not results:
        return None
    clusters = (
        branch("ZIGBEEClusterResponse", leaf("ClusterName", cluster_name(number), id=f"{number:04X}"), *nodes)
        for number, nodes in results.items()
    )
    return branch("ZIGBEEDebug", *clusters)


def _attribute_result(attribute: Attribute) -> Node:
    return branch("ZIGBEEDataResponse", leaf("AttributeID", f"{attribute.number:04X}"), _status(attribute.status))


def _status(status: int) -> Node:
    word = leaf("ZCLStatus", _STATUS_WORDS_OF_MMC.get(status, "RESPONSE_CODE_NOT_KNOWN"))
    return branch("Status", word, ResponseCode=f"{status:02X}")
