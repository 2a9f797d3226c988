"""Sending a folder to the Hugging Face hub, as one commit; the token is huggingface_hub's and never shown."""

from __future__ import annotations

from crossalpaca.errors import InputError, ServiceError
from crossalpaca.interoperability.cards import CARD
from crossalpaca.interoperability.publish import Publication


def require_name(repository: str) -> None:
    """Raises InputError unless a repository is named `owner/name`, as the hub allows it."""
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined]

    try:
        if repository.count("/") != 1:
            raise HFValidationError("it has no owner")
        validate_repo_id(repository)
    except HFValidationError:
        allowed = "letters, digits, and single -, _ and . within them"
        raise InputError(f"--to {repository}: repositories are named OWNER/NAME, with {allowed}") from None


def send(publication: Publication, repository: str, private: bool) -> str:
    """Makes the repository if need be and sends all files in one commit; returns the commit's address.

    Raises:
        InputError: there is no token.
        ServiceError: the hub does not answer or refuses, or the repository is public where a private one is asked for.
    """
    import httpx2
    from huggingface_hub import CommitOperationAdd, HfApi, get_token

    token = get_token()
    if not token:
        raise InputError("the hub wants a token that may write: set HF_TOKEN, or log in by `hf auth login`")
    api = HfApi(token=token)
    kind = publication.kind
    try:
        api.create_repo(repository, repo_type=kind, private=private or None, exist_ok=True)
        # The hub takes no notice of the wish where the repository is there already.
        if private and not api.repo_info(repository, repo_type=kind).private:
            raise ServiceError(f"{repository}: is there and public, so nothing was sent; make it private on its page")
        card = publication.card.encode() if publication.written else None
        operations = [
            CommitOperationAdd(name, card if card and name == CARD else publication.folder / name)
            for name in publication.files
        ]
        done = api.create_commit(repository, operations, commit_message="Published by crossalpaca", repo_type=kind)
    except (httpx2.HTTPError, OSError, ValueError, RuntimeError) as error:
        reason = " ".join(f"{type(error).__name__}: {error}".replace(token, "***").split())[:300]
        raise ServiceError(
            f"{repository}: cannot be sent ({reason}); look at the name, HF_TOKEN and the network"
        ) from None
    return str(done.commit_url)
