"""Valid documents drawn from our own shapes, so that the official schema can be asked about every one of them."""

from decimal import Decimal
from random import Random

from schemas.duis import moments, simple
from schemas.duis.node import Node
from schemas.duis.request_id import RequestIdType
from schemas.duis.shape import Choice, Element, Part, Repeat, Sequence, Shape

BY_RULE = {
    "": " a&<b>é \t",
    "printable ASCII": " ~!A",
    "digits": "01234567890123456789",
    "digits and spaces": "0 1 2",
    "EUIs with commas between": "00-DB-12-34-56-78-90-A0,00-db-12-34-56-78-90-a1",
}


def draw(name: str, shape: Shape, random: Random) -> Node:
    """A node of this shape."""
    attributes = {
        one.name: one.type.read(_text(one.type, random))[0]
        for one in shape.attributes.values()
        if one.required or random.random() < 0.5
    }
    if shape.value is not None:
        text = _text(shape.value, random)
        value, lexical = shape.value.read(text)
        return Node(name, attributes, value, lexical)
    children = [child for part in shape.parts for child in _draw_part(part, random)]
    return Node(name, attributes, children=tuple(children))


def _draw_part(part: Part, random: Random) -> list[Node]:
    match part:
        case Element(name, shape, _):
            return [draw(name, shape, random)]
        case Sequence(parts):
            return [node for each in parts for node in _draw_part(each, random)]
        case Choice(parts):
            return _draw_part(random.choice(parts), random)
        case Repeat(inner, low, high):
            most = low + 3 if high is None else high
            times = random.choice([low, min(low + 1, most), most if most < 10 else low])
            return [node for _ in range(times) for node in _draw_part(inner, random)]


def _text(kind: simple.Simple, random: Random) -> str:
    match kind:
        case simple.Integer():
            low = -5 if kind.low is None else kind.low
            high = 10**30 if kind.high is None else kind.high
            return random.choice([str(low), str(high), str((low + high) // 2)])
        case simple.Fraction():
            if kind.low is None or kind.high is None:
                return "5.4"
            edge = [] if kind.inside else [kind.low, kind.high]
            return str(random.choice([*edge, round((kind.low + kind.high) / Decimal(2), kind.places or 0)]))
        case simple.Text():
            text = BY_RULE[kind.rule]
            if kind.rule.startswith("EUI"):
                return text
            return (text * (1 + kind.low // 4))[: random.choice([max(kind.low, 1), min(kind.high or 20, 20)])]
        case simple.OneOf():
            return random.choice(sorted(kind.texts))
        case simple.Boolean():
            return random.choice(["true", "false", "0", "1"])
        case simple.Eui():
            return random.choice(["00-DB-12-34-56-78-90-A0", "00-db-12-34-56-78-90-a0"])
        case simple.Hex():
            return random.choice(sorted(kind.values)).hex() if kind.values else "aB" * (kind.low or 3)
        case simple.Base64():
            return random.choice(["", "AAAA", "AA==", "AAE="])
        case moments.DateTime():
            return random.choice(["2026-11-22T18:30:00Z", "2026-11-22T18:30:00.5+01:00", "65535-01-01T00:00:00"])
        case moments.Date():
            return random.choice(["2026-11-22", "65535-04-29Z"])
        case moments.Time():
            return random.choice(["00:00:00", "23:59:59.99Z"])
        case RequestIdType():
            return "90-B3-D5-1F-30-01-00-00:00-DB-12-34-56-78-90-A0:" + random.choice(["0", str(2**64 - 1)])
        case simple.Token():
            return "a1"
    raise AssertionError(kind)
