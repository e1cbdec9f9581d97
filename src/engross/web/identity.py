"""Identity: signing in at another server, by OpenID Connect (authorization code with PKCE).

Authlib speaks the protocol and checks the claims, joserfc the signature; here is what both are told. One random secret in a cookie of the browser
that begins stands for state, nonce and code verifier, so that the server keeps nothing and no other browser can end what this one
began.
"""

from __future__ import annotations

import hmac
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from engross.errors import EngrossError, OperatorError
from engross.settings import Settings

SECONDS = 10
"""Longest wait for an answer of the other server."""
LEEWAY_SECONDS = 60
"""How far the clocks of the two servers may differ."""
SIGNATURES = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"})
"""Only those with a public key: with HMAC or ``none`` a token proves nothing."""
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class NotIdentified(EngrossError):
    """The other server did not say who it is, or what it said cannot be believed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who signed in, as the other server says."""

    issuer: str
    subject: str
    email: str
    """Only an address that the server calls verified."""
    first_name: str
    last_name: str
    roles: tuple[str, ...] | None
    """None when no claim for roles is set."""


def new_secret() -> str:
    """What the browser holds while it signs in."""
    return secrets.token_urlsafe(32)


def derived(secret: str, use: str) -> str:
    """One of the values of a sign-in: ``state``, ``nonce`` or ``verifier``; 64 letters."""
    return hmac.digest(secret.encode(), f"engross oidc {use}".encode(), "sha256").hex()


def is_state(secret: str, given: str) -> bool:
    """Whether the answer belongs to the sign-in that this browser began."""
    return bool(secret) and given.isascii() and hmac.compare_digest(given, derived(secret, "state"))


