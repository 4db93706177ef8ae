"""The COSEM attributes and methods that the devices of this room have (appendix A of the RTDS vectors' objects).

``n`` is a controller, 1 to 5. Of 0-0:94.44.(116+n).x the vectors show n = 1, 3 and 5; 2 and 4 are assumed.
"""

from dataclasses import dataclass

from schemas.gbcs.auxiliary import LIMIT_SCRIPT, SET_STATE_SCRIPT

_DATA, _SPECIAL_DAYS, _SCHEDULE, _CLOCK, _SCRIPT_TABLE, _DISCONNECT, _GBCS = 1, 11, 10, 8, 9, 70, 9000
_PROFILE, _ZIGBEE_NETWORK, _REGISTER, _PROTECTION, _LIMITER_CLASS = 7, 104, 3, 30, 71
_VALUE = 2


@dataclass(frozen=True, slots=True)
class Member:
    """One attribute or method.

    Attributes:
        class_id: COSEM class.
        obis: logical name, 6 octets.
        number: attribute id, or method id where it is invoked.
    """

    class_id: int
    obis: bytes
    number: int


def _value(obis: str) -> Member:
    return Member(_DATA, bytes.fromhex(obis), _VALUE)


def description(n: int) -> Member:
    """0-0:94.44.0.(10+n), description of controller n."""
    return _value(f"00005E2C00{10 + n:02X}")


def type_and_identifier(n: int) -> Member:
    """0-0:94.44.0.(20+n), type of controller n and its HCALCS."""
    return _value(f"00005E2C00{20 + n:02X}")


def state_and_information(n: int) -> Member:
    """0-0:94.44.0.(30+n), state of controller n as JSON text."""
    return _value(f"00005E2C00{30 + n:02X}")


def period_time(n: int, item: int) -> Member:
    """0-0:94.44.(116+n).item: start and end of set state (1, 2) and of the limit (3, 4); durations in ECS47."""
    return _value(f"00005E2C{116 + n:02X}{item:02X}")


def switch_state(n: int) -> Member:
    """0-n:96.3.10.255, output state of switch n."""
    return Member(_DISCONNECT, bytes((0, n)) + bytes.fromhex("60030AFF"), _VALUE)


def boost_control(n: int) -> Member:
    """0-0:94.44.6.n, whether the boost button works on controller n."""
    return _value(f"00005E2C06{n:02X}")


