//! Names of services.

/// A service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Service {
    pub(crate) name: String,
    /// None where it is the host's own.
    pub(crate) namespace: Option<String>,
}

impl Service {
    /// `name[.namespace[.svc.<domain>]]`, by the Collector's rules.
    ///
    /// # Errors
    /// What is wrong.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        let mut labels = text.split('.');
        let name = labels.next().filter(|name| !name.is_empty()).ok_or("no service is named")?;
        let namespace = labels.next();
        let kind = labels.next();
        if kind.is_some() && namespace == Some("") {
            return Err("the namespace is missing");
        }
        match (kind, labels.next()) {
            (Some(kind), _) if kind != "svc" => return Err("the third part must be svc"),
            (Some(_), None | Some("")) => return Err("the domain of the cluster is missing"),
            _ => {}
        }
        let is_odd = |label: &str| !label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if is_odd(name) || namespace.is_some_and(is_odd) {
            return Err("only letters, digits and - may be in a name");
        }
        let namespace = namespace.filter(|namespace| !namespace.is_empty()).map(str::to_owned);
        Ok(Self { name: name.to_owned(), namespace })
    }
}
