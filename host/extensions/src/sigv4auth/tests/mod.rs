mod answers;
mod cache;
mod vectors;

use aws_credential_types::Credentials;

use super::settings::Settings;

/// The keys of AWS' test suite.
pub const KEY: &str = "AKIDEXAMPLE";
pub const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

pub fn credentials(token: Option<&str>) -> Credentials {
    Credentials::new(KEY, SECRET, token.map(str::to_owned), None, "test")
}

pub fn settings() -> Settings {
    Settings { id: "sigv4auth".into(), region: Some("us-east-1".into()), service: Some("aps".into()), role: None }
}
