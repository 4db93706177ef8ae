"""The command line: what it prints, and the exit codes that scripts go by."""

import json
from base64 import b64encode
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dcc_sim.cli import main
from dcc_sim.transform import transform
from schemas.duis.request import write_request
from schemas.gbcs.envelope import decode as decode_message
from schemas.gbcs.use_cases.table import USE_CASES, by_name
from tests.pairs import START, Pair, set_state
from tests.schemas.gbcs.use_cases.test_round_trip import request

REQUEST = request("7.13", set_state(START, START, 50))
MESSAGE = transform(REQUEST, by_name("ECS47a")).encode()


def run(*arguments: str, given: bytes | None = None) -> Result:
    """The command in process."""
    return CliRunner().invoke(main, arguments, input=given)


def check_refused(result: Result) -> None:
    """Exit code 1, a line on standard error, no stack trace."""
    assert result.exit_code == 1, result.output
    assert result.stderr.strip()
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    "text",
    [
        MESSAGE.hex(),
        MESSAGE.hex().upper(),
        MESSAGE.hex(" "),
        f"\n{MESSAGE.hex()}\r\n",
        b64encode(MESSAGE).decode(),
        f"  {b64encode(MESSAGE).decode()}\n",
    ],
)
def test_decode_text(text: str) -> None:
    """Hex in any case, with blanks, or base64: the same decode, from an argument or standard input."""
    expected = run("decode", MESSAGE.hex()).output
    for result in (run("decode", text), run("decode", "-", given=text.encode())):
        assert result.exit_code == 0, result.output
        assert result.output == expected
    assert "1001" in expected
    assert "90-B3-D5-1F-30-01-00-00" in expected


def test_decode_files(tmp_path: Path) -> None:
    """A file with hex, base64 or the bytes themselves; several at once."""
    contents = {"a.hex": MESSAGE.hex().encode(), "b.b64": b64encode(MESSAGE), "c.bin": MESSAGE}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    paths = [str(tmp_path / name) for name in contents]
    result = run("decode", *paths)
    assert result.exit_code == 0
    assert result.output == run("decode", MESSAGE.hex()).output * 3


def test_decode_json() -> None:
    """One JSON tree a message."""
    result = run("decode", "--json", MESSAGE.hex())
    assert result.exit_code == 0
    assert json.loads(result.output)


@pytest.mark.parametrize(
    "text", ["", " ", "zz", "dd", "DF09", MESSAGE.hex()[:-1], MESSAGE.hex()[:-2], "x" * 5000, "\u00e9", "/", "."]
)
def test_decode_refuses(text: str) -> None:
    """What is no message: exit code 1, and one line that says why."""
    check_refused(run("decode", text, given=b""))


def test_decode_goes_on_after_a_bad_one() -> None:
    """The good ones are still printed."""
    result = run("decode", "zz", MESSAGE.hex())
    assert result.exit_code == 1
    assert result.stdout == run("decode", MESSAGE.hex()).stdout


def test_decode_lines() -> None:
    """Standard input is a message a line, empty lines not counted; a bad line fails the run and stops no other."""
    lines = f"{MESSAGE.hex()}\n\nzz\n{b64encode(MESSAGE).decode()}\n".encode()
    result = run("decode", "-", given=lines)
    assert result.exit_code == 1
    assert result.stdout == run("decode", MESSAGE.hex()).stdout * 2
    assert "line 2" in result.stderr
    assert run("decode", "-", given=b"").exit_code == 0


def test_decode_without_arguments() -> None:
    """Exit code 2, click's for wrong use."""
    assert run("decode").exit_code == 2


@pytest.fixture
def duis(tmp_path: Path) -> Path:
    """An unsigned request in a file."""
    path = tmp_path / "request.xml"
    path.write_bytes(write_request(REQUEST))
    return path


def test_transform(duis: Path) -> None:
    """The pre-command in hex, signed request or not."""
    assert run("transform", str(duis)).output == f"{MESSAGE.hex().upper()}\n"
    pair = Pair()
    duis.write_bytes(pair.supplier.write(REQUEST))
    result = run("transform", str(duis), str(duis))
    assert result.output == f"{MESSAGE.hex().upper()}\n" * 2
    assert result.exit_code == 0
    pair.store.close()


