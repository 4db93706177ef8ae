"""The RTDS files of load control and what supports it, found when tests are collected: whatever is there is tested.

Nothing is copied from them. Without the reference material the lists are empty, and tests that count them say so.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from schemas.duis.document import parse
from schemas.duis.request import Request, read_request
from schemas.gbcs.envelope import Message, decode
from schemas.gbcs.use_cases.declare import UseCase
from schemas.gbcs.use_cases.load_control import LOAD_CONTROL
from schemas.gbcs.use_cases.support import SUPPORT

ROOT = Path(os.environ.get("DCC_SIM_REFERENCE") or Path(__file__).resolve().parents[5] / "shared" / "reference")

COVERED: tuple[UseCase, ...] = (*LOAD_CONTROL, *SUPPORT)
"""The use cases that these tests read back value by value."""


@dataclass(frozen=True, slots=True)
class Template:
    """One DUIS template of a declared use case, with the command vectors that have its stem."""

    path: Path
    use_case: UseCase
    vectors: tuple[Path, ...]

    @property
    def stem(self) -> str:
        """The part of the name that template and vectors share."""
        return self.path.name.removesuffix("_REQUEST_DUIS.XML")

    @property
    def request(self) -> Request:
        """The request, read."""
        return read_request(parse(self.path.read_bytes()))


def message(path: Path) -> Message:
    """The GBCS message in a vector's file."""
    return decode(octets(path))


def octets(path: Path) -> bytes:
    """The bytes in a vector's file."""
    return bytes.fromhex("".join(path.read_text(encoding="ascii").split()))


def templates() -> list[Template]:
    """Every template of a covered use case."""
    found = []
    for use_case in COVERED:
        for path in sorted((ROOT / "duis-templates").glob(f"{use_case.name}_{use_case.service}_*.XML")):
            stem = path.name.removesuffix("_REQUEST_DUIS.XML")
            folder = ROOT / "rtds" / f"{use_case.service}_{use_case.name}"
            vectors = sorted((*folder.glob(f"{stem}_COMMAND*.HEX"), *folder.glob(f"{stem}_PRECOMMAND*.HEX")))
            found.append(Template(path, use_case, tuple(vectors)))
    return found


def responses() -> list[tuple[UseCase, Path]]:
    """Every response vector of a covered use case."""
    return [
        (use_case, path)
        for use_case in COVERED
        for path in sorted((ROOT / "rtds" / f"{use_case.service}_{use_case.name}").glob("*_RESPONSE_GBCS.HEX"))
    ]


def alerts() -> list[Path]:
    """Every alert vector with a DLMS content: a data notification, 0F, and no GBZ or ASN.1 content."""
    return [path for path in sorted((ROOT / "rtds").glob("*/*ALERT*.HEX")) if _is_dlms(message(path))]


def _is_dlms(alert: Message) -> bool:
    # 0F, four octets of invoke id, no date-time, a structure that begins with the code as long-unsigned.
    return alert.payload[:1] == b"\x0f" and alert.payload[5:7] == b"\x00\x02" and alert.payload[8:9] == b"\x12"
