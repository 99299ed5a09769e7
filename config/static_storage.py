"""How static files are named and found in production."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import cast

from whitenoise.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]

OF_OTHERS = ("admin/", "django_htmx/", "ninja/")
Converter = Callable[[re.Match[str]], str]


class StaticStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """File names that contain a hash of the content, so that browsers may cache files for ever.

    `import` lines between our scripts are rewritten to those names, which Django does only when asked.
    """

    support_js_module_import_aggregation = True

    def url_converter(
        self, name: str, hashed_files: dict[str, str], template: str | None = None
    ) -> Converter:
        """Leave scripts of other packages unchanged: some import names that only a bundler resolves."""
        if name.startswith(OF_OTHERS) and name.endswith(".js"):
            return lambda match: match[0]
        return cast("Converter", super().url_converter(name, hashed_files, template))

    def stored_name(self, name: str) -> str:
        """The name with the hash. A file that was not collected keeps its plain name: an error page must not
        fail because its style sheet is missing.
        """
        try:
            return str(super().stored_name(name))
        except ValueError:
            return name
