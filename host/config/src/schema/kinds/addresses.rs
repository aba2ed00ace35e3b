//! Addresses: where the host listens, and where it writes to.

use http::Uri;

use crate::address::{self, Listen};
use crate::scalar::{Scalar, Taken, Wrong};
use crate::schema::Shape;
use crate::schema::kind::ScalarKind;

/// An address to listen on.
#[derive(Debug)]
pub struct Listening(u16);

/// An address to listen on; by default a port that only this machine reaches.
#[must_use]
pub fn listen(port: u16) -> Listening {
    Listening(port)
}

impl ScalarKind for Listening {
    type Value = Listen;
    const ZERO: &'static str = "";

    fn shape(&self) -> Shape {
        Shape::Listen
    }

    fn written(&self) -> String {
        self.absent().to_string()
    }

    fn absent(&self) -> Listen {
        Listen::localhost(self.0)
    }

    fn parse(&self, scalar: Scalar<'_>) -> Result<Taken<Listen>, Wrong> {
        let listen = Listen::parse(scalar.text(), self.0).map_err(|wrong| wrong.of(scalar))?;
        if !listen.is_hostless() {
            return Ok(Taken::plain(listen));
        }
        let value = listen.with_host();
        let message = "no host means every address; this host then listens on those of IPv4".into();
        let help = format!("write {value}, or the address that is meant");
        Ok(Taken { value, doubt: Some(Wrong { message, help }) })
    }
}

/// The address of a server.
#[derive(Debug)]
pub struct Server;

/// The full address of a server; there is no default.
#[must_use]
pub fn url() -> Server {
    Server
}

impl ScalarKind for Server {
    type Value = Uri;
    const ZERO: &'static str = "";

    fn shape(&self) -> Shape {
        Shape::Url
    }

    fn written(&self) -> String {
        String::new()
    }

    fn absent(&self) -> Uri {
        Uri::default()
    }

    fn is_secret(&self, text: &str) -> bool {
        address::may_have_password(text)
    }

    fn parse(&self, scalar: Scalar<'_>) -> Result<Taken<Uri>, Wrong> {
        let wrong = |wrong: Wrong| if self.is_secret(scalar.text()) { wrong } else { wrong.of(scalar) };
        address::url(scalar.text()).map(Taken::plain).map_err(wrong)
    }
}
