"""The DUIS bodies that journeys send: levels for a time, calendars, offsets, a new supplier's certificates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.serialization import Encoding

from dcc_sim.identities import MPAN
from schemas.duis.node import Node, branch, leaf
from schemas.gbcs.auxiliary import DAYS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography import x509

    from dcc_sim.smki import Credentials
    from schemas.eui import EUI64

_BACK = branch("InputFromControlledLoad")


@dataclass(frozen=True, slots=True)
class Switch:
    """One row of a calendar.

    Attributes:
        at: UTC time of day.
        level: percent.
        special: the special day, 1 to 20, on which it counts; 0 for every other day of the week.
        back: whether the level is of what flows back from the car.
    """

    at: time
    level: int
    special: int = 0
    back: bool = False


def level(percent: int, start: datetime, end: datetime, *, back: bool = False, limit: bool = False) -> Node:
    """SRV 7.13, or 7.16 for a limit: ``percent`` of controller 1 from ``start`` to ``end``."""
    return branch(
        "LimitAPCLevel" if limit else "SetAuxiliaryControllerState",
        leaf("StartDateTime", start),
        leaf("EndDateTime", end),
        leaf("CommandedStateLevel", percent),
        *((_BACK,) if back else ()),
        auxiliaryControllerN=1,
    )


def calendar(switches: Sequence[Switch], special_days: Sequence[date] = ()) -> Node:
    """SRV 6.14.3: switches every day of every year; special days are numbered from 1 in their order."""
    return branch(
        "UpdateDeviceConfigurationAuxiliaryControllerScheduler",
        *(_row(switch) for switch in switches),
        branch(
            "AuxiliaryControllerSpecialDayDefinitions",
            *(_special_day(number, day) for number, day in enumerate(special_days, 1)),
        ),
    )


def switch_calendar(switches: Sequence[Switch], index: int, hcalcs: EUI64) -> Node:
    """SRV 6.14.2: switch ``index`` is the HCALCS, and closes (100 %) or opens at these times every day."""
    return branch(
        "UpdateDeviceConfigurationALCScheduler",
        *(
            branch(
                "ALCSHCALCSConnectionSchedule",
                branch(
                    "ActivateDeactivateSwitch",
                    branch("ActivateSwitch" if switch.level else "DeactivateSwitch"),
                    index=index,
                ),
                _every_day(),
                branch("ALCSScheduleDatesAndTime", leaf("SwitchTime", switch.at), *_any_date()),
            )
            for switch in switches
        ),
        branch("ALCSHCALCSSpecialDays"),
        branch("SwitchTypeAndId", leaf("HCALCS", hcalcs), index=index),
    )


def switch_off(index: int, minutes: int) -> Node:
    """SRV 7.6: open switch ``index`` now, for so long."""
    return branch("DeactivateAuxiliaryLoad", branch("DeactivateALCSHCALCS", leaf("Duration", minutes), index=index))


def offset_limit(seconds: int) -> Node:
    """SRV 7.12: by how much switches may come late, 0 to 1799 s."""
    return branch("SetRandomisedOffsetLimit", leaf("RandomisedOffsetLimit", seconds))


def new_supplier(credentials: Credentials, authority: x509.Certificate) -> Node:
    """SRV 6.23: the certificates of a new supplier."""
    return branch(
        "UpdateSecurityCredentialsCoS",
        leaf("SupplierFloorSeqNumber", 0),
        branch(
            "SupplierReplacementCertificates",
            leaf("DigitalSigningCertificate", _der(credentials.signing.certificate)),
            leaf("KeyAgreementCertificate", _der(credentials.key_agreement.certificate)),
        ),
        branch("CertificationPathCertificates", leaf("Certificate", _der(authority))),
        leaf("ApplyTimeBasedCPVChecks", True),
        leaf("ImportMPxN", MPAN),
    )


def _row(switch: Switch) -> Node:
    special = [branch("SpecialDaysApplicability", identifier=switch.special)] if switch.special else []
    week = [] if switch.special else [_every_day()]
    return branch(
        "AuxiliaryControllerSchedule",
        branch(
            "AuxiliaryControllerAction",
            leaf("CommandedStateLevel", switch.level),
            *((_BACK,) if switch.back else ()),
            auxiliaryControllerN=1,
        ),
        *special,
        *week,
        branch("AuxiliaryControllerSchedulePeriodAndTime", leaf("SwitchTime", switch.at), *_any_date()),
    )


def _every_day() -> Node:
    days = [branch("DayOfWeekApplicability", leaf("DayOfWeekID", day)) for day in DAYS]
    return branch("DaysOfWeekApplicability", *days)


def _any_date() -> list[Node]:
    return [
        branch(
            name,
            branch("Year", branch("NonSpecifiedYear")),
            branch("Month", branch("NonSpecifiedMonth")),
            branch("DayOfMonth", branch("NonSpecifiedDayOfMonth")),
            branch("DayOfWeek", branch("NonSpecifiedDayOfWeek")),
        )
        for name in ("StartDate", "EndDate")
    ]


def _special_day(number: int, day: date) -> Node:
    return branch(
        "AuxiliaryControllerSpecialDayDefinition",
        branch("Year", leaf("SpecifiedYear", day.year)),
        branch("Month", leaf("SpecifiedMonth", day.month)),
        branch("DayOfMonth", leaf("SpecifiedDayOfMonth", day.day)),
        branch("DayOfWeek", branch("NonSpecifiedDayOfWeek")),
        identifier=number,
    )


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)
