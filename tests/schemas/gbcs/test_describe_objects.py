"""Values of COSEM objects described by what they mean: calendars, prices, settings, parameters of methods."""

import pytest

from schemas.gbcs.auxiliary import CosemDate
from schemas.gbcs.dlms.access import Choice
from schemas.gbcs.dlms.data import (
    NULL,
    Data,
    Tag,
    array,
    bit_string,
    boolean,
    double_long_unsigned,
    enum,
    integer,
    long_unsigned,
    octets,
    structure,
    unsigned,
    utf8,
)
from tests.schemas.gbcs.described import METER, NO_MOMENT, written


def special_day(index: int, date: CosemDate, day: int) -> Data:
    """A row of a special days table."""
    return structure(long_unsigned(index), octets(date.encode()), unsigned(day))


def test_special_days_have_a_number_and_what_they_refer_to() -> None:
    """A tariff's refer to a day profile, those of controllers repeat their number."""
    rows = array(special_day(2, CosemDate(None, 12, 25), 7), special_day(3, CosemDate(2030, 1, 0xFD), 1))
    assert written(11, "0-1:11.0.0.255", 2, rows) == [
        "special days: 2",
        "special day 2: every year, month 12, day 25",
        "index: 2",
        "date: every year, month 12, day 25",
        "day profile: 7",
        "special day 3: 2030, month 1, second last day",
        "index: 3",
        "date: 2030, month 1, second last day",
        "day profile: 1",
    ]
    assert "number: 7" in written(11, "0-1:11.0.3.255", 2, rows)


def row(script: str, selector: int) -> Data:
    """A row of a schedule."""
    return structure(
        long_unsigned(4),
        boolean(False),
        octets(bytes.fromhex(script)),
        long_unsigned(selector),
        octets(bytes.fromhex("06000A05")),
        long_unsigned(0xFFFF),
        bit_string("1000001"),
        bit_string("01"),
        octets(CosemDate(2030, 6, 21).encode()),
        octets(b"12"),
    )


@pytest.mark.parametrize(
    ("script", "selector", "table", "meaning"),
    [
        ("00000A006AFF", 32, "0-0:10.0.106.255, supply script", "32 start of non-disablement"),
        ("00000A006AFF", 33, "0-0:10.0.106.255, supply script", "33 stop of non-disablement"),
        ("00000A006AFF", 34, "0-0:10.0.106.255, supply script", "34 meaning not known here"),
        ("00000A8064FF", 2, "0-0:10.128.100.255, maximum demand period script", "2 end of the period"),
        ("00000A0067FF", 0x0301, "0-0:10.0.103.255, set state script", "0301: activate switch 3"),
        ("00000A0067FF", 0x25E4, "0-0:10.0.103.255, set state script", "25E4: controller 5, input, level 100 %"),
        ("00000A0064FF", 203, "0-0:10.0.100.255, tariff script", "203 time of use price 3 of the second element"),
        ("00000A0001FF", 5, "0-0:10.0.1.255", "5"),
    ],
)
def test_rows_of_a_schedule_by_their_script(script: str, selector: int, table: str, meaning: str) -> None:
    """What a row does depends on the table of scripts that it names; what cannot be read stays as it is."""
    assert written(10, "0-1:12.0.1.255", 2, array(row(script, selector))) == [
        "rows: 1",
        "row 4",
        "index: 4",
        "enabled: no",
        f"script table: {table}",
        f"selector: {meaning}",
        "switch time: 06:00:10.05Z",
        "validity window: FFFF",
        "days of week: Monday, Sunday",
        "special days: 2 of 2",
        "season start: 2030, month 6, day 21",
        "season end: octet-string 3132",
    ]


