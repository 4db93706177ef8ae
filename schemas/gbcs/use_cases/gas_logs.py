"""Logs of a gas meter and its proxy: events and security (SR 6.13: CS10a, CS10b), network data begun (14.1: GCS31)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from schemas.duis.node import Node, branch, leaf
from schemas.errors import Malformed
from schemas.gbcs.dlms.times import from_seconds
from schemas.gbcs.names.message_codes import MESSAGE_CODES
from schemas.gbcs.use_cases.declare import Context, Part, UseCase
from schemas.gbcs.use_cases.gas_fields import BOTH, METERS, issued, second_of
from schemas.gbcs.use_cases.logs import HAN_COMMANDS, log_meaning
from schemas.gbcs.use_cases.zigbee import Readings, Send, Values, Zigbee
from schemas.gbcs.zcl import metering
from schemas.gbcs.zcl.fields import NOW
from schemas.gbcs.zcl.layout import Fields
from schemas.gbcs.zcl.management import EVENTS

_GET_LOG, _PUBLISH_LOG = 0x00, 0x01
_EVENT_LOGS = {"Event": 0x13, "GSMEEvent": 0x16}
_SECURITY_LOGS = {"Security": 0x04, "GSMESecurity": 0x07}
"""Log id, and in an event log's high half that the event's data are wanted, too. The meter's logs that its proxy keeps
have the ids 6 and 7 after those of the proxy itself; no vector shows them (assumed)."""

_START_SAMPLING, _SAMPLING_STARTED = 0x07, 0x0D
_EVERY_SIX_MINUTES, _SAMPLES = 360, 41
_NO_SAMPLES = 0xFFFF
_MOST_ENTRIES = 100
"""That MMC has room for."""

_MESSAGE_CODE_LENGTH = 2


def _ask(logs: Mapping[str, int], body: Node) -> Values:
    return {
        "event control and log id": logs[body.text("LogToRead")],
        "event id": 0,
        "start time": second_of(body, "ReadLogPeriod/StartDateTime"),
        "end time": second_of(body, "ReadLogPeriod/EndDateTime"),
        "number of events": 0,
        "event offset": 0,
    }


def _told(readings: Readings) -> Iterable[Part]:
    frames = readings.published(EVENTS, _PUBLISH_LOG)
    rows = [row for each in frames for row in each.rows("events")]
    if len(rows) > _MOST_ENTRIES:
        raise Malformed("events", f"are at most {_MOST_ENTRIES} in MMC, not {len(rows)}")
    if frames:
        yield Part(branch("Log", *map(_entry, rows)))


def _entry(row: Fields) -> Node:
    code, data = row.integer("event id"), row.octets("event data")
    nodes = [
        leaf("Timestamp", from_seconds(row.integer("event time"))),
        leaf("LogCode", f"{code:04X}"),
        leaf("LogMeaning", log_meaning(code)),
    ]
    if data:
        nodes.append(leaf("OtherInformation", data.hex().upper()))
    command = int.from_bytes(data, "big")
    if code in HAN_COMMANDS and len(data) == _MESSAGE_CODE_LENGTH and command in MESSAGE_CODES:
        nodes.append(leaf("OtherInformationLogMeaning", MESSAGE_CODES[command]))
    return branch("LogEntry", *nodes)


def _log(name: str, code: int, logs: Mapping[str, int]) -> UseCase:
    def ask(body: Node, context: Context) -> Values:
        return _ask(logs, body)

    return UseCase(
        name=name,
        code=code,
        service="6.13",
        element="ReadEventOrSecurityLog",
        critical=False,
        devices=BOTH,
        content=Zigbee((Send(EVENTS, _GET_LOG, ask),), (_told,)),
        response="ReadEventOrSecurityLogRsp",
        applies=lambda body: body.text("LogToRead") in logs,
    )


def _sampling(body: Node, context: Context) -> Values:
    return {
        **issued(context),
        "start sampling time": NOW,
        "sample type": 0,
        "sample request interval": _EVERY_SIX_MINUTES,
        "maximum number of samples": _SAMPLES,
    }


def _sample_id(readings: Readings) -> Iterable[Part]:
    for each in readings.published(metering.CLUSTER, _SAMPLING_STARTED):
        if each.integer("sample id") != _NO_SAMPLES:
            yield Part(leaf("SampleID", each.integer("sample id")))


def _refused(readings: Readings) -> bool:
    started = readings.published(metering.CLUSTER, _SAMPLING_STARTED)
    return any(each.integer("sample id") == _NO_SAMPLES for each in started)


GAS_LOGS = (
    _log("CS10a", 0x0014, _EVENT_LOGS),
    _log("CS10b", 0x00A1, _SECURITY_LOGS),
    UseCase(
        name="GCS31",
        code=0x0080,
        service="14.1",
        element="RecordNetworkDataGAS",
        critical=False,
        devices=METERS,
        content=Zigbee((Send(metering.CLUSTER, _START_SAMPLING, _sampling),), (_sample_id,), _refused),
        response="RecordNetworkDataGASRsp",
        brokered=True,
    ),
)
