"""Each form of bitext: what it may look like, and what is refused of it."""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from itertools import repeat
from pathlib import Path

import polars as pl
import polib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_bitext import FORMS, Files, json_lines, mo, moses, packed, parquet, tmx, tsv, zipped

from crossalpaca.errors import DataError
from crossalpaca.languages import language
from crossalpaca.sources import pairs as pairs_module
from crossalpaca.sources import streams
from crossalpaca.sources.bitext import read_batches
from crossalpaca.sources.forms import moses as moses_module
from crossalpaca.sources.forms.lines import columns
from crossalpaca.sources.pairs import Reading

PAIRS = [
    ("Good morning.", "Guten Morgen."),
    ("Thanks a lot.", "Grüße und Dank."),
    ("Peace & <quiet>", "Ruhe & „Frieden“"),
]

Rows = list[tuple[int, str, str]]


def write(folder: Path, files: Files) -> list[Path]:
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in files]


def read(paths: list[Path], code: str = "de", drops: Counter[str] | None = None, **options: str) -> Rows:
    def count(reason: str, place: str) -> None:
        if drops is not None:
            drops[reason] += 1

    batches = read_batches(paths, language(code), drops=count, **options)  # type: ignore[arg-type]
    return [row for batch in batches for row in batch.pairs.iter_rows()]


def refusal(paths: list[Path], code: str = "de", **options: str) -> str:
    with pytest.raises(DataError) as raised:
        read(paths, code, **options)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def numbered(pairs: list[tuple[str, str]]) -> Rows:
    return [(number, *pair) for number, pair in enumerate(pairs, start=1)]


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\n\r\t\0\ufeff"), min_size=1, max_size=12)


@settings(max_examples=30)
@given(pairs=st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=8, unique_by=lambda pair: pair[0]))
def test_every_form_of_lines_gives_back_what_was_written(
    tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[str, str]]
) -> None:
    for form in ("moses", "moses.gz", "tsv with a header", "json lines", "flat json lines.zst", "flat parquet", "zip"):
        paths = write(tmp_path_factory.getbasetemp(), FORMS[form](pairs, "de"))
        assert [row[1:] for row in read(paths, swapped="accept")] == pairs, form


@settings(max_examples=30)
@given(
    pairs=st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=30),
    block=st.integers(1, 40),
    batch=st.integers(1, 7),
)
def test_batches_are_the_same_pairs_wherever_they_end(
    tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[str, str]], block: int, batch: int
) -> None:
    folder = tmp_path_factory.getbasetemp()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(streams, "BLOCK", block)
        patch.setattr(moses_module, "BATCH", batch)
        patch.setattr(pairs_module, "BATCH", batch)
        for make in (moses, json_lines, tsv):
            assert read(write(folder, make(pairs, "de")), swapped="accept") == numbered(pairs)


def test_an_endless_stream_gives_its_first_batch() -> None:
    sides = [columns(repeat(f"{text}\n".encode() * 10_000), text, "error") for text in ("one", "eins")]
    reading = Reading(language("de"), "error", "en", lambda reason, place: None)
    batch = next(moses_module.aligned(sides[0], sides[1], ("one", "eins"), "endless", reading))
    assert batch.pairs.shape == (50_000, 3)


