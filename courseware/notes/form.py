"""The form for a report or a question on a passage."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.allowances import Allowance
from accounts.guests.guest_cookie import learner_of
from accounts.network_address import address_hash
from courseware.models import Lesson, PassageNote

if TYPE_CHECKING:
    from accounts.models import User

DAY = 24 * 60 * 60
TOO_MANY = "too-many"


class NoteForm(forms.Form):
    """A reader's note on a passage. `submission` makes a double click one note."""

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

    @property
    def status(self) -> int:
        """The HTTP status of a page that shows this form again."""
        return 429 if self.has_error("body", TOO_MANY) else 422

    def is_within_allowance(self, request: HttpRequest) -> bool:
        """Whether this learner and this address may write one more note today; if not, the form has an error
        that says so. A note that was stored before may be sent again.
        """
        learner = learner_of(request)
        mine = PassageNote.objects.filter(learner=learner)
        if mine.filter(submission=self.cleaned_data["submission"]).exists():
            return True
        today = mine.filter(created_at__gt=timezone.now() - timedelta(seconds=DAY)).count() if learner else 0
        of_address = Allowance("notes-address", settings.NOTES_PER_DAY_PER_ADDRESS, DAY)
        if today < settings.NOTES_PER_DAY_PER_LEARNER and of_address.take(address_hash(request)):
            return True
        sentence = _("No more notes can be taken from you today. Copy this one, and send it tomorrow.")
        self.add_error("body", forms.ValidationError(sentence, code=TOO_MANY))
        return False

    def save(self, learner: User) -> PassageNote:
        """The stored note. The same submission again returns the same note."""
        given = dict(self.cleaned_data)
        note, _made = PassageNote.objects.get_or_create(
            learner=learner,
            submission=given.pop("submission"),
            defaults={**given, "lesson": self.lesson, "content_hash": self.lesson.content_hash},
        )
        return note
