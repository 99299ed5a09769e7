"""Queries that are built once in this process and then only executed.

Django takes longer to build a query than SQLite or PostgreSQL takes to answer it, and a page asks the same
few questions about every learner. Nothing of an answer is kept, so no page can show an old one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import Field, Model, QuerySet
from django.db.models.expressions import Expression
from django.db.models.sql.compiler import SQLCompiler

M = TypeVar("M", bound=Model)
Converter = tuple[int, list[Callable[..., Any]], Any]


class Given(Expression):
    """The place of a value that each execution brings, for `filter(learner=Given("learner", field))`."""

    def __init__(self, name: str, output_field: Field[Any, Any]) -> None:
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> tuple[str, list[Any]]:
        # The object itself is the parameter: `PreparedRead.rows` finds it there and puts the value in.
        return "%s", [self]


class _Built:
    """A query as SQL, with its parameters and what turns columns into Python values."""

    def __init__(self, found: QuerySet[Any, Any]) -> None:
        compiler = found.query.get_compiler(connection=connection)
        self.sql, self.params = compiler.as_sql()
        columns = [column[0] for column in (compiler.select or [])[: compiler.col_count]]
        converters = compiler.get_converters(columns)
        self.converters: list[Converter] = [(at, list(how), what) for at, (how, what) in converters.items()]


class PreparedRead:
    """A queryset's `values_list`, built at the first execution.

    `make` returns the queryset; its filters have `Given` where a value differs between executions. It must
    not depend on anything else that changes, such as the time.
    """

    def __init__(self, make: Callable[[], QuerySet[Any, Any]]) -> None:
        self._make = make
        self._built: dict[str, _Built] = {}

    def rows(self, **given: Any) -> list[Any]:
        """A sequence of columns for each row."""
        # The SQL differs between SQLite and PostgreSQL, and one process of the tests may see both.
        built = self._built.get(connection.vendor)
        if built is None:
            built = self._built[connection.vendor] = _Built(self._make())
        values = [
            param.output_field.get_db_prep_value(given[param.name], connection)
            if isinstance(param, Given)
            else param
            for param in built.params
        ]
        with connection.cursor() as cursor:
            cursor.execute(built.sql, values)
            found: list[Any] = cursor.fetchall()
        if not built.converters:
            return found
        found = [list(row) for row in found]
        for row in found:
            for at, converters, column in built.converters:
                for convert in converters:
                    row[at] = convert(row[at], column, connection)
        return found

    def row(self, **given: Any) -> Any:
        """The first row, or None."""
        return next(iter(self.rows(**given)), None)


class PreparedGet(Generic[M]):
    """One row of a model by a condition, as an instance; built at the first execution."""

    def __init__(self, model: type[M], make: Callable[[], QuerySet[Any, Any]]) -> None:
        self._model = model
        self._names = [field.attname for field in model._meta.concrete_fields]
        self._read = PreparedRead(lambda: make().values_list(*self._names))

    def first(self, **given: Any) -> M | None:
        """The first instance, or None."""
        row = self._read.row(**given)
        return self._model.from_db(connection.alias, self._names, row) if row else None