@pytest.mark.parametrize("character", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\r"])
@pytest.mark.parametrize("form", [form for form in FORMS if not form.startswith(("po", "tmx"))])
def test_only_a_line_feed_ends_a_line(tmp_path: Path, form: str, character: str) -> None:
    pairs = [("one", f"eins{character}und"), ("two", "zwei")]
    assert [row[1:] for row in read(write(tmp_path, FORMS[form](pairs, "de")))] == pairs


@pytest.mark.parametrize("form", ["po", "tmx", "tmx in UTF-16"])
def test_a_line_separator_is_a_character_of_xml_and_gettext(tmp_path: Path, form: str) -> None:
    pairs = [("one", "eins\u2028und"), ("two", "zwei\x85drei")]
    assert [row[1:] for row in read(write(tmp_path, FORMS[form](pairs, "de")))] == pairs


@pytest.mark.parametrize("form", FORMS)
def test_a_file_without_pairs_is_refused(tmp_path: Path, form: str) -> None:
    paths = write(tmp_path, dict.fromkeys(FORMS[form](PAIRS, "de"), b""))
    assert str(paths[0]) in refusal(paths)


@pytest.mark.parametrize("form", sorted(set(FORMS) - {"moses without endings", "tsv", "tsv.gz", "po", "mo"}))
def test_a_file_that_names_other_languages_is_refused(tmp_path: Path, form: str) -> None:
    paths = write(tmp_path, FORMS[form](PAIRS, "de"))
    assert str(tmp_path) in refusal(paths, "es")


@pytest.mark.parametrize("form", FORMS)
def test_an_absent_file_and_a_folder_are_refused(tmp_path: Path, form: str) -> None:
    paths = write(tmp_path, FORMS[form](PAIRS, "de"))
    paths[-1].unlink()
    assert str(paths[-1]) in refusal(paths)
    paths[-1].mkdir()
    assert str(paths[-1]) in refusal(paths)


@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a", "a.tsv.bz2", "a.parquet.gz"])
def test_one_file_in_no_known_form_is_refused_with_the_known_ones(tmp_path: Path, name: str) -> None:
    assert ".tsv, .jsonl" in refusal(write(tmp_path, {name: b"one\teins\n"}))


def test_two_files_of_a_form_that_holds_both_sides_are_refused(tmp_path: Path) -> None:
    files = {"a.en": b"one\n", "a.tsv": b"one\teins\n"}
    assert "a.tsv: TSV holds both sides" in refusal(write(tmp_path, files))


PAGES = [b"<!DOCTYPE html><html>", b"\n <HTML>\n<body>", b"\xef\xbb\xbf<!doctype html>\n", b"<head><title>Sign in"]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    "name", ["a.tsv", "a.jsonl", "a.en", "a.tsv.gz", "a.tmx", "a.po", "a.mo", "a.parquet", "a.zip"]
)
def test_a_web_page_is_refused(tmp_path: Path, name: str, page: bytes) -> None:
    files: Files = {name: page + b"one\teins\n" * 3}
    if name.endswith(".gz"):
        files = packed({"a.tsv": page + b"one\n"}, ".gz")
    if name == "a.en":
        files["a.de"] = b"eins\n" * 3
    message = refusal(write(tmp_path, files))
    assert name in message
    if name in ("a.tsv", "a.jsonl", "a.en"):
        assert "is a web page" in message


@pytest.mark.parametrize(
    ("first", "content", "expected"),
    [
        ("en", "one\teins\n", (1, "one", "eins")),
        ("x", "eins\tone\n", (1, "one", "eins")),
        ("en", "de\ten\neins\tone\n", (2, "one", "eins")),
        ("x", "en\tde\none\teins\n", (2, "one", "eins")),
        ("en", "score\tGerman\tEnglish\n1.2\teins\tone\n", (2, "one", "eins")),
        ("en", "\ufeffen_US\tde_DE\tid\r\none\teins\t7\r\n", (2, "one", "eins")),
        ("en", '"one\teins"\n', (1, '"one', 'eins"')),
        ("en", "De\tIch\n", (1, "De", "Ich")),
    ],
)
def test_columns_are_told_by_header_or_by_order(
    tmp_path: Path, first: str, content: str, expected: tuple[int, str, str]
) -> None:
    assert read(write(tmp_path, {"a.tsv": content.encode()}), first=first) == [expected]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("one\teins\ntwo\tzwei\tdrei\n", "a.tsv:2: 3 columns, expected 2"),
        ("one\teins\ntwo\n", "a.tsv:2: 1 columns, expected 2"),
        ("en\tde\none\teins\n\n", "a.tsv:3: 1 columns, expected 2"),
        ("1\tone\teins\n", "a.tsv:1: 3 columns and no header"),
        ("one\n", "a.tsv:1: 1 columns and no header"),
        ("en\tfr\none\tun\n", "a.tsv:1: header"),
        ('{"en": "one", "de": "eins"}\n', "a.tsv:1: 1 columns"),
    ],
)
def test_a_table_with_other_columns_is_refused_with_its_line(tmp_path: Path, content: str, message: str) -> None:
    assert message in refusal(write(tmp_path, {"a.tsv": content.encode()}))


@pytest.mark.parametrize("make", [moses, tsv, json_lines])
@pytest.mark.parametrize("damage", [b"\xff", b"\0", b"\xed\xa0\x80"])
def test_lines_that_are_no_text_are_refused_or_left_out_with_their_counterparts(
    tmp_path: Path, make: object, damage: bytes
) -> None:
    files: Files = make(PAIRS, "de")  # type: ignore[operator]
    name = list(files)[-1]
    files[name] = files[name].replace("Grüße".encode(), b"Gr" + damage)
    paths = write(tmp_path, files)
    assert f"{paths[-1]}:2: " in refusal(paths)
    drops: Counter[str] = Counter()
    assert read(paths, drops=drops, broken="skip") == [numbered(PAIRS)[0], numbered(PAIRS)[2]]
    assert drops == {"not-utf8": 1}


