"""Names of remote party roles, key usages, device types and join methods (gbcs-reference 4.2, 4.3)."""

ROLES: dict[int, str] = {
    0: "root",
    1: "recovery",
    2: "supplier",
    3: "network operator",
    4: "access control broker",
    5: "transitional CoS",
    6: "WAN provider",
    8: "load controller",
}

KEY_USAGES: dict[bytes, str] = {
    bytes.fromhex("0780"): "digital signature",
    bytes.fromhex("0308"): "key agreement",
}
"""By the content of the BIT STRING."""

DEVICE_TYPES: dict[int, str] = {
    0: "GSME",
    1: "ESME",
    2: "CHF",
    3: "GPF",
    4: "HCALCS",
    5: "PPMID",
    6: "Type 2",
}

JOIN_METHODS: dict[int, str] = {
    0: "method A, initiator",
    1: "method A, responder",
    2: "method B",
    3: "method C",
}

CONTROL_MODES: dict[int, str] = {
    2: "supplier by supplier",
    3: "network operator by network operator",
    4: "access control broker by access control broker",
    5: "WAN provider by WAN provider",
    6: "transitional CoS by transitional CoS",
    7: "supplier by transitional CoS",
    10: "load controller by load controller",
    11: "load controller by supplier",
}
"""Which party replaces whose credentials (CS02b, CS02g)."""

REPLACEMENT_STATUSES: dict[int, str] = {0x00: "success", 0x0A: "no trust anchor", 0x19: "trust anchor not found"}

JOIN_RESULTS: dict[int, str] = {
    0: "success",
    1: "invalid message code for method and role",
    2: "invalid method and role",
    3: "incompatible with existing entry",
    4: "log full",
    5: "write failure",
    11: "invalid or missing certificate",
    12: "no partner link key",
    13: "no CBKE response",
}
