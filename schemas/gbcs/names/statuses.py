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

CREDENTIAL_STATUSES: Mapping[int, str] = {
    0: "success",
    5: "badCertificate",
    10: "noTrustAnchor",
    17: "insufficientMemory",
    25: "trustAnchorNotFound",
    30: "resourcesBusy",
    127: "other",
}
"""Replacement and reading of remote parties' credentials; numbers of RFC 5934, those that MMC has a word for."""

KEY_PAIR_RESULTS: Mapping[int, str] = {
    0: "success",
    1: "invalidKeyUsage",
    2: "keyPairGenerationFailed",
    3: "cRProductionFailed",
}
"""A device's new key pair (SR 6.17)."""

DEVICE_CERTIFICATE_RESULTS: Mapping[int, str] = {
    0: "success",
    1: "invalidCertificate",
    2: "wrongDeviceIdentity",
    3: "invalidKeyUsage",
    4: "noCorrespondingKeyPairGenerated",
    5: "wrongPublicKey",
    6: "certificateStorageFailed",
    7: "privateKeyChangeFailed",
}
"""A device's new certificate (SR 6.15.2)."""

HELD_CERTIFICATE_RESULTS: Mapping[int, str] = {
    0: "success",
    1: "invalidKeyUsage",
    2: "noCertificateHeld",
    3: "certificateRetrievalFailure",
}
"""Reading a device's certificate (SR 6.24.2)."""
