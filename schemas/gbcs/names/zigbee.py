"""Names of the ZigBee clusters and commands that GBZ uses (Zigbee Cluster Library; Smart Energy profile)."""

CLUSTERS: dict[int, str] = {
    0x0000: "Basic",
    0x000A: "Time",
    0x0700: "Price",
    0x0701: "Demand Response and Load Control",
    0x0702: "Metering",
    0x0703: "Messaging",
    0x0704: "Tunneling",
    0x0705: "Prepayment",
    0x0707: "Calendar",
    0x0708: "Device Management",
    0x0709: "Events",
}

GENERAL_COMMANDS: dict[int, str] = {
    0x00: "Read Attributes",
    0x01: "Read Attributes Response",
    0x02: "Write Attributes",
    0x03: "Write Attributes Undivided",
    0x04: "Write Attributes Response",
    0x05: "Write Attributes No Response",
    0x0B: "Default Response",
}

TO_SERVER: dict[int, dict[int, str]] = {
    0x0700: {0x00: "Get Current Price", 0x03: "Get Block Periods", 0x0B: "Get Billing Period"},
    0x0702: {
        0x04: "Schedule Snapshot",
        0x05: "Take Snapshot",
        0x06: "Get Snapshot",
        0x07: "Start Sampling",
        0x08: "Get Sampled Data",
        0x0B: "Change Supply",
        0x0D: "Set Supply Status",
        0x0E: "Set Uncontrolled Flow Threshold",
    },
    0x0705: {
        0x00: "Select Available Emergency Credit",
        0x02: "Change Debt",
        0x03: "Emergency Credit Setup",
        0x04: "Consumer Top Up",
        0x05: "Credit Adjustment",
        0x06: "Change Payment Mode",
        0x07: "Get Prepay Snapshot",
        0x08: "Get Top Up Log",
        0x09: "Set Low Credit Warning Level",
        0x0A: "Get Debt Repayment Log",
        0x0B: "Set Maximum Credit Limit",
        0x0C: "Set Overall Debt Cap",
    },
    0x0707: {
        0x00: "Get Calendar",
        0x01: "Get Day Profiles",
        0x02: "Get Week Profiles",
        0x03: "Get Seasons",
        0x04: "Get Special Days",
    },
    0x0708: {0x04: "Report Event Configuration"},
    0x0709: {0x00: "Get Event Log", 0x01: "Clear Event Log Request"},
}
"""Cluster commands from client to server."""

TO_CLIENT: dict[int, dict[int, str]] = {
    0x0700: {
        0x00: "Publish Price",
        0x01: "Publish Block Period",
        0x02: "Publish Conversion Factor",
        0x03: "Publish Calorific Value",
        0x04: "Publish Tariff Information",
        0x05: "Publish Price Matrix",
        0x06: "Publish Block Thresholds",
        0x09: "Publish Billing Period",
    },
    0x0702: {
        0x04: "Schedule Snapshot Response",
        0x05: "Take Snapshot Response",
        0x06: "Publish Snapshot",
        0x07: "Get Sampled Data Response",
        0x0C: "Supply Status Response",
        0x0D: "Start Sampling Response",
    },
    0x0703: {0x00: "Display Message", 0x01: "Cancel Message"},
    0x0705: {
        0x01: "Publish Prepay Snapshot",
        0x02: "Change Payment Mode Response",
        0x03: "Consumer Top Up Response",
        0x05: "Publish Top Up Log",
        0x06: "Publish Debt Log",
    },
    0x0707: {
        0x00: "Publish Calendar",
        0x01: "Publish Day Profile",
        0x02: "Publish Week Profile",
        0x03: "Publish Seasons",
        0x04: "Publish Special Days",
    },
    0x0708: {
        0x00: "Publish Change of Tenancy",
        0x01: "Publish Change of Supplier",
        0x02: "Request New Password Response",
        0x03: "Update Site ID",
        0x04: "Set Event Configuration",
        0x05: "Get Event Configuration",
        0x06: "Update CIN",
    },
    0x0709: {0x00: "Publish Event", 0x01: "Publish Event Log", 0x02: "Clear Event Log Response"},
}
"""Cluster commands from server to client."""

_CLUSTER_COMMAND, _TO_CLIENT = 0x03, 0x08


def cluster(number: int) -> str:
    """The name of a cluster, or that it is not known here."""
    return CLUSTERS.get(number, "cluster not known here")


def command(cluster_id: int, frame_control: int, number: int) -> str:
    """A ZCL command by cluster, kind and direction, with its number."""
    if frame_control & _CLUSTER_COMMAND == 0:
        return f"{number:02X} {GENERAL_COMMANDS.get(number, 'general command not known here')}"
    table, side = (TO_CLIENT, "server to client") if frame_control & _TO_CLIENT else (TO_SERVER, "client to server")
    return f"{number:02X} {table.get(cluster_id, {}).get(number, 'command not known here')}, {side}"
