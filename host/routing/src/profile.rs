//! Profiles: with which release of the Collector keys and ring agree. Gateways in front of the same workers must have the
//! same, or a stream goes to two workers.

use std::str::FromStr;

use thiserror::Error;

use crate::hash::HashGeneration;

/// The name of [`Profile::BALANCED`].
const BALANCED: &str = "balanced";

/// How keys are hashed, and how the ring is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Profile {
    /// Hashes of attributes in the keys `streamID` and `resource`.
    pub hash: HashGeneration,
    /// The ring.
    pub ring: RingGeneration,
}

/// How the ring is made. The letters are ours; the Collector has no names for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RingGeneration {
    /// Up to 0.130: 100 virtual nodes, numbered by a byte, at 36,000 positions; of two at one position the first stays.
    A,
    /// 0.131 to 0.156: numbered by four bytes; the second at a position goes to the next free one, at most nine further.
    B,
    /// From 0.157: 200 virtual nodes at 131,071 positions, placed in an order that does not depend on that of the members.
    C,
    /// Alluvium's own: all members have the same share, to one in a hundred. The Collector knows none like it.
    Balanced,
}

/// A profile that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("neither a release of the Collector, such as v0.161, nor {BALANCED}")]
pub struct UnknownProfile;

impl Profile {
    /// The newest release of the Collector that is known, and what holds where nothing is written.
    pub const NEWEST: Self = Self { hash: HashGeneration::Lengths, ring: RingGeneration::C };

    /// Alluvium's own ring, with the keys of the newest release.
    pub const BALANCED: Self = Self { hash: HashGeneration::Lengths, ring: RingGeneration::Balanced };

    /// The profile of release 0.`minor`.
    #[must_use]
    pub fn of_release(minor: u32) -> Self {
        let ring = match minor {
            ..=130 => RingGeneration::A,
            131..=156 => RingGeneration::B,
            157.. => RingGeneration::C,
        };
        let hash = match minor {
            ..=161 => HashGeneration::FirstOfEqualKeys,
            162 => HashGeneration::Plain,
            163.. => HashGeneration::Lengths,
        };
        Self { hash, ring }
    }
}

impl Default for Profile {
    fn default() -> Self {
        Self::NEWEST
    }
}

impl FromStr for Profile {
    type Err = UnknownProfile;

    /// `v0.161`, `0.161.0` and the like, or `balanced`.
    fn from_str(text: &str) -> Result<Self, UnknownProfile> {
        if text == BALANCED {
            return Ok(Self::BALANCED);
        }
        let mut numbers = text.strip_prefix('v').unwrap_or(text).split('.');
        let mut number = || numbers.next().map(|part| part.parse::<u32>().map_err(|_| UnknownProfile)).transpose();
        match (number()?, number()?, number()?, number()?) {
            (Some(0), Some(minor), _, None) => Ok(Self::of_release(minor)),
            _ => Err(UnknownProfile),
        }
    }
}
