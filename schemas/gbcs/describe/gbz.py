"""GBZ content, described component by component."""

from contextlib import suppress
from dataclasses import replace

from schemas.errors import Malformed
from schemas.gbcs.describe.data import seconds
from schemas.gbcs.describe.notification import refused_command
from schemas.gbcs.describe.sealed import plaintext
from schemas.gbcs.describe.tree import Tree
from schemas.gbcs.describe.zcl import command_name, describe_zcl
from schemas.gbcs.gbz import PROFILE, Component, Gbz, GbzAlert, decode_component
from schemas.gbcs.names.alerts import alert
from schemas.gbcs.names.zigbee import cluster
from schemas.gbcs.sealed import Opener

_NOW, _NEVER = 0, 0xFFFFFFFF
_OUTCOME_CODE, _INTEGRITY_CODE, _FIRMWARE_CODE, _BILLING_CODE = 0x00CD, 0x00F2, 0x00CF, 0x008B
_HASH_HEAD = bytes.fromhex("0920")
"""An octet-string of 32 octets."""

_OUTCOME_LENGTH = 0x0E
_HEADER = slice(0, 5)


def describe_gbz(code: int, content: Gbz, opener: Opener | None = None) -> tuple[Tree, ...]:
    """The fields of the GBZ content of a message with message code ``code``; with ``opener`` the encrypted ones too."""
    profile = Tree("profile", PROFILE.hex(), (), PROFILE)
    if isinstance(content, GbzAlert):
        return (profile, *_alert(code, content, opener))
    count = Tree("components", str(len(content.components)), (), bytes((len(content.components),)))
    components = (_component(number, each, opener) for number, each in enumerate(content.components, start=1))
    return (profile, count, *components)


def _alert(code: int, content: GbzAlert, opener: Opener | None) -> tuple[Tree, ...]:
    octets = content.content
    fields = [
        Tree("content count", str(content.count), (), bytes((content.count,))),
        Tree("alert code", f"{content.code:04X} {alert(content.code)}", (), content.code.to_bytes(2, "big")),
        Tree("time", seconds(content.time), (), content.time.to_bytes(4, "big")),
    ]
    if code == _OUTCOME_CODE and len(octets) == _OUTCOME_LENGTH + 1 and octets[0] == _OUTCOME_LENGTH:
        fields.append(_outcome(octets))
    elif octets:
        fields.append(_alert_content(code, octets, opener))
    return tuple(fields)


def _alert_content(code: int, octets: bytes, opener: Opener | None) -> Tree:
    """By message code: integrity issue, hash of a firmware image, billing data log; anything else as octets."""
    if code == _INTEGRITY_CODE:
        return Tree("integrity issue", octets.hex().upper(), (), octets)
    if code == _FIRMWARE_CODE and octets.startswith(_HASH_HEAD):
        return Tree("manufacturer image hash", octets[2:].hex().upper(), (), octets)
    if code == _BILLING_CODE:
        with suppress(Malformed):
            return _component(1, decode_component(octets), opener)
    return Tree("alert content", octets.hex().upper(), (), octets)


def _outcome(octets: bytes) -> Tree:
    future = refused_command("command", octets[1:11], octets[1:11])
    number = int.from_bytes(octets[11:13], "big")
    instruction = (
        Tree("length", str(octets[0]), (), octets[:1]),
        *future.children,
        Tree("cluster", f"{number:04X} {cluster(number)}", (), octets[11:13]),
        Tree("frame control", f"{octets[13]:02X}", (), octets[13:14]),
        Tree("command", command_name(number, octets[13], octets[14]), (), octets[14:]),
    )
    return Tree("future dated instruction", "", instruction, octets)


def _component(number: int, component: Component, opener: Opener | None) -> Tree:
    raw = component.encode()
    # Control, cluster and length come first, five octets.
    fields = [
        Tree("control", _control(component), (), raw[:1]),
        Tree("cluster", f"{component.cluster:04X} {cluster(component.cluster)}", (), raw[1:3]),
        Tree("length", str(len(raw) - _HEADER.stop), (), raw[3:5]),
    ]
    if component.encrypted:
        header = bytes((component.header_control, component.frame_counter))
        fields.append(Tree("additional header", header.hex().upper(), (), header))
    if component.from_time is not None:
        fields.append(
            Tree("from date-time", _from_time(component.from_time), (), component.from_time.to_bytes(4, "big"))
        )
    fields += [
        Tree("frame control", f"{component.frame_control:02X}", (), bytes((component.frame_control,))),
        Tree("sequence", str(component.sequence), (), bytes((component.sequence,))),
        Tree(
            "command",
            command_name(component.cluster, component.frame_control, component.command),
            (),
            bytes((component.command,)),
        ),
        *_payload(component, opener),
    ]
    return Tree(f"component {number}", "", tuple(fields), raw)


def _control(component: Component) -> str:
    named = (
        ("last", component.last),
        ("encrypted", component.encrypted),
        ("from date-time", component.from_time is not None),
    )
    return ", ".join(name for name, is_set in named if is_set) or "none"


def _payload(component: Component, opener: Opener | None) -> tuple[Tree, ...]:
    payload = component.payload
    if component.encrypted:
        size = len(payload).to_bytes(2, "big")
        return Tree("encrypted length", str(len(payload)), (), size), _sealed(component, opener)
    fields = describe_zcl(component.cluster, component.frame_control, component.command, payload)
    if fields is not None:
        return (Tree("ZCL payload", f"{len(payload)} octets", fields, payload),)
    return (Tree("ZCL payload", payload.hex().upper() or "empty", (), payload),)


def _sealed(component: Component, opener: Opener | None) -> Tree:
    payload = component.payload
    header, ciphertext, tag = payload[:5], payload[5:-12], payload[-12:]
    fields = [
        Tree("security header", header.hex().upper(), (), header),
        Tree("ciphertext", ciphertext.hex().upper() or "empty", (), ciphertext),
        Tree("tag", tag.hex().upper(), (), tag),
    ]
    if opener is not None:
        fields.append(plaintext(payload, opener, lambda octets: _opened(component, octets)))
    return Tree("encrypted payload", f"{len(payload)} octets", tuple(fields), payload)


def _opened(component: Component, octets: bytes) -> tuple[Tree, ...]:
    return _payload(replace(component, payload=octets, encrypted=False), None)


def _from_time(count: int) -> str:
    if count == _NOW:
        return "now"
    if count == _NEVER:
        return "never (cancel)"
    return seconds(count)
