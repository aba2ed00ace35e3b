//! What each detector has of its own in the block.

use std::time::Duration;

use config::scalar::Wrong;
use config::schema::Rules;
use regex_lite::Regex;

use crate::resource_detection::detector::Selection;
use crate::resource_detection::switches::switches;
use crate::resource_detection::{ec2, ecs, env, system};

/// More than this says "until the time is over" in other words.
const MOST_ATTEMPTS: u64 = 1_000;

config::block! {
    /// Variables of the environment: `OTEL_RESOURCE_ATTRIBUTES`, else `OTEL_RESOURCE`.
    pub struct EnvKeys {
        /// Which of their attributes are added.
        attributes: EnvAttributes = block(),
    }
}

config::block! {
    /// Patterns of keys, in which `*` is any text and `?` is any character.
    pub struct EnvAttributes {
        /// Only keys that match one of these; all where nothing is written.
        included: Vec<String> = texts(),
        /// No key that matches one of these.
        excluded: Vec<String> = texts(),
    }
}

config::block! {
    /// The task and its containers, from the address in `ECS_CONTAINER_METADATA_URI_V4`, else `ECS_CONTAINER_METADATA_URI`.
    pub struct EcsKeys {
        /// The attributes that are added.
        resource_attributes: Selection = switches(ecs::KNOWN),
    }
}

config::block! {
    /// The instance, from its metadata service, version 2.
    pub struct Ec2Keys {
        /// The attributes that are added.
        resource_attributes: Selection = switches(ec2::KNOWN),
        /// Regular expressions: tags whose keys match one become attributes `ec2.tag.<key>`.
        tags: Vec<String> = list(parsed(pattern, String::new)),
        /// Whether tags are read from the metadata service. It is the only place where this host reads them.
        tags_from_imds: bool = boolean(false),
        /// How often each call is made while it fails; 0 sets no limit.
        max_attempts: u64 = integer(0..=MOST_ATTEMPTS, 3),
        /// The longest wait between two of them.
        max_backoff: Duration = duration("20s"),
        /// As the key of that name beside the detectors, for this one alone.
        fail_on_missing_metadata: bool = boolean(false),
    }
    check Ec2Keys::check_tags;
}

config::block! {
    /// The operating system and the machine.
    pub struct SystemKeys {
        /// The attributes that are added.
        resource_attributes: Selection = switches(system::KNOWN),
        /// Where the host's name is looked for; the first that has it counts: `os` is the kernel; `dns`, `cname` and `lookup`
        /// read `/etc/hosts`.
        hostname_sources: Vec<system::Source> = list_or(
            &["dns", "os"],
            choice(
                &[
                    ("os", system::Source::Os),
                    ("dns", system::Source::Dns),
                    ("cname", system::Source::Cname),
                    ("lookup", system::Source::Lookup),
                ],
                system::Source::Os,
            ),
        ),
    }
}

impl EnvKeys {
    pub(super) fn settings(&self) -> env::Settings {
        let EnvAttributes { included, excluded } = self.attributes.clone();
        env::Settings { included, excluded }
    }
}

fn pattern(text: &str) -> Result<String, Wrong> {
    match Regex::new(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => {
            let help = "write a regular expression without classes of Unicode, such as ^team$".into();
            Err(Wrong { message: format!("this is no regular expression: {error}"), help })
        }
    }
}

impl Ec2Keys {
    pub(super) fn settings(&self) -> ec2::Settings {
        ec2::Settings {
            selection: self.resource_attributes.clone(),
            tags: self.tags.clone(),
            attempts: Some(self.max_attempts).filter(|attempts| *attempts > 0),
            longest_wait: self.max_backoff,
        }
    }

    fn check_tags(&self, rules: &mut Rules<'_>) {
        if !self.tags.is_empty() && !self.tags_from_imds {
            let help = "add tags_from_imds: true, and allow tags in the metadata of the instance";
            rules.key_error("tags", "this host does not read tags over the API of EC2", help);
        }
    }
}

impl SystemKeys {
    pub(super) fn settings(&self) -> system::Settings {
        let written = &self.hostname_sources;
        // The Collector takes an empty list for its default, too.
        let hostname_sources = if written.is_empty() { Self::default().hostname_sources } else { written.clone() };
        system::Settings { selection: self.resource_attributes.clone(), hostname_sources }
    }
}
