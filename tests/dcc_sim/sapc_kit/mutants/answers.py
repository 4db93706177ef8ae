"""Faults of what is sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from dcc_sim.sapc_kit.target import BuiltIn
from devices.alerts import AlertCode
from devices.sapc import SAPC
from schemas.errors import SmartMeterError
from schemas.gbcs.envelope import CraFlag, Message, decode
from schemas.gbcs.protection import add_mac, sign
from tests.dcc_sim.sapc_kit.mutants.making import fault, target


class _Answers(BuiltIn):
    """Spoils each message that it sends."""

    def spoil(self, message: Message) -> list[bytes]:
        raise NotImplementedError

    def receive(self, message: bytes, now: datetime) -> list[bytes]:
        return [each for octets in super().receive(message, now) for each in self.spoil(decode(octets))]

    def advance(self, now: datetime) -> list[bytes]:
        return [each for octets in super().advance(now) for each in self.spoil(decode(octets))]

    def protected(self, message: Message, like: Message) -> bytes:
        if like.signature:
            return sign(message, self.device.keys.signing).encode()
        return add_mac(message, self.device.trust.secret(like.target)).encode()


@target("answers unsigned")
class _Unsigned(_Answers):
    def spoil(self, message: Message) -> list[bytes]:
        return [replace(message, signature=b"" if message.signature else message.signature).encode()]


@target("answers with a wrong MAC")
class _WrongMac(_Answers):
    def spoil(self, message: Message) -> list[bytes]:
        return [replace(message, mac=bytes(12)).encode() if message.mac else message.encode()]


@target("answers twice")
class _Twice(_Answers):
    def spoil(self, message: Message) -> list[bytes]:
        return [message.encode()] * (2 if message.cra is CraFlag.RESPONSE else 1)


@target("answers with a counter of its own")
class _OwnCounter(_Answers):
    def spoil(self, message: Message) -> list[bytes]:
        if message.cra is CraFlag.ALERT:
            return [message.encode()]
        own = (message.originator_counter + 1) % 2**64
        return [self.protected(replace(message, originator_counter=own), message)]


@target("answers under another message code")
class _OtherCode(_Answers):
    def spoil(self, message: Message) -> list[bytes]:
        if message.cra is CraFlag.ALERT:
            return [message.encode()]
        return [self.protected(replace(message, message_code=message.message_code ^ 1), message)]


@target("repeats no long invoke id")
class _NoLongId(_Answers):
    def spoil(self, message: Message) -> list[bytes]:
        if message.cra is CraFlag.ALERT:
            return [message.encode()]
        return [self.protected(replace(message, payload=message.payload[:2] + bytes(3) + message.payload[5:]), message)]


@target("does not say for whom the broker asked")
class _NoParty(_Answers):
    def spoil(self, message: Message) -> list[bytes]:
        if message.supplementary is None:
            return [message.encode()]
        return [self.protected(replace(message, supplementary=None), message)]


@target("leaves the date-time out of a header that has one")
class _NoDate(_Answers):
    def spoil(self, message: Message) -> list[bytes]:
        return [self.protected(replace(message, date_time=b""), message) if message.date_time else message.encode()]


@target("reports success where a command failed")
class _AllWell(_Answers):
    def spoil(self, message: Message) -> list[bytes]:
        if message.cra is CraFlag.ALERT or message.payload[:1] != b"\xda":
            return [message.encode()]
        well = message.payload.replace(b"\x02\x01", b"\x02\x00").replace(b"\x03\x01", b"\x03\x00")
        well = well.replace(b"\x02\xfa", b"\x02\x00").replace(b"\x03\xfa", b"\x03\x00")
        return [self.protected(replace(message, payload=well), message)]


@target("sends no alerts")
class _NoAlerts(_Answers):
    def spoil(self, message: Message) -> list[bytes]:
        return [] if message.cra is CraFlag.ALERT else [message.encode()]


@target("does not sign its alerts")
class _UnsignedAlerts(_Answers):
    def spoil(self, message: Message) -> list[bytes]:
        return [replace(message, signature=b"").encode() if message.cra is CraFlag.ALERT else message.encode()]


@target("counts no alerts")
class _UncountedAlerts(_Answers):
    def spoil(self, message: Message) -> list[bytes]:
        if message.cra is not CraFlag.ALERT:
            return [message.encode()]
        return [self.protected(replace(message, originator_counter=2000), message)]


@target("answers what it refuses")
class _AnswersAll(BuiltIn):
    def receive(self, message: bytes, now: datetime) -> list[bytes]:
        sent = super().receive(message, now)
        try:
            command = decode(message)
        except SmartMeterError:
            return sent
        if any(decode(each).cra is CraFlag.RESPONSE for each in sent):
            return sent
        refusal = Message(
            CraFlag.RESPONSE,
            command.originator_counter,
            self.device.eui,
            command.originator,
            command.message_code,
            b"\xda" + command.payload[1:5] + b"\x00\x00\x00\x00",
        )
        return [*sent, sign(refusal, self.device.keys.signing).encode()]


@fault("tells every refusal with one alert code")
def _(device: SAPC) -> None:
    refuse = device._refuse
    device._refuse = lambda code, error, now: refuse(AlertCode.NOT_AUTHENTIC_OTHER, error, now)  # type: ignore[method-assign]
