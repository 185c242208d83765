"""TOML texts into models: the files of the built-in book, or a user's overlay."""

import tomllib
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from gemledger.pricing import schema
from gemledger.pricing.coverage import refuse_contradictions
from gemledger.pricing.places import Place
from gemledger.pricing.rows import BookError, ModelRows


def parse_toml(text: str, file: str) -> Place:
    """The top level of a file, numbers exact. Raises BookError with the place where TOML ends to be TOML."""
    try:
        document: dict[str, Any] = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise BookError(f"{file}: not TOML: {error}") from error
    except (ValueError, ArithmeticError, RecursionError) as error:
        # A number with thousands of digits, a date that does not exist, brackets nested without end.
        raise BookError(f"{file}: not TOML: {type(error).__name__}: {error}") from error
    return Place(file, text, document)


def read_book(files: Mapping[str, str]) -> tuple[str, list[ModelRows]]:
    """Version and models of the files of one book. Raises BookError naming file, line, row and key."""
    places = [parse_toml(text, file) for file, text in files.items()]
    known: dict[str, schema.Source] = {}
    for place in places:
        place.refuse_unknown_keys(schema.FILE_KEYS)
        for name, source in schema.sources(place).items():
            if name in known:
                raise place.error(f"source.{name}", "is already taken by another source")
            known[name] = source
    versions = {place.file: place.word("version") for place in places if "version" in place.table}
    if len(set(versions.values())) != 1:
        raise BookError(f"version: the files of one book must agree on one, found {versions}")
    models: list[ModelRows] = []
    for place in places:
        found = named_once(place, schema.models(place, known), models)
        for number, model in enumerate(found):
            refuse_contradictions(model_place(place, number), model)
        models += found
    if not models:
        raise BookError(f"{', '.join(files)}: model: missing; a book needs at least one [[model]]")
    return next(iter(versions.values())), models


Owners = dict[tuple[str, str], str]
"""(platform, id or alias) → id of the model that goes by it."""


def named_once(
    place: Place, models: Iterable[ModelRows], others: Iterable[ModelRows]
) -> list[ModelRows]:
    """The models of a file; raises BookError where two models of a platform go by one id or alias."""
    owners, found = owners_of(others), []
    for number, model in enumerate(models):
        refuse_taken_names(model_place(place, number), model, owners)
        found.append(model)
    return found


def owners_of(models: Iterable[ModelRows]) -> Owners:
    """Who goes by which name."""
    return {
        (model.platform, name): model.id for model in models for name in (model.id, *model.aliases)
    }


def refuse_taken_names(place: Place, model: ModelRows, owners: Owners) -> None:
    """Raise BookError where a name of the model is taken, else note that they are its own."""
    for key, names in (("id", (model.id,)), ("aliases", model.aliases)):
        for name in names:
            owner = owners.setdefault((model.platform, name), "")
            if owner:
                raise place.error(
                    key, f"{name!r} is already taken by {owner}; a name is one model's"
                )
            owners[model.platform, name] = model.id


def model_place(place: Place, number: int) -> Place:
    """The place of one ``[[model]]`` of a file whose ids are known to be texts."""
    table = place.table["model"][number]
    return place.inside("model", number, table, f"model {number + 1} ({table['id']})")
