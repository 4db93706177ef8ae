"""The form of a scenario file (YAML). Unknown fields are refused by name; the JSON Schema is made from here."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Discriminator, Field, Tag

from dcc_sim.air_plan import AirFault, When
from dcc_sim.policy import Regime
from dcc_sim.testing.emulator import START

VERSION = 1
Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_ -]{0,40}$")]


Percent = Annotated[int, Field(ge=0, le=100)]
Number = Annotated[int, Field(ge=1, le=5)]
Direction = Literal["output", "input"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Car(_Strict):
    """A car that is plugged in at the start."""

    capacity_kwh: float = 60
    state_of_charge: float = 30
    max_power_w: int = 7360
    phases: Literal[1, 3] = 1


class ChargePoint(_Strict):
    """A charge point."""

    rating_amps: int = 32
    phases: Literal[1, 3] = 1
    bidirectional: bool = False
    car: Car | None = Car()


class Home(_Strict):
    """A home with its own DCC: hub, electricity meter, charge point, and more charge points by name."""

    charger: ChargePoint = ChargePoint()
    more: dict[Name, ChargePoint] = {}
    installed: Annotated[bool, Field(description="false: the DCC does not know the devices yet")] = True


class User(_Strict):
    """A user besides Supplier, Supplier2, Network, OtherUser and LoadController."""

    name: Name
    role: Literal["IS", "ES", "GS", "ED", "GT", "RSA", "OU", "LC"] = "IS"
    mpan: str = ""


class Fault(AirFault):
    """Something that goes wrong on the air of a home, for a time."""

    home: str = ""


class Message(_Strict):
    """Which messages of the trace are meant: those for which everything that is given holds."""

    what: str = Field("", description="text that it contains, such as 'command ECS47a' or 'DeviceAlert 8F86'")
    kind: Literal["DUIS", "GBCS", "HAN", "note"] | None = None
    source: str = Field("", alias="from", description="a party's name, such as Supplier, DCC, Hub, SAPC")
    target: str = Field("", alias="to")
    service: str = ""
    message_code: str = ""
    request: str = Field("", description="name of a send step")
    refused: bool | None = None
    since: When | None = None
    until: When | None = None
    count: Annotated[int | None, Field(ge=0, description="exactly so many; at least one if not given")] = None


class Alert(_Strict):
    """An alert in a mailbox."""

    by: str = Field("Supplier", description="whose mailbox")
    code: str
    count: Annotated[int | None, Field(ge=0)] = None


class Response(_Strict):
    """The final response to a send step."""

    to: str
    code: str


class Power(_Strict):
    """What a charge point draws now, kW."""

    of: str = "charger"
    kw: float | None = None
    tolerance: Annotated[float, Field(ge=0)] = 0.005
    above: float | None = None
    below: float | None = None


class State(_Strict):
    """A device and a controller of it now."""

    of: str = "charger"
    controller: Number = 1
    direction: Direction = "output"
    level: Percent | None = None
    rule: str = ""
    status: str = ""


class Why(_Strict):
    """Why a controller has, had or will have its level."""

    of: str = "charger"
    controller: Number = 1
    direction: Direction = "output"
    at: When | None = None
    level: Percent | None = None
    rule: str = ""
    by: str = Field("", description="the send step whose command decides")
    against: list[str] = Field([], description="rules that had a claim and lost")


class Check(_Strict):
    """What must hold; one or more of them."""

    sent: Message | None = None
    received: Message | None = None
    absent: Message | None = None
    order: list[Message] = []
    response: Response | None = None
    alert: Alert | None = None
    power: Power | None = None
    state: State | None = None
    why: Why | None = None


class _Step(_Strict):
    at: When | None = Field(None, description="let time pass until then")
    home: str = ""
    note: str = ""


class Send(_Step):
    """A user sends a service request, on its whole road, and waits for the answer."""

    send: str = Field(description="service reference variant, such as '7.13'")
    name: str = ""
    by: str = Field("Supplier", alias="as")
    to: str = Field("", description="a device; the DCC itself if not given")
    level: Percent | None = None
    start: When | None = None
    end: When | None = None
    controller: Number = 1
    values: dict[str, str] = {}
    wait: str = "60s"
    expect: str = Field("", description="the last response code")


class Post(_Step):
    """A user posts octets to a web service as they are: a request that was recorded, or is made to be refused."""

    post: Literal["serviceT", "serviceS", "serviceD"]
    by: str = Field("Supplier", alias="as")
    xml: str
    expect: str = ""


class Repeat(_Step):
    """The last octets of a send step once more, as an attacker or a confused head end would."""

    repeat: str
    expect: str = ""


class Do(_Step):
    """Something happens in the home, or to the registrations."""

    do: Literal["plug in", "unplug", "silent", "back", "boost", "register", "deregister"]
    device: str = "charger"
    period: str = Field("1h", description="of a boost")
    user: str = ""
    role: Literal["IS", "ES", "GS", "ED", "GT", "RSA", "OU", "LC"] = "IS"


class Assert(_Step):
    """What must hold now."""

    check: Check


class Trouble(_Step):
    """Something goes wrong on the air; its times count from now."""

    air: AirFault


class Wait(_Step):
    """Time passes."""

    at: When


_KINDS = {"send": "send", "post": "post", "repeat": "repeat", "do": "do", "air": "air", "check": "check"}


def _kind(value: Any) -> str:
    fields = value if isinstance(value, dict) else value.model_fields_set
    return next((kind for key, kind in _KINDS.items() if key in fields), "wait")


Step = Annotated[
    Annotated[Send, Tag("send")]
    | Annotated[Post, Tag("post")]
    | Annotated[Repeat, Tag("repeat")]
    | Annotated[Do, Tag("do")]
    | Annotated[Trouble, Tag("air")]
    | Annotated[Assert, Tag("check")]
    | Annotated[Wait, Tag("wait")],
    Discriminator(_kind),
]


class Scenario(_Strict):
    """A scenario file."""

    scenario: Annotated[str, Field(min_length=1, description="what it shows, in a line")]
    version: Literal[1] = 1
    seed: int = 1
    start: AwareDatetime = START
    policy: Regime = Regime.SUPPLIER_ONLY
    homes: Annotated[dict[Name, Home], Field(min_length=1)] = {"home": Home()}
    users: list[User] = []
    faults: list[Fault] = []
    steps: Annotated[list[Step], Field(min_length=1)]


def schema() -> dict[str, Any]:
    """The JSON Schema of a scenario file."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "dcc-sim scenario",
        **{key: value for key, value in Scenario.model_json_schema().items() if key != "title"},
    }
