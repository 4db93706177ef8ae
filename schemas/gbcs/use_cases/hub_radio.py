"""The sub-GHz radio of a dual band communications hub: SR 6.28 to 6.32 (DBCH01 to DBCH05).

Channels are bit-strings of 32: the first five bits are the ZigBee channel page, 28 to 31, the last is its lowest
channel, the one before the next, and so on. Pages 28 to 30 are the lower band, 31 the upper one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from schemas.duis.node import Node, branch, leaf
from schemas.errors import Malformed
from schemas.gbcs.dlms import data as dlms
from schemas.gbcs.dlms.data import Data, Tag
from schemas.gbcs.use_cases.access import Access, Get, Set, attribute
from schemas.gbcs.use_cases.declare import DeviceType, Part, UseCase
from schemas.gbcs.use_cases.fields import constant, period
from schemas.gbcs.use_cases.logs import log_meaning, log_time

_HUB = frozenset({DeviceType.CHF})
_CONFIGURATION = attribute(1, "0-0:94.44.10.0", 2)
_BITS, _PAGE_BITS = 32, 5
_PER_CENT = 100
"""Percentages travel in hundredths of one per cent."""


@dataclass(frozen=True, slots=True)
class Page:
    """One channel page.

    Attributes:
        number: 28 to 31.
        element: of the page's channels in a configuration.
        first, last: its channels as the schemas number them.
    """

    number: int
    element: str
    first: int
    last: int


PAGES = (
    Page(28, "LowerBandSubGHzChannels0To26", 0, 26),
    Page(29, "LowerBandSubGHzChannels27To34", 27, 34),
    Page(30, "LowerBandSubGHzChannels35To61", 35, 61),
    Page(31, "UpperBandSubGHzChannels0To26", 0, 26),
)

_TRIGGERS = (
    "RemotePartyCommand",
    "GSMERequest",
    "GSMEMissedItsCurfew",
    "GSMEMissingForTheLastDay",
    "CHDetectedMessageFailureProblems",
    "CHDetectedMessageRetryProblems",
    "SubGHzNon-GSMEDeviceRequest",
    "SMHANFormation",
)
"""Why a hub scanned, 0 to 7 (assumed: the order of the MMC schema)."""

_FIGURES = (
    ("NormalLimitedDutyCycleThreshold", Tag.LONG_UNSIGNED, True),
    ("LimitedCriticalDutyCycleThreshold", Tag.LONG_UNSIGNED, True),
    ("MaximumSubGHzChannelChangesPerWeek", Tag.UNSIGNED, False),
    ("GSMECurfew", Tag.LONG_UNSIGNED, False),
    ("ChannelQuieterThreshold", Tag.UNSIGNED, False),
    ("ChannelNoisierThreshold", Tag.UNSIGNED, False),
    ("NonGSMEPoorCommsPercentageThreshold", Tag.LONG_UNSIGNED, True),
    ("NonGSMEPoorCommsMeasurementPeriods", Tag.UNSIGNED, False),
    ("LocalCHNoiseMeasurementPeriod", Tag.LONG_UNSIGNED, False),
    ("LocalCHFailurePercentage", Tag.LONG_UNSIGNED, True),
    ("LocalCHRetryPercentage", Tag.LONG_UNSIGNED, True),
)
"""After the four channel masks: element, type, and whether it is a percentage. Order as in DUIS, MMC and GBCS."""

_LIMITS = {Tag.UNSIGNED: 0xFF, Tag.LONG_UNSIGNED: 0xFFFF}


def _configuration(body: Node) -> Data:
    masks = (_mask(page, body.node(page.element)) for page in PAGES)
    return dlms.structure(*masks, *(_figure(body, *figure) for figure in _FIGURES))


def _mask(page: Page, channels: Node) -> Data:
    numbers = {int(channel.name.removeprefix("Channel")) - page.first for channel in channels.children}
    low = "".join("1" if number in numbers else "0" for number in reversed(range(_BITS - _PAGE_BITS)))
    return dlms.bit_string(f"{page.number:05b}{low}")


def _figure(body: Node, name: str, tag: Tag, percentage: bool) -> Data:
    if percentage:
        scaled = body.decimal(name) * _PER_CENT
        if scaled != scaled.to_integral_value():
            raise Malformed(f"{body.name}/{name}", f"has at most two decimals in GBCS, not {body.text(name)}")
        number = int(scaled)
    else:
        number = body.integer(name)
    if not 0 <= number <= _LIMITS[tag]:
        unit = " hundredths" if percentage else ""
        raise Malformed(f"{body.name}/{name}", f"is 0 to {_LIMITS[tag]}{unit} in GBCS, not {body.text(name)}")
    return Data(tag, number)


def _read_configuration(value: Data) -> Iterable[Part]:
    fields = value.fields(len(PAGES) + len(_FIGURES))
    for page, mask in zip(PAGES, fields[: len(PAGES)], strict=True):
        found, channels = channels_of(mask.bits)
        if found is not page:
            raise Malformed("channel mask", f"is of page {page.number} here, not {found.number}")
        yield Part(branch(page.element, *(branch(f"Channel{channel}") for channel in channels)))
    for (name, tag, percentage), field in zip(_FIGURES, fields[len(PAGES) :], strict=True):
        number = field.expect(tag).number
        yield Part(leaf(name, Decimal(number) / _PER_CENT if percentage else number))


def channels_of(bits: str) -> tuple[Page, list[int]]:
    """The page of a mask and its channels, lowest first.

    Raises:
        Malformed: another length, an unknown page, a channel that the page does not have.
    """
    if len(bits) != _BITS:
        raise Malformed("channel mask", f"has {_BITS} bits, not {len(bits)}")
    number = int(bits[:_PAGE_BITS], 2)
    page = next((each for each in PAGES if each.number == number), None)
    if page is None:
        raise Malformed("channel page", f"is 28 to 31, not {number}")
    channels = [page.first + place for place, bit in enumerate(reversed(bits[_PAGE_BITS:])) if bit == "1"]
    if channels and channels[-1] > page.last:
        raise Malformed("channel", f"is {page.first} to {page.last} on page {number}, not {channels[-1]}")
    return page, channels


def operating_channel(bits: str) -> Node:
    """OperatingSubGHzChannel of a mask with one channel."""
    page, channels = channels_of(bits)
    if len(channels) != 1:
        raise Malformed("operating channel", f"is one, not {len(channels)}")
    band = "Upper" if page is PAGES[-1] else "Lower"
    channel = branch(f"Operating{band}BandSubGHzChannel", branch(f"Channel{channels[0]}"))
    return branch("OperatingSubGHzChannel", channel)


def _read_log(value: Data) -> Iterable[Part]:
    for row in value.items:
        at, code, other = row.fields(3)
        number = code.expect(Tag.LONG_UNSIGNED).number
        # Four octets of the channel's mask, without a tag, then an octet-string of one octet, with tag and length.
        octets = other.octets
        if len(octets) != 7 or octets[4:6] != b"\x09\x01":
            raise Malformed("channel log entry", f"is a channel and an octet-string of 1, not {octets.hex().upper()}")
        if octets[6] >= len(_TRIGGERS):
            raise Malformed("scan trigger", f"is 0 to {len(_TRIGGERS) - 1}, not {octets[6]}")
        yield Part(
            branch(
                "LogEntry",
                log_time(at),
                leaf("EventCode", f"{number:04X}"),
                leaf("EventDescription", log_meaning(number)),
                operating_channel(f"{int.from_bytes(octets[:4], 'big'):032b}"),
                leaf("ScanTrigger", _TRIGGERS[octets[6]]),
            )
        )


def _hub(name: str, code: int, service: str, element: str, step: Get | Set) -> UseCase:
    return UseCase(
        name=name,
        code=code,
        service=service,
        element=element,
        critical=False,
        devices=_HUB,
        content=Access((step,)),
        response=f"{element}Rsp",
        brokered=True,
    )


HUB_RADIO = (
    _hub(
        "DBCH01",
        0x010A,
        "6.31",
        "ReadCHFSubGHzChannel",
        Get(attribute(1, "0-0:94.44.10.2", 2), lambda value: [Part(operating_channel(value.bits))]),
    ),
    _hub(
        "DBCH02",
        0x010B,
        "6.32",
        "ReadCHFSubGHzChannelLog",
        Get(attribute(7, "0-0:94.44.10.3", 2), _read_log, period("ReadLogPeriod")),
    ),
    _hub("DBCH03", 0x010C, "6.30", "ReadCHFSubGHzConfiguration", Get(_CONFIGURATION, _read_configuration)),
    _hub("DBCH04", 0x010D, "6.28", "SetCHFSubGHzConfiguration", Set(_CONFIGURATION, _configuration)),
    _hub(
        "DBCH05",
        0x010E,
        "6.29",
        "RequestCHFSubGHzChannelScan",
        Set(attribute(1, "0-0:94.44.10.1", 2), constant(dlms.unsigned(0))),
    ),
)
