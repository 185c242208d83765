"""A token: how it looks, how it is kept, and the command that makes one."""

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from gemledger_cli.main import main
from gemledger_collector.api_config import ApiExtension
from gemledger_collector.tokens import TokenHash, is_secret, new_secret


def test_a_new_secret_has_a_form_of_its_own_and_is_never_the_same() -> None:
    """Scanners find it by its prefix and believe its checksum."""
    made = {new_secret() for _ in range(200)}
    assert len(made) == 200
    assert all(
        secret.startswith("glt_") and len(secret) == 50 and is_secret(secret) for secret in made
    )


@given(st.integers(4, 49), st.sampled_from("0123456789ABCabc"))
def test_one_wrong_character_is_seen_without_a_hash(position: int, other: str) -> None:
    """A mistyped token is none."""
    secret = "glt_0000000000000000000000000000000000000000" + "0000000000"
    good = new_secret()
    assert not is_secret(secret[:50].replace("0000000000", "1111111111", 1))
    changed = good[:position] + other + good[position + 1 :]
    assert is_secret(changed) == (changed == good)


@pytest.mark.parametrize("text", ["", "glt_", "hunter2", "glt_" + "é" * 46, "Bearer glt_x"])
def test_anything_else_is_no_secret(text: str) -> None:
    """Least of all a word somebody thought of."""
    assert not is_secret(text)


def test_a_hash_is_salted_and_survives_the_configuration() -> None:
    """The same secret twice has two hashes; both let it in, and neither shows it."""
    secret = new_secret()
    first, second = TokenHash.of(secret), TokenHash.of(secret)
    assert str(first) != str(second)
    assert TokenHash.parse(str(first)).matches(secret.encode())
    assert second.matches(secret.encode())
    assert not second.matches(new_secret().encode())
    assert secret not in repr(first) + str(first)


def test_the_command_prints_what_the_configuration_takes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The secret first, then the very line to paste."""
    assert main(["token", "new", "shop", "--scopes", "ingest,read", "--expires", "2027-01-31"]) == 0
    printed = capsys.readouterr().out
    secret = printed.splitlines()[0]
    (line,) = [line for line in printed.splitlines() if line.strip().startswith("- {")]
    api = ApiExtension.model_validate({"tokens": yaml.safe_load(line)})
    (token,) = api.admitted
    assert (token.name, sorted(token.scopes)) == ("shop", ["ingest", "read"])
    assert token.hash.matches(secret.encode())
    assert token.expires_unix_nano == 1_801_353_600 * 10**9
    assert printed.count(secret) == 1


def test_the_command_speaks_json(capsys: pytest.CaptureFixture[str]) -> None:
    """For a program that keeps secrets."""
    assert main(["token", "new", "shop", "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert TokenHash.parse(made["entry"]["hash"]).matches(made["secret"].encode())
    assert made["entry"]["scopes"] == ["ingest"]


@pytest.mark.parametrize("arguments", [["a b"], ["shop", "--scopes", "everything"]])
def test_the_command_refuses_what_the_configuration_would(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Wrong usage, in words."""
    with pytest.raises(SystemExit) as ended:
        main(["token", "new", *arguments])
    assert ended.value.code == 2
    assert "glt_" not in capsys.readouterr().out
