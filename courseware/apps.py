from django.apps import AppConfig


class CoursewareConfig(AppConfig):
    name = "courseware"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from courseware import progress  # noqa: F401 - its receivers need loaded models
