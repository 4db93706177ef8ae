"""What the control API takes and gives, as OpenAPI shows it."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, HttpUrl

from dcc_sim.air_plan import Link
from dcc_sim.inventory import UserRole

HIGHEST_NUMBER = 2**63 - 1
"""Of a mailbox document or a record: what SQL's BIGINT holds."""
LONGEST_ADVANCE = 366 * 24 * 3600
HIGHEST_SPEED = 3600.0
"""An hour a second."""
LONGEST_DELAY = 600_000
MOST_RECORDS = 1000

_FIRST, _LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
Moment = Annotated[AwareDatetime, Field(ge=_FIRST, le=_LAST, examples=["2026-01-15T18:00:00Z"])]
Eui = Annotated[str, Field(description="EUI-64, as DUIS writes it", examples=["00-DB-12-34-56-78-90-A6"])]
Probability = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Milliseconds = Annotated[float, Field(ge=0, le=LONGEST_DELAY, allow_inf_nan=False)]


class Problem(BaseModel):
    """Why something was not done."""

    detail: str = Field(examples=["RequestID target: is a device of the inventory, 00-00-00-00-00-00-00-00 is not"])


class Fault(BaseModel):
    """One field of a request, and the rule that it breaks."""

    field: str
    rule: str


class Invalid(BaseModel):
    """A request that is not of the form asked for."""

    title: str
    status: int
    faults: list[Fault]


class Asked(BaseModel):
    """A field that is not known is a mistake of who asks."""

    model_config = ConfigDict(extra="forbid")


class Advance(Asked):
    """How far the virtual clock is to go."""

    seconds: float = Field(gt=0, le=LONGEST_ADVANCE, allow_inf_nan=False, examples=[10])


class Speed(Asked):
    """How fast the virtual clock is to run."""

    speed: float = Field(
        ge=0,
        le=HIGHEST_SPEED,
        allow_inf_nan=False,
        description="virtual seconds a real second; 0 pauses, 1 is real time",
        examples=[60],
    )


class Clock(BaseModel):
    """The virtual clock."""

    now: datetime
    speed: float = Field(description="virtual seconds a real second; 0 is paused")


class Seed(Asked):
    """Of all keys and all chance."""

    seed: int = Field(ge=0, le=2**31 - 1, examples=[2])


class Home(BaseModel):
    """A home: its hub, and what is on its HAN."""

    seed: int
    hub: Eui
    mpans: list[str] = Field(description="import meter points")
    devices: list[Eui]


class ControllerState(BaseModel):
    """An auxiliary controller now."""

    number: int
    type: str = Field(description="ALCS, HCALCS or APC")
    description: str
    level: int = Field(description="percent, towards the controlled load")
    rule: str = Field(description="which layer decided: default, calendar, set state, boost, limit")


class Information(Asked):
    """What a load says by itself."""

    text: str = Field(max_length=1000, examples=["full at 06:00"])


class DeviceState(BaseModel):
    """A device of the inventory; power (negative for export), currents and charge of the charge point only."""

    eui: Eui
    type: str
    status: str
    hub: Eui
    mpxn: str
    power_kw: float | None = None
    closed: bool | None = Field(default=None, description="of an HCALCS: whether its switch is closed")
    offered_amps: int | None = None
    discharge_amps: int | None = Field(default=None, description="what a car may give back, amps a phase")
    state_of_charge: float | None = Field(default=None, description="percent, of the car that is plugged in")
    controllers: list[ControllerState] = []


class UserState(BaseModel):
    """A user of the DCC."""

    eui: Eui
    name: str
    roles: list[UserRole]
    suspended: bool
    counter: int = Field(description="the highest originator counter accepted; the next request's is above it")


class Suspension(Asked):
    """Whether a user may act."""

    suspended: bool


class Callback(Asked):
    """Where a user takes its responses."""

    url: HttpUrl = Field(examples=["http://127.0.0.1:9000/duis"])


