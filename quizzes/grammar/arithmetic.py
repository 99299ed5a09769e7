"""A safe evaluator for the `{{ expressions }}` of a question: exact numbers, a few functions, nothing else.

Numbers are fractions, so that 0.1 * 3 is 0.3. A name may also be a word, which stands alone: `{{ tool }}`.
"""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import lru_cache

Value = Fraction | str

LONGEST = 200
"""Characters of an expression."""

LARGEST = Fraction(10) ** 15
"""No value may grow beyond this, so that no author can stop the loader with `9 ** 9 ** 9`."""

_BINARY: dict[type[ast.operator], Callable[[Fraction, Fraction], Fraction]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: lambda a, b: Fraction(a // b),
    ast.Mod: operator.mod,
}
_FUNCTIONS: dict[str, Callable[..., Fraction]] = {
    "min": min,
    "max": max,
    "abs": abs,
    "floor": lambda a: Fraction(math.floor(a)),
    "ceil": lambda a: Fraction(math.ceil(a)),
    "round": lambda a, places=Fraction(0): round(a, _whole(places)) if places else Fraction(round(a)),
}


class Unclear(ValueError):
    """The expression cannot be evaluated; the message is a clause for the author."""


@lru_cache(maxsize=4096)
def _parsed(source: str) -> ast.expr:
    if len(source) > LONGEST:
        raise Unclear(f"it is longer than {LONGEST} characters")
    try:
        return ast.parse(source.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise Unclear("it is no arithmetic") from None


def evaluate(source: str, values: Mapping[str, Value]) -> Value:
    """The value of an expression; raises Unclear with a clause that says what is wrong."""
    node = _parsed(source)
    if isinstance(node, ast.Name):
        return _named(node.id, values)
    return _number(node, values)


def _named(name: str, values: Mapping[str, Value]) -> Value:
    if name not in values:
        known = ", ".join(sorted(values)) or "none"
        raise Unclear(f"{name} is no parameter (there are: {known})")
    return values[name]


def _number(node: ast.expr, values: Mapping[str, Value]) -> Fraction:
    result = _unbounded(node, values)
    if abs(result) > LARGEST:
        raise Unclear("its value is larger than 10 to the power of 15")
    return result


def _unbounded(node: ast.expr, values: Mapping[str, Value]) -> Fraction:
    match node:
        case ast.Constant(value=bool()):
            raise Unclear("it may hold numbers, parameters, + - * / // % ** and min max abs round floor ceil")
        case ast.Constant(value=int() | float() as number):
            return exact(number)
        case ast.Name(id=name):
            value = _named(name, values)
            if isinstance(value, str):
                raise Unclear(f"{name} is a word, and words do not count")
            return value
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return -_number(inner, values)
        case ast.UnaryOp(op=ast.UAdd(), operand=inner):
            return _number(inner, values)
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return _power(_number(left, values), _number(right, values))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            try:
                return _BINARY[type(op)](_number(left, values), _number(right, values))
            except ZeroDivisionError:
                raise Unclear("it divides by zero") from None
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if (
            name in _FUNCTIONS and arguments
        ):
            return _called(name, [_number(argument, values) for argument in arguments])
    raise Unclear("it may hold numbers, parameters, + - * / // % ** and min max abs round floor ceil")


def _called(name: str, arguments: list[Fraction]) -> Fraction:
    try:
        if name in ("min", "max") and len(arguments) == 1:
            return arguments[0]
        return Fraction(_FUNCTIONS[name](*arguments))
    except TypeError:
        raise Unclear(f"{name} takes another number of arguments") from None


def _power(base: Fraction, exponent: Fraction) -> Fraction:
    power = _whole(exponent)
    if abs(power) > 64:
        raise Unclear("a power may be at most 64")
    if base == 0 and power < 0:
        raise Unclear("it divides by zero")
    return Fraction(base**power)


def _whole(number: Fraction) -> int:
    if number.denominator != 1:
        raise Unclear("a power and the places of round are whole numbers")
    return int(number)


def exact(number: int | float | str) -> Fraction:
    """The number exactly as it is written: 0.1 is one tenth. Raises Unclear unless it is a finite number."""
    try:
        text = str(number)
        if len(text) > LONGEST or re.search(r"[eE][+-]?\d{4}", text):
            raise OverflowError  # `1e999999999` would fill the memory
        return Fraction(text)
    except (ValueError, ZeroDivisionError, OverflowError):
        raise Unclear(f"{number} is no number") from None


def is_terminating(number: Fraction) -> bool:
    """Whether it can be written with a finite number of decimal places."""
    rest = number.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return rest == 1


def written(value: Value) -> str:
    """A value as text: whole numbers without a point, decimals exactly when they end, else six significant
    digits.
    """
    if isinstance(value, str):
        return value
    if value.denominator == 1:
        return str(value.numerator)
    if is_terminating(value):
        places = 0
        while (value * 10**places).denominator != 1:
            places += 1
        if places <= 9:
            return f"{float(value):.{places}f}"
    return f"{float(value):.6g}"
