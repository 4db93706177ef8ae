"""A session's journal as a scenario file: its requests as steps, what came of them as what must come of them."""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import yaml

from dcc_sim.policy import RULES
from dcc_sim.session_replay import Replayed
from dcc_sim.testing.emulator import device_name
from dcc_sim.world import World
from schemas.duis.document import parse
from schemas.duis.node import Node
from schemas.duis.request import Request, read_request
from schemas.duis.response import read_response
from schemas.errors import Malformed
from schemas.eui import EUI64
from schemas.gbcs.auxiliary import Direction

_FAULTS = re.compile(r"/sim/faults/([0-9A-Fa-f-]+)")
_GOOD = ("I0", "I99")


def scenario(replayed: Replayed, head: dict[str, Any], name: str) -> tuple[str, list[str]]:
    """The text of a scenario file, and what of the session has no words there.

    What was accepted becomes a ``send`` step; what was refused, forged or repeated is posted octet for octet, which
    holds good as long as the seed stays.
    """
    left: list[str] = []
    steps = [step for each in _paired(replayed) for step in _steps(*each, replayed, left)]
    world = replayed.world
    steps.append({"at": _text(world.clock.now), "check": _end(world)})
    told = {
        "scenario": name,
        "seed": head["seed"],
        "start": head["start"],
        "policy": head["policy"],
        "homes": {"home": {"installed": head["installed"]}},
        "steps": steps,
    }
    return yaml.safe_dump(told, sort_keys=False, allow_unicode=True, width=110), left


def _paired(replayed: Replayed) -> Iterator[tuple[datetime, dict[str, Any], dict[str, Any]]]:
    """Without the signed half of a request that was transformed: a ``send`` step does both."""
    done: set[bytes] = set()
    for moment, asked, answer in replayed.asked:
        request = _request(asked)
        if request is not None and answer["answer"] == 200:
            name = str(request.request_id).encode()
            code = _code(answer)
            if request.command_variant == 5 and name in done and code == "I99":
                done.discard(name)
                continue
            if request.command_variant == 4 and code == "I0":
                done.add(name)
        yield moment, asked, answer


def _steps(
    moment: datetime, asked: dict[str, Any], answer: dict[str, Any], replayed: Replayed, left: list[str]
) -> Iterator[dict[str, Any]]:
    path, method = asked["path"], asked["request"]
    service = path.rpartition("/")[2]
    if path.startswith("/api/v1/service"):
        yield {"at": _text(moment), **_asked(asked, answer, service, replayed.world)}
    elif method == "PUT" and (found := _FAULTS.fullmatch(path)) and answer["answer"] == 200:
        faults = json.loads(bytes.fromhex(asked["body"]))
        if faults.get("silent"):
            yield {"at": _text(moment), "do": "silent", "device": device_name(EUI64.parse(found[1]))}
        else:
            left.append(f"{method} {path} {faults}")
    elif method == "POST" and path == "/sim/air" and answer["answer"] == 201:
        yield {"at": _text(moment), "air": json.loads(bytes.fromhex(asked["body"]))}
    elif method == "DELETE" and (found := _FAULTS.fullmatch(path)):
        yield {"at": _text(moment), "do": "back", "device": device_name(EUI64.parse(found[1]))}
    elif method != "GET" and not path.startswith("/sim/clock"):
        left.append(f"{method} {path}")


def _asked(asked: dict[str, Any], answer: dict[str, Any], service: str, world: World) -> dict[str, Any]:
    request = _request(asked)
    code = f"HTTP {answer['answer']}" if answer["answer"] != 200 else _code(answer)
    user = None if request is None else world.dcc.inventory.users.get(request.request_id.originator)
    who = {} if user is None else {"as": user.name}
    if request is None or user is None or code not in _GOOD or request.command_variant not in (1, 4, 8):
        body = bytes.fromhex(asked["body"]).decode("utf-8", "replace")
        return {"post": service, **who, "xml": body, "expect": code}
    step: dict[str, Any] = {"send": request.service_reference_variant, **who}
    if request.service_reference_variant in RULES and request.command_variant != 8:
        step["to"] = device_name(request.request_id.target)
    values = {path: value for node in request.body.children for path, value in _values(node, "")}
    values = {**{f"@{name}": str(value) for name, value in request.body.attributes.items()}, **values}
    if values:
        step["values"] = values
    final = _final(request, world)
    return {**step, "expect": final or code}


def _final(request: Request, world: World) -> str:
    mailbox = world.dcc.store.mailbox(request.request_id.originator)
    for each in mailbox:
        if each.request == str(request.request_id):
            return read_response(parse(each.document)).code
    return ""


def _values(node: Node, above: str) -> Iterator[tuple[str, str]]:
    here = f"{above}{node.name}"
    for name, value in node.attributes.items():
        yield f"{here}/@{name}", str(value)
    if node.lexical is not None:
        yield here, node.lexical
    for child in node.children:
        yield from _values(child, f"{here}/")


def _end(world: World) -> dict[str, Any]:
    level = world.home.charger.why(1, Direction.OUTPUT, world.clock.now)
    return {
        "power": {"of": "charger", "kw": round(world.home.charger.charge_point.power_kw, 3)},
        "state": {"of": "charger", "level": level.percent, "rule": str(level.winner.rule)},
    }


def _request(asked: dict[str, Any]) -> Request | None:
    if not asked["path"].startswith("/api/v1/service"):
        return None
    try:
        return read_request(parse(bytes.fromhex(asked["body"])))
    except Malformed:
        return None


def _code(answer: dict[str, Any]) -> str:
    return read_response(parse(bytes.fromhex(answer["body"]))).code


def _text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
