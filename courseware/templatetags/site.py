"""Tags of the frame around every page."""

from __future__ import annotations

from django import template
from django.template.base import NodeList, Parser, Token
from django.template.context import Context

register = template.Library()


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


@register.filter
def initials(user: object) -> str:
    """Two letters for the avatar: of the public name, else of the address."""
    name = str(getattr(user, "public_name", "") or getattr(user, "email", "") or "?")
    words = [word for word in name.replace("@", " ").replace(".", " ").replace("_", " ").split() if word]
    letters = "".join(word[0] for word in words[:2]) if len(words) > 1 else name[:2]
    return letters.upper()
