"""Alert behaviour: which events are alerted, sounded and logged, a bit for each (gbcs-reference 5, SR 6.22 and 6.2.10).

Event nn of a group is bit 255 - nn of 256, first bit first. A command has two strings in one: what it sets, then to
what. Events of the supplier are 81nn, those of the network operator 80nn.
"""

from schemas.errors import Malformed
from schemas.gbcs.describe.shapes import Form, words
from schemas.gbcs.dlms.data import Data, Tag
from schemas.gbcs.names.alerts import ALERT_CODES

_BITS = 256


def behaviour(group: str) -> Form:
    """The bits of one group's alerts.

    Args:
        group: the first two digits of their codes, 80 or 81.
    """

    def told(value: Data) -> str:
        bits = value.bits
        if len(bits) == _BITS:
            return f"on: {_codes(group, bits, '1')}"
        if len(bits) != 2 * _BITS:
            raise Malformed("alert behaviour", f"has {_BITS} bits, or twice as many")
        mask, setting = bits[:_BITS], bits[_BITS:]
        asked = "".join(bit if is_set == "1" else "-" for is_set, bit in zip(mask, setting, strict=True))
        return f"switch on: {_codes(group, asked, '1')}; switch off: {_codes(group, asked, '0')}"

    return words(told, Tag.BIT_STRING)


def _codes(group: str, bits: str, wanted: str) -> str:
    numbers = (_BITS - 1 - place for place, bit in enumerate(bits) if bit == wanted)
    return ", ".join(_named(int(group, 16) << 8 | number) for number in reversed(tuple(numbers))) or "none"


def _named(code: int) -> str:
    return f"{code:04X} {ALERT_CODES[code]}" if code in ALERT_CODES else f"{code:04X}"
