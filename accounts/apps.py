from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from accounts import guests, logging_in  # noqa: F401 - both need loaded models; they add request.learner and a receiver
