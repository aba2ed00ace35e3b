//! The names of detectors.

use config::guess::nearest;
use config::scalar::Wrong;

use crate::resource_detection::{ec2, ecs, env, system};

/// A detector by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name {
    /// See [`env`].
    Env,
    /// See [`ecs`].
    Ecs,
    /// See [`ec2`].
    Ec2,
    /// See [`system`].
    System,
}

impl Name {
    const ALL: [(&str, Self); 4] =
        [(env::NAME, Self::Env), (ecs::NAME, Self::Ecs), (ec2::NAME, Self::Ec2), (system::NAME, Self::System)];

    /// The detector of that name.
    ///
    /// # Errors
    /// If there is none.
    pub(super) fn read(text: &str) -> Result<Self, Wrong> {
        let found = Self::ALL.iter().find(|(name, _)| *name == text);
        found.map(|(_, name)| *name).ok_or_else(|| {
            let known = Self::ALL.map(|(name, _)| name);
            let near = nearest(text, &known).map(|near| format!("did you mean {near}?"));
            let help = near.unwrap_or_else(|| format!("remove it; there are {}", known.join(", ")));
            Wrong { message: "this host has no such detector".into(), help }
        })
    }
}
