"""Stores of the simulator, by the real SDK, and its invoice of what is put into them."""

from pathlib import Path

import httpx
import pytest
from google import genai

from gemledger_simulator.process import SimulatorProcess


def test_a_document_is_invoiced_by_its_tokens_and_found_done(
    client: genai.Client, simulator: SimulatorProcess, tmp_path: Path
) -> None:
    """400 bytes, 100 tokens; the answer tells nothing of them."""
    page = tmp_path / "page.txt"
    page.write_text("x" * 400)
    store = client.file_search_stores.create(config={"display_name": "Pages"})
    name = store.name or ""
    operation = client.file_search_stores.upload_to_file_search_store(
        file_search_store_name=name, file=page
    )
    done = client.operations.get(operation)

    assert (done.done, done.response and done.response.parent) == (True, name)
    assert client.file_search_stores.get(name=name).size_bytes == 400
    record = httpx.get(f"{simulator.url}/simulator/record", trust_env=False).json()["entries"]
    entry = [one for one in record if one["kind"] == "file_search_index"][-1]
    assert entry["model"] == "gemini-embedding-001"
    assert entry["usageMetadata"]["promptTokenCount"] == 100


def test_a_store_that_was_deleted_is_gone(client: genai.Client) -> None:
    """404 from then on."""
    name = client.file_search_stores.create().name or ""
    client.file_search_stores.delete(name=name)

    with pytest.raises(genai.errors.ClientError, match="404"):
        client.file_search_stores.get(name=name)
    with pytest.raises(genai.errors.ClientError, match="404"):
        client.file_search_stores.import_file(file_search_store_name=name, file_name="files/a")
