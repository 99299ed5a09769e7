from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LabsConfig(AppConfig):
    name = "labs"
    verbose_name = _("Labs")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from labs.models import merging, note_deletions  # noqa: F401 - they register what needs loaded models
