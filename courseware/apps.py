from django.apps import AppConfig


class CoursewareConfig(AppConfig):
    name = "courseware"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Inside, because both need loaded models: what registers itself, and who tells the version of the course.
        from accounts.kept_pages import content_is_versioned_by
        from courseware import merging, progress  # noqa: F401 - likewise
        from courseware.content_version import content_version  # likewise

        content_is_versioned_by(content_version)
