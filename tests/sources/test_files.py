"""Outside files: plain or gzipped, and whatever is wrong with one is said with file and line."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossalpaca.errors import DataError
from crossalpaca.sources.files import locate, read_json, read_lines, source_file, starter_folder

NOISE = "".join(hashlib.sha256(bytes([n])).hexdigest() + "\n" for n in range(200)).encode()  # hard to compress


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(DataError) as raised:
        list(read_lines(path))
    assert "\n" not in str(raised.value)
    assert str(path) in str(raised.value)
    return str(raised.value)


@pytest.mark.parametrize("name", ["a.txt", "a.txt.gz"])
@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (b"", []),
        (b"one", ["one"]),
        (b"one\ntwo\n", ["one", "two"]),
        (b"one\n\ntwo", ["one", "", "two"]),
        (b"\n", [""]),
        (b"one\r\ntwo\r\n", ["one", "two"]),
        (b"one\r\ntwo\n", ["one", "two"]),
        (b"\xef\xbb\xbfone\ntwo", ["one", "two"]),
        (b"\xef\xbb\xbf", [""]),
        (b"one\n\xef\xbb\xbftwo", ["one", "\ufefftwo"]),
        ("Grüße\n和平\n".encode(), ["Grüße", "和平"]),
        ("one\u2028still one\x85still\x0cstill\n".encode(), ["one\u2028still one\x85still\x0cstill"]),
        (b"one\rstill one\n", ["one\rstill one"]),
        (b" one \t\n", [" one \t"]),
    ],
)
def test_lines_are_read_without_line_ends_and_byte_order_mark(
    tmp_path: Path, name: str, content: bytes, lines: list[str]
) -> None:
    assert list(read_lines(write(tmp_path / name, content))) == lines


@pytest.mark.parametrize("name", ["a.txt", "a.txt.gz"])
@pytest.mark.parametrize("bad", [b"\xff", b"caf\xe9", b"\xed\xa0\x80", b"\xc3"])
@pytest.mark.parametrize("line", [1, 2, 5])
def test_a_line_that_is_not_utf8_is_named(tmp_path: Path, name: str, bad: bytes, line: int) -> None:
    content = [b"fine"] * 5
    content[line - 1] = bad
    assert f"{name}:{line}: not UTF-8" in refusal(write(tmp_path / name, b"\n".join(content)))


def test_text_in_utf16_is_refused_at_its_first_line(tmp_path: Path) -> None:
    assert ":1: not UTF-8" in refusal(write(tmp_path / "a.txt", "one\ntwo\n".encode("utf-16")))


def test_lines_before_a_broken_one_are_given(tmp_path: Path) -> None:
    lines = read_lines(write(tmp_path / "a.txt", b"one\ntwo\n\xff\n"))
    assert [next(lines), next(lines)] == ["one", "two"]
    with pytest.raises(DataError, match=":3:"):
        next(lines)


@pytest.mark.parametrize("kept", [3, 10, 11, 500, -9, -4, -1])
def test_a_truncated_gzip_is_named(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "a.txt.gz"
    path.write_bytes(gzip.compress(NOISE)[:kept])
    assert "broken gzip after line" in refusal(path)


def test_the_line_after_which_a_gzip_breaks_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.txt.gz"
    path.write_bytes(gzip.compress(NOISE)[:-1])
    read = 0
    with pytest.raises(DataError) as raised:
        for read, _ in enumerate(read_lines(path), start=1):  # noqa: B007  (how many came is the point)
            pass
    assert f"after line {read} " in str(raised.value)


def test_a_gzip_with_a_flipped_byte_is_named(tmp_path: Path) -> None:
    path, content = tmp_path / "a.txt.gz", bytearray(gzip.compress(NOISE))
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    assert "broken gzip" in refusal(path) or "not UTF-8" in refusal(path)


def test_a_plain_file_named_gz_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.txt.gz"
    path.write_bytes(b"plain text\n")
    assert "broken gzip after line 0" in refusal(path)


def test_gzip_under_a_plain_name_is_not_text(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(gzip.compress(NOISE))
    assert ":1: not UTF-8" in refusal(path)


@pytest.mark.parametrize("name", ["absent.txt", "absent.txt.gz", "."])
def test_a_file_that_is_not_there_is_named(tmp_path: Path, name: str) -> None:
    assert "cannot be read" in refusal(tmp_path / name)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(value=JSON, indent=st.sampled_from([None, 0, 2]), escaped=st.booleans(), ending=st.sampled_from(["\n", "\r\n"]))
def test_json_is_read_however_it_is_laid_out(
    tmp_path_factory: pytest.TempPathFactory, value: object, indent: int | None, escaped: bool, ending: str
) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=escaped).replace("\n", ending)
    for name in ("a.json", "a.json.gz"):
        path = write(tmp_path_factory.getbasetemp() / name, b"\xef\xbb\xbf" + text.encode())
        assert read_json(path) == value


def test_a_web_page_instead_of_json_is_called_so(tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", b"\n  <!DOCTYPE html>\n<html><body>Sign in</body></html>\n")
    with pytest.raises(DataError, match="is a web page, not JSON; download the raw file"):
        read_json(path)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", 1),
        (b"{", 1),
        (b'{"a": 1,\n"b": oops}', 2),
        (b"[1,\n2,\n3", 3),
        (b"{}\n{}", 2),
        (b"version https://git-lfs", 1),
    ],
)
def test_what_is_not_json_is_named_with_its_line(tmp_path: Path, content: bytes, line: int) -> None:
    with pytest.raises(DataError, match=rf"a\.json:{line}: not JSON"):
        read_json(write(tmp_path / "a.json", content))


@pytest.mark.parametrize("content", [b"[" * 100_000, b'{"a":' * 100_000, b"[" + b"1" * 5000 + b"]"])
def test_json_made_to_do_harm_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(DataError) as raised:
        read_json(write(tmp_path / "a.json", content))
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 500


def test_starter_data_is_located_in_the_package_and_all_else_in_the_data_folder(tmp_path: Path) -> None:
    assert locate("starter:qa.it.json", tmp_path) == starter_folder() / "qa.it.json"
    assert locate("starter:qa.it.json", tmp_path).is_file()
    assert locate("folder/a.json", tmp_path) == tmp_path / "folder/a.json"
    assert locate("/elsewhere/a.json", tmp_path) == Path("/elsewhere/a.json")


def test_a_source_file_carries_the_hash_of_its_bytes(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", b"one\r\n")
    assert source_file(path).identity == hashlib.sha256(b"one\r\n").hexdigest()


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is not there; name the folder that holds the data with --data"):
        source_file(tmp_path / "absent")
    with pytest.raises(DataError, match="is a folder, not a file"):
        source_file(tmp_path)
