"""What a device sends back, held against what it must be: form, header, protection, content."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from schemas.errors import SmartMeterError
from schemas.gbcs.describe import describe, to_text
from schemas.gbcs.dlms.access import AccessResponse, decode_dlms
from schemas.gbcs.envelope import CraFlag, Message, decode
from schemas.gbcs.outcome import alert_code
from schemas.gbcs.protection import verify_mac, verify_signature
from schemas.mmc.document import write_mmc

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dcc_sim.sapc_kit.wire import Command, Keys


class Misfit(Exception):
    """What the device did is not what the case asks for; the text says what was seen and what was expected."""


def read_message(octets: bytes) -> Message:
    """One message of the device.

    Raises:
        Misfit: it is none.
    """
    try:
        return decode(octets)
    except SmartMeterError as error:
        raise Misfit(f"the device sent what is no GBCS message: {error}") from None


def check_response(response: Message, command: Command, keys: Keys) -> None:
    """Header and protection of a response to ``command``.

    Raises:
        Misfit: the first thing that is wrong.
    """
    asked = command.message
    _same("business originator of the response", response.originator, keys.device)
    _same("business target of the response", response.target, asked.originator)
    _same("originator counter of the response", response.originator_counter, asked.originator_counter)
    _same("message code of the response", f"{response.message_code:04X}", f"{asked.message_code:04X}")
    if asked.supplementary is not None:
        told = response.supplementary
        _same("supplementary remote party", told and told.remote_party, asked.supplementary.remote_party)
        _same("supplementary counter", told and told.remote_party_counter, asked.supplementary.remote_party_counter)
    elif response.supplementary is not None:
        raise Misfit("the response has supplementary fields, the command has none")
    if command.use_case.dated_response != bool(response.date_time):
        raise Misfit(f"the response has {'no' if command.use_case.dated_response else 'a'} date-time in its header")
    try:
        if command.use_case.critical:
            _without("MAC", response.mac)
            verify_signature(response, keys.device_signing)
        else:
            _without("signature", response.signature)
            party = keys.of(response.target)
            if party is None:
                raise Misfit(f"the response is for {response.target}, who did not ask")
            verify_mac(response, keys.secret(party))
    except SmartMeterError as error:
        raise Misfit(f"protection of the response: {error}") from None


def check_alert(alert: Message, last_counter: int, keys: Keys) -> int:
    """Header and signature of an alert; gives its code.

    Raises:
        Misfit: the first thing that is wrong.
    """
    _same("business originator of the alert", alert.originator, keys.device)
    if alert.originator_counter <= last_counter:
        raise Misfit(f"the alert's counter rises: {alert.originator_counter} is not above {last_counter}")
    if keys.of(alert.target) is None:
        raise Misfit(f"the alert is for a remote party of the device, not for {alert.target}")
    try:
        verify_signature(alert, keys.device_signing)
        return alert_code(alert)
    except SmartMeterError as error:
        raise Misfit(f"the alert: {error}") from None


def succeeded(response: Message) -> bool:
    """Whether every item of the response succeeded.

    Raises:
        Misfit: its content is no access response.
    """
    try:
        content = decode_dlms(response.payload)
    except SmartMeterError as error:
        raise Misfit(f"content of the response: {error}") from None
    if not isinstance(content, AccessResponse):
        raise Misfit("content of the response: is an access response (DA)")
    if content.liid & 0xFFFFFF != response.originator_counter & 0xFFFFFF:
        raise Misfit(f"long invoke id of the response: is that of the counter, not {content.liid:08X}")
    return content.succeeded


def elements(response: Message, command: Command) -> etree._Element:
    """The MMC form of a response.

    Raises:
        Misfit: it has values of other types, or other items, than the use case's.
    """
    try:
        return etree.fromstring(write_mmc(response, command.use_case))
    except SmartMeterError as error:
        raise Misfit(f"content of the response: {error}") from None


def check_texts(document: etree._Element, texts: Mapping[str, str | int | None]) -> None:
    """Elements by path below SMETSData, without namespace; ``[n]`` counts from 1.

    Raises:
        Misfit: one is not there, or has another text.
    """
    for path, text in texts.items():
        found = document.findall(".//{*}SMETSData/*/" + "/".join("{*}" + name for name in path.split("/")))
        seen = [each.text or "" for each in found[:1]]
        if seen != ([] if text is None else [str(text)]):
            raise Misfit(f"{path} is {'absent' if text is None else text}, not {seen[0] if seen else 'absent'}")


def tree(octets: bytes) -> str:
    """A message field by field, or why it is none."""
    try:
        return to_text(describe(octets))
    except SmartMeterError as error:
        return f"no GBCS message: {error}"


def is_alert(message: Message) -> bool:
    """Whether it is one, rather than a response."""
    return message.cra is CraFlag.ALERT


def _same(what: str, seen: object, expected: object) -> None:
    if seen != expected:
        raise Misfit(f"{what} is {expected}, not {seen}")


def _without(what: str, value: bytes | None) -> None:
    if value:
        raise Misfit(f"the response has a {what} where none is due")