def test_switching_table_of_a_tariff() -> None:
    """Seasons that repeat every year, weeks, and days by what they switch to."""
    start = octets(bytes.fromhex("FFFF0A1BFF013B00008000FF"))
    season = structure(octets(b"winter"), start, octets(b"\x01"))
    assert written(20, "0-0:13.0.0.255", 7, array(season)) == [
        "seasons: 1",
        "season 1",
        "name: winter",
        "start: every year, month 10, day 27, 01:59:00Z",
        "week profile: 01",
    ]
    week = structure(octets(b"\x01"), *(unsigned(day) for day in (1, 1, 1, 1, 1, 2, 3)))
    shown = written(20, "0-0:13.0.0.255", 8, array(week))
    assert shown[:4] == ["week profiles: 1", "week profile 1", "name: 01", "Monday: day profile 1"]
    assert shown[-1] == "Sunday: day profile 3"
    switches = (
        structure(octets(bytes((hour, 0, 0, 0))), octets(bytes.fromhex("00000A0064FF")), long_unsigned(selector))
        for hour, selector in enumerate((48, 104, 250))
    )
    shown = written(20, "0-0:13.0.0.255", 9, array(structure(unsigned(2), array(*switches))))
    assert [line for line in shown if line.startswith(("start time", "selector"))] == [
        "start time: 00:00:00Z",
        "selector: 48 time of use price 48",
        "start time: 01:00:00Z",
        "selector: 104 block prices of band 4",
        "start time: 02:00:00Z",
        "selector: 250",
    ]


def test_prices_have_the_labels_of_their_charge() -> None:
    """Time of use prices by number, block prices by block and band; what a price is for, and its scale."""
    labels = (b"\x01", b"\x30", b"\xa1", b"\xd8", b"", b"\xe1", b"\x01\x02")
    table = array(*(structure(octets(label), Data(Tag.LONG, -place)) for place, label in enumerate(labels)))
    scales = structure(integer(3), integer(-5))
    measured = structure(long_unsigned(3), octets(bytes.fromhex("0100010800FF")), integer(2))
    assert written(113, "0-0:19.20.0.255", 6, structure(scales, measured, table)) == [
        "value",
        "scales",
        "commodity scale: 3 (powers of ten)",
        "price scale: -5 (powers of ten)",
        "commodity",
        "class: 3 Register",
        "object: 1-0:1.8.0.255, active energy import",
        "attribute: 2 value",
        "prices: 7",
        "time of use price 1: 0",
        "time of use price 48: -1",
        "block 1 price of band 1: -2",
        "block 4 price of band 8: -3",
        "price: -4",
        "price labelled E1: -5",
        "price labelled 0102: -6",
    ]
    nothing = structure(long_unsigned(0), octets(bytes(6)), integer(0))
    shown = written(113, "0-0:19.20.4.255", 6, structure(scales, nothing, array(structure(octets(b"")))))
    assert {"class: 0, none", "object: 0-0:0.0.0.0, none", "price 1: structure of 1"} <= set(shown)
    bad = structure(long_unsigned(3), octets(b"12"), integer(2))
    assert "object: octet-string 3132" in written(113, "0-0:19.20.4.255", 6, structure(scales, bad, array()))
    assert "commodity: null" in written(113, "0-0:19.20.4.255", 6, structure(scales, NULL, array()))


SINGLE_VALUES: list[tuple[int, str, int, Data, str]] = [
    (1, "0-0:0.2.1.255", 2, octets(b"\x01\x23"), "value: 0123"),
    (1, "0-0:94.44.0.23", 2, octets(b""), "value: empty, none"),
    (1, "0-0:94.44.0.23", 2, octets(b"\xff"), "value: FF, APC"),
    (1, "0-0:94.44.0.23", 2, octets(bytes(8)), "value: 0000000000000000, ALCS"),
    (1, "0-0:94.44.0.23", 2, octets(METER), "value: AA-BB-CC-DD-EE-FF-00-11, HCALCS"),
    (1, "0-0:94.44.0.23", 2, octets(b"12"), "value: octet-string 3132"),
    (1, "0-0:94.44.0.33", 2, utf8('{"inputState": 7}'), 'value: utf8-string {"inputState": 7} (input level 7 %)'),
    (1, "0-0:94.44.0.33", 2, utf8("[1]"), "value: utf8-string [1]"),
    (1, "0-0:94.44.0.33", 2, utf8("{"), "value: utf8-string {"),
    (1, "0-0:94.44.0.4", 2, boolean(False), "value: False, unchanged"),
    (1, "0-0:94.44.34.11", 2, octets(b"1" * 26), f"value: {'1' * 13}, {'1' * 13}"),
    (1, "0-0:94.44.34.11", 2, octets(b""), "value: empty"),
    (1, "0-0:94.44.34.11", 2, octets(b"1"), "value: octet-string 31"),
    (1, "0-0:96.1.1.255", 2, octets(b"1"), "value: octet-string 31"),
    (1, "0-0:96.1.2.255", 2, octets(b"C"), "value: C, polyphase"),
    (1, "0-0:96.1.2.255", 2, octets(b"X"), "value: octet-string 58"),
    (1, "0-2:96.13.1.255", 2, octets(b"Hello"), "value: Hello"),
    (1, "0-2:96.13.1.255", 2, octets(b"\n"), "value: octet-string 0A"),
    (1, "1-0:52.31.0.4", 2, double_long_unsigned(216), "value: 216 V"),
    (8, "0-0:1.0.0.255", 4, unsigned(0), "value: 00 reliable"),
    (8, "0-0:1.0.0.255", 4, unsigned(0x83), "value: 83 invalid value, doubtful value, summer time"),
    (8, "0-0:1.0.0.255", 9, enum(5), "value: 5 radio controlled"),
    (70, "0-0:96.3.10.255", 3, enum(2), "value: 2 ready for reconnection: armed"),
    (70, "0-0:96.3.10.255", 3, enum(3), "value: 3 meaning not known here"),
    (70, "0-2:96.3.10.255", 2, boolean(True), "value: True, connected"),
    (71, "0-0:17.0.0.255", 4, double_long_unsigned(6900), "value: 6900 W"),
    (71, "0-0:17.0.4.255", 4, double_long_unsigned(253), "value: 253 V"),
    (113, "0-0:19.20.3.255", 13, long_unsigned(1025), "value: 10.25 %"),
    (9000, "0-0:94.44.128.2", 4, Data(Tag.DOUBLE_LONG, -5), "value: -5 millipence or millicents"),
    (9000, "0-0:94.44.128.26", 6, NO_MOMENT, "value: octet-string FFFFFFFFFFFFFFFFFF8000FF (never (cancel))"),
    (9000, "0-0:94.44.2.0", 4, boolean(True), "value: True, GBP"),
]


