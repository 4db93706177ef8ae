"""No bytes whatever may open a door or raise anything but our own errors."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.duis.document import parse
from schemas.duis.request import peek_request_id, read_request
from schemas.duis.response import read_response
from schemas.duis.xml_signature import sign, verify
from schemas.errors import Malformed, SmartMeterError
from tests.schemas.duis.keys import KEY

BOMB = b"<!DOCTYPE a [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;'>]><a b='&c;'>&c;</a>"


@pytest.mark.parametrize(
    "xml",
    [
        b"",
        b" ",
        b"\0",
        b"plain",
        b"<a>",
        b"<a></b>",
        b"<a/><b/>",
        b"<a>&nothing;</a>",
        b"<a b='1' b='2'/>",
        b"<!DOCTYPE a><a/>",
        b"<!DOCTYPE a SYSTEM 'http://127.0.0.1:9/x.dtd'><a/>",
        b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>",
        BOMB,
        BOMB.decode().encode("utf-16"),
        b"<?xml version='1.1'?><a/>",
        b"<?xml version='1.0' encoding='ISO-8859-1'?><a/>",
        b"<?xml version='1.0' encoding='UTF-7'?><a/>",
        b"<?xml version='1.0' encoding='UTF-16'?><a/>",
        "<?xml version='1.0' encoding='UTF-8'?><a/>".encode("utf-16"),
        b"\xff\xfea",
        b"<a>\xff</a>",
        b"<a>\x01</a>",
        b"<a>&#0;</a>",
        b"<x:a/>",
        b"<a>" * 300 + b"</a>" * 300,
        b"<a>" * 100_000,
    ],
)
def test_refused(xml: bytes) -> None:
    with pytest.raises(Malformed):
        parse(xml)


@pytest.mark.parametrize(
    "xml",
    [
        b"<a/>",
        b"\xef\xbb\xbf<a/>",
        b"<?xml version='1.0' encoding='utf-8'?><a/>",
        "<?xml version='1.0' encoding='UTF-16'?><a>é</a>".encode("utf-16"),
        "<?xml version='1.0'?><a/>".encode("utf-16-le"),
        "<a/>".encode("utf-16-be"),
    ],
)
def test_accepted(xml: bytes) -> None:
    assert parse(xml).root.tag == "a"


def test_a_body_of_ten_megabytes_is_refused_by_its_length_alone() -> None:
    with pytest.raises(Malformed, match="at most 1000000 bytes, not 10000007"):
        parse(b"<a>" + b"x" * 10_000_000 + b"</a>")


def test_the_limit_is_the_callers() -> None:
    assert parse(b"<a>" + b"x" * 2_000_000 + b"</a>", limit=3_000_000).root.text == "x" * 2_000_000
    with pytest.raises(Malformed):
        parse(b"<a/>", limit=3)


def test_the_attack_among_the_samples(reference: Path) -> None:
    with pytest.raises(Malformed, match="document type"):
        parse((reference / "samples" / "duis-xxe.xml").read_bytes())


REQUEST = b"<sr:Request xmlns:sr='http://www.dccinterface.co.uk/ServiceUserGateway' schemaVersion='5.4'>"


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=200),
        st.text(max_size=100).map(lambda text: text.encode("utf-8", "surrogatepass")),
        st.text("<>/ab&;'\"=![]?-:srxml \n", max_size=80).map(str.encode),
        st.text("<>/ab&;'\"= \n", max_size=60).map(lambda text: REQUEST + text.encode() + b"</sr:Request>"),
    )
)
def test_no_bytes_raise_anything_but_our_errors(xml: bytes) -> None:
    try:
        document = parse(xml)
        peek_request_id(document)
    except SmartMeterError:
        return
    for read in (read_request, read_response, lambda d: verify(d, lambda issuer, serial: None)):
        with pytest.raises(SmartMeterError):
            read(document)
    with suppress(SmartMeterError):
        sign(xml, KEY, "CN=A", 1)
