//! What servers say when they refuse a signature, and what of it may be shown.

use aws_credential_types::Credentials;
use config::secret::MASK;
use http::StatusCode;

/// What was wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The credentials are no longer good.
    Credentials,
    /// The time of the signature.
    Time,
    /// The signature, or what its credentials may do.
    Signature,
}

/// Words of refusals: codes of errors, and what services say that give none.
const WORDS: [(&str, Refusal); 18] = [
    ("ExpiredToken", Refusal::Credentials),
    ("security token included in the request is expired", Refusal::Credentials),
    ("security token included in the request is invalid", Refusal::Credentials),
    ("InvalidClientTokenId", Refusal::Credentials),
    ("UnrecognizedClient", Refusal::Credentials),
    ("TokenRefreshRequired", Refusal::Credentials),
    ("RequestTimeTooSkewed", Refusal::Time),
    ("RequestExpired", Refusal::Time),
    ("RequestInTheFuture", Refusal::Time),
    ("Signature expired", Refusal::Time),
    ("Signature not yet current", Refusal::Time),
    ("Signature is not yet current", Refusal::Time),
    ("SignatureDoesNotMatch", Refusal::Signature),
    ("InvalidSignature", Refusal::Signature),
    ("IncompleteSignature", Refusal::Signature),
    ("MissingAuthenticationToken", Refusal::Signature),
    ("Missing Authentication Token", Refusal::Signature),
    ("AccessDenied", Refusal::Signature),
];

/// Behind this a service repeats what was signed, the session's token included.
const REPEATED: [&str; 2] = ["The Canonical String", "The String-to-Sign"];

/// Why a server refuses a signature; none if it does not, or does not say.
#[must_use]
pub fn refusal(status: StatusCode, text: &str) -> Option<Refusal> {
    if !matches!(status, StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
        return None;
    }
    WORDS.iter().find(|(words, _)| text.contains(words)).map(|(_, refusal)| *refusal)
}

/// A text without what was signed, and without the secrets of `credentials`.
#[must_use]
pub fn shown(text: &str, credentials: Option<&Credentials>) -> String {
    let end = REPEATED.iter().filter_map(|words| text.find(words)).min().unwrap_or(text.len());
    let mut shown = text[..end].trim().to_owned();
    let secrets = credentials.into_iter().flat_map(|known| [Some(known.secret_access_key()), known.session_token()]);
    for secret in secrets.flatten().filter(|secret| !secret.is_empty()) {
        shown = shown.replace(secret, MASK);
        // The text may end within it.
        let cut = (8..secret.len())
            .rev()
            .find(|length| secret.is_char_boundary(*length) && shown.ends_with(&secret[..*length]));
        if let Some(length) = cut {
            shown.truncate(shown.len() - length);
            shown += MASK;
        }
    }
    shown
}
