//! Addresses: where the host listens, and where it writes to.

use http::Uri;

use super::scalar::Wrong;

/// `host:port` to listen on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listen {
    host: String,
    port: u16,
}

impl Listen {
    /// Reads an address. `port` is the one that a help text proposes. The message of an error follows the text itself.
    pub fn parse(text: &str, port: u16) -> Result<Self, Wrong> {
        let wrong = |message: &str, help: String| Err(Wrong { message: message.to_owned(), help });
        if let Some((_, rest)) = text.split_once("://") {
            return wrong("an address to listen on has no scheme", format!("write {}", rest.trim_end_matches('/')));
        }
        let Some((host, number)) = text.rsplit_once(':') else {
            return wrong("an address to listen on needs a port", format!("write {text}:{port}"));
        };
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        if bare.is_none() && host.contains(':') {
            return wrong("an IPv6 address stands in brackets", format!("such as [::1]:{port}"));
        }
        let is_name = |character: char| character.is_ascii_alphanumeric() || "-._:%".contains(character);
        if !bare.unwrap_or(host).chars().all(is_name) {
            return wrong("no name or address of a host", format!("such as localhost:{port}"));
        }
        match number.parse() {
            Ok(port) => Ok(Self { host: host.to_owned(), port }),
            Err(_) => wrong("the port is a number up to 65535", format!("such as localhost:{port}")),
        }
    }

    /// A port that only this machine reaches.
    #[must_use]
    pub fn localhost(port: u16) -> Self {
        Self { host: "localhost".into(), port }
    }

    /// Every address of the machine, as far as the text says it by saying nothing.
    #[must_use]
    pub fn is_hostless(&self) -> bool {
        self.host.is_empty()
    }

    /// The same with a host: IPv4, as not every machine has the other.
    #[must_use]
    pub fn with_host(self) -> Self {
        if self.is_hostless() { Self { host: "0.0.0.0".into(), ..self } } else { self }
    }

    /// Whether one of the two sockets would keep the other from being opened. Port 0 is any that is free.
    #[must_use]
    pub fn clashes(&self, other: &Self) -> bool {
        let anywhere = |host: &str| matches!(host, "0.0.0.0" | "[::]" | "");
        let loopback = |host: &str| if matches!(host, "127.0.0.1" | "[::1]") { "localhost" } else { host }.to_owned();
        let same = loopback(&self.host) == loopback(&other.host) || anywhere(&self.host) || anywhere(&other.host);
        same && self.port == other.port && self.port != 0
    }
}

impl std::fmt::Display for Listen {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}:{}", self.host, self.port)
    }
}

/// Whether a password may stand in the address of a server.
#[must_use]
pub fn may_have_password(text: &str) -> bool {
    text.contains('@')
}

/// The full address of a server. The message of an error follows the text itself.
///
/// # Errors
/// What is wrong with it, and what would help.
pub fn url(text: &str) -> Result<Uri, Wrong> {
    const HELP: &str = "write the full address, such as http://localhost:9090/api/v1/write";
    let wrong = |message: &str, help: String| Err(Wrong { message: message.to_owned(), help });
    let uri = text.parse::<Uri>().ok().filter(|uri| matches!(uri.scheme_str(), Some("http" | "https")));
    let Some(uri) = uri else {
        let with_scheme = format!("http://{text}");
        return match with_scheme.parse::<Uri>() {
            Ok(_) if !text.contains("://") => {
                let help = if may_have_password(text) { HELP.into() } else { format!("write {with_scheme}") };
                wrong("an address of a server begins with http:// or https://", help)
            }
            _ => wrong("no address of a server", HELP.into()),
        };
    };
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    if authority.contains('@') {
        let help = "send them as headers: {Authorization: Basic <base64 of name:password>}";
        return wrong("name and password in an address are not sent", help.into());
    }
    let host = uri.host().unwrap_or_default();
    if host.is_empty() {
        return wrong("an address of a server needs a host", HELP.into());
    }
    if authority != host && uri.port_u16().is_none_or(|port| port == 0) {
        return wrong("the port is a number from 1 to 65535", HELP.into());
    }
    Ok(uri)
}
