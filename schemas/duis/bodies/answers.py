"""What a response may carry: the payloads of ``sr:ResponseMessage`` (DUIS XML Schema 5.4)."""

import re

from schemas.duis.bodies.firmware import DEVICE_IDS
from schemas.duis.bodies.inventory import (
    ADDRESS,
    DEVICE_TYPE,
    ESME_VARIANT,
    MANUFACTURER,
    MODEL,
    SMETS_VERSION,
    WAN_MATRIX,
)
from schemas.duis.bodies.schedules import SCHEDULE
from schemas.duis.codes import MEANINGS
from schemas.duis.shape import Shape, many, one, optional, sequence, shape
from schemas.duis.simple import Hex, OneOf, Text
from schemas.duis.xsd import (
    BOOLEAN,
    BYTES,
    CERTIFICATE,
    DATE,
    EUI,
    FIRMWARE_VERSION,
    MPAN,
    MPXN,
    SCHEDULE_ID,
    STRING,
    UNSIGNED_SHORT,
    UPRN,
    one_of,
    string,
)

RESPONSE_CODE = OneOf(frozenset(MEANINGS))
DEVICE_LIST = Text(23, None, DEVICE_IDS, "EUIs with commas between")

_LISTED_STATUS = one_of("Active", "Cancelled", "Expired", "Withdrawn")
_REGION = one_of("North", "Central", "South", "4G North", "4G Central", "4G South", "Unknown", "SMETS1")

_DEVICE = shape(
    one("DeviceID", EUI),
    one("DeviceType", DEVICE_TYPE),
    optional(
        "DeviceStatus",
        one_of(
            *("Pending", "Whitelisted", "InstalledNotCommissioned", "Commissioned", "Decommissioned"),
            *("Withdrawn", "Suspended", "Recovery", "Recovered"),
        ),
    ),
    one("DeviceManufacturer", MANUFACTURER),
    one("DeviceModel", MODEL),
    optional("SMETSCHTSVersion", SMETS_VERSION),
    optional("DeviceFirmwareVersion", FIRMWARE_VERSION),
    optional("DeviceFirmwareVersionStatus", _LISTED_STATUS),
    optional("CPLStatus", _LISTED_STATUS),
    optional("DateCommissioned", DATE),
    optional("ImportMPxN", MPXN),
    optional("SecondaryImportMPAN", MPAN),
    optional("ExportMPAN", MPAN),
    optional("ESMEVariant", ESME_VARIANT),
    optional("UPRN", UPRN),
    optional("PropertyFilter", ADDRESS),
    optional("CSPRegion", _REGION),
    optional("DeviceGBCSVersion", STRING),
    optional("HANVariant", STRING),
    optional("S1SP", STRING),
    optional("Connectivity", one_of("Cellular", "Virtual")),
)

_FIRMWARE_WARNING = shape(
    optional("InvalidDeviceIDList", DEVICE_LIST),
    optional("NotCommissionedDeviceIDList", DEVICE_LIST),
    optional("NotApplicableFirmwareDeviceIDList", DEVICE_LIST),
    optional("OtherRequestInProgressList", DEVICE_LIST),
    optional("InvalidGBCSVersionList", DEVICE_LIST),
)

_COVERAGE = sequence(
    one("CoverageAvailability", BOOLEAN),
    optional("AnticipatedCoverageDate", DATE),
    one("WANTechnology", string(1, 30)),
    one("ConnectivityLikelihood", one_of("High", "Medium", "Low")),
    optional("AuxiliaryEquipmentRequired", string(0, 50)),
    optional("AdditionalInformation", string(0, 250)),
)

_PAYLOAD = one("GBCSPayload", BYTES)

ANSWERS: dict[str, Shape] = {
    "CINMessage": shape(_PAYLOAD, one("CustomerIdentificationNumber", Text(4, 4, re.compile("[0-9]{4}"), "digits"))),
    "DSPInventory": shape(many("Device", 1, 17, _DEVICE)),
    "DSPOptIn": shape(
        one("DeviceID", EUI),
        optional("DSPBrokerSecurityCredentialsDigitalSigning", CERTIFICATE),
        one("DSPBrokerSecurityCredentialsKeyAgreement", CERTIFICATE),
    ),
    "DSPSchedulesRead": shape(
        many("DSPSchedules", 1, 99, one("DSPScheduleID", SCHEDULE_ID), one("DSPScheduleDetails", SCHEDULE))
    ),
    "DSPScheduledMessage": shape(_PAYLOAD, one("DSPScheduleID", SCHEDULE_ID)),
    "DSPScheduleID": shape(SCHEDULE_ID),
    "DSPUpdateFirmwareWarning": _FIRMWARE_WARNING,
    "DSPUpdatePPMIDFirmwareWarning": _FIRMWARE_WARNING,
    "DSPWANMatrix": shape(
        one("Request", WAN_MATRIX),
        many(
            "DSPWANMatrixResponse",
            1,
            None,
            one("CSPRegion", _REGION),
            one("CSPRegionResponseCode", RESPONSE_CODE),
            optional(_COVERAGE),
        ),
    ),
    "FutureDatedDeviceAlertMessage": shape(
        one("FutureDatedAlertCode", Hex(values=frozenset((b"\x8f\x66", b"\x8f\x67")))),
        _PAYLOAD,
        one("InstructionNumber", UNSIGNED_SHORT),
        one("TotalCommandInstructions", UNSIGNED_SHORT),
    ),
    "GBCSPayload": shape(BYTES),
    "LocalCommand": shape(_PAYLOAD),
    "PreCommand": shape(one("GBCSVersion", STRING), _PAYLOAD),
}
"""By element name; at most one of them stands in a ResponseMessage."""
