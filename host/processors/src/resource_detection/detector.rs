//! The detectors that there are.

use std::collections::BTreeSet;

use clock::Clock;
use component::variables::Variables;

use super::attributes::Attributes;
use super::failure::Failure;
use super::metadata::Client;
use super::{ec2, ecs, env, system};

/// A detector, as meant.
#[derive(Debug, Clone, PartialEq)]
pub enum Detector {
    /// The variables that OpenTelemetry has for this.
    Env(env::Settings),
    /// The task and the container on Amazon ECS.
    Ecs(Selection),
    /// The instance on Amazon EC2.
    Ec2(ec2::Settings),
    /// The operating system.
    System(system::Settings),
}

/// An attribute that a detector knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// Its key.
    pub key: &'static str,
    /// Whether it is added where nothing is configured.
    pub on: bool,
}

/// The attributes of a detector that are switched on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection(BTreeSet<&'static str>);

/// What detectors look at.
#[derive(Debug, Clone)]
pub struct Sources {
    /// Environment variables.
    pub variables: Variables,
    /// The client of metadata services.
    pub client: Client,
    /// The time.
    pub clock: Clock,
}

impl Selection {
    /// Of `known`, those that `switched` says, and where it says nothing those that are on by default.
    #[must_use]
    pub fn new(known: &[Known], switched: impl Fn(&str) -> Option<bool>) -> Self {
        let on = known.iter().filter(|known| switched(known.key).unwrap_or(known.on));
        Self(on.map(|known| known.key).collect())
    }

    /// Whether an attribute is switched on.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.0.contains(key)
    }
}

impl Detector {
    /// Its name in a configuration.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Env(_) => env::NAME,
            Self::Ecs(_) => ecs::NAME,
            Self::Ec2(_) => ec2::NAME,
            Self::System(_) => system::NAME,
        }
    }

    /// Looks once.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn detect(&self, sources: &Sources) -> Result<Attributes, Failure> {
        let found = match self {
            Self::Env(settings) => env::detect(settings, &sources.variables),
            Self::Ecs(selection) => ecs::detect(selection, sources).await,
            Self::Ec2(settings) => ec2::detect(settings, sources).await,
            Self::System(settings) => system::detect(settings, &system::Files::default()),
        }?;
        found.check()?;
        Ok(found)
    }

    /// What it means that nothing has been found in the time that there is. `heard` says whether a metadata service has
    /// answered anything.
    #[must_use]
    pub fn out_of_time(&self, heard: bool) -> Failure {
        match self {
            Self::Ec2(_) if !heard => Failure::Absent(ec2::SILENCE.into()),
            _ => Failure::passing("found nothing within the time that there is"),
        }
    }
}
