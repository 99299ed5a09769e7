from django.apps import AppConfig


class QuizzesConfig(AppConfig):
    name = "quizzes"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Only when all apps are loaded can the mergers and the receivers find their models.
        from quizzes.answering import predictions  # noqa: F401 - importing registers them
        from quizzes.models import merging  # noqa: F401 - importing registers them
