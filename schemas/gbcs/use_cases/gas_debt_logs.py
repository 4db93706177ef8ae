"""Logs of a gas meter's debt payments and top-ups: SR 4.4.4 (GCS15d) and 4.4.5 (GCS15e).

Money in thousandths of a penny. The start of the period is the component's from date-time, its end a field. The DCC
keeps a request's ExecutionDateTime and sends the command then: GBCS carries no date.
"""

from __future__ import annotations

from collections.abc import Iterable

from schemas.duis.node import Node, branch, leaf
from schemas.errors import Malformed
from schemas.gbcs.dlms.times import from_seconds
from schemas.gbcs.use_cases.declare import Context, Part, UseCase
from schemas.gbcs.use_cases.gas_fields import BOTH, log_period
from schemas.gbcs.use_cases.zigbee import Read, Readings, Send, Values, Zigbee
from schemas.gbcs.zcl import prepayment
from schemas.gbcs.zcl.layout import Fields

_GET_TOP_UPS, _GET_DEBT_PAYMENTS = 0x08, 0x0A
_TOP_UPS, _DEBT_PAYMENTS = 0x05, 0x06
_MOST_TOP_UPS, _MOST_PAYMENTS = 5, 10
"""As many as the meter keeps and MMC takes."""

_PAYMENT_BASED = 0x02


def _first(body: Node) -> int:
    return log_period(body)[0]


def _ask_top_ups(body: Node, context: Context) -> Values:
    return {"latest end time": log_period(body)[1], "number of records": _MOST_TOP_UPS}


def _ask_payments(body: Node, context: Context) -> Values:
    return {
        "latest end time": log_period(body)[1],
        "number of debts": _MOST_PAYMENTS,
        "debt type": _PAYMENT_BASED,
    }


def _joined(frames: Iterable[Fields], rows: str) -> list[Fields]:
    """The rows of a log in the order of its commands, none of which is missing.

    Raises:
        Malformed: another number of commands than each of them says.
    """
    ordered = sorted(frames, key=lambda frame: frame.integer("command index"))
    places = [(frame.integer("command index"), frame.integer("total number of commands")) for frame in ordered]
    if places != [(place, len(ordered)) for place in range(len(ordered))]:
        raise Malformed("command index", "counts from 0 to one less than the total number of commands")
    return [row for frame in ordered for row in frame.rows(rows)]


def _told(element: str, command: int, rows: str, amount: str, at: str, most: int) -> Read:
    """Amount and time of each row; MMC has no place for top-up codes, and for what is owed after a payment."""

    def read(readings: Readings) -> Iterable[Part]:
        frames = readings.published(prepayment.CLUSTER, command)
        found = _joined(frames, rows)
        if len(found) > most:
            raise Malformed(rows, f"are at most {most} in MMC, not {len(found)}")
        entries = (
            branch("LogEntry", leaf("Amount", row.integer(amount)), leaf("Timestamp", from_seconds(row.integer(at))))
            for row in found
        )
        return [Part(branch(element, *entries))] if frames else []

    return read


GAS_DEBT_LOGS = (
    UseCase(
        name="GCS15d",
        code=0x00C4,
        service="4.4.4",
        element="RetrieveBillingDataLogDebtPayments",
        critical=False,
        devices=BOTH,
        content=Zigbee(
            (Send(prepayment.CLUSTER, _GET_DEBT_PAYMENTS, _ask_payments, from_time=_first),),
            (
                _told(
                    "PaymentBasedDebtRepayment",
                    _DEBT_PAYMENTS,
                    "collections",
                    "amount collected",
                    "collection time",
                    _MOST_PAYMENTS,
                ),
            ),
        ),
        response="RetrieveBillingDataLogDebtPaymentsRsp",
        brokered=True,
    ),
    UseCase(
        name="GCS15e",
        code=0x00C5,
        service="4.4.5",
        element="RetrieveBillingDataLogPrepaymentCredits",
        critical=False,
        devices=BOTH,
        content=Zigbee(
            (Send(prepayment.CLUSTER, _GET_TOP_UPS, _ask_top_ups, from_time=_first),),
            (_told("PrepaymentCredits", _TOP_UPS, "top ups", "top up amount", "top up time", _MOST_TOP_UPS),),
        ),
        response="RetrieveBillingDataLogPrepaymentCreditsRsp",
    ),
)
