"""Status words of ASN.1 responses and alerts, as MMC spells them, by number.

Numbers that the vectors lack follow the order of the words in the MMC schema (assumed); the join's are of
gbcs-reference 4.2.
"""

from collections.abc import Mapping

JOIN_RESULTS: Mapping[int, str] = {
    0: "success",
    1: "invalidMessageCodeForJoinMethodAndRole",
    2: "invalidJoinMethodAndRole",
    3: "incompatibleWithExistingEntry",
    4: "deviceLogFull",
    5: "writeFailure",
    6: "keyAgreementNoResources",
    7: "keyAgreementUnknownIssuer",
    8: "keyAgreementUnsupportedSuite",
    9: "keyAgreementBadMessage",
    10: "keyAgreementBadKeyConfirm",
    11: "invalidOrMissingCertificate",
    12: "noPartnerLinkKeyReceived",
    13: "noCBKEResponse",
}
"""Joins (SR 8.7), and each device of a restored log (SR 8.12.2)."""

UNJOIN_RESULTS: Mapping[int, str] = {0: "success", 1: "otherDeviceNotInDeviceLog", 2: "otherFailure"}
"""SR 8.8."""

READ_RESULTS: Mapping[int, str] = {0: "success", 1: "readFailure"}
"""Device logs (SR 8.9) and firmware versions (SR 11.2)."""

ACTIVATION_RESULTS: Mapping[int, str] = {0: "success", 1: "noImageHeld", 2: "hashMismatch", 3: "activationFailure"}
"""Firmware (SR 11.3)."""

CLOCK_STATES: Mapping[int, str] = {0: "reliable", 1: "invalid", 2: "unreliable"}
"""A gas meter's clock (SR 6.11, 8.1.1)."""

TRANSFER_RESULTS: Mapping[int, str] = {
    0: "FileTransferSuccess",
    1: "FirmwareImageDiscarded",
    2: "HardwareVersionMismatch",
    3: "FileTransferFailure",
}
"""Firmware for a device behind the hub (CCS08); the DUIS schema's words and order (assumed but for 0)."""