def test_transform_is_exact_for_a_template(reference: Path) -> None:
    """The README's promise on the command line."""
    folder = reference / "rtds" / "7.13_ECS47a"
    vector = folder / "ECS47a_7.13_APC_OUTPUT_SUCCESS_PRECOMMAND_GBCS.HEX"
    template = reference / "duis-templates" / "ECS47a_7.13_APC_OUTPUT_SUCCESS_REQUEST_DUIS.XML"
    assert run("transform", str(template)).output.strip() == vector.read_text(encoding="ascii").strip().upper()


def test_transform_through_the_broker(tmp_path: Path) -> None:
    """7.14 is brokered as in RTDS: the user's counter plus 300, or a given one, or direct."""
    path = tmp_path / "read.xml"
    body = request(
        "7.14",
        set_state(START, START)._replace(name="ReadAuxiliaryControllerConfigurationData", attributes={}, children=()),
        variant=1,
    )
    path.write_bytes(write_request(body))
    counters = [
        decode_message(bytes.fromhex(run("transform", *options, str(path)).output)).originator_counter
        for options in ((), ("--broker-counter", "7"), ("--direct",))
    ]
    assert counters == [1301, 7, 1001]


def test_transform_with_keys_is_the_whole_command(reference: Path) -> None:
    """A read's command comes out with its MAC, octet for octet; a critical one is signed and MACed, and both hold."""
    keys = ("--keys", str(reference / "rtds-keystore"))
    read = reference / "duis-templates" / "ECS61d_7.14_SUCCESS_REQUEST_DUIS.XML"
    vector = reference / "rtds" / "7.14_ECS61d" / "ECS61d_7.14_SUCCESS_COMMAND_GBCS.HEX"
    assert (
        run("transform", *keys, str(read)).output.splitlines()[1] == vector.read_text(encoding="ascii").strip().upper()
    )
    critical = reference / "duis-templates" / "ECS47a_7.13_APC_OUTPUT_SUCCESS_REQUEST_DUIS.XML"
    result = json.loads(run("transform", "--json", *keys, str(critical)).output)
    assert result["useCase"] == "ECS47a"
    verdict = run("verify", *keys, result["command"])
    assert verdict.exit_code == 0
    assert "MAC holds, signature holds" in verdict.output


def test_transform_with_keys_that_lack_one(duis: Path, tmp_path: Path) -> None:
    """An empty folder signs nothing."""
    (tmp_path / "keys").mkdir()
    check_refused(run("transform", "--keys", str(tmp_path / "keys"), str(duis)))


def test_keys_that_are_none(tmp_path: Path) -> None:
    """A file named as a key that is none: a clear error."""
    (tmp_path / f"{'00' * 8}-ds.pem").write_text("no key")
    check_refused(run("verify", "--keys", str(tmp_path), MESSAGE.hex()))
    check_refused(run("verify", "--keys", str(tmp_path), "--broker", "nobody", MESSAGE.hex()))


def test_verify_tells_a_flipped_bit(reference: Path) -> None:
    """One good, one bad: a verdict each, exit code 1."""
    keys = ("--keys", str(reference / "rtds-keystore"))
    good = reference / "rtds" / "7.14_ECS61d" / "ECS61d_7.14_SUCCESS_COMMAND_GBCS.HEX"
    octets = bytearray.fromhex(good.read_text(encoding="ascii"))
    octets[-1] ^= 1
    result = run("verify", "--json", *keys, str(good), octets.hex())
    assert result.exit_code == 1
    assert [json.loads(line)["good"] for line in result.output.splitlines()] == [True, False]


def test_encode_gives_decode_back(reference: Path) -> None:
    """decode --json and encode are inverse for every vector of a folder, and for standard input."""
    files = sorted((reference / "rtds" / "7.14_ECS61d").glob("*.HEX"))
    decoded = run("decode", "--json", *map(str, files)).output
    encoded = run("encode", "-", given=decoded.encode())
    assert encoded.output.split() == [path.read_text(encoding="ascii").strip().upper() for path in files]


NOT_FROM_DECODE = (b"{", b"[]", b"{}", b"\xff", b'{"message": {"cra": "command"}}', b'{"cra": 7}', b"[" * 100_000)


@pytest.mark.parametrize("given", NOT_FROM_DECODE)
def test_encode_refuses(given: bytes) -> None:
    """What decode did not print: a clear error, exit code 1."""
    check_refused(run("encode", "-", given=given))


