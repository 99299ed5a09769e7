"""Tags for a part of a page whose text is used again: elsewhere on the page or, when it is kept, on later
pages.
"""

from __future__ import annotations

from django import template
from django.conf import settings
from django.template.base import FilterExpression, NodeList, Parser, Token
from django.template.context import Context
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

register = template.Library()
MOST_FRAGMENTS = 4096
"""At most so many are kept by one tag."""
MOST_OF_LOOP = 1024
"""At most so many are kept by one `keptfor`, whose texts are longer: a module of the map takes some 8 KiB."""


class Capture(template.Node):
    """Stores what its body renders, stripped, in the context under a name."""

    child_nodelists = ("nodelist",)

    def __init__(self, name: str, nodelist: NodeList) -> None:
        self.name = name
        self.nodelist = nodelist

    def render(self, context: Context) -> str:
        context[self.name] = self.nodelist.render(context).strip()
        return ""


@register.tag
def capture(parser: Parser, token: Token) -> Capture:
    """`{% capture here %}{% block section %}{% endblock %}{% endcapture %}`: a block's text, for use in
    several places.
    """
    try:
        _, name = token.split_contents()
    except ValueError:
        message = "capture takes the name to keep its text under"
        raise template.TemplateSyntaxError(message) from None
    body = parser.parse(("endcapture",))
    parser.delete_first_token()
    return Capture(name, body)


class Fragment(template.Node):
    """Keeps the text of its body in this process, for each combination of language and arguments."""

    child_nodelists = ("nodelist",)

    def __init__(self, nodelist: NodeList, varies: list[FilterExpression], *, versioned: bool) -> None:
        self.nodelist = nodelist
        self.varies = varies
        self.versioned = versioned
        self.kept: dict[tuple[str, ...], str] = {}

    def render(self, context: Context) -> str:
        varies = [str(expression.resolve(context)) for expression in self.varies]
        if settings.DEBUG or (self.versioned and not varies[0]):
            return self.nodelist.render(context)
        key = (get_language() or "", *varies)
        text = self.kept.get(key)
        if text is None:
            if len(self.kept) >= MOST_FRAGMENTS:
                self.kept.clear()
            text = self.kept[key] = self.nodelist.render(context)
        return text


def _fragment(parser: Parser, token: Token, end: str) -> tuple[NodeList, list[FilterExpression]]:
    varies = [parser.compile_filter(word) for word in token.split_contents()[1:]]
    body = parser.parse((end,))
    parser.delete_first_token()
    return body, varies


@register.tag
def fragment(parser: Parser, token: Token) -> Fragment:
    """`{% fragment here user.is_instructor %}...{% endfragment %}`: text that depends only on the arguments.

    The frame takes longer to render than most pages in it, and is nearly always the same.
    """
    body, varies = _fragment(parser, token, "endfragment")
    return Fragment(body, varies, versioned=False)


@register.tag
def kept(parser: Parser, token: Token) -> Fragment:
    """`{% kept course.version stop.look %}...{% endkept %}`: text that depends only on the published content
    and the other arguments.

    The first argument is the version of the content; while it is "", nothing is kept.

    The body must not contain the token of a form: other people would get it.
    """
    body, varies = _fragment(parser, token, "endkept")
    if not varies:
        message = "kept takes the version of the content as its first argument"
        raise template.TemplateSyntaxError(message)
    return Fragment(body, varies, versioned=True)


class FragmentLoop(template.Node):
    """Keeps the text of its body for each look of an item."""

    child_nodelists = ("nodelist",)

    def __init__(
        self,
        name: str,
        items: FilterExpression,
        look: str,
        varies: list[FilterExpression],
        nodelist: NodeList,
    ) -> None:
        self.name, self.items, self.look, self.varies = name, items, look, varies
        self.nodelist = nodelist
        self.kept: dict[tuple[object, ...], str] = {}

    def render(self, context: Context) -> SafeString:
        items = self.items.resolve(context) or ()
        varies = [str(expression.resolve(context)) for expression in self.varies]
        if settings.DEBUG or not varies[0]:
            return mark_safe("".join(self._text(context, item) for item in items))  # noqa: S308 - rendered by the template
        shared = (get_language(), *varies)
        found = []
        for item in items:
            # A plain loop: resolving a template's variables for each item would take longer than the rest.
            key = (getattr(item, self.look), shared)
            text = self.kept.get(key)
            if text is None:
                if len(self.kept) >= MOST_OF_LOOP:
                    self.kept.clear()
                text = self.kept[key] = self._text(context, item)
            found.append(text)
        return mark_safe("".join(found))  # noqa: S308 - rendered by the template

    def _text(self, context: Context, item: object) -> str:
        with context.push(**{self.name: item}):
            return self.nodelist.render(context)


@register.tag
def keptfor(parser: Parser, token: Token) -> FragmentLoop:
    """`{% keptfor stop in course.stops by look with course.version %}...{% endkeptfor %}`: a loop whose body
    depends only on the item's attribute `look`, the published content, and any further arguments.

    What `kept` says about the version and about tokens holds here too.
    """
    words = token.split_contents()
    if len(words) < 8 or (words[2], words[4], words[6]) != ("in", "by", "with"):
        message = "keptfor is written: keptfor <name> in <items> by <attribute> with <version> ..."
        raise template.TemplateSyntaxError(message)
    varies = [parser.compile_filter(word) for word in words[7:]]
    items = parser.compile_filter(words[3])
    body = parser.parse(("endkeptfor",))
    parser.delete_first_token()
    return FragmentLoop(words[1], items, words[5], varies, body)
