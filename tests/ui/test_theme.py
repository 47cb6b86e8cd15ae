"""The themes: contrast, Okabe-Ito, text size, and a style sheet without holes."""

import pytest

from ui.theme import (
    OKABE_ITO,
    SCALES,
    TEXT_PAIRS,
    THEMES,
    Theme,
    Tone,
    contrast,
)


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize(("words", "ground"), TEXT_PAIRS)
def test_text_contrast_is_at_least_4_5(name, words, ground):
    tokens = THEMES[name]
    assert contrast(getattr(tokens, words), getattr(tokens, ground)) >= 4.5


def test_contrast_of_black_and_white_is_21():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#777777") == 1


@pytest.mark.parametrize("name", THEMES)
def test_alarm_grounds_are_okabe_ito_and_nothing_normal_is(name):
    tokens = THEMES[name]
    alarms = {tokens.critical_fill, tokens.warning_fill, tokens.info_fill, tokens.stale_fill}
    assert len(alarms) == 4
    assert alarms <= set(OKABE_ITO)
    normal = {tokens.bar, tokens.bar_working, tokens.select, tokens.accent, tokens.highlight}
    assert not normal & set(OKABE_ITO)


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize("scale", SCALES)
def test_style_sheet_has_every_token_filled(name, scale):
    sheet = Theme(name, scale).style_sheet()
    assert "@" not in sheet
    assert f"font-size: {round(12 * scale / 100)}px" in sheet


@pytest.mark.parametrize(("name", "scale"), [("blue", 100), ("dark", 90), ("dark", 210)])
def test_an_unknown_theme_or_size_is_refused_with_what_was_expected(name, scale):
    with pytest.raises(ValueError, match="expected"):
        Theme(name, scale)


def test_each_alarm_has_words_of_its_own_tone(qapp):
    theme = Theme("dark")
    assert len({theme.text(t).name() for t in Tone}) == len(Tone)
