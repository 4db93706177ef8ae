"""Case files: what is asked of a SAPC, from which source, step by step. Unknown fields are refused by name."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from importlib.resources import files
from typing import TYPE_CHECKING, Annotated, Literal

import yaml
from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationError,
)

from dcc_sim.sapc_kit.target import Feature
from schemas.errors import Malformed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable

_DURATION = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")


def _duration(value: object) -> object:
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if found is None or not value:
        raise ValueError("is a duration such as 90m, 1h30m or 2d")
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


Duration = Annotated[timedelta, BeforeValidator(_duration, json_schema_input_type=str)]
Sender = Literal["supplier", "network operator", "load controller", "broker", "stranger"]
AlertText = Annotated[str, Field(pattern="^[0-9A-F]{4}$")]
HexText = Annotated[str, Field(pattern="^([0-9A-Fa-f]{2})*$")]


class Grade(StrEnum):
    """How well the source carries a case."""

    VECTOR = "vector"
    PUBLIC_TEXT = "public text"
    INFERRED = "inferred"
    ASSUMED = "assumed"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Change(_Strict):
    """What is changed on the way: header and content before they are protected, then the protection itself.

    Attributes:
        originator: EUI-64 in the header in the place of the sender's.
        counter: originator counter, absolute, or what is added to the sender's last.
        target: EUI-64.
        kind: CRA flag: 1 command, 2 response, 3 alert.
        code: message code, hex.
        content: octets in the place of the content, hex.
        content_octet: the octet of the content with this number, from the end if negative, is inverted.
        long_id: added to the long invoke id of the content.
        signature, mac: left out, with an octet inverted, or made with the key of somebody else.
        cut: octets taken from the end.
        added: octets put behind the end, hex.
    """

    originator: str | None = None
    counter: int | str | None = None
    target: str | None = None
    kind: int | None = None
    code: AlertText | None = None
    content: HexText | None = None
    content_octet: int | None = None
    long_id: int | None = None
    signature: Literal["none", "wrong", "stranger"] | None = None
    mac: Literal["none", "wrong", "stranger"] | None = None
    cut: int = 0
    added: HexText = ""


class _Step(_Strict):
    note: str = ""


class _Answered(_Step):
    """What must come back.

    Attributes:
        response: ``success`` or ``failed``, as the results of its items say; ``none``, no response at all.
        has: texts of elements of the response's MMC form, by path; the first at each
            path must have that text, or none be there where it is null.
        alerts: codes of the alerts that come with it, in order; ``any`` leaves them open.
    """

    response: Literal["success", "failed", "none"] = "success"
    has: dict[str, str | int | None] = {}
    alerts: list[AlertText] | Literal["any"] = []


class Send(_Answered):
    """A command: the DUIS body of a service, made as the DCC makes it, signed if critical, with the broker's MAC.

    Attributes:
        send: the service request variant.
        body: the DUIS element, without namespace.
        by: who sends it.
        on_behalf_of: for whom the broker sends it.
        change: what is wrong with it.
        times: so many, each with a counter of its own.
    """

    send: str
    body: str
    by: Sender = "supplier"
    on_behalf_of: Sender | None = None
    change: Change = Change()
    times: Annotated[int, Field(ge=1, le=1000)] = 1


class Again(_Answered):
    """The last command once more, octet for octet."""

    again: Literal["the last command"]


class Octets(_Answered):
    """Any octets in the place of a message."""

    octets: HexText


class Wait(_Step):
    """Time passes; the alerts that come meanwhile, in order."""

    wait: Duration
    alerts: list[AlertText] | Literal["any"] = []


class Levels(_Step):
    """The levels that the device tells when it is asked (ECS61e), in percent, such as ``1 output: 50``."""

    levels: dict[Annotated[str, Field(pattern="^[1-5] (output|input)$")], int]


class Power(_Step):
    """What flows into the car, kW, to a hundredth."""

    power_kw: float


class Cut(_Step):
    """The device is without power for so long."""

    power_cut: Duration
    alerts: list[AlertText] | Literal["any"] = []


class Link(_Step):
    """The HAN: while it is down, nothing reaches the device, and what it sends is lost."""

    link: Literal["down", "up"]


class Car(_Step):
    """A large, half empty battery is plugged in."""

    car: Literal["plugged in"]


Step = Send | Again | Octets | Wait | Levels | Power | Cut | Link | Car
_KINDS = ("send", "again", "octets", "wait", "levels", "power_kw", "power_cut", "link", "car")


def _kind(step: object) -> str | None:
    """The field that only one kind of step has: so what is wrong is told of that kind alone."""
    return next((kind for kind in _KINDS if kind in step), None) if isinstance(step, dict) else None


_AnyStep = Annotated[
    Annotated[Send, Tag("send")]
    | Annotated[Again, Tag("again")]
    | Annotated[Octets, Tag("octets")]
    | Annotated[Wait, Tag("wait")]
    | Annotated[Levels, Tag("levels")]
    | Annotated[Power, Tag("power_kw")]
    | Annotated[Cut, Tag("power_cut")]
    | Annotated[Link, Tag("link")]
    | Annotated[Car, Tag("car")],
    Discriminator(_kind),
]


class Start(_Strict):
    """How the device starts, where that is not as usual."""

    clock_offset: int = 0
    controllers: dict[int, Literal["APC", "ALCS"]] | None = None
    offset_number: Annotated[int, Field(ge=0, le=10_000)] = 0


class Case(_Strict):
    """One case.

    Attributes:
        id: its name, for good.
        group: which part of the behaviour.
        title: what must hold, in one sentence.
        source: clause, vector or text it comes from; for an inference, from what it is drawn.
        grade: how well the source carries it.
        starts: the virtual time of the first step.
        device: how the device starts.
        needs: what the target must be able to do.
        steps: in order; the case fails at the first that fails.
    """

    id: Annotated[str, Field(pattern="^[A-Z]+-[0-9]{2}$")]
    group: str
    title: str
    source: str
    grade: Grade
    starts: AwareDatetime = datetime(2026, 1, 15, 12, tzinfo=UTC)
    device: Start = Start()
    needs: frozenset[Feature] = frozenset()
    steps: Annotated[list[_AnyStep], Field(min_length=1)]

    @property
    def all_needs(self) -> frozenset[Feature]:
        """What it says, and what its steps cannot do without."""
        needs = set(self.needs)
        needs |= {Feature.PROVISION} if self.device != Start() else set()
        for step in self.steps:
            needs |= {Feature.CAR} if isinstance(step, Power | Car) else set()
            needs |= {Feature.POWER_CUT} if isinstance(step, Cut) else set()
        return frozenset(needs)


def read_case(name: str, text: str) -> Case:
    """One case file.

    Raises:
        Malformed: it is no YAML, or no case; the field is named with the file.
    """
    try:
        return Case.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise Malformed(name, f"is YAML: {' '.join(str(error).split())[:200]}") from None
    except ValidationError as error:
        first = error.errors()[0]
        raise Malformed(f"{name}: {'.'.join(map(str, first['loc']))}", first["msg"]) from None


def shipped() -> list[Case]:
    """The cases of this kit, by id."""
    return sorted((read_case(file.name, file.read_text("utf-8")) for file in _files()), key=lambda case: case.id)


def _files() -> Iterator[Traversable]:
    return (file for file in (files(__package__) / "cases").iterdir() if file.name.endswith(".yaml"))
