"""Checks of what texts are written in."""

from __future__ import annotations

import pytest

EN = [("How many apples do I have?", "3"), ("((1 + 2) * 3) =", "9"), ("Magna Carta", "4")]


def test_a_text_that_was_not_translated(audit_bbh) -> None:
    audit = audit_bbh("object_counting", [(" How many apples do I have?\n", "3"), *EN[1:]], english=EN)
    assert [(f.check, f.severity, f.item) for f in audit.findings] == [("untranslated", "warning", "object_counting:1")]
    assert "untranslated" not in audit_bbh("object_counting", EN, "en", english=EN).asked


@pytest.mark.parametrize(
    ("language", "text", "wrong"),
    [
        ("ru", "How many apples do I have in my basket?", True),
        ("ru", "Сколько у меня яблок в корзине?", False),
        ("ru", "Сколько стоит подписка на New York Times?", False),
        ("el", "Πόσα μήλα έχω στο καλάθι μου;", False),
        ("de", "Сколько у меня яблок в корзине?", True),
        ("de", "Wie viele Äpfel habe ich im Korb?", False),
        ("zh", "以下哪一项是平衡反应？ Na2SO4 + Ba(NO3)2 → BaSO4 + NaNO3", False),
        ("zh", "我 have how many apples in my basket today", True),
        ("hi", "मेरी टोकरी में कितने सेब हैं और कितने केले?", False),
        ("th", "ฉันมีแอปเปิ้ลกี่ลูกในตะกร้าของฉันวันนี้", False),
        ("ar", "كم عدد التفاح الذي لدي في السلة؟", False),
        ("ar", "x² + y² = z²", False),
    ],
)
def test_the_script_of_the_language(audit_bbh, language: str, text: str, wrong: bool) -> None:
    audit = audit_bbh("object_counting", [(text, "3")], language)
    assert audit.count("wrong-language") == wrong
    assert audit.sound


@pytest.mark.parametrize(
    ("language", "text", "detail"),
    [
        ("de", "Wie\u200b viele\u200b?\ufeff", "U+200B x2, U+FEFF x1"),
        ("de", "Wie\xadviele?", "U+00AD x1"),
        ("de", "Wie\x07viele?", "U+0007 x1"),
        ("de", "Wie\ufffdviele?", "U+FFFD x1"),
        ("de", "Wie\ue000viele?", "U+E000 x1"),
        ("de", "Wie\n\tviele\xa0Äpfel?", ""),
        ("hi", "क\u200dष \u200c", ""),
        ("de", "a\u200db", "U+200D x1"),
        ("ar", "كم\u200f؟", ""),
        ("de", "Wie\u200fviele?", "U+200F x1"),
        ("th", "คำ\u200bคำ", ""),
    ],
)
def test_characters_that_cannot_be_seen(audit_bbh, language: str, text: str, detail: str) -> None:
    found = audit_bbh("object_counting", [(text, "3")], language).found("invisible-characters")
    assert [finding.detail for finding in found] == ([detail] if detail else [])
    assert {finding.severity for finding in found} <= {"warning"}
