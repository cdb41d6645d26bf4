"""The filter pattern language, by AWS's own examples and at its edges."""

from __future__ import annotations

import json

import pytest

from hatoba.cloud.logs.pattern import BadPattern, compile_pattern

EVENT = json.dumps(
    {
        "eventType": "UpdateTrail",
        "sourceIPAddress": "111.111.111.111",
        "arrayKey": ["value", "another value"],
        "objectList": [{"name": "a", "id": 1}, {"name": "b", "id": 2}],
        "SomeObject": None,
        "ThisFlag": True,
        "cluster.name": "c",
        "latency": 55.5,
        "status": 404,
        "code": "404",
        "empty": "",
        "big": 10000,
    }
)
NESTED = json.dumps(
    {
        "user": {"id": 1, "email": "John.Stiles@example.com"},
        "users": [{"id": 2, "email": "John.Doe@example.com"}, {"id": 3, "email": "Jane.Doe@example.com"}],
        "actions": ["GET", "PUT", "DELETE"],
        "coordinates": [[0, 1, 2], [4, 5, 6], [7, 8, 9]],
    }
)
LINE = '127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534'


def matches(pattern: str, message: str) -> bool:
    return compile_pattern(pattern).matches(message)


@pytest.mark.parametrize(
    ("pattern", "message", "expected"),
    [
        ("", "anything", True),
        ('" "', "anything", True),
        ("ERROR", "[ERROR 400] BAD REQUEST", True),
        ("ERROR", "Exiting with ERRORCODE: -1", True),
        ("ERROR", "[error 400]", False),
        ("ERROR ARGUMENTS", "[ERROR 419] MISSING ARGUMENTS", True),
        ("ERROR ARGUMENTS", "[ERROR 400] BAD REQUEST", False),
        ("?ERROR ?ARGUMENTS", "[WARN] ARGUMENTS", True),
        ("?ERROR ?ARGUMENTS", "[WARN] REQUEST", False),
        ("?ERROR ?ARGUMENTS REQUEST", "[INFO] REQUEST FAILED", True),
        ("?ERROR ?ARGUMENTS REQUEST", "[ERROR] ARGUMENTS", False),
        ('"INTERNAL SERVER ERROR"', "[ERROR 500] INTERNAL SERVER ERROR", True),
        ('"INTERNAL SERVER ERROR"', "[ERROR 500] SERVER INTERNAL ERROR", False),
        ("ERROR -ARGUMENTS", "[ERROR 400] BAD REQUEST", True),
        ("ERROR -ARGUMENTS", "[ERROR 419] MISSING ARGUMENTS", False),
        ('"ERROR" - "Exiting"', "Exiting with ERRORCODE: -1", False),
        ("-ERROR", "all is well", True),
        ('"a \\"quoted\\" word"', 'say a "quoted" word', True),
        ('"404.html"', "GET /404.html", True),
        ("%AUTHORIZED%", "[ERROR 401] UNAUTHORIZED REQUEST", True),
        ("%^[hc]at%", "the hat", False),
        (r"%\d{1,3}\.\d{1,3}%", "from 10.0", True),
        ("波止場", "ここは波止場です", True),
    ],
)
def test_terms(pattern: str, message: str, *, expected: bool) -> None:
    assert matches(pattern, message) is expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ('{ $.eventType = "UpdateTrail" }', True),
        ("{$.eventType=UpdateTrail}", True),
        ('{ $.eventType = "Update*" }', True),
        ("{ $.eventType = *Trail }", True),
        ('{ $.eventType != "UpdateTrail" }', False),
        ("{ $.eventType = %Trail% }", True),
        ("{ $.sourceIPAddress != 123.123.* }", True),
        ("{ $.sourceIPAddress = 111.111.* }", True),
        ('{ $.arrayKey[0] = "value" }', True),
        ('{ $.arrayKey[9] = "value" }', False),
        ("{ $.arrayKey[*] = %val.{2}% }", True),
        (r"{ $.* = %111\.111\.111\.1[0-9]{1,2}% }", True),
        ("{ $.objectList[1].id = 2 }", True),
        ("{ $.objectList[*].id = 2 }", True),
        ("{ $.SomeObject IS NULL }", True),
        ("{ $.eventType IS NULL }", False),
        ("{ $.missing IS NULL }", False),
        ("{ $.ThisFlag IS TRUE }", True),
        ("{ $.ThisFlag IS FALSE }", False),
        ("{ $.SomeOtherObject NOT EXISTS }", True),
        ("{ $.SomeObject NOT EXISTS }", False),
        ("{ $.['cluster.name'] = \"c\" }", True),
        ('{ $["cluster.name"] = c }', True),
        ("{ $.latency > 50 }", True),
        ("{ $.latency <= 55.5 }", True),
        ("{ $.latency < -1e3 }", False),
        ("{ $.big = 1e+4 }", True),
        ("{ $.big >= +10000 }", True),
        ("{ $.status = 404 }", True),
        ("{ $.status = 4* }", True),
        ("{ $.status != 404 }", False),
        ("{ $.code = 404 }", True),
        ('{ $.code = "404" }', True),
        ("{ $.code >= 400 }", True),
        ("{ $.eventType > 1 }", False),
        ("{ $.latency = * }", True),
        ("{ $.missing = * }", False),
        ("{ $.missing != x }", False),
        ("{ $.arrayKey = value }", False),
        ("{ $.arrayKey != value }", False),
        ('{ $.empty = "" }', True),
    ],
)
def test_json_conditions(pattern: str, *, expected: bool) -> None:
    assert matches(pattern, EVENT) is expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ('{ ($.user.id = 1) && ($.users[0].email = "John.Doe@example.com") }', True),
        ('{ ($.user.id = 2 && $.users[0].email = "nonmatch") || $.actions[2] = "GET" }', False),
        (
            (
                '{ $.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = nonmatch'
                " && $.actions[2] = nomatch }"
            ),
            True,
        ),
        (
            (
                '{ ($.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = nonmatch)'
                " && $.actions[2] = nomatch }"
            ),
            False,
        ),
        ("{ $.coordinates[1][2] = 6 }", True),
    ],
)
def test_json_expressions_keep_awss_order(pattern: str, *, expected: bool) -> None:
    assert matches(pattern, NESTED) is expected


