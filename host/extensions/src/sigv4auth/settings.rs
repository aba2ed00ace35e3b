//! What the extension is told.

/// Settings of one extension, as meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Its id as configured.
    pub id: String,
    /// The region of the service; none if the address says it.
    pub region: Option<String>,
    /// The service; none if the address says it.
    pub service: Option<String>,
    /// The role to take on, if any.
    pub role: Option<Role>,
}

/// A role to take on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// The role.
    pub arn: String,
    /// What the session is called.
    pub session_name: String,
    /// Of the service that gives out roles; none if the environment says it.
    pub region: Option<String>,
    /// What the owner of the role asks for.
    pub external_id: Option<String>,
    /// A file with a token that stands for the credentials.
    pub token_file: Option<String>,
}
