"""The grammar engine on small grammars of its own; the large ones are tested against the official schema."""

import pytest

from schemas.duis.document import parse
from schemas.duis.node import Node
from schemas.duis.reader import read
from schemas.duis.shape import (
    EMPTY,
    SERVICE_USER_GATEWAY,
    Shape,
    attribute,
    choice,
    many,
    one,
    optional,
    sequence,
    shape,
)
from schemas.duis.writer import write
from schemas.duis.xsd import STRING, integer
from schemas.errors import Malformed


def take(content: Shape, xml: str) -> Node:
    return read(parse(f"<r xmlns='{SERVICE_USER_GATEWAY}'>{xml}</r>".encode()).root, content)


def names(node: Node) -> str:
    return "".join(child.name for child in node.children)


@pytest.mark.parametrize("xml", ["<a/>", "<b/><c/>", "<b/><c/><a/>", "<a/><b/><c/><a/>"])
def test_repeated_choice_with_a_sequence(xml: str) -> None:
    content = shape(many(choice(one("a", EMPTY), sequence(one("b", EMPTY), one("c", EMPTY))), 1, 3))
    assert write(take(content, xml), "")[3:-4] == xml


@pytest.mark.parametrize(
    ("xml", "rule"), [("", "a or b"), ("<b/>", "with c"), ("<a/>" * 4, "the end"), ("<c/>", "r?c")]
)
def test_repeated_choice_refused(xml: str, rule: str) -> None:
    content = shape(many(choice(one("a", EMPTY), sequence(one("b", EMPTY), one("c", EMPTY))), 1, 3))
    with pytest.raises(Malformed, match=rule):
        take(content, xml)


def test_without_end() -> None:
    content = shape(many("a", 2, None, EMPTY), optional("b", EMPTY))
    assert names(take(content, "<a/>" * 500 + "<b/>")) == "a" * 500 + "b"
    with pytest.raises(Malformed):
        take(content, "<a/>")


def test_one_meaning_only() -> None:
    content = shape(optional("a", EMPTY), one("a", EMPTY))
    with pytest.raises(TypeError, match="two things"):
        take(content, "<a/>")


def test_declarations_that_make_no_sense() -> None:
    for items in ([STRING, STRING], [STRING, one("a", EMPTY)], [EMPTY, STRING]):
        with pytest.raises(TypeError):
            shape(*items)


LEVEL = shape(
    one("Level", integer(0, 100), attribute("index", integer(1, 5)), attribute("note", STRING, required=False))
)


@pytest.mark.parametrize(
    ("xml", "message"),
    [
        ("<Level index='1'>101</Level>", "Level: is a whole number from 0 to 100, not '101'"),
        ("<Level index='6'>1</Level>", "Level/@index: is a whole number from 1 to 5, not '6'"),
        ("<Level>1</Level>", "Level/@index: is present"),
        ("<Level index='1' other='2'>1</Level>", "Level: has no attribute 'other'"),
        ("<Level index='1'><b/></Level>", "Level: has a value and no elements in it"),
        ("<Level index='1'>1</Level>x", "r: has no text of its own, not 'x'"),
        ("x<Level index='1'>1</Level>", "r: has no text of its own, not 'x'"),
        ("<b/>", "b: is not expected here, but Level"),
        ("<Level index='1'>" + "9" * 90 + "</Level>", "not '" + "9" * 37 + "...'"),
    ],
)
def test_errors_name_the_path_and_the_rule(xml: str, message: str) -> None:
    with pytest.raises(Malformed) as caught:
        take(LEVEL, xml)
    assert message in str(caught.value)


def test_remarks_do_not_count() -> None:
    node = take(LEVEL, "<!--a--><?b?> <Level index='1'>1<!--c-->0<?d?>0</Level>")
    assert node.integer("Level") == 100


def test_reading_a_long_bad_message_takes_linear_time() -> None:
    content = shape(many(choice(one("a", EMPTY), one("b", EMPTY)), 0, None), one("c", EMPTY))
    with pytest.raises(Malformed):
        take(content, "<a/><b/>" * 20_000)