@pytest.mark.parametrize(("class_id", "obis", "member", "value", "shown"), SINGLE_VALUES)
def test_single_values(class_id: int, obis: str, member: int, value: Data, shown: str) -> None:
    """By object and attribute; of another form, as plain data."""
    assert written(class_id, obis, member, value) == [shown]


def test_thresholds_account_and_credits() -> None:
    """Lists and structures of the prepayment settings."""
    most = double_long_unsigned(0xFFFFFFFF)
    assert written(21, "0-0:16.1.11.255", 2, array(double_long_unsigned(9), most)) == [
        "thresholds: 2",
        "threshold 1: 9",
        "threshold 2: none (FFFFFFFF)",
    ]
    powers = double_long_unsigned(2300), double_long_unsigned(4600)
    named = ["thresholds: 2", "low to medium: 2300 W", "medium to high: 4600 W"]
    assert written(21, "0-0:16.0.0.255", 2, array(*powers)) == named
    assert "1: double-long-unsigned 2300" in written(21, "0-0:16.0.0.255", 2, array(powers[0]))
    mode = structure(enum(2), enum(1))
    assert written(111, "0-1:19.0.0.255", 2, mode)[1:] == [
        "payment mode: 2 prepayment",
        "account status: 1 new, inactive",
    ]
    pair = structure(octets(bytes.fromhex("0000130A01FF")), octets(bytes.fromhex("0000131403FF")), bit_string("110"))
    assert written(111, "0-1:19.0.0.255", 11, array(pair))[-3:] == [
        "credit: 0-0:19.10.1.255, emergency credit",
        "charge: 0-0:19.20.3.255, payment debt",
        "collected: 110 not while the supply is disabled",
    ]


@pytest.mark.parametrize(
    ("class_id", "obis", "member", "parameter", "shown"),
    [
        (9, "0-0:10.0.106.255", 1, long_unsigned(54), "parameter: 54 arm supply"),
        (9, "0-0:10.0.100.255", 1, long_unsigned(99), "parameter: 99 reset of the block counters"),
        (112, "0-0:19.10.1.255", 3, integer(0), "parameter: 0, none needed"),
        (115, "0-0:19.40.0.255", 1, octets(b"73948959061972833313"), "parameter: 73948959061972833313"),
        (104, "0-0:30.3.0.255", 2, octets(METER), "parameter: AA-BB-CC-DD-EE-FF-00-11"),
        (104, "0-0:30.3.0.255", 3, integer(1), "parameter: integer 1"),
    ],
)
def test_parameters_of_methods(class_id: int, obis: str, member: int, parameter: Data, shown: str) -> None:
    """By class and method, or by table of scripts."""
    assert written(class_id, obis, member, parameter, Choice.ACTION) == [shown]