def test_text_in_utf16_leaves_nothing_to_skip_to(tmp_path: Path) -> None:
    files = {name: content.decode().encode("utf-16") for name, content in moses(PAIRS, "de").items()}
    assert "no sentence pair" in refusal(write(tmp_path, files), broken="skip")


@pytest.mark.parametrize(
    "names", [("a.en", "a.de"), ("a.de", "a.en"), ("a.txt", "a.de"), ("a.de", "a.txt"), ("a.en-GB.gz", "a.de_AT.gz")]
)
def test_moses_files_are_told_apart_by_their_endings(tmp_path: Path, names: tuple[str, str]) -> None:
    sides = {"de": 1, "de_AT": 1}
    raw = {name: PAIRS[0][sides.get(name.split(".")[1], 0)].encode() + b"\n" for name in names}
    files = {n: packed({n.removesuffix(".gz"): c}, ".gz")[n] if n.endswith(".gz") else c for n, c in raw.items()}
    assert read(write(tmp_path, files)) == numbered(PAIRS[:1])


def test_moses_files_without_endings_come_in_the_order_that_is_said(tmp_path: Path) -> None:
    paths = write(tmp_path, moses(PAIRS, "de", (".txt", ".out")))
    assert read(paths[::-1], first="x") == numbered(PAIRS)
    assert "turn them round" in refusal(paths, first="x")


def test_json_lines_under_another_name_are_called_so(tmp_path: Path) -> None:
    files = json_lines(PAIRS, "de")
    assert "is JSON lines" in refusal(write(tmp_path, {"a.en": files["small.jsonl"], "a.de": files["small.jsonl"]}))


@pytest.mark.parametrize(
    ("english", "other", "code"),
    [("en", "de", "de"), ("EN-us", "DE-de", "de"), ("en_GB", "zh_CN", "zh-Hans"), ("EN", "zh-TW", "zh-Hant")],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_tmx_names_its_languages_in_many_ways(
    tmp_path: Path, english: str, other: str, code: str, encoding: str
) -> None:
    paths = write(tmp_path, tmx(PAIRS, other, english, encoding))
    assert read(paths, code, swapped="accept") == numbered(PAIRS)


HEAD = '<?xml version="1.0"?><!DOCTYPE tmx SYSTEM "tmx14.dtd"><tmx version="1.4"><header/><body>'


def units(*texts: str) -> Files:
    return {"a.tmx": (HEAD + "".join(f"<tu>{text}</tu>\n" for text in texts) + "</body></tmx>").encode()}


def variant(code: str, text: str, attribute: str = "xml:lang") -> str:
    return f'<tuv {attribute}="{code}"><seg>{text}</seg></tuv>'


def test_tmx_units_without_both_languages_are_counted_and_markup_is_no_text(tmp_path: Path) -> None:
    paths = write(
        tmp_path,
        units(
            variant("en", "one", "lang") + variant("de", "eins", "lang"),
            variant("en", "two") + variant("fr", "deux"),
            variant("de", 'drei <bpt i="1">&lt;b&gt;<sub>x</sub></bpt><hi>Wörter</hi><ept i="1">b</ept> &amp; mehr')
            + variant("en-GB", "colour &#x263A;")
            + variant("en", "color"),
            "",
        ),
    )
    drops: Counter[str] = Counter()
    assert read(paths, drops=drops) == [(1, "one", "eins"), (3, "color", "drei Wörter & mehr")]
    assert drops == {"one-language": 2}


def test_tmx_in_other_languages_is_refused_with_those_it_has(tmp_path: Path) -> None:
    message = refusal(write(tmp_path, units(variant("fr", "un") + variant("EN", "one"))))
    assert message.endswith("a.tmx: no unit in English and German (de); its languages are fr, EN")


@pytest.mark.parametrize(
    "content",
    [
        '<!DOCTYPE tmx [<!ENTITY a "aaaa">]><tmx/>',
        '<!DOCTYPE tmx [<!ENTITY a SYSTEM "file:///etc/passwd">]><tmx><body><tu>&a;</tu></body></tmx>',
        '<!DOCTYPE tmx [<!ENTITY % a SYSTEM "http://127.0.0.1/a.dtd"> %a;]><tmx/>',
        HEAD + "<tu>&undeclared;</tu></body></tmx>",
    ],
)
def test_tmx_with_entities_is_refused(tmp_path: Path, content: str) -> None:
    assert "a.tmx:1: entity" in refusal(write(tmp_path, {"a.tmx": content.encode()}))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("<html><body/></html>", ":1: its root is <html>"),
        ("<tmx><body>\n<tu></body></tmx>", ":2: not TMX"),
        ("<tmx><body>\n<tu>", ":2: not TMX"),
        ("<tmx>" + "<a>" * 200, ":1: elements nested too deeply"),
        (
            "<tmx><body>\n<tu><tuv><seg>a<ph><seg>b</seg></ph></seg></tuv></tu></body></tmx>",
            ":2: a <seg> within another",
        ),
        ('<?xml version="1.0" encoding="no-such"?><tmx/>', ":1: not TMX"),
        ("<tmx><body/></tmx>", ": no sentence pair"),
    ],
)
def test_what_is_not_tmx_is_refused_with_its_line(tmp_path: Path, content: str, message: str) -> None:
    assert message in refusal(write(tmp_path, {"a.tmx": content.encode()}))


