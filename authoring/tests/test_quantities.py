"""Numbers as people type them are read right, or refused with a sentence that says how to write them."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authoring.notation.quantities import UnreadableNumber, plain, read, understood

INVISIBLE = ["\u202c", "\u200b", "\ufeff", "\u00ad", "\u2060", "\ufe0f"]
THIN = [" ", "\u00a0", "\u2009", "\u202f", "\u2007"]
MINUS = ["-", "\u2212", "\u2013", "\u2010", "\u2011", "\uff0d", "\ufe63"]
ZEROS = [0x30, 0xFF10, 0x0660, 0x06F0, 0x0966, 0x1D7CE]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *(("0,125", "0.125"), ("-0,250", "-0.25"), ("1,5", "1.5"), ("1234,567", "1234.567")),
        *((",5", "0.5"), (".5", "0.5"), ("5.", "5"), ("2.050", "2.05"), ("12,3456", "12.3456")),
        *(("1.234.567", "1234567"), ("1,234,567", "1234567"), ("1'234'567", "1234567")),
        *(("1\u2019234", "1234"), ("1 234 567,8", "1234567.8"), ("1_000", "1000"), ("1.234,5", "1234.5")),
        *(("1,234.5", "1234.5"), ("1,234,567.089", "1234567.089"), ("1.234,567", "1234.567")),
        *(("1e3", "1000"), ("1E+3", "1000"), ("1e-3", "0.001"), ("1×10^3", "1000"), ("1·10³", "1000")),
        *(("2.5 x 10^-3", "0.0025"), ("1*10**3", "1000"), ("10^6", "1000000"), ("1.5×10⁻²", "0.015")),
        *(("1/3", "1/3"), ("-1/4", "-0.25"), ("½", "0.5"), ("1½", "1.5"), ("1 1/2", "1.5"), ("3⁄4", "0.75")),
        *(("+20", "20"), ("- 5", "-5"), ("0e999999", "0"), ("٣٫٥", "3.5"), ("１２．５", "12.5")),
    ],
)
def test_a_number_is_read_in_the_notations_of_the_world(text: str, number: str) -> None:
    assert plain(read(text).number) == number


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("2,050", "Did you mean 2.05 or 2050? Write 2.05 or 2050."),
        ("-2,050", "Did you mean -2.05 or -2050? Write -2.05 or -2050."),
        ("3,600", "Did you mean 3.6 or 3600? Write 3.6 or 3600."),
        ("１２，３４５", "Did you mean 12.345 or 12345? Write 12.345 or 12345."),
        *((text, "can be read in several ways") for text in ("12,34,567", "1.2.3", "1 23", "0,125,000")),
        *((text, "isn't a number. Use digits, such as 12 or 0.5.") for text in ("abc", "nan", "5–10", "--5")),
        *((text, "too large. The largest") for text in ("1e100", "1e999999", "9e15", "10^99", "1×10^16")),
        *((text, "close to zero. Write 0") for text in ("1e-100", "3e-999999")),
        ("1/0", "divides by zero"),
        ("9" * 41, "at most 40 characters"),
        ("9" * 100_000, "at most 40 characters"),
        ("\u200b \ufeff", "Type a number first."),
        ("5 s", "Give the number without a unit."),
    ],
)  # fmt: skip
def test_what_is_not_one_clear_number_is_refused_with_how_to_write_it(text: str, sentence: str) -> None:
    with pytest.raises(UnreadableNumber) as refused:
        read(text)
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    ("text", "unit", "number"),
    [
        *((f"5 {word}", "µs", 5) for word in ("\u00b5s", "\u03bcs", "us", "usec", "microseconds", "\u33b2")),
        *((f"5{word}", "s", 5) for word in ("s", " sec", " sec.", " Seconds", "\u00a0s", " s ")),
        *(("125 ms", "s", Fraction(1, 8)), ("2 min", "s", 120), ("1 h", "min", 60), ("0,5 s", "ms", 500)),
        *(("2 KiB", "B", 2048), ("1 MB", "kB", 1000), ("1 MiB", "KiB", 1024), ("512 bytes", "B", 512)),
        *(("50 %", "%", 50), ("50 per cent", "%", 50), ("50\uff05", "%", 50)),
        *(("3 start", "starts", 3), ("1 retry", "retries", 1), ("5 tasks per second", "tasks/s", 5)),
        *(("5 1/s", "1/s", 5), ("$5", "$", 5), ("5 $", "$", 5), ("1/3 s", "s", Fraction(1, 3))),
    ],
)
def test_the_spellings_of_a_unit_are_one_and_another_unit_is_converted(
    text: str, unit: str, number: Fraction
) -> None:
    assert read(text, unit).number == number


@pytest.mark.parametrize(
    ("text", "unit"),
    [("5 s", "%"), ("5 kB", "KiB"), ("5 MiB", "MB"), ("5 m", "min"), ("5 starts", "retries"), ("5 °C", "s")],
)
def test_a_unit_that_measures_something_else_is_refused_with_the_one_asked_for(text: str, unit: str) -> None:
    with pytest.raises(UnreadableNumber, match=f"Give the number in {unit}"):
        read(text, unit)


def test_what_was_understood_is_said_in_one_notation() -> None:
    assert understood("0,125 s") == "0.125 s"
    assert understood("1 234,50 seconds") == "1234.5 s"
    assert understood("250 ms", "s") == "0.25 s"
    assert understood("1/3") == "1/3"


NUMBERS = st.builds(Fraction, st.integers(-(10**9), 10**9), st.sampled_from([1, 10, 100, 1000, 8, 16]))


@st.composite
def notations(draw: st.DrawFn, number: Fraction) -> str:
    """The number in a notation that leaves no doubt."""
    text = plain(abs(number))
    whole, _, decimals = text.partition(".")
    group = draw(st.sampled_from(["", *THIN, "'", "\u2019"]))
    if group and len(whole) > 3:
        whole = f"{int(whole):,}".replace(",", group)
    comma = draw(st.booleans()) and (len(decimals) != 3 or whole == "0" or len(whole) > 3)
    text = whole + ((("," if comma else ".") + decimals) if decimals else "")
    zero = draw(st.sampled_from(ZEROS))
    text = "".join(chr(zero + int(c)) if c.isdigit() else c for c in text)
    at = draw(st.integers(0, len(text)))
    text = text[:at] + draw(st.sampled_from(["", *INVISIBLE])) + text[at:]
    sign = draw(st.sampled_from(MINUS)) if number < 0 else draw(st.sampled_from(["", "+"]))
    return draw(st.sampled_from(["", " ", "\t", "\u3000"])) + sign + text + draw(st.sampled_from(["", " "]))


@given(NUMBERS.flatmap(lambda number: st.tuples(st.just(number), notations(number))))
def test_a_right_number_stays_right_in_every_harmless_notation(pair: tuple[Fraction, str]) -> None:
    number, text = pair
    assert read(text).number == number


@given(NUMBERS, st.data())
def test_a_wrong_number_stays_wrong_in_every_notation(number: Fraction, data: st.DataObject) -> None:
    near = data.draw(st.sampled_from([number * 1000, number / 1000, -number, number + 1, number * 10]))
    assert (read(data.draw(notations(near))).number == number) is (near == number)


@given(
    st.text(max_size=60) | st.text("0123456789.,' -+eE×^/%µs\u2009", max_size=20),
    st.sampled_from(["", "s", "%", "KiB"]),
)
def test_any_text_is_a_number_that_is_read_back_or_a_sentence(text: str, unit: str) -> None:
    try:
        found = read(text, unit)
    except UnreadableNumber as error:
        refused = str(error)
    else:
        refused = ""
        assert read(str(found), unit) == found
    assert not refused or refused.endswith(".")
