//! The extension's block: keys and defaults are the Collector's.

use config::schema::Rules;

use super::settings::{Role, Settings};

/// What sessions are called in the logs of the account, where nothing is written.
const SESSION: &str = "alluvium";

config::block! {
    /// Signs requests by Signature Version 4.
    pub struct Keys {
        /// Of the service, such as `us-east-1`. Where it is empty, the address says so:
        /// `aps-workspaces.<region>.amazonaws.com`.
        region: String = text(""),
        /// As signatures name it, such as `aps`. Where it is empty, the address says so.
        service: String = text(""),
        /// A role to take on, with the credentials that there are.
        assume_role: Option<AssumeRole> = maybe(block()),
    }
    check Keys::check_names;
}

config::block! {
    /// A role to take on.
    pub struct AssumeRole {
        /// The role; without it none is taken on.
        arn: String = text(""),
        /// What the session is called in the logs of the account; `alluvium` where it is empty.
        session_name: String = text(""),
        /// Of the service that gives out roles; where it is empty, `region`.
        sts_region: String = text(""),
        /// What the owner of the role asks for.
        external_id: String = text(""),
        /// A file with a token that stands for the credentials. It is read anew each time.
        web_identity_token_file: String = text(""),
    }
    check AssumeRole::check_role;
}

impl Keys {
    fn check_names(&self, rules: &mut Rules<'_>) {
        for (key, name) in [("region", &self.region), ("service", &self.service)] {
            check_name(key, name, rules);
        }
    }

    /// What the block means.
    #[must_use]
    pub fn settings(&self, id: &str) -> Settings {
        let role = self.assume_role.as_ref().filter(|role| !role.arn.is_empty());
        Settings {
            id: id.to_owned(),
            region: written(&self.region),
            service: written(&self.service),
            role: role.map(|role| Role {
                arn: role.arn.clone(),
                session_name: written(&role.session_name).unwrap_or_else(|| SESSION.to_owned()),
                region: written(&role.sts_region).or_else(|| written(&self.region)),
                external_id: written(&role.external_id),
                token_file: written(&role.web_identity_token_file),
            }),
        }
    }
}

impl AssumeRole {
    fn check_role(&self, rules: &mut Rules<'_>) {
        const NO_EFFECT: &str = "has no effect beside a web identity token";
        check_name("sts_region", &self.sts_region, rules);
        if self.arn.is_empty() && !self.web_identity_token_file.is_empty() {
            rules.block_error(
                "arn",
                "required beside web_identity_token_file",
                "write the role: arn: arn:aws:iam::...",
            );
        } else if self.arn.is_empty() {
            rules.warning("arn", "no role is named; none is taken on", "write arn, or remove assume_role");
        } else if !self.web_identity_token_file.is_empty() && !self.external_id.is_empty() {
            rules.warning("external_id", NO_EFFECT, "remove it");
        }
    }
}

/// Regions and services are words of lower-case letters, digits and dashes.
fn check_name(key: &str, name: &str, rules: &mut Rules<'_>) {
    let is_odd = |byte: u8| !(byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if name.bytes().any(is_odd) {
        rules.error(key, "only letters, digits and - may be in it", "write it as Amazon does, such as us-east-1");
    }
}

fn written(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|text| !text.is_empty())
}
