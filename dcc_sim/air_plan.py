"""The form of an air plan (YAML or JSON): what is to go wrong on a home's air, and when. Unknown fields are refused."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Self

import yaml
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from dcc_sim.air import Interference, Trouble
from dcc_sim.moments import moment
from han.conditions import Conditions
from schemas.errors import Malformed

if TYPE_CHECKING:
    from pathlib import Path

    from dcc_sim.world import World

USUAL = Conditions()
LONGEST_MS = 600_000


def _written(value: object) -> object:
    if isinstance(value, int | float):
        # YAML reads 18:00 without quotes as a number of base 60.
        raise ValueError('is written in quotes: "18:00"')
    return value


When = Annotated[
    str | AwareDatetime,
    BeforeValidator(_written),
    Field(description="18:00 (the next, UTC), +1h30m (from now, or from the start), or ISO 8601 with a zone"),
]
Probability = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Milliseconds = Annotated[float, Field(ge=0, le=LONGEST_MS, allow_inf_nan=False)]
_USUAL_DELAY = USUAL.delay / timedelta(milliseconds=1)
_USUAL_HOLD = USUAL.hold / timedelta(milliseconds=1)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Bursts(_Strict):
    """Interference from another user of the channel."""

    strength_db: Annotated[
        float, Field(ge=0, le=200, allow_inf_nan=False, description="what it takes from the signal-to-noise ratio")
    ]
    burst_ms: Annotated[float, Field(ge=0.1, le=LONGEST_MS, allow_inf_nan=False)]
    every_ms: Annotated[
        float | None, Field(ge=0.1, le=LONGEST_MS, allow_inf_nan=False, description="one burst if not given")
    ] = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.every_ms is not None and self.every_ms < self.burst_ms:
            raise ValueError("every_ms is at least burst_ms")
        return self


class Link(_Strict):
    """How links behave, both ways."""

    loss: Probability = Field(default=0, description="that a frame never arrives")
    duplication: Probability = Field(default=0, description="that a frame arrives twice")
    reordering: Probability = Field(default=0, description="that a frame is held back, so that later ones overtake it")
    hold_ms: Milliseconds = Field(default=_USUAL_HOLD, description="the longest that a frame is held back")
    delay_ms: Milliseconds = Field(default=_USUAL_DELAY, description="channel access and the stacks of both ends")
    jitter_ms: Milliseconds = Field(default=0, description="up to so much more")
    bit_error_rate: Probability = Field(default=0, description="that a bit is turned over")
    quality: Annotated[
        int | None, Field(ge=0, le=255, description="link quality: 0 out of range, 255 side by side")
    ] = None
    seed: int | None = Field(default=None, description="of this link's chance alone; that of the home if not given")

    def conditions(self) -> Conditions:
        """As the HAN takes them."""
        return Conditions(
            timedelta(milliseconds=self.delay_ms),
            timedelta(milliseconds=self.jitter_ms),
            self.loss,
            self.duplication,
            self.reordering,
            timedelta(milliseconds=self.hold_ms),
            self.seed,
            self.bit_error_rate,
            self.quality,
        )


class AirFault(Link):
    """One thing that goes wrong, for a time."""

    device: str = Field(default="", description="a device; all links of the HAN if not given")
    peer: str = Field(default="", description="the other end, where one link of the device is meant")
    start: When = Field(default="+0s", alias="from")
    end: When | None = Field(default=None, alias="to", description="until it is taken back, if not given")
    silent: bool = Field(default=False, description="hears nothing and says nothing; of the hub: it is off the WAN")
    restart: bool = Field(
        default=False, description="the hub is off, and has forgotten tunnels and queues when it is back"
    )
    interference: Bursts | None = None

    def trouble(self, world: World) -> Trouble:
        """As the world takes it, its times counted from the world's present moment.

        Raises:
            Malformed: a time is none, or the fault does nothing.
            NotReached: the device is not on the home's HAN.
        """
        now = world.clock.now
        burst = self.interference
        return Trouble(
            _moment(self.start, now, "from"),
            None if self.end is None else _moment(self.end, now, "to"),
            world.air.device(self.device) if self.device else None,
            self.conditions() if Link.model_fields.keys() & self.model_fields_set else None,
            None
            if burst is None
            else Interference(
                burst.strength_db,
                timedelta(milliseconds=burst.burst_ms),
                None if burst.every_ms is None else timedelta(milliseconds=burst.every_ms),
            ),
            self.silent,
            self.restart,
            world.air.device(self.peer) if self.peer else None,
        )


class AirPlan(_Strict):
    """A file of faults."""

    air: Annotated[str, Field(min_length=1, description="what it is, in a line")]
    version: Annotated[int, Field(ge=1, le=1)] = 1
    faults: Annotated[list[AirFault], Field(min_length=1)]

    def begin(self, world: World) -> list[int]:
        """Plan every fault, counted from the world's present moment; return their numbers.

        Raises:
            SmartMeterError: as `AirFault.trouble` and `Air.plan`; none is planned then.
        """
        numbers: list[int] = []
        troubles = [fault.trouble(world) for fault in self.faults]
        try:
            for trouble in troubles:
                numbers.append(world.air.plan(trouble, world.clock.now))
        except Exception:
            for number in numbers:
                world.air.stop(number, world.clock.now)
            raise
        return numbers


def read(path: Path) -> AirPlan:
    """An air plan's file.

    Raises:
        Malformed: naming file, field and rule.
        OSError: it cannot be read.
    """
    try:
        return AirPlan.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        first = error.errors()[0]
        raise Malformed(f"{path}, {'.'.join(map(str, first['loc'])) or 'the file'}", first["msg"]) from None
    except (yaml.YAMLError, RecursionError, UnicodeDecodeError) as error:
        raise Malformed(
            str(path), f"is YAML or JSON: {getattr(error, 'problem', '') or type(error).__name__}"
        ) from None


def schema() -> dict[str, Any]:
    """The JSON Schema of an air plan."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "dcc-sim air plan",
        **{key: value for key, value in AirPlan.model_json_schema().items() if key != "title"},
    }


def _moment(when: str | datetime, now: datetime, field: str) -> datetime:
    try:
        return moment(when, now)
    except OverflowError:
        raise Malformed(f"fault.{field}", "is a moment of the calendar") from None
