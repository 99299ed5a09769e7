from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        from config.operations import checks  # noqa: F401 - registers the system checks, which need loaded apps