def test_mmc_of_a_response(reference: Path) -> None:
    """A response as MMC; a command is refused."""
    folder = reference / "rtds" / "7.13_ECS47a"
    response = folder / "ECS47a_7.13_APC_OUTPUT_SUCCESS_RESPONSE_GBCS.HEX"
    assert 'SetAuxiliaryControllerStateRsp MessageSuccess="true"' in run("mmc", str(response)).output
    check_refused(run("mmc", str(folder / "ECS47a_7.13_APC_OUTPUT_SUCCESS_COMMAND_GBCS.HEX")))


def test_transform_of_the_highest_counter(tmp_path: Path) -> None:
    """The user's counter plus 300 does not fit 64 bits: a clear refusal, and a given broker's counter works."""
    path = tmp_path / "read.xml"
    body = set_state(START, START)._replace(name="ReadAuxiliaryControllerConfigurationData", attributes={}, children=())
    path.write_bytes(write_request(request("7.14", body, 2**64 - 1, variant=1)))
    check_refused(run("transform", str(path)))
    assert run("transform", "--broker-counter", "1", str(path)).exit_code == 0


@pytest.mark.parametrize("content", [b"", b"<a/>", b"\xff", b"<!DOCTYPE a []><a/>"])
def test_transform_refuses(duis: Path, content: bytes) -> None:
    """No DUIS: exit code 1; the good file beside it is still done."""
    bad = duis.with_name("bad.xml")
    bad.write_bytes(content)
    check_refused(run("transform", str(bad)))
    result = run("transform", str(bad), str(duis))
    assert result.exit_code == 1
    assert result.stdout == f"{MESSAGE.hex().upper()}\n"


@pytest.mark.parametrize(("use_case", "code"), [("ECS47a", 0), ("ECS47e", 1), ("ECS99", 1), ("", 1)])
def test_transform_by_name(duis: Path, use_case: str, code: int) -> None:
    """Only a use case that carries the request."""
    assert run("transform", "--use-case", use_case, str(duis)).exit_code == code


def test_transform_wrong_use(tmp_path: Path) -> None:
    """Exit code 2 for a file that is not there and for a counter out of range."""
    assert run("transform", str(tmp_path / "none")).exit_code == 2
    assert run("transform", str(tmp_path)).exit_code == 2
    assert run("transform", "--broker-counter", str(2**64), "x").exit_code == 2


def test_help_and_version() -> None:
    """Every command explains itself."""
    for command in ((), ("demo",), ("decode",), ("transform",), ("serve",)):
        assert run(*command, "-h").exit_code == 0
    assert run("--version").exit_code == 0


def test_every_input_has_its_verdict_as_json(tmp_path: Path) -> None:
    """Good and bad in the order they were given, a line each; exit status 1."""
    (tmp_path / "bad.json").write_text('{"message": 1}\n[]\n')
    for command, inputs in (("decode", [MESSAGE.hex(), "00"]), ("mmc", ["00", "11"]), ("encode", ["bad.json"])):
        given = [str(tmp_path / each) if each.endswith("json") else each for each in inputs]
        result = run(command, "--json", *given)
        verdicts = [json.loads(line) for line in result.output.splitlines()]
        assert result.exit_code == 1 and len(verdicts) == 2, command
        assert [each["good"] for each in verdicts] == [command == "decode", False]
        assert verdicts[1]["error"] and verdicts[1]["source"]
    request = tmp_path / "request.xml"
    request.write_text("<no/>")
    refused = run("transform", "--json", str(request))
    assert refused.exit_code == 1 and json.loads(refused.output)["good"] is False


def test_use_cases_are_listed() -> None:
    """By service, by chapter, by name; as lines and as JSON."""
    assert len(run("use-cases").output.splitlines()) == len(USE_CASES)
    (line,) = run("use-cases", "7.13").output.splitlines()
    assert "ECS47a" in line and "011E" in line and "SetAuxiliaryControllerState" in line
    listed = [json.loads(each) for each in run("use-cases", "--json", "11", "GCS32").output.splitlines()]
    assert {each["name"] for each in listed} == {"GCS32", "ECS52", "GCS38", "CS08", "CS06"}
    assert {each["content"] for each in listed} == {"GBZ", "DLMS", "ASN.1"}
    assert run("use-cases", "1.1").output and not run("use-cases", "99").output
