"""Settings of webhooks: strict, told by path and remedy, and never with a secret in the message."""

from pathlib import Path

import pytest
from support.webhooks import secret_of

from gemledger_collector.config import load
from gemledger_collector.errors import ConfigError
from gemledger_collector.webhooks_config import WebhooksConfig

AT = "extensions.settle.webhooks"
SECRET = secret_of("mine")
HIDDEN = "hush-hush"


def loaded(folder: Path, webhooks: str, **environ: str) -> WebhooksConfig:
    """The section, as a collector would read it."""
    path = folder / "otel-config.yaml"
    path.write_text(f"extensions: {{settle: {{webhooks: {webhooks}}}}}")
    return load(path, environ).settle.webhooks


def test_without_secrets_or_keys_there_is_no_receiver(tmp_path: Path) -> None:
    """Either of them opens it."""
    assert not loaded(tmp_path, "{}").enabled
    assert loaded(tmp_path, f"{{secrets: [{SECRET}]}}").enabled
    assert loaded(tmp_path, "{per_job: {jwks_url: 'https://keys.example/jwks.json'}}").enabled


def test_a_second_secret_may_be_there_or_not(tmp_path: Path) -> None:
    """While a secret is rotated two variables are set, afterwards one: the file stays as it is."""
    text = "{secrets: ['${env:NEW}', '${env:OLD:-}']}"
    both = loaded(tmp_path, text, NEW=SECRET, OLD=secret_of("old"))
    assert len(both.keys) == 2
    assert len(loaded(tmp_path, text, NEW=SECRET).keys) == 1


def test_secrets_do_not_show_when_the_settings_are_printed(tmp_path: Path) -> None:
    """Neither the secrets nor the key."""
    config = loaded(tmp_path, f"{{secrets: [{SECRET}], fetch: {{api_key: {HIDDEN}}}}}")
    assert SECRET not in repr(config)
    assert HIDDEN not in repr(config)
    assert config.fetch.api_key is not None
    assert config.fetch.api_key.get_secret_value() == HIDDEN


@pytest.mark.parametrize(
    ("webhooks", "complaint"),
    [
        (f"{{secrets: {SECRET}}}", "secrets: secrets is no list"),
        (f"{{secrets: [{HIDDEN}]}}", "secrets: a secret does not begin with whsec_"),
        (
            f"{{secrets: [whsec_{HIDDEN}]}}",
            "secrets: what follows whsec_ in a secret is not base64",
        ),
        ("{secrets: [whsec_AAAA]}", "secrets: a secret is too short"),
        (f"{{secret: [{HIDDEN}]}}", "secret: unknown key; did you mean 'secrets'?"),
        (f"{{secrets: [{{a: {HIDDEN}}}]}}", "secrets: a secret does not begin with whsec_"),
        (
            f"{{fetch: {{api_keys: {HIDDEN}}}}}",
            "fetch.api_keys: unknown key; did you mean 'api_key'?",
        ),
        (f"{{fetch: {{api_key: [{HIDDEN}]}}}}", "fetch.api_key: write one text"),
        ("{fetch: {base_url: 'http://example.com'}}", "fetch.base_url"),
        ("{fetch: {retry_after: 0s}}", "fetch: retry_after and timeout must be above 0"),
        ("{fetch: {max_attempts: 0}}", "fetch.max_attempts"),
        ("{per_job: {jwks_url: 'http://keys.example'}}", "give an https:// address"),
        ("{per_job: {jwks_url: 'ftp://127.0.0.1/x'}}", "give an https:// address"),
        ("{per_job: {body: maybe}}", "per_job.body"),
        ("{max_body_bytes: 100MB}", "max_body_bytes"),
    ],
)
def test_a_wrong_setting_is_told_without_its_value(
    tmp_path: Path, webhooks: str, complaint: str
) -> None:
    """Where, and what to write instead; what was written may be a secret."""
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, webhooks)
    told = str(caught.value)
    assert f"{AT}.{complaint}" in told or complaint in told
    assert AT in told
    assert HIDDEN not in told
    assert SECRET not in told
