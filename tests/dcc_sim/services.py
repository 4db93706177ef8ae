"""One legal body for every service that the DCC carries, and the device to send it to."""

from datetime import timedelta

from dcc_sim import home
from dcc_sim.smki import Smki
from schemas.duis.node import Node, branch, leaf
from schemas.eui import EUI64
from schemas.gbcs.auxiliary import CosemDate, SpecialDay
from tests import credentials
from tests.pairs import START, set_state
from tests.schemas.gbcs.use_cases import bodies
from tests.schemas.gbcs.use_cases.bodies import Calendar
from tests.schemas.gbcs.use_cases.test_edges import row

LATER = START + timedelta(hours=1), START + timedelta(hours=2)
CALENDAR = Calendar([row(special=(1,))], [SpecialDay(1, CosemDate(2026, 12, 25))])
_CLOCK = (leaf("CurrentDateTime", START), leaf("TolerancePeriod", 10))
_ALCS_LOG = bodies.log_period("ReadEventOrSecurityLog", *LATER)

_SMKI = Smki(b"dcc-sim world 1")
"""That of the tests' world, so that its certificates are in this one's repository."""
_PARTIES = home.issue(_SMKI)
_METER = _SMKI.issue_device(home.METER)

SERVICES: dict[str, tuple[EUI64, Node]] = {
    "3.3": (home.METER, branch("ClearEventLog", leaf("ESMEEventLogType", "ALCS"))),
    "4.16": (home.METER, branch("ReadActivePowerImport")),
    "6.2.2": (home.METER, branch("ReadDeviceConfigurationRandomisation")),
    "6.11": (home.CHARGER, branch("SynchroniseClock", *_CLOCK)),
    "6.13": (home.CHARGER, _ALCS_LOG._replace(children=(*_ALCS_LOG.children, leaf("LogToRead", "ALCSEvent")))),
    "6.14.1": (home.CHARGER, bodies.descriptions([(1, "Charge point")])),
    "6.14.2": (home.METER, bodies.switch_calendar(CALENDAR, [(1, None)])),
    "6.14.3": (home.CHARGER, bodies.controller_calendar(CALENDAR)),
    "6.15.1": (home.CHARGER, credentials.by_party(_SMKI, _PARTIES[home.SUPPLIER], "Supplier")),
    "6.15.2": (
        home.METER,
        branch(
            "UpdateSecurityCredentialsDevice",
            leaf("DeviceCertificate", credentials.der(_METER.signing.certificate)),
        ),
    ),
    "6.17": (home.METER, branch("IssueSecurityCredentials", leaf("CredentialType", "Digital Signature"))),
    "6.21": (home.HUB, credentials.handover(_SMKI, _PARTIES[home.SUPPLIER], "Supplier")),
    "6.23": (home.CHARGER, credentials.by_cos(_SMKI, _PARTIES[home.SUPPLIER])),
    "6.24.1": (home.CHARGER, credentials.read("Supplier", "LoadController")),
    "6.24.2": (
        home.METER,
        branch("RetrieveDeviceSecurityCredentialsDevice", leaf("CredentialType", "Digital Signature")),
    ),
    "7.5": (home.METER, bodies.switched("ActivateAuxiliaryLoad", "ActivateALCSHCALCS", 1, 30)),
    "7.6": (home.METER, bodies.switched("DeactivateAuxiliaryLoad", "DeactivateALCSHCALCS", 1, 30)),
    "7.7": (home.METER, branch("ReadALCSData")),
    "7.8": (home.METER, bodies.switched("ResetAuxiliaryLoad", "ResetALCSHCALCS", 1, None)),
    "7.9": (home.METER, bodies.boost("AddAuxiliaryLoadToBoostButton", "AddToBoostButton", [True] * 5)),
    "7.10": (home.METER, bodies.boost("RemoveAuxiliaryLoadFromBoostButton", "RemoveFromBoostButton", [True] * 5)),
    "7.11": (home.METER, bodies.log_period("ReadBoostButtonDetails", *LATER)),
    "7.12": (home.CHARGER, branch("SetRandomisedOffsetLimit", leaf("RandomisedOffsetLimit", 600))),
    "7.13": (home.CHARGER, set_state(*LATER)),
    "7.14": (home.CHARGER, branch("ReadAuxiliaryControllerConfigurationData")),
    "7.15": (home.CHARGER, branch("ReadAuxiliaryControllerOperationalData")),
    "7.16": (home.CHARGER, set_state(*LATER, element="LimitAPCLevel")),
    "8.1.1": (home.METER, branch("CommissionDeviceSynchroniseClock", *_CLOCK)),
    "8.11": (home.HUB, branch("UpdateHANDeviceLog", leaf("DeviceID", home.CHARGER), leaf("RequestType", "Remove"))),
    "11.2": (home.CHARGER, branch("ReadFirmwareVersion")),
}
