"""DCC alerts: what the DCC itself tells a user (DUIS XML Schema 5.4). Which code goes with which event is not in it.

Not here: alerts of SMETS1 service providers (S1SPAlertDSP), whose content is another schema's.
"""

from schemas.duis.bodies.answers import DEVICE_LIST
from schemas.duis.bodies.inventory import DEVICE_TYPE, ESME_VARIANT, METER_POINTS
from schemas.duis.bodies.security import REMOTE_PARTY_ROLE
from schemas.duis.bodies.sub_ghz import SUB_GHZ_CONFIGURATION
from schemas.duis.request_id import REQUEST_ID
from schemas.duis.shape import EMPTY, Part, Shape, choice, many, one, optional, sequence, shape
from schemas.duis.simple import Hex
from schemas.duis.xsd import (
    BYTES,
    DATE,
    DATE_TIME,
    EUI,
    FIRMWARE_VERSION,
    INTEGER,
    MPXN,
    SCHEDULE_ID,
    SEQUENCE_NUMBER,
    STRING,
    integer,
    one_of,
    string,
)

DCC_ALERT_CODE = one_of("AD1", *(f"N{number}" for number in range(1, 66) if number != 32), "N999")

_DEVICE = one("DeviceID", EUI)
_HEX = Hex()
_CERTIFICATE_TYPE = one_of("DigitalSigning", "KeyAgreement", "KeyAgreementTopUp")
_BREACH = shape(one("RequestID", REQUEST_ID), one("QuarantineEventRef", integer(1 - 10**20, 10**20 - 1)))
_DEVICE_LOG = shape(*(one(f"{age}{hub}DeviceID", EUI) for hub in ("CHF", "GPF") for age in ("Old", "New")))
_SCAN_TRIGGER = one(
    "ScanTrigger",
    one_of(
        *("RemotePartyCommand", "GSMERequest", "GSMEMissedItsCurfew", "GSMEMissingForTheLastDay"),
        *("CHDetectedMessageFailureProblems", "CHDetectedMessageRetryProblems"),
        *("SubGHzNon-GSMEDeviceRequest", "SMHANFormation"),
    ),
)


def _one_channel(last: int) -> Part:
    return choice(*(one(f"Channel{number}", EMPTY) for number in range(last + 1)))


_STATUS_CHANGE = shape(
    _DEVICE,
    one(
        "DeviceStatusChange",
        choice(
            one("MeterIdentity", one("MeterMPxNs", METER_POINTS), optional("ESMEVariant", ESME_VARIANT)),
            one(
                "MeterDecommissioningOrWithdrawal",
                one("MeterDecommissionOrWithdrawal", METER_POINTS),
                many("AssociatedType1Device", 0, 7, _DEVICE, one("DeviceType", DEVICE_TYPE)),
            ),
            one("DeviceRemovedFromInventory", EMPTY),
            one("CHFDecommissioning", EMPTY),
            one("DeviceSuspended", EMPTY),
            one("DeviceRestored", EMPTY),
            one(
                "RecoveryCompleteACBCredentials",
                many("SupplierCertificateType", 1, 3, _CERTIFICATE_TYPE),
                many("NetworkOperatorCertificateType", 0, 2, one_of("DigitalSigning", "KeyAgreement")),
            ),
            one("RecoveryComplete", EMPTY),
        ),
    ),
)

_DUAL_BAND = shape(
    one("CHFDeviceID", EUI),
    one("DeviceAlertCode", _HEX),
    optional("GBCSHexadecimalMessageCode", _HEX),
    optional(
        choice(
            one("LimitedDutyCycleActionTaken", one("DeviceIDToSuspend", EUI)),
            one(
                "SubGHzChannelChanged",
                one(
                    "OperatingSubGHzChannel",
                    choice(
                        one("OperatingLowerBandSubGHzChannel", _one_channel(61)),
                        one("OperatingUpperBandSubGHzChannel", _one_channel(26)),
                    ),
                ),
                _SCAN_TRIGGER,
            ),
            one(
                "SubGHzChannelScanRequestAssessmentOutcome",
                one(
                    "StatusCode",
                    one_of(
                        *("ScanRequestAccepted", "HHTConnected", "DutyCycleUsageIsTooHigh"),
                        *("JoiningIsCurrentlyPermitted", "GSMEOTADistributionUnderway"),
                        *("TooManyScansToday", "TooManyCommandsToday", "TooManyScansThisWeek"),
                    ),
                ),
                _SCAN_TRIGGER,
            ),
            one("SubGHzConfigurationChanged", SUB_GHZ_CONFIGURATION),
            one(
                "MessageDiscardedDueToDutyCycleManagement",
                one("RequestID", REQUEST_ID),
                one("CRAFlag", one_of("Command", "Response", "Alert")),
            ),
            one("NoMoreSubGHzDeviceCapacity", _DEVICE, optional("DeviceType", DEVICE_TYPE)),
        )
    ),
)

_HUB_ALERT = shape(
    one("CommsHubDeviceID", EUI),
    one("AlertCode", _HEX),
    optional("TimeStamp", DATE_TIME),
    optional(
        "FirmwareTransferAlert",
        optional("UpdateFirmwareRequestID", REQUEST_ID),
        one("OtherDeviceID", EUI),
        one("FirmwareVersion", FIRMWARE_VERSION),
        one(
            "TransferResponseCode",
            one_of("FileTransferSuccess", "FirmwareImageDiscarded", "HardwareVersionMismatch", "FileTransferFailure"),
        ),
    ),
)

