"""Notes for the audit of what is asked: written, and committed, before anything is answered."""

from gemledger.redaction import redact
from gemledger_collector.access import Caller
from gemledger_collector.api.context import Context
from gemledger_collector.storage import audit

_READ_CHARACTERS = 4000
_KEPT_CHARACTERS = 200


def note(ask: Context, caller: Caller, action: str, detail: audit.Detail) -> None:
    """One line of the audit. Raises Overloaded where it cannot be written: what is not noted is not answered."""
    with ask.store.writing() as transaction:
        audit.note(transaction, ask.clock(), caller.name, action, detail)


def beginning_of(text: str) -> str:
    """How a text begins, secrets and personal data replaced by their kind.

    More is read than kept, so that nothing is cut in half and then not recognised.
    """
    return redact(text[:_READ_CHARACTERS])[:_KEPT_CHARACTERS]
