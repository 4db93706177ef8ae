"""A user of a served emulator, over HTTP: its keys from a folder, its requests signed, its answers checked.

Everything here could be any head end: it knows the emulator by its web services and its control API alone.
"""

import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_private_key

from dcc_sim.media import REASON, XML
from dcc_sim.smki import Credentials, KeyPair, Repository, eui_of
from dcc_sim.user import StandInUser
from schemas.duis.request import Request
from schemas.duis.response import Response
from schemas.errors import Malformed, NotPossible, NotReached
from schemas.eui import EUI64
from schemas.gbcs.use_cases.declare import DeviceType

STEP = 1.0
"""Virtual seconds between two looks into the mailbox."""
POLL = 0.2
"""Real seconds between two looks where somebody else moves the clock."""
_SIGNING = "-ds.pem"
_XML = re.compile(r"(dsp-)?xml-sign-")


def load(folder: Path, who: str) -> Credentials:
    """The keys of a user in a folder that ``dcc-sim serve --keys`` wrote.

    Args:
        folder: theirs.
        who: name or EUI-64.

    Raises:
        NotPossible: it has no such user.
        Malformed: a key or certificate cannot be read.
    """
    for path in sorted(folder.glob(f"*{_SIGNING}")):
        name = path.name.removesuffix(_SIGNING)
        if _XML.match(name):
            continue
        signing = _pair(folder, f"{name}-ds")
        eui = eui_of(signing.certificate)
        if who.casefold() in (name.casefold(), str(eui).casefold()):
            xml_signing = _pair(folder, f"xml-sign-{eui.hex().upper()}-ds")
            return Credentials(eui, name, signing, _pair(folder, f"{name}-ka"), xml_signing)
    raise NotPossible("user", f"has keys in {folder}, {who} has none: write them with dcc-sim serve --keys {folder}")


def _pair(folder: Path, name: str) -> KeyPair:
    try:
        certificate = x509.load_pem_x509_certificate((folder / f"{name}.pem").read_bytes())
        key = load_der_private_key((folder / f"{name}.key").read_bytes(), None)
    except (OSError, ValueError) as error:
        raise Malformed(f"{name}.pem and .key", f"are a certificate and its key ({type(error).__name__})") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise Malformed(f"{name}.key", "is a P-256 key")
    return KeyPair(certificate, key)


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one request.

    Attributes:
        response: the last DUIS response, its signature checked.
        reason: beside a refusal.
        mmc: the decoded form; empty where there is none.
        final: False where a device's answer has not come in the time waited.
    """

    response: Response
    reason: str = ""
    mmc: str = ""
    final: bool = True

    @property
    def good(self) -> bool:
        """Whether the request had success."""
        return self.final and self.response.code.startswith("I")


class Client:
    """One user at one emulator.

    Args:
        http: with the emulator's URL as its base.
        credentials: the user's keys.

    Raises:
        NotReached: the emulator does not answer, in every method.
    """

    def __init__(self, http: httpx.Client, credentials: Credentials) -> None:
        self._http = http
        certificates = Repository()
        for pem in self._get("/sim/certificates"):
            certificates.pin(x509.load_pem_x509_certificate(pem.encode()))
        known = self._get(f"/sim/users/{credentials.eui}")
        self.user = StandInUser(known["name"], credentials, certificates, known["counter"])

    def device_type(self, eui: EUI64) -> DeviceType | None:
        """What the emulator's inventory says a device is; None where it has none of that name."""
        types = {each["eui"]: each["type"] for each in self._get("/sim/devices")}
        return DeviceType(types[str(eui)]) if str(eui) in types else None

    def send(self, request: Request, device: DeviceType | None, wait: float, advance: bool) -> Answer:
        """The whole road: a critical request is transformed, correlated and signed first.

        Args:
            request: of this user, with a new counter.
            device: type of the target.
            wait: seconds for the device's answer, virtual ones if ``advance``.
            advance: whether to move the emulator's clock.
        """
        newest = max((each["number"] for each in self._mailbox(0)), default=0)
        service = {1: "serviceS", 2: "serviceS", 4: "serviceT"}.get(request.command_variant, "serviceD")
        answer = self._post(service, request)
        if request.command_variant == 4 and answer.good:
            signed = self.user.sign_pre_command(request, self.user.correlate(request, answer.response, device=device))
            answer = self._post("serviceS", signed)
        if answer.response.code != "I99" or service == "serviceD":
            return answer
        return self._await(request, newest, wait, advance) or Answer(answer.response, final=False)

    def ladder(self, request: Request) -> str:
        """The message ladder of a request."""
        return self._ask("GET", "/sim/ladder", params={"request": str(request.request_id)}).text

    def _await(self, request: Request, newest: int, wait: float, advance: bool) -> Answer | None:
        waited = 0.0
        while waited < wait:
            if advance:
                self._ask("POST", "/sim/clock/advance", json={"seconds": STEP})
            else:
                time.sleep(POLL)
            waited += STEP if advance else POLL
            for each in self._mailbox(newest):
                if each["request"] == str(request.request_id):
                    return Answer(self.user.read(each["document"].encode()), mmc=each["mmc"])
        return None

    def _mailbox(self, after: int) -> list[dict[str, Any]]:
        documents: list[dict[str, Any]] = self._get(f"/sim/users/{self.user.eui}/responses?after={after}")
        return documents

    def _post(self, service: str, request: Request) -> Answer:
        headers = {"Content-Type": XML}
        got = self._ask("POST", f"/api/v1/{service}", content=self.user.write(request), headers=headers)
        return Answer(self.user.read(got.content), got.headers.get(REASON, ""))

    def _get(self, path: str) -> Any:
        return self._ask("GET", path).json()

    def _ask(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        try:
            got = self._http.request(method, path, **arguments)
        except httpx.HTTPError as error:
            raise NotReached("gateway", f"answers at {self._http.base_url} ({error})") from None
        if not got.is_success:
            raise NotReached("gateway", f"answers {method} {path} with success, not {got.status_code}: {got.text}")
        return got
