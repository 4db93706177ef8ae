"""A HAN at rest as JSON values, and another one that goes on from there, octet for octet.

At rest: nothing is on the air and nothing waits for an acknowledgement. Kept are addresses, tunnels and what waits for
one, transaction numbers, sequence numbers and frame counters both ways, and where chance stands. Not kept: conditions
of links, the network key (it grows from the HAN's secret), and of a message the parts whose rest was given up.
"""

from __future__ import annotations

from collections import Counter, deque
from datetime import datetime
from random import Random
from typing import TYPE_CHECKING, Any

from han.frames.management import Response, Verdict
from han.frames.security import KeyId
from han.frames.station import Numbers
from han.link import Fate
from han.network import Han
from han.stack import REMEMBERED, Stack
from han.tunnel import Letter, State
from han.tunnel_client import TunnelClient
from han.tunnel_server import Tunnel, TunnelServer
from schemas.errors import Malformed, NotPossible
from schemas.eui import EUI64

if TYPE_CHECKING:
    from han.device import Device
    from han.frames.station import Station
    from han.node import Node
    from han.sleepy import HubEnd
    from han.trust_centre import TrustCentre
    from han.tunnel import Outbox


def save(han: Han) -> dict[str, Any]:
    """What ``restored`` makes an equal HAN of.

    Raises:
        NotPossible: something is under way.
    """
    if han.silent or not han.hub_is_on:
        raise NotPossible("HAN", "is on, and every node hears")
    due = han.next_timer()
    if due is not None:
        raise NotPossible("HAN", f"is at rest, and something is under way: at {due:%H:%M:%S.%f} next")
    medium = han.medium
    version, numbers, spare = han._rng.getstate()
    return {
        "pan": han.pan.pan_id,
        "chance": [version, list(numbers), spare],
        "free": None if medium._free is None else medium._free.isoformat(),
        "frames": medium.frames,
        "counts": {fate.name: count for fate, count in medium.counts.items()},
        "keys": [[str(one), str(other), key.hex()] for one, other, key in han.pan.link_keys()],
        "trust centre": _trust_centre(han.members.trust_centre),
        "hub": {**_node(han._hub_node), **_stack(_hub_stack(han))},
        "devices": {
            str(eui): {**_device(device), "client": _client(han._clients[eui])} for eui, device in han._devices.items()
        },
        "left": {
            str(eui): {**_device(device), "hears": medium.attached(device.address)} for eui, device in han._left.items()
        },
    }


def restored(hub: EUI64, given: dict[str, Any], secret: bytes) -> Han:
    """A HAN that goes on where the saved one stood; ``secret`` is that one's.

    Raises:
        Malformed: ``given`` is not what ``save`` gives.
    """
    try:
        return _restored(hub, given, secret)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Malformed("HAN", f"is what a snapshot has of one: {error!r}") from error


def _restored(hub: EUI64, given: dict[str, Any], secret: bytes) -> Han:
    chance = Random()
    han = Han(hub, chance, given["pan"], secret=secret)
    medium = han.medium
    medium._free = None if given["free"] is None else datetime.fromisoformat(given["free"])
    medium.frames = given["frames"]
    medium.counts = Counter({Fate[name]: count for name, count in given["counts"].items()})
    for one, other, key in given["keys"]:
        han.pan.set_link_key(EUI64.parse(one), EUI64.parse(other), bytes.fromhex(key))
    for text, each in (given["devices"] | given["left"]).items():
        han.pan.assign(EUI64.parse(text), each["address"])
    for text, each in given["devices"].items():
        eui = EUI64.parse(text)
        han.add_device(eui)
        _give_device(han._devices[eui], each)
        _give_client(han._clients[eui], each["client"])
    for text, each in given["left"].items():
        device = han._left[EUI64.parse(text)] = han._made(EUI64.parse(text), each["address"])
        if not each["hears"]:
            device.port.leave()
        _give_device(device, each)
    _give_trust_centre(han.members.trust_centre, given["trust centre"])
    _give_node(han._hub_node, given["hub"])
    _give_stack(_hub_stack(han), given["hub"])
    version, numbers, spare = given["chance"]
    chance.setstate((version, tuple(numbers), spare))
    return han


def _hub_stack(han: Han) -> Stack:
    port = han._coordinator._port
    if port is None:
        raise NotPossible("hub", "is on the air")
    return port.stack


def _device(device: Device) -> dict[str, Any]:
    if not isinstance(device.server, TunnelServer):
        raise NotPossible("HAN", "has no device that sleeps")
    return {
        "address": device.address,
        **_node(device.node),
        **_stack(device.port.stack),
        "server": _server(device.server),
    }


def _give_device(device: Device, given: dict[str, Any]) -> None:
    assert isinstance(device.server, TunnelServer)  # as made
    _give_node(device.node, given)
    _give_stack(device.port.stack, given)
    _give_server(device.server, given["server"])


