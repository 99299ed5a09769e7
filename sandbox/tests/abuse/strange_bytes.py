"""Sends invalid UTF-8, NUL, escape sequences and lone surrogates wherever a program can write."""

from sandbox.tests.abuse.harness import program

FAMILY = "strange bytes"
REQUEST = program("""
import os, bench
os.write(1, b"\\xff\\xfe\\x00 \\x1b[2J\\x1b]0;title\\x07 "
            b"\\xed\\xa0\\x80 \\xf4\\x90\\x80\\x80\\n\\x00\\n\\r\\r\\n")
os.write(2, bytes(range(256)) + b"\\n")
text = "nul \\x00 escape \\x1b[31m surrogate \\ud800 separator \\u2028\\x85"
bench.mark(text, more="\\udfff\\x00", **{"key\\x00\\n": 1})
print("after")
""")
ENDS = {"finished"}
SAYS = ""


def contained(seen) -> None:
    assert "after" in seen.ran.texts("driver")
    bad = [
        character
        for character in seen.trace
        if ord(character) < 32 or 0x7F <= ord(character) < 0xA0 or 0xD800 <= ord(character) < 0xE000
    ]
    assert not bad, bad
    seen.trace.encode()
