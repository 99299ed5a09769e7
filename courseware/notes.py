"""The form for a report or a question on a passage."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from courseware.models import Lesson, PassageNote

if TYPE_CHECKING:
    from accounts.models import User


class NoteForm(forms.Form):
    """What a reader writes about a passage; `submission` makes a double click one note."""

    kind = forms.ChoiceField(
        label=_("What is it?"),
        choices=PassageNote.Kind.choices,
        initial=PassageNote.Kind.QUESTION,
        error_messages={"required": _("Say whether it is a question or a mistake.")},
    )
    section = forms.ChoiceField(label=_("Section"), required=False)
    quote = forms.CharField(
        label=_("The passage"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3, "class": "input"}),
        help_text=_("The words it is about, at most 1,000 characters; may stay empty."),
    )
    body = forms.CharField(
        label=_("Your words"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6, "class": "input"}),
        error_messages={"required": _("Write what you want to ask or report.")},
    )
    submission = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def __init__(self, *args: Any, lesson: Lesson, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lesson = lesson
        self.fields["section"].choices = [  # type: ignore[attr-defined]
            ("", _("The whole lesson")),
            *((entry["id"], entry["title"]) for entry in lesson.toc),
        ]
        self.fields["section"].widget.attrs["class"] = "input"

    def save(self, learner: User) -> PassageNote:
        """The stored note; the same submission again gives the same note."""
        given = dict(self.cleaned_data)
        note, _made = PassageNote.objects.get_or_create(
            learner=learner,
            submission=given.pop("submission"),
            defaults={**given, "lesson": self.lesson, "content_hash": self.lesson.content_hash},
        )
        return note
