from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from accounts.guests import guest_cookie  # noqa: F401 - both need loaded models; they add request.learner and a receiver
        from accounts.signing_in import logging_in, password_changes  # noqa: F401 - likewise; receivers