@dataclass(slots=True)
class Provider:
    """The other server. What it tells of itself is asked once, its keys again when one is not known."""

    settings: Settings
    _told: dict[str, Any] = field(default_factory=dict)
    _keys: dict[str, Any] = field(default_factory=dict)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        for name in ("oidc_issuer", "oidc_client_id"):
            if not getattr(self.settings, name):
                raise OperatorError(f"Signing in with OpenID Connect (setting `accounts`) needs the setting `{name}`.")
        parts = urlsplit(self.issuer)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
            raise OperatorError(f"The setting `oidc_issuer` must begin with https:; it is {self.issuer!r} now.")
        try:
            import authlib.integrations.requests_client  # noqa: F401
            import joserfc  # noqa: F401
        except ImportError as error:
            raise OperatorError("OpenID Connect (setting `accounts`) needs the extra: pip install 'engross[accounts]'.") from error

    @property
    def issuer(self) -> str:
        """The other server's name for itself."""
        return str(self.settings.oidc_issuer)

    def address(self, secret: str, back: str) -> str:
        """Where the browser goes to sign in; it comes back to *back*. Raises NotIdentified."""
        with self._session(back) as session:
            address, _ = session.create_authorization_url(
                self._endpoint("authorization_endpoint"),
                state=derived(secret, "state"),
                nonce=derived(secret, "nonce"),
                code_verifier=derived(secret, "verifier"),
            )
        return str(address)

    def identity(self, secret: str, code: str, back: str) -> Identity:
        """Who came back with *code*. Raises NotIdentified."""
        import requests
        from authlib.common.errors import AuthlibBaseError

        try:
            with self._session(back) as session:
                token = session.fetch_token(
                    self._endpoint("token_endpoint"),
                    code=code,
                    grant_type="authorization_code",
                    code_verifier=derived(secret, "verifier"),
                    timeout=SECONDS,
                    allow_redirects=False,
                )
        except (AuthlibBaseError, requests.RequestException, ValueError) as error:
            raise NotIdentified(f"the code was not taken: {type(error).__name__}") from error
        return self._read(self._claims(token, derived(secret, "nonce")))

    # ---- parts

    def _session(self, back: str) -> Any:
        from authlib.integrations.requests_client import OAuth2Session

        hidden = self.settings.oidc_client_secret
        return OAuth2Session(
            client_id=self.settings.oidc_client_id,
            client_secret=hidden.get_secret_value() if hidden else None,
            token_endpoint_auth_method="client_secret_basic" if hidden else "none",
            scope="openid email profile",
            redirect_uri=back,
            code_challenge_method="S256",
        )

    def _claims(self, token: Mapping[str, Any], nonce: str) -> Mapping[str, Any]:
        """What the ID token says, once its signature, its issuer, who it is for, its time and its nonce are as they must be."""
        from authlib.common.errors import AuthlibBaseError
        from authlib.oidc.core import CodeIDToken
        from joserfc.errors import JoseError

        try:
            signed = self._verified(str(token["id_token"]))
            wanted = {
                "iss": {"essential": True, "value": self.issuer},
                "aud": {"essential": True, "value": self.settings.oidc_client_id},
                "nonce": {"essential": True, "value": nonce},
            }
            known = {"nonce": nonce, "client_id": self.settings.oidc_client_id, "access_token": token.get("access_token")}
            claims = CodeIDToken(signed.claims, signed.header, wanted, known)
            claims.validate(leeway=LEEWAY_SECONDS)
        except (JoseError, AuthlibBaseError, KeyError, ValueError, TypeError) as error:
            raise NotIdentified(f"the ID token cannot be believed: {type(error).__name__}") from error
        return dict(claims)

    def _verified(self, token: str) -> Any:
        """The token, its signature checked; by keys asked for anew when they do not hold its key. Raises JoseError, ValueError."""
        from joserfc import jwt
        from joserfc.errors import InvalidKeyIdError
        from joserfc.jwk import KeySet

        offered = self._discovered().get("id_token_signing_alg_values_supported") or ["RS256"]
        algorithms = [name for name in offered if name in SIGNATURES]
        try:
            return jwt.decode(token, KeySet.import_key_set(self._key_set(again=False)), algorithms=algorithms)
        except InvalidKeyIdError:
            return jwt.decode(token, KeySet.import_key_set(self._key_set(again=True)), algorithms=algorithms)

    def _key_set(self, *, again: bool) -> Any:
        with self._guard:
            if again or not self._keys:
                self._keys = self._asked(self._discovered_now()["jwks_uri"])
            return self._keys

    def _endpoint(self, name: str) -> str:
        return str(self._discovered()[name])

    def _discovered(self) -> dict[str, Any]:
        with self._guard:
            return self._discovered_now()

    def _discovered_now(self) -> dict[str, Any]:
        """What the server says of itself (OpenID Connect Discovery 1.0). Raises NotIdentified."""
        if not self._told:
            told = self._asked(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
            needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
            if told.get("issuer") != self.issuer or not all(isinstance(told.get(name), str) for name in needed):
                raise NotIdentified("the other server's description does not fit the setting `oidc_issuer`")
            self._told = told
        return self._told

    def _asked(self, address: str) -> dict[str, Any]:
        import requests

        try:
            answer = requests.get(address, timeout=SECONDS, allow_redirects=False)
            answer.raise_for_status()
            content = answer.json()
        except (requests.RequestException, ValueError) as error:
            raise NotIdentified(f"the other server does not answer: {type(error).__name__}") from error
        if not isinstance(content, dict):
            raise NotIdentified("the other server's answer is no object")
        return content

    def _read(self, claims: Mapping[str, Any]) -> Identity:
        def text(name: str) -> str:
            value = claims.get(name)
            return value[:200] if isinstance(value, str) else ""

        subject = claims.get("sub")
        if not isinstance(subject, str) or not 0 < len(subject) <= 255:
            raise NotIdentified("the ID token names nobody")
        given = claims.get(self.settings.oidc_roles) if self.settings.oidc_roles else None
        listed = [given] if isinstance(given, str) else given if isinstance(given, list) else []
        return Identity(
            issuer=self.issuer,
            subject=subject,
            email=text("email") if claims.get("email_verified") is True else "",
            first_name=text("given_name"),
            last_name=text("family_name"),
            roles=tuple(one[:64] for one in listed if isinstance(one, str)) if self.settings.oidc_roles else None,
        )
