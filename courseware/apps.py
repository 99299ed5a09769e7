from django.apps import AppConfig


class CoursewareConfig(AppConfig):
    name = "courseware"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from courseware import merging, progress  # noqa: F401 - they register themselves, which needs loaded models
