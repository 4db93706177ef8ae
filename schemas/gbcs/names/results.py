"""Names of DLMS access results and of ZCL statuses."""

RESULTS: dict[int, str] = {
    0: "success",
    1: "hardware fault",
    2: "temporary failure",
    3: "read write denied",
    4: "object undefined",
    9: "object class inconsistent",
    11: "object unavailable",
    12: "type unmatched",
    13: "scope of access violated",
    14: "data block unavailable",
    15: "long get or action aborted",
    16: "no long get or action in progress",
    17: "long set aborted",
    18: "no long set in progress",
    19: "data block number invalid",
    250: "other reason",
}
"""DLMS. The vectors show 0, 1 and 250; the others are the DLMS standard's (gbcs-reference 2.3)."""

ZCL_STATUSES: dict[int, str] = {
    0x00: "success",
    0x01: "failure",
    0x7E: "not authorised",
    0x80: "malformed command",
    0x81: "unsupported cluster command",
    0x82: "unsupported general command",
    0x85: "invalid field",
    0x86: "unsupported attribute",
    0x87: "invalid value",
    0x88: "read only",
    0x89: "insufficient space",
    0x8A: "duplicate exists",
    0x8B: "not found",
    0x8C: "unreportable attribute",
    0x8D: "invalid data type",
    0x94: "timeout",
    0xC0: "hardware failure",
    0xC1: "software failure",
    0xC2: "calibration error",
    0xC3: "unsupported cluster",
}
"""Zigbee Cluster Library, table 2.12. The vectors show 00, 01 and C0."""


def result_name(result: int) -> str:
    """The name of a DLMS access result, or that it is not known here."""
    return RESULTS.get(result, "result not known here")


def zcl_status(status: int) -> str:
    """The name of a ZCL status, or that it is not known here."""
    return ZCL_STATUSES.get(status, "status not known here")
