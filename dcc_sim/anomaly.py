"""Anomaly detection: how many requests are usual, and which values. Numbers are not public: all of them are settings.

Three kinds of breach, as DUIS's QuarantinedRequest has them: of a threshold that a user set for itself, of one that the
DCC set over all users, of the bounds of a data value. What happens then is in [quarantine.py](quarantine.py).
"""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from dcc_sim.policy import RULES
from schemas.duis.node import Node
from schemas.errors import Malformed, SmartMeterError
from schemas.eui import EUI64

LONGEST_PERIOD = 366 * 24 * 3600
"""Seconds: a year. Requests older than every period are forgotten."""


class Breach(StrEnum):
    """The kinds of breach, by their element in QuarantinedRequest."""

    USER = "ADUserThresholdBreach"
    DCC = "ADDCCThresholdBreach"
    VALUE = "ADAttributeLimitsBreach"


class _Setting(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _known(service: str | None) -> None:
    if service is not None and service not in RULES:
        raise ValueError(f"service is a service request variant, not {service[:20]}")


class Threshold(_Setting):
    """At most ``count`` requests in any ``period``; the next one is quarantined.

    Attributes:
        user: EUI-64 of the user whose requests are counted; None for all users together, the DCC's own threshold.
        service: service request variant; None for all, which only a user's threshold may have.
        count: 0 to 10^9.
        period: seconds on the virtual clock, more than 0, at most a year.
    """

    user: str | None = None
    service: str | None = None
    count: Annotated[int, Field(ge=0, le=10**9)]
    period: Annotated[float, Field(gt=0, le=LONGEST_PERIOD)]

    @model_validator(mode="after")
    def _whole(self) -> "Threshold":
        _known(self.service)
        if self.user is None and self.service is None:
            raise ValueError("a threshold has a user, or a service, or both")
        if self.user is not None:
            try:
                EUI64.parse(self.user)
            except SmartMeterError as error:
                raise ValueError(str(error)) from None
        return self

    @property
    def key(self) -> str:
        """What it is the only one for."""
        return threshold_key(self.user, self.service)

    @property
    def kind(self) -> Breach:
        """Whose threshold it is."""
        return Breach.DCC if self.user is None else Breach.USER

    @property
    def span(self) -> timedelta:
        """The period."""
        return timedelta(seconds=self.period)

    def counts(self, user: EUI64, service: str) -> bool:
        """Whether a request of that user is counted."""
        ours = self.user is None or EUI64.parse(self.user) == user
        return ours and self.service in (None, service)


class Limit(_Setting):
    """The bounds of one data value of a service request.

    Attributes:
        service: service request variant.
        attribute: name of an element or attribute of the request's body, with a number in it.
        minimum, maximum: both included; at least one is given.
    """

    service: str
    attribute: Annotated[str, Field(min_length=1, max_length=80)]
    minimum: Annotated[Decimal, Field(allow_inf_nan=False)] | None = None
    maximum: Annotated[Decimal, Field(allow_inf_nan=False)] | None = None

    @model_validator(mode="after")
    def _whole(self) -> "Limit":
        _known(self.service)
        if self.minimum is None and self.maximum is None:
            raise ValueError("a limit has a minimum, or a maximum, or both")
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise ValueError("minimum is not above maximum")
        return self

    @property
    def key(self) -> str:
        """What it is the only one for."""
        return limit_key(self.service, self.attribute)

    def broken_by(self, service: str, body: Node) -> bool:
        """Whether the body of a request has a value outside."""
        return service == self.service and any(self._outside(value) for value in _numbers(body, self.attribute))

    def _outside(self, value: Decimal) -> bool:
        below = self.minimum is not None and value < self.minimum
        return below or (self.maximum is not None and value > self.maximum)


Setting = Threshold | Limit


def threshold_key(user: str | None, service: str | None) -> str:
    """What a threshold is the only one for; an EUI-64 in any case of its digits."""
    return f"threshold {'DCC' if user is None else user.upper()} {service or 'all'}"


def limit_key(service: str, attribute: str) -> str:
    """What a limit is the only one for."""
    return f"limit {service} {attribute}"


class Settings(_Setting):
    """All thresholds and limits, as a settings file has them (JSON)."""

    thresholds: tuple[Threshold, ...] = ()
    limits: tuple[Limit, ...] = ()

    @property
    def all(self) -> tuple[Setting, ...]:
        """Every one."""
        return (*self.thresholds, *self.limits)


def read_settings(file: Path) -> Settings:
    """The thresholds and limits of a settings file.

    Raises:
        Malformed: naming the field and the rule.
    """
    try:
        return Settings.model_validate_json(file.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        raise Malformed(".".join(map(str, first["loc"])) or file.name, first["msg"]) from None


def _numbers(node: Node, name: str) -> Iterator[Decimal]:
    values = [node.value] if node.name == name else []
    for value in (*values, *(value for each, value in node.attributes.items() if each == name)):
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            yield Decimal(value)
    for child in node.children:
        yield from _numbers(child, name)
