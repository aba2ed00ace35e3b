//! By what a client says who it is.

config::block! {
    /// By what a client says who it is.
    pub struct ClientAuth {
        /// The id of an extension that is an authenticator, and that `service.extensions` lists.
        authenticator: Option<String> = required("write the id of an extension, such as authenticator: sigv4auth", text("")),
    }
}
