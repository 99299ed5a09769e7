"""Why a run may not start: one class for each reason. The API and the form only translate them."""

from __future__ import annotations

from collections.abc import Sequence


class StartRefused(Exception):
    """A run does not start. `sentence` says why to the person who asked, `status` is the HTTP status of the
    response, `retry_after` says in how many seconds another request may succeed (None where waiting does not
    help), and `errors` are pairs of (field, what is wrong with it).
    """

    status = 422

    def __init__(
        self, sentence: str, *, retry_after: int | None = None, errors: Sequence[tuple[str, str]] = ()
    ) -> None:
        super().__init__(sentence)
        self.sentence, self.retry_after, self.errors = sentence, retry_after, list(errors)

    @property
    def sentences(self) -> list[str]:
        """One sentence for each wrong field, or the one sentence where no field is wrong."""
        return [f"{field}: {what}" for field, what in self.errors] or [self.sentence]


class RunsAreOff(StartRefused):
    """The operator has switched new runs off, or no warden can make a jail."""

    status = 503


class GuestsMayNotStart(StartRefused):
    """This site lets only people with accounts start runs."""

    status = 403


class KeyRefused(StartRefused):
    """The idempotency key cannot be stored."""


class SubmissionRefused(StartRefused):
    """The lab does not accept these files, knobs or this prediction; `errors` names each of them, as
    `files.tasks.py` or `knobs.pages`.
    """

    def __init__(self, errors: list[tuple[str, str]]) -> None:
        super().__init__(f"{errors[0][0]}: {errors[0][1]}", errors=errors)


class PredictionUnreadable(StartRefused):
    """The predicted number of a plain form is not one clear number."""


class FilesTooLarge(StartRefused):
    """All files together are larger than a run may carry."""

    status = 413


class TooManyRuns(StartRefused):
    """A quota is used up; `retry_after` is never None."""

    status = 429