def _trust_centre(centre: TrustCentre) -> dict[str, Any]:
    return {
        "open until": None if centre.open_until is None else centre.open_until.isoformat(),
        "refused": dict(centre.refused),
        "answers": [[str(eui), each.address, each.verdict.name] for eui, each in centre._answers.items()],
    }


def _give_trust_centre(centre: TrustCentre, given: dict[str, Any]) -> None:
    until = given["open until"]
    centre.open_until = None if until is None else datetime.fromisoformat(until)
    centre.refused.update(given["refused"])
    centre._answers = {
        EUI64.parse(eui): Response(address, Verdict[verdict]) for eui, address, verdict in given["answers"]
    }


def _node(node: Node) -> dict[str, Any]:
    asked = [[peer, cluster, tsn] for (peer, cluster), tsn in node._asked.items()]
    return {"tsn": node._tsn, "asked": asked, "ignored": dict(node.dropped)}


def _give_node(node: Node, given: dict[str, Any]) -> None:
    node._tsn = given["tsn"]
    node._asked = {(peer, cluster): tsn for peer, cluster, tsn in given["asked"]}
    node.dropped.update(given["ignored"])


def _stack(stack: Stack) -> dict[str, Any]:
    station, receiver = stack._station, stack._receiver
    return {
        "duplicates": stack.duplicates,
        "dropped": dict(receiver.dropped),
        "sequences": [each.following for each in _numbers(station)],
        "link": {key.hex(): each.following for key, each in station.aps_counters.items()},
        "counters": [list(each) for each in stack._counters.items()],
        "taken": [[*way, list(taken)] for way, taken in stack._taken.items()],
        "last": {str(eui): psdu.hex() for eui, psdu in stack._last.items()},
        "windows": [
            [kind.name, key.hex(), str(eui), highest, bits]
            for (kind, key, eui), (highest, bits) in receiver._counters._taken.items()
        ],
    }


def _numbers(station: Station) -> tuple[Numbers, ...]:
    return station.mac_sequence, station.nwk_sequence, station.aps_sequence, station.nwk_counter


def _give_stack(stack: Stack, given: dict[str, Any]) -> None:
    station, receiver = stack._station, stack._receiver
    stack.duplicates = given["duplicates"]
    receiver.dropped.update(given["dropped"])
    for each, following in zip(_numbers(station), given["sequences"], strict=True):
        each.following = following
    station.aps_counters = {bytes.fromhex(key): Numbers(following=each) for key, each in given["link"].items()}
    stack._counters = {destination: counter for destination, counter in given["counters"]}
    stack._taken = {(source, to): deque(taken, REMEMBERED) for source, to, taken in given["taken"]}
    stack._last = {EUI64.parse(eui): bytes.fromhex(psdu) for eui, psdu in given["last"].items()}
    receiver._counters._taken = {
        (KeyId[kind], bytes.fromhex(key), EUI64.parse(eui)): (highest, bits)
        for kind, key, eui, highest, bits in given["windows"]
    }


def _client(client: HubEnd) -> dict[str, Any]:
    assert isinstance(client, TunnelClient)  # as its device does not sleep
    return {
        "state": client.state.name,
        "tunnel": client.tunnel_id,
        "limit": client._limit,
        "refusal": client._refusal,
        "outbox": _outbox(client._outbox),
    }


def _give_client(client: HubEnd, given: dict[str, Any]) -> None:
    assert isinstance(client, TunnelClient)  # as made
    client.state, client.tunnel_id = State[given["state"]], given["tunnel"]
    client._limit, client._refusal = given["limit"], given["refusal"]
    _give_outbox(client._outbox, given["outbox"])


def _server(server: TunnelServer) -> dict[str, Any]:
    return {
        "busy": server.busy,
        "granted": server._granted,
        "tunnels": [
            [peer, each.tunnel_id, each.limit, each.used.isoformat()] for peer, each in server._tunnels.items()
        ],
        "outboxes": [[peer, _outbox(each)] for peer, each in server._outboxes.items()],
    }


def _give_server(server: TunnelServer, given: dict[str, Any]) -> None:
    server.busy, server._granted = given["busy"], given["granted"]
    server._tunnels = {
        peer: Tunnel(tunnel_id, limit, datetime.fromisoformat(used))
        for peer, tunnel_id, limit, used in given["tunnels"]
    }
    for peer, each in given["outboxes"]:
        _give_outbox(server._outbox(peer), each)


def _outbox(outbox: Outbox) -> dict[str, Any]:
    """At rest nothing waits in it."""
    sent = [[tsn, each.number, each.message.hex(), each.tries] for tsn, each in outbox._sent.items()]
    return {"posted": outbox._posted, "sent": sent}


def _give_outbox(outbox: Outbox, given: dict[str, Any]) -> None:
    outbox._posted = given["posted"]
    outbox._sent.clear()
    for tsn, number, message, tries in given["sent"]:
        outbox._sent[tsn] = Letter(number, bytes.fromhex(message), tries)