def archive(members: dict[str, bytes]) -> Files:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return {"a.zip": buffer.getvalue()}


def test_a_zip_is_read_in_place(tmp_path: Path) -> None:
    paths = write(tmp_path, zipped(PAIRS, "de"))
    assert read(paths) == numbered(PAIRS)
    assert list(tmp_path.iterdir()) == paths
    (batch,) = read_batches(paths, language("de"))
    assert batch.corpus == "small.en-de"


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"../a.en": b"one\n", "../a.de": b"eins\n"}, "climbs out"),
        ({"a.en": b"one\n", "a.de": b"eins\n", "/etc/passwd": b""}, "climbs out"),
        ({"a.en": b"one\n", "a.de": b"eins\n", "x\\..\\..\\y": b""}, "climbs out"),
        ({"a.en": b"one\n", "a.de": b"eins\n", "C:\\y": b""}, "climbs out"),
        ({"a.en": b"one\n", "a.fr": b"un\n"}, "no pairs of members in English and German"),
        ({"a.en": b"one\n", "b.de": b"eins\n"}, "no pairs of members"),
        ({f"{name}.{code}": b"1\n" for name in "ab" for code in ("en", "de")}, "2 pairs of members"),
        ({"a.en": b"one\ntwo\n", "a.de": b"eins\n"}, "a.zip!a.de: ends at line 1"),
        ({"a.en": b"one\n", "a.de": b"\xff\n"}, "a.zip!a.de:1: not UTF-8"),
        ({"a.en": b"0" * (300 << 20), "a.de": b"eins\n"}, "unpacks to 314,572,800 bytes"),
        ({str(number): b"" for number in range(1001)}, "1001 members"),
        ({}, "no pairs of members"),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else "",
)
def test_a_zip_that_is_unsafe_or_has_no_pair_is_refused(
    tmp_path: Path, members: dict[str, bytes], message: str
) -> None:
    assert message in refusal(write(tmp_path, archive(members)))


def test_a_zip_that_lies_about_its_sizes_is_refused(tmp_path: Path) -> None:
    content = archive({"a.en": b"one\n" * 1000, "a.de": b"eins\n" * 1000})["a.zip"]
    lying = content.replace((4000).to_bytes(4, "little"), (40).to_bytes(4, "little"))
    assert "a.zip" in refusal(write(tmp_path, {"a.zip": lying}))


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (pl.DataFrame({"en": ["one"], "fr": ["un"]}), "no column of texts"),
        (pl.DataFrame({"en": ["one"], "de": [1]}), "no column of texts"),
        (pl.DataFrame({"translation": ["one"], "en": ["one"]}), "no column of texts"),
        (pl.DataFrame({"en": ["one", "two"], "de": ["eins", None]}), "row 2 has no text"),
        (pl.DataFrame({"translation": [{"en": "1", "de": None}, {"en": "2", "de": "2"}]}), "row 1 has no text"),
        (pl.DataFrame({"en": [], "de": []}, schema={"en": pl.String, "de": pl.String}), "no sentence pair"),
    ],
)
def test_parquet_without_texts_is_refused(tmp_path: Path, table: pl.DataFrame, message: str) -> None:
    table.write_parquet(tmp_path / "a.parquet")
    assert message in refusal([tmp_path / "a.parquet"])


def test_parquet_takes_the_closest_column(tmp_path: Path) -> None:
    pl.DataFrame({"zh_TW": ["早安"], "zh": ["早上好"], "en": ["Morning"]}).write_parquet(tmp_path / "a.parquet")
    assert read([tmp_path / "a.parquet"], "zh-Hans") == [(1, "Morning", "早上好")]
    assert read([tmp_path / "a.parquet"], "zh-Hant") == [(1, "Morning", "早安")]


