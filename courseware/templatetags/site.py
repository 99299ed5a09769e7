"""Tags of the frame around every page."""

from __future__ import annotations

from django import template
from django.conf import settings
from django.template.base import FilterExpression, NodeList, Parser, Token
from django.template.context import Context
from django.utils.translation import get_language

register = template.Library()
MOST_FRAGMENTS = 64
"""Kept at most by one tag."""


class Capture(template.Node):
    """Keeps what its body renders, stripped, under a name."""

    child_nodelists = ("nodelist",)

    def __init__(self, name: str, nodelist: NodeList) -> None:
        self.name = name
        self.nodelist = nodelist

    def render(self, context: Context) -> str:
        context[self.name] = self.nodelist.render(context).strip()
        return ""


@register.tag
def capture(parser: Parser, token: Token) -> Capture:
    """`{% capture here %}{% block section %}{% endblock %}{% endcapture %}`: a block's text, usable more than once."""
    try:
        _, name = token.split_contents()
    except ValueError:
        message = "capture takes the name to keep its text under"
        raise template.TemplateSyntaxError(message) from None
    body = parser.parse(("endcapture",))
    parser.delete_first_token()
    return Capture(name, body)


class Fragment(template.Node):
    """Renders its body once in this process for each combination of language and arguments."""

    child_nodelists = ("nodelist",)

    def __init__(self, nodelist: NodeList, varies: list[FilterExpression]) -> None:
        self.nodelist = nodelist
        self.varies = varies
        self.kept: dict[tuple[str, ...], str] = {}

    def render(self, context: Context) -> str:
        if settings.DEBUG:
            return self.nodelist.render(context)
        key = (get_language() or "", *(str(expression.resolve(context)) for expression in self.varies))
        if key not in self.kept:
            if len(self.kept) >= MOST_FRAGMENTS:
                self.kept.clear()
            self.kept[key] = self.nodelist.render(context)
        return self.kept[key]


@register.tag
def fragment(parser: Parser, token: Token) -> Fragment:
    """`{% fragment here user.is_instructor %}...{% endfragment %}`: text that depends on the arguments and nothing else.

    The frame takes longer to render than most pages within it, and is nearly always the same.
    """
    varies = [parser.compile_filter(word) for word in token.split_contents()[1:]]
    body = parser.parse(("endfragment",))
    parser.delete_first_token()
    return Fragment(body, varies)


@register.filter
def initials(user: object) -> str:
    """Two letters for the avatar: of the public name, else of the address."""
    name = str(getattr(user, "public_name", "") or getattr(user, "email", "") or "?")
    words = [word for word in name.replace("@", " ").replace(".", " ").replace("_", " ").split() if word]
    letters = "".join(word[0] for word in words[:2]) if len(words) > 1 else name[:2]
    return letters.upper()
