"""File search: what is put into a store is billed by an estimate of its tokens, once, and says so."""

import io
from pathlib import Path
from typing import Any

import pytest
from google import genai
from google.genai import types
from support.clients import gemini_api

from gemledger_simulator.process import SimulatorProcess

PICO_USD_PER_TOKEN = 150_000
"""$0.15 a million."""


@pytest.fixture
def client(simulator: SimulatorProcess) -> genai.Client:
    """One of the Gemini API: Vertex AI has no such stores."""
    return gemini_api(simulator.url)


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """A text of 40,001 bytes: 10,001 tokens at four bytes each."""
    written = tmp_path / "page.txt"
    written.write_text("x" * 40_001)
    return written


def store_of(client: genai.Client, **config: Any) -> str:
    """A new store's name."""
    made = client.file_search_stores.create(config=types.CreateFileSearchStoreConfig(**config))
    assert made.name
    return made.name


def is_an_estimate_of(told: Any, tokens: int, pico_usd_per_token: int = PICO_USD_PER_TOKEN) -> None:
    """Assert what every indexing says of its bill."""
    assert told["gen_ai.operation.name"] == "file_search_index"
    assert told["gen_ai.usage.input_tokens"] == tokens
    assert told["gemledger.cost.pico_usd"] == tokens * pico_usd_per_token
    assert told["gemledger.cost.status"] == "estimated"
    assert told["gemledger.cost.reasons"] == ("tokens_estimated",)


def test_an_uploaded_document_is_billed_by_its_size(
    client: genai.Client, recorded: Any, page: Path
) -> None:
    """Stores themselves are free, and no calls."""
    store = store_of(client)
    client.file_search_stores.upload_to_file_search_store(
        file_search_store_name=store, file=str(page)
    )

    told = recorded.attributes
    is_an_estimate_of(told, 10_001)
    assert recorded.span.name == "file_search_index gemini-embedding-001"
    assert told["gemledger.file_search.store"] == store
    assert told["gemledger.file_search.indexed_bytes"] == 40_001


@pytest.mark.parametrize("offset", [0, 20_001])
def test_an_open_file_is_billed_from_where_it_stood(
    client: genai.Client, recorded: Any, offset: int
) -> None:
    """As the SDK sends it; and it stands where the SDK left it."""
    file = io.BytesIO(b"x" * 40_001)
    file.seek(offset)
    client.file_search_stores.upload_to_file_search_store(
        file_search_store_name=store_of(client), file=file, config={"mime_type": "text/plain"}
    )

    is_an_estimate_of(recorded.attributes, 10_001 if offset == 0 else 5_000)
    assert file.tell() == 40_001


async def test_async_is_the_same(simulator: SimulatorProcess, recorded: Any, page: Path) -> None:
    """Upload to a store, and import of a file that was uploaded before."""
    async with gemini_api(simulator.url).aio as opened:
        store = await opened.file_search_stores.create()
        name = store.name or ""
        await opened.file_search_stores.upload_to_file_search_store(
            file_search_store_name=name, file=page
        )
        file = await opened.files.upload(file=page)
        await opened.file_search_stores.import_file(
            file_search_store_name=name, file_name=file.name or ""
        )

    assert len(recorded.spans) == 2
    for span in recorded.spans:
        is_an_estimate_of(span.attributes, 10_001)


def test_an_imported_file_has_the_size_it_was_uploaded_with(
    client: genai.Client, recorded: Any, page: Path
) -> None:
    """The upload itself is free, and no call."""
    file = client.files.upload(file=page)
    client.file_search_stores.import_file(
        file_search_store_name=store_of(client), file_name=file.name or ""
    )

    is_an_estimate_of(recorded.attributes, 10_001)


def test_a_file_of_unknown_size_has_no_price(
    client: genai.Client, recorded: Any, page: Path, simulator: SimulatorProcess
) -> None:
    """Another process uploaded it: that is not nothing, and no zero."""
    with page.open("rb") as data, gemini_api(simulator.url) as another:
        import gemledger  # noqa: PLC0415 - to stand for a process without us

        gemledger.uninstrument()
        file = another.files.upload(file=data, config={"mime_type": "text/plain"})
        gemledger.instrument(tracer_provider=recorded.provider)
    client.file_search_stores.import_file(
        file_search_store_name=store_of(client), file_name=file.name or ""
    )

    told = recorded.attributes
    assert told["gemledger.cost.status"] == "unpriced"
    assert told["gemledger.cost.reasons"] == ("no_usage",)
    assert "gemledger.cost.pico_usd" not in told


def test_a_store_embeds_with_the_model_it_was_made_with(
    client: genai.Client, recorded: Any, page: Path
) -> None:
    """$0.20 a million."""
    store = store_of(client, embedding_model="models/gemini-embedding-2")
    client.file_search_stores.upload_to_file_search_store(file_search_store_name=store, file=page)

    is_an_estimate_of(recorded.attributes, 10_001, 200_000)
    assert recorded.attributes["gen_ai.request.model"] == "gemini-embedding-2"


def test_seeing_that_it_is_done_bills_nothing_again(
    client: genai.Client, recorded: Any, page: Path
) -> None:
    """A look is free, and settles nothing."""
    operation = client.file_search_stores.upload_to_file_search_store(
        file_search_store_name=store_of(client), file=page
    )
    done = client.operations.get(operation)

    assert done.done
    indexing, look = recorded.spans
    is_an_estimate_of(indexing.attributes, 10_001)
    assert look.attributes["gen_ai.operation.name"] == "operation_get"
    assert look.attributes["gemledger.cost.pico_usd"] == 0
    assert look.attributes["gemledger.cost.reasons"] == ("free_operation",)
    assert "gemledger.job.name" not in look.attributes


def test_the_users_error_passes_through_and_costs_nothing(
    client: genai.Client, recorded: Any, page: Path
) -> None:
    """A store that is not there, a file that is not there."""
    with pytest.raises(genai.errors.ClientError):
        client.file_search_stores.upload_to_file_search_store(
            file_search_store_name="fileSearchStores/none", file=page
        )
    with pytest.raises(FileNotFoundError):
        client.file_search_stores.upload_to_file_search_store(
            file_search_store_name="fileSearchStores/none", file="no such file"
        )

    assert [span.attributes["gemledger.cost.pico_usd"] for span in recorded.spans] == [0, 0]