def test_parquet_is_read_in_batches(tmp_path: Path) -> None:
    rows = 120_000
    columns = {"en": [f"line {n}" for n in range(rows)], "de": [f"Zeile {n}" for n in range(rows)]}
    pl.DataFrame(columns).write_parquet(tmp_path / "a.parquet", row_group_size=30_000)
    batches = list(read_batches([tmp_path / "a.parquet"], language("de")))
    assert max(len(batch.pairs) for batch in batches) <= 50_000
    lines = pl.concat([batch.pairs for batch in batches])
    assert lines["line"].to_list() == list(range(1, rows + 1))
    assert lines["x"].to_list() == columns["de"]


CATALOGUE = """\ufeff# Translators.
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\n"

msgid "Open"
msgstr "Öffnen"

#, fuzzy
msgid "Close"
msgstr "Zu"

msgctxt "menu"
msgid ""
"Save the "
"file\\n"
msgstr ""
"Datei \\"speichern\\"\\n"

msgid "%d file"
msgid_plural "%d files"
msgstr[0] "%d Datei"
msgstr[1] "%d Dateien"

msgid "Untranslated"
msgstr ""

#~ msgid "Old"
#~ msgstr "Alt"
"""


def test_a_catalogue_gives_its_translated_entries(tmp_path: Path) -> None:
    drops: Counter[str] = Counter()
    assert read(write(tmp_path, {"a.po": CATALOGUE.encode()}), drops=drops) == [
        (5, "Open", "Öffnen"),
        (12, "Save the file\n", 'Datei "speichern"\n'),
        (19, "%d files", "%d Dateien"),
    ]
    assert drops == {"fuzzy": 1, "untranslated": 1, "obsolete": 1}


@pytest.mark.parametrize("big_endian", [False, True])
def test_a_compiled_catalogue_gives_the_same_pairs(tmp_path: Path, big_endian: bool) -> None:
    compiled = polib.pofile(CATALOGUE.removeprefix("\ufeff"))
    content = compiled.to_binary()
    if big_endian:
        words = 7 + 4 * (len(compiled.translated_entries()) + 1)
        head = b"".join(content[at : at + 4][::-1] for at in range(0, 4 * words, 4))
        content = head + content[4 * words :]
    found = read(write(tmp_path, {"a.mo": content}))
    assert sorted(row[1:] for row in found) == [
        ("%d files", "%d Dateien"),
        ("Open", "Öffnen"),
        ("Save the file\n", 'Datei "speichern"\n'),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('msgid "a"\nmsgid "b"\n', "not PO"),
        ('msgid "a"\nmsgstr "b\n', "a.po:2: a string without its end"),
        ('msgid "a"\nmsgstr "b"\n\0', "a.po:3: "),
        ("some text\n", "not PO"),
        ("# nothing\n", "no sentence pair"),
    ],
)
def test_what_is_no_catalogue_is_refused(tmp_path: Path, content: str, message: str) -> None:
    assert message in refusal(write(tmp_path, {"a.po": content.encode()}))
    assert "a.mo: not MO" in refusal(write(tmp_path, {"a.mo": content.encode()}))


def test_a_catalogue_that_is_not_utf8_is_refused_with_its_line(tmp_path: Path) -> None:
    assert "a.po:6: not UTF-8" in refusal(write(tmp_path, {"a.po": CATALOGUE.encode("latin-1", errors="ignore")}))
    broken = mo(PAIRS, "de")["small.mo"].replace("ü".encode(), b"\xff\xff")
    assert "not MO" in refusal(write(tmp_path, {"a.mo": broken}))


def test_compiled_strings_that_are_not_where_the_tables_say_are_refused(tmp_path: Path) -> None:
    content = bytearray(mo(PAIRS, "de")["small.mo"])
    at = int.from_bytes(content[16:20], "little") + 8  # the second translation's length and place
    content[at : at + 8], content[at + 8 : at + 16] = content[at + 8 : at + 16], content[at : at + 8]
    content[at + 4] ^= 1
    assert "not MO" in refusal(write(tmp_path, {"a.mo": bytes(content)}))


def test_parquet_under_another_name_is_called_so(tmp_path: Path) -> None:
    content = parquet(PAIRS, "de")["small.parquet"]
    assert "is Parquet, not lines of text" in refusal(write(tmp_path, {"a.tsv": content}))
