from django.apps import AppConfig


class CoursewareConfig(AppConfig):
    name = "courseware"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Only now are the models loaded. Importing these modules registers their receivers and mergers.
        from courseware import quiz_changes  # noqa: F401 - as above
        from courseware.records import merging, progress  # noqa: F401 - as above