class Registered(Asked):
    """A user registered in a role for a meter point; of several in one role the one that began last counts."""

    mpxn: str = Field(pattern="^[0-9]{1,13}$", examples=["1312345678111"])
    role: UserRole
    user: Eui
    start: Moment
    end: Moment | None = Field(default=None, description="exclusive; none where it is open")


class Document(BaseModel):
    """One document of a mailbox."""

    number: int
    request: str
    document: str
    mmc: str
    delivered: bool


class Record(BaseModel):
    """One message, or one note of a party to itself, as the trace keeps it."""

    sequence: int
    time: datetime
    correlation: str = Field(description="the RequestID it belongs to; empty where there is none")
    source: str
    target: str
    what: str
    kind: str
    verdict: str
    size: int
    body: str = Field(description="exactly as sent, hex")
    decode: str


class Faults(Link):
    """How a device's link on the HAN behaves, both ways, or the hub's WAN (only ``silent``)."""

    silent: bool = Field(default=False, description="hears nothing and says nothing; of a hub: it is off the WAN")


class FaultyDevice(Faults):
    """The faults that were set at one device."""

    eui: Eui


class PlannedFault(BaseModel):
    """Something that goes wrong on the air for a time."""

    number: int
    device: str = Field(description="EUI-64; empty where it is all links of the HAN")
    start: datetime
    end: datetime | None
    under_way: bool
    what: str


class Way(StrEnum):
    """Direction of a controller."""

    OUTPUT = "output"
    INPUT = "input"


class ClaimShown(BaseModel):
    """What one rule wants, or wanted, of a controller.

    The command behind it is told by its originator, counter (a string: 64 bits) and message code.
    """

    rule: str = Field(examples=["set state"])
    level: int = Field(ge=0, le=100)
    start: datetime | None
    end: datetime | None
    originator: str | None
    originator_counter: str | None
    message_code: str | None
    late_seconds: int = Field(description="by the randomised offset")


class Delayed(BaseModel):
    """One transition of a charge point that delays by itself."""

    moment: datetime = Field(description="when the controller's levels changed")
    output: int
    input: int
    delay_seconds: int
    offset_seconds: int = Field(description="randomised offset that the transition had come late by already")
    followed: datetime = Field(description="when the charge point follows")
    overridden: bool = Field(description="by the owner")
    twice: bool = Field(description="late by the randomised offset and by its own delay")


class ReceiptShown(BaseModel):
    """A command as it came to its device."""

    at: datetime = Field(description="by the device's clock")
    message_code: str
    use_case: str = Field(description="empty where the device has none of this message code")
    answer: str = Field(description="refused, failed or carried out")
    reason: str = Field(description="field and rule where it was refused or failed, else empty")


class ReignShown(BaseModel):
    """A time in which a command had a claim on a level."""

    controller: int
    direction: str
    start: datetime
    end: datetime = Field(description="not included")
    decides: bool
    winner: ClaimShown = Field(description="the command's own claim, or the one it lost to")


class ChangeShown(BaseModel):
    """A claim that went before its end."""

    at: datetime
    what: str = Field(description="set state, limit, calendar, or calendar for later")
    originator: str | None = Field(description="of the command on the other side, where there is one")
    originator_counter: str | None


class FateShown(BaseModel):
    """What became of a command."""

    service: str | None = Field(description="service reference variant, of a request that is in flight or has ended")
    state: str | None = Field(description="where that stands at the DCC")
    receipts: list[ReceiptShown] = Field(description="each time that it came to the device; none if it never did")
    had_effect: bool = Field(description="whether it decided a level, or ended what another command had set")
    reigns: list[ReignShown]
    gone: list[ChangeShown] = Field(description="claims of its own that were replaced or cancelled")
    ended: list[ChangeShown] = Field(description="claims of others that it replaced or cancelled")
    text: str


class Explained(BaseModel):
    """The level of a controller at a moment, with the rule that decides it and those that lost."""

    at: datetime = Field(description="by the device's clock")
    level: int
    winner: ClaimShown
    losers: list[ClaimShown]
    regulation_delay: Delayed | None = Field(description="of the transition to this level, at a charge point")
    text: str
