//! `ec2`: the instance on Amazon EC2, from its metadata service, by sessions of version 2.
//!
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html>

mod documents;
mod imds;

pub use documents::attributes;

use std::time::Duration;

use http::StatusCode;
use regex_lite::Regex;

use super::attributes::Attributes;
use super::detector::{Known, Selection, Sources};
use super::failure::Failure;
use imds::Session;

/// Its name in a configuration.
pub const NAME: &str = "ec2";

/// What it means that nobody answers.
pub const SILENCE: &str = "the instance metadata service does not answer, so this is no instance of EC2 (or it is one whose \
                           metadata hop limit of 1 ends in front of this container)";

/// An instance has 50 tags at most.
const TAGS: usize = 50;

/// In front of the key of a tag.
const TAG: &str = "ec2.tag.";

const HOST_NAME: &str = "host.name";

/// What it finds, apart from tags.
pub const KNOWN: &[Known] = &[
    Known { key: "cloud.account.id", on: true },
    Known { key: "cloud.availability_zone", on: true },
    Known { key: "cloud.platform", on: true },
    Known { key: "cloud.provider", on: true },
    Known { key: "cloud.region", on: true },
    Known { key: "host.id", on: true },
    Known { key: "host.image.id", on: true },
    Known { key: HOST_NAME, on: true },
    Known { key: "host.type", on: true },
];

/// Settings, as meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// What is added.
    pub selection: Selection,
    /// Patterns of the keys of tags that are added as well: regular expressions that match anywhere.
    pub tags: Vec<String>,
    /// How often each call is made at most, while it fails; none means no bound but time.
    pub attempts: Option<u64>,
    /// The longest wait between two of them.
    pub longest_wait: Duration,
}

/// Asks the metadata service.
///
/// # Errors
/// See [`Failure`].
pub async fn detect(settings: &Settings, sources: &Sources) -> Result<Attributes, Failure> {
    let session = Session::open(settings, sources).await?;
    let document = session.get("dynamic/instance-identity/document").await.map_err(|error| match error.status() {
        Some(StatusCode::NOT_FOUND) => Failure::Absent("there is no identity document of an instance".into()),
        _ => Failure::passing(error.to_string()),
    })?;
    let mut found = attributes(&document)?;
    if settings.selection.has(HOST_NAME) {
        match session.get("meta-data/hostname").await {
            Ok(name) => found.set_if_known(HOST_NAME, name.trim()),
            Err(error) => tracing::warn!(%error, "the instance's host name cannot be read; it is left out"),
        }
    }
    found.retain(|key| settings.selection.has(key));
    if !settings.tags.is_empty() {
        add_tags(&mut found, settings, &session).await?;
    }
    Ok(found)
}

async fn add_tags(found: &mut Attributes, settings: &Settings, session: &Session<'_>) -> Result<(), Failure> {
    // They were tried out when the settings were read.
    let patterns: Vec<Regex> = settings.tags.iter().filter_map(|pattern| Regex::new(pattern).ok()).collect();
    let keys = session.get("meta-data/tags/instance").await.map_err(|error| match error.status() {
        Some(StatusCode::NOT_FOUND) => {
            let help = "allow tags in the metadata of the instance, or remove tags";
            Failure::lasting("the instance's metadata has no tags", help)
        }
        _ => Failure::passing(error.to_string()),
    })?;
    for key in documents::tags(&keys).take(TAGS).filter(|key| patterns.iter().any(|pattern| pattern.is_match(key))) {
        let value = session.get(&format!("meta-data/tags/instance/{key}")).await;
        let value = value.map_err(|error| Failure::passing(error.to_string()))?;
        found.set(format!("{TAG}{key}"), value);
    }
    Ok(())
}