_DEVICE_LOG = bytes.fromhex("00001E0300FF")
DEVICE_LOG_ADD = Member(_ZIGBEE_NETWORK, _DEVICE_LOG, 1)
DEVICE_LOG_REMOVE = Member(_ZIGBEE_NETWORK, _DEVICE_LOG, 2)
JOIN_ALLOWED = Member(_ZIGBEE_NETWORK, _DEVICE_LOG, 2)
JOIN_PERIOD = Member(_ZIGBEE_NETWORK, _DEVICE_LOG, 3)
ACTIVE_DEVICES = Member(_ZIGBEE_NETWORK, _DEVICE_LOG, 4)
DEVICE_LOG_BACKUP = Member(_ZIGBEE_NETWORK, _DEVICE_LOG, 4)
DEVICE_LOG_RESTORE = Member(_ZIGBEE_NETWORK, _DEVICE_LOG, 5)
HISTORIC_LOG_BACKUP = Member(_ZIGBEE_NETWORK, bytes.fromhex("00001E0301FF"), 4)
BOOST_AVAILABILITY = _value("00005E2C07FF")
BOOST_LOG = Member(_PROFILE, bytes.fromhex("0000636214FF"), _VALUE)
CONTROLLER_LOG = Member(_PROFILE, bytes.fromhex("0011636202FF"), _VALUE)
EVENT_LOG = Member(_PROFILE, bytes.fromhex("0000636200FF"), _VALUE)
EVENT_LOG_RESET = Member(_PROFILE, bytes.fromhex("0000636200FF"), 1)
SECURITY_LOG = Member(_PROFILE, bytes.fromhex("0000636201FF"), _VALUE)
CONTROLLER_LOG_RESET = Member(_PROFILE, bytes.fromhex("0011636202FF"), 1)
SET_STATE = Member(_SCRIPT_TABLE, SET_STATE_SCRIPT, 1)
LIMIT_LEVEL = Member(_SCRIPT_TABLE, LIMIT_SCRIPT, 1)
RANDOMISED_OFFSET = _value("00005E2C0000")
RANDOMISED_OFFSET_NUMBER = _value("00005E2C0002")
RANDOMISED_OFFSET_LIMIT = _value("00005E2C0001")
CUSTOMER_NUMBER = _value("0003600D01FF")
SUPPLIER_MESSAGE = _value("0002600D01FF")
FIRMWARE_VERSION = _value("0000000201FF")
ACTIVE_POWER_IMPORT = _value("00005E2C2214")
_EXPORT, _REACTIVE_EXPORT = bytes.fromhex("0100020800FF"), bytes.fromhex("0100040800FF")
EXPORT_REGISTER, EXPORT_SCALE = Member(_REGISTER, _EXPORT, 2), Member(_REGISTER, _EXPORT, 3)
REACTIVE_EXPORT_REGISTER = Member(_REGISTER, _REACTIVE_EXPORT, 2)
REACTIVE_EXPORT_SCALE = Member(_REGISTER, _REACTIVE_EXPORT, 3)
EXPORT_PROFILE = Member(_PROFILE, bytes.fromhex("0000630101FF"), _VALUE)
IMPORT_REGISTERS = _value("00005E2C220A")
IMPORT_PROFILE = Member(_PROFILE, bytes.fromhex("0000630100FF"), _VALUE)
DAILY_CONSUMPTION = Member(_PROFILE, bytes.fromhex("0000630103FF"), _VALUE)
PROTECTED_REGISTERS = Member(_PROTECTION, bytes.fromhex("00002B0208FF"), 1)
PROTECTED_PROFILE = Member(_PROTECTION, bytes.fromhex("00002B0207FF"), 1)
PROTECTED_DAYS = Member(_PROTECTION, bytes.fromhex("00002B0204FF"), 1)
SUPPLY_SCRIPT = Member(_SCRIPT_TABLE, bytes.fromhex("00000A006AFF"), 1)
SUPPLY_STATE = Member(_DISCONNECT, bytes.fromhex("000060030AFF"), 3)
_LOAD_LIMIT = {
    "STATE": "00005E2C0003",
    "THRESHOLD": "00005E2C8007",
    "PERIOD": "00005E2C8006",
    "RESTORATION": "00005E2C8008",
}
LOAD_LIMIT_PASSIVE = {name: Member(_GBCS, bytes.fromhex(obis), 4) for name, obis in _LOAD_LIMIT.items()}
LOAD_LIMIT_ACTIVATION = {name: Member(_GBCS, bytes.fromhex(obis), 6) for name, obis in _LOAD_LIMIT.items()}
"""By what they set: whether the supply is disabled, watts, and two durations in seconds."""
LOAD_LIMIT_STATE = Member(_GBCS, bytes.fromhex("00005E2C0003"), 2)
_LIMIT_COUNTER, _LIMITER = bytes.fromhex("00005E2C2AFF"), bytes.fromhex("0000110000FF")
LOAD_LIMIT_COUNTER, LOAD_LIMIT_COUNTER_SCALE = (
    Member(_REGISTER, _LIMIT_COUNTER, 2),
    Member(_REGISTER, _LIMIT_COUNTER, 3),
)
LOAD_LIMIT_COUNTER_RESET = Member(_REGISTER, _LIMIT_COUNTER, 1)
LIMITER_THRESHOLD, LIMITER_PERIOD, LIMITER_RESTORATION = (Member(_LIMITER_CLASS, _LIMITER, each) for each in (4, 6, 7))
SPECIAL_DAYS_PASSIVE = Member(_SPECIAL_DAYS, bytes.fromhex("00010B0003FF"), _VALUE)
SPECIAL_DAYS_ACTIVE = Member(_SPECIAL_DAYS, bytes.fromhex("00000B0003FF"), _VALUE)
CALENDAR_PASSIVE = Member(_SCHEDULE, bytes.fromhex("00010C0002FF"), _VALUE)
CALENDAR_ACTIVE = Member(_SCHEDULE, bytes.fromhex("00000C0002FF"), _VALUE)
CALENDAR_ACTIVATION = Member(_GBCS, bytes.fromhex("00005E2C801A"), 6)
SPECIAL_DAYS_ACTIVATION = Member(_GBCS, bytes.fromhex("00005E2C8023"), 6)
_CLOCK_OBIS = bytes.fromhex("0000010000FF")
CLOCK_TIME = Member(_CLOCK, _CLOCK_OBIS, 2)
CLOCK_STATUS = Member(_CLOCK, _CLOCK_OBIS, 4)
CLOCK_BASE = Member(_CLOCK, _CLOCK_OBIS, 9)
CLOCK_PRESET = Member(_CLOCK, _CLOCK_OBIS, 5)
CLOCK_ADJUST_TO_PRESET = Member(_CLOCK, _CLOCK_OBIS, 4)
