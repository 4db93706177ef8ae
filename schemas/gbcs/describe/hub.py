"""What a communications hub holds: its device logs (class 104) and its sub-GHz radio.

Fields of an active device are those of the DLMS standard's ZigBee network control; the others are as the use cases'
modules hub_log and hub_radio have them.
"""

from __future__ import annotations

from schemas.errors import Malformed
from schemas.gbcs.describe.shapes import DATE_TIME, EUI, HEX, Form, choice, named, number, plain, record, rows, words
from schemas.gbcs.describe.values import PERCENTAGE
from schemas.gbcs.dlms.data import Data, Tag
from schemas.gbcs.use_cases.hub_radio import channels_of

_STATUS_BITS = (
    "authorised on the PAN",
    "actively reporting",
    "unauthorised on the PAN but has reported",
    "authorised after swap-out",
    "Smart Energy Profile transactions",
)
_KEY_TYPES = {1: "install code"}
_TRIGGERS = {
    0: "command of a remote party",
    1: "request of the gas meter",
    2: "gas meter missed its curfew",
    3: "gas meter missing for the last day",
    4: "message failures",
    5: "message retries",
    6: "request of another sub-GHz device",
    7: "home area network formed",
}
"""Why a hub scanned, in the order of the MMC schema (assumed)."""

_MASK_OCTETS = 4
_TRIGGER_HEAD = b"\x09\x01"


def _status(value: Data) -> str:
    told = [word for word, bit in zip(_STATUS_BITS, value.bits, strict=False) if bit == "1"]
    return f"{value.bits} {', '.join(told) or 'none'}"


DEVICES = rows("device", record(("device", EUI), ("hash of the link key", HEX)))
REGISTRATION = record(("device", EUI), ("key type", choice(_KEY_TYPES)), ("install code", HEX), ("device type", plain))
RESTORED = record(("extended PAN id", EUI), ("devices", DEVICES))
BACKUP = record(("time", DATE_TIME), ("extended PAN id", EUI), ("devices", DEVICES))

_ACTIVE_DEVICE = record(
    ("device", EUI),
    ("status", words(_status, Tag.BIT_STRING)),
    ("highest RSSI", number("dBm")),
    ("average RSSI", number("dBm")),
    ("lowest RSSI", number("dBm")),
    ("highest LQI", plain),
    ("average LQI", plain),
    ("lowest LQI", plain),
    ("last communication", DATE_TIME),
    ("number of hops", plain),
    ("transmission failures", plain),
    ("transmission successes", plain),
    ("application failures", plain),
    ("application successes", plain),
)
ACTIVE_DEVICES: Form = named("devices", rows("device", _ACTIVE_DEVICE))


def channels(bits: str) -> str:
    """A channel mask: its page, and the channels in it.

    Raises:
        Malformed: it is not of 32 bits, or of no sub-GHz page.
    """
    page, found = channels_of(bits)
    return f"page {page.number}, channels {', '.join(map(str, found)) or 'none'}"


CHANNELS = words(lambda value: f"{value.bits} {channels(value.bits)}", Tag.BIT_STRING)


def _trigger(number: int) -> str:
    return f"{number} {_TRIGGERS.get(number, 'reason not known here')}"


def _channel_and_trigger(value: Data) -> str:
    octets = value.octets
    if len(octets) != _MASK_OCTETS + 3 or octets[_MASK_OCTETS:-1] != _TRIGGER_HEAD:
        raise Malformed("channel log entry", "is a channel mask and an octet-string of one octet")
    bits = f"{int.from_bytes(octets[:_MASK_OCTETS], 'big'):032b}"
    return f"{octets.hex().upper()}: {channels(bits)}, scan trigger {_trigger(octets[-1])}"


def _single(value: Data) -> str:
    if len(value.octets) != 1:
        raise Malformed("scan trigger", "has one octet")
    return _trigger(value.octets[0])


CHANNEL_AND_TRIGGER = words(_channel_and_trigger, Tag.OCTET_STRING)
TRIGGER = words(_single, Tag.OCTET_STRING)

CONFIGURATION = record(
    ("lower band channels 0 to 26", CHANNELS),
    ("lower band channels 27 to 34", CHANNELS),
    ("lower band channels 35 to 61", CHANNELS),
    ("upper band channels 0 to 26", CHANNELS),
    ("normal to limited duty cycle threshold", PERCENTAGE),
    ("limited to critical duty cycle threshold", PERCENTAGE),
    ("highest number of channel changes a week", plain),
    ("curfew of the gas meter", plain),
    ("channel quieter threshold", plain),
    ("channel noisier threshold", plain),
    ("poor communications percentage threshold of others", PERCENTAGE),
    ("poor communications measurement periods of others", plain),
    ("local noise measurement period", plain),
    ("local failure percentage", PERCENTAGE),
    ("local retry percentage", PERCENTAGE),
)