@pytest.mark.parametrize(
    "message", ["plain text", "[1]", '"text"', '{"half": ', "", '{"\ud800": 1}', '{"a":' * 5000]
)
def test_a_message_that_is_no_json_object_matches_no_json_pattern(message: str) -> None:
    assert not matches("{ $.a NOT EXISTS }", message)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("[ip, user, username, timestamp, request, status_code, bytes]", True),
        ("[ip, user, username, timestamp, request, status_code]", False),
        (
            r"[ip=%127\.0\.0\.[1-9]%, user, username, timestamp, request =*.html*, status_code = 4*, bytes]",
            True,
        ),
        ("[..., request =*.html*, status_code = 4*, bytes]", True),
        ("[ip, user, ..., status_code, bytes]", True),
        ("[ip, user, ...]", True),
        ("[...]", True),
        ("[..., bytes > 1000]", True),
        ("[..., bytes > 2000]", False),
        ("[..., status_code = 404 || status_code = 410, bytes]", True),
        ("[..., status_code = 4* && status_code != 404, bytes]", False),
        ('[..., user = "Prod", username, timestamp, request, s, b]', True),
        ('[..., request = "GET /index.html HTTP/1.0", status_code, bytes]', True),
        ('[..., timestamp = "10/Oct/2000:13:25:15 -0700", request, status_code, bytes]', True),
        ("[ip, , , , , status_code=404, ]", True),
        ("[ip=192.*, ...]", False),
        ("[a, b, c, d, e, f, g, h, ...]", False),
    ],
)
def test_space_delimited_conditions(pattern: str, *, expected: bool) -> None:
    assert matches(pattern, LINE) is expected


def test_a_condition_on_the_first_word_alone() -> None:
    assert matches("[w1=ERROR, w2]", "ERROR message")
    assert not matches("[w1=ERROR, w2]", "ERROR WARN message")
    assert matches("[w1=ERROR || w1=WARN, w2]", "WARN message")
    assert not matches("[w1!=ERROR && w1!=WARN, w2]", "WARN message")


def test_fields_are_extracted_by_name_or_place() -> None:
    pattern = compile_pattern("[..., request=*.html*, status_code=4*,]")

    assert pattern.extracted(LINE) == {
        "$1": "127.0.0.1",
        "$2": "Prod",
        "$3": "frank",
        "$4": "10/Oct/2000:13:25:15 -0700",
        "$request": "GET /index.html HTTP/1.0",
        "$status_code": "404",
        "$7": "1534",
    }
    assert compile_pattern("ERROR").extracted("ERROR") == {}
    assert compile_pattern("{ $.a = 1 }").extracted('{"a": 1}') == {}


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("{ $.a = 1", "does not end with }"),
        ("[a, b", r"does not end with \]"),
        ("{ a = 1 }", "begins with a property such as"),
        ("{ $.a }", "ends too early"),
        ("{ $.a = }", "ends too early"),
        ("{ $.a IS 5 }", "IS NULL, IS TRUE, IS FALSE, NOT EXISTS"),
        ("{ $.a EXISTS }", "ends too early"),
        ("{ ($.a = 1 }", "ends too early"),
        ("{ $.a = 1 $.b = 2 }", "one too many"),
        ("{ $.a < big }", "compares with a number"),
        ("{ $.*.* = 1 }", "one wildcard selector"),
        ("{ $.*=1 || $.*=2 || $.*=3 || $.*=4 }", "one wildcard selector"),
        ("{ $.a = %(x)% }", "may not have"),
        ("%[a%", "no regular expression"),
        ("%some!thing%", "may not have"),
        ('"half a quote', "cannot be read"),
        ("error:", r"Invalid character\(s\) in term 'error:'; put it in double quotes"),
        ("[..., a, ...]", "only one ellipsis"),
        ("[a = 1 && b = 2]", "begins with its name"),
        ("[a =]", "ends too early"),
        ("{}", "ends too early"),
    ],
)
def test_a_bad_pattern_says_what_is_wrong(pattern: str, says: str) -> None:
    with pytest.raises(BadPattern, match=says):
        compile_pattern(pattern)