EVENTS: dict[str, Shape] = {
    "PowerOutageEvent": shape(one("CommsHubDeviceID", EUI), one("StartDateTime", DATE_TIME), one("MPxN", MPXN)),
    "DeviceStatusChangeEvent": _STATUS_CHANGE,
    "DSPScheduleRemoval": shape(_DEVICE, one("DSPScheduleID", SCHEDULE_ID)),
    "CommandFailure": shape(one("CommandRequestID", REQUEST_ID), optional("DSPScheduleID", SCHEDULE_ID), _DEVICE),
    "FirmwareDistributionFailure": shape(one("UpdateFirmwareRequestID", REQUEST_ID), one("MeterIDs", DEVICE_LIST)),
    "UpdateHANDeviceLogResult": shape(one("UpdateHANDeviceLogServiceRequestID", REQUEST_ID)),
    "ChangeOfSupplier": shape(
        choice(
            sequence(one("ChangeOfSupplierServiceRequestID", REQUEST_ID), optional("ECoSErrorCode", string(3, 3))),
            one("DeviceChangeOfSupplier", _DEVICE, one("DeviceType", DEVICE_TYPE), one("MPxNs", METER_POINTS)),
        )
    ),
    "DeviceLogRestored": shape(
        one("RestoredDate", DATE), choice(one("CHFDeviceLog", _DEVICE_LOG), one("GPFDeviceLog", _DEVICE_LOG))
    ),
    "PPMIDAlert": shape(
        _DEVICE,
        one("DeviceAlertCode", _HEX),
        optional("Timestamp", DATE_TIME),
        optional(
            "PPMIDFirmwareUpgradeAlert",
            one("FirmwareVersion", FIRMWARE_VERSION),
            one("ActivateImageResultCode", one_of("ActivationSuccess", "ActivationFailure")),
        ),
    ),
    "SecurityCredentialsUpdated": shape(
        _DEVICE,
        one("RemotePartyRole", REMOTE_PARTY_ROLE),
        optional(
            "RemotePartySeqNumberChange",
            one("RemotePartyFloorSeqNumber", SEQUENCE_NUMBER),
            optional("RemotePartyPrepaymentTopUpFloorSeqNumber", SEQUENCE_NUMBER),
        ),
        many("Certificates", 1, 3, one("CertificateType", _CERTIFICATE_TYPE), one("CertificateHash", BYTES)),
    ),
    "PPMIDRemoval": shape(one("PPMIDDeviceID", EUI), one("CHFDeviceID", EUI)),
    "QuarantinedRequest": shape(
        choice(
            one("ADUserThresholdBreach", _BREACH),
            one("ADDCCThresholdBreach", _BREACH),
            one("ADAttributeLimitsBreach", _BREACH),
        )
    ),
    "FirmwareVersionMismatch": shape(
        _DEVICE,
        one("DeviceType", DEVICE_TYPE),
        one("FirmwareVersionSMI", FIRMWARE_VERSION),
        one("FirmwareVersionDevice", FIRMWARE_VERSION),
    ),
    "DualBandCHAlert": _DUAL_BAND,
    "SMETS1CHFirmwareNotification": shape(
        _DEVICE,
        one("FirmwareVersion", FIRMWARE_VERSION),
        one("FirmwareVersionUpdateStatus", one_of("UpdateRequested", "ActivationSuccessful")),
    ),
    "ALCSHCALCSConfigurationChange": shape(
        one("ESMEDeviceID", EUI), optional("ESMEVariant", ESME_VARIANT), optional("DeviceGBCSVersion", STRING)
    ),
    "FirmwareUpgradeRequested": shape(
        one("DeviceType", DEVICE_TYPE), one("FirmwareVersion", FIRMWARE_VERSION), one("DeviceList", DEVICE_LIST)
    ),
    "CSPFirmwareDeliveryStatus": shape(
        one("UpdateFirmwareRequestID", REQUEST_ID),
        one("CommsHubDeviceID", EUI),
        one("TargetDeviceID", EUI),
        one("FirmwareVersion", FIRMWARE_VERSION),
        one("TimeStamp", DATE_TIME),
        one("CommsHubTransferStatus", one_of("Success", "Failure")),
    ),
    "CommsHubAlert": _HUB_ALERT,
    "ECoSAlert": shape(
        one("AlertID", REQUEST_ID),
        optional("RequestID", REQUEST_ID),
        one("ECoSAlertCode", STRING),
        _DEVICE,
        optional("AdditionalInformation", STRING),
    ),
    "CommsHubFirmwareActivation": shape(_DEVICE, one("FirmwareVersion", FIRMWARE_VERSION)),
    "CoSCertificateAlert": shape(_DEVICE, optional("CertificateSerialNumber", INTEGER)),
    "DUISVersionMismatch": shape(
        choice(
            one(
                "DCCAlertVersionMismatch",
                one("DCCAlertCode", STRING),
                optional("DeviceID", EUI),
                optional("RequestID", REQUEST_ID),
            ),
            one(
                "ServiceResponseVersionMismatch",
                one("RequestID", REQUEST_ID),
                one("ServiceReference", STRING),
                one("ServiceReferenceVariant", STRING),
                one("ServiceRequestDUISVersion", STRING),
            ),
        ),
        one("ServiceUserDUISVersion", STRING),
    ),
}
"""By element name; exactly one of them stands in a DCCAlert."""
