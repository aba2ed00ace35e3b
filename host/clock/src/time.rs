//! Times, each in its unit: the compiler tells those of the clock on the wall from those of the clock that nobody sets, and
//! nanoseconds from milliseconds. Spans are [`Duration`]s. Nothing here overflows: beyond its range a time stays at the end.

use std::time::Duration;

use bytemuck::{Pod, Zeroable};

use crate::{MILLISECOND, SECOND};

/// Nanoseconds since the Unix epoch, as OTLP has them; 0 is unknown where a time may be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Pod, Zeroable)]
#[repr(transparent)]
pub struct UnixNanos(pub u64);

/// Milliseconds since the Unix epoch, as Prometheus has them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Pod, Zeroable)]
#[repr(transparent)]
pub struct UnixMillis(pub i64);

/// Nanoseconds since some moment in the past, by the clock that nobody sets: for spans of time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Pod, Zeroable)]
#[repr(transparent)]
pub struct MonotonicNanos(pub u64);

/// The same in whole seconds: enough for spans of minutes, and small in a table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Pod, Zeroable)]
#[repr(transparent)]
pub struct MonotonicSeconds(pub u32);

impl UnixNanos {
    /// What OTLP says where a time is not known.
    pub const UNKNOWN: Self = Self(0);

    /// Whether it is a time at all.
    #[inline]
    #[must_use]
    pub const fn is_known(self) -> bool {
        self.0 != Self::UNKNOWN.0
    }

    /// The millisecond that it is in.
    #[inline]
    #[must_use]
    pub const fn to_millis(self) -> UnixMillis {
        UnixMillis((self.0 / MILLISECOND).cast_signed())
    }

    /// The second that it is in.
    #[inline]
    #[must_use]
    pub const fn whole_seconds(self) -> u64 {
        self.0 / SECOND
    }

    /// A time later by `span`.
    #[inline]
    #[must_use]
    pub const fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(nanoseconds(span)))
    }

    /// A time earlier by `span`.
    #[inline]
    #[must_use]
    pub const fn minus(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(nanoseconds(span)))
    }

    /// How much later it is than `other`; zero if it is not.
    #[inline]
    #[must_use]
    pub const fn since(self, other: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(other.0))
    }
}

impl UnixMillis {
    /// Before all times.
    pub const NEVER: Self = Self(i64::MIN);

    /// A time later by `span`.
    #[inline]
    #[must_use]
    pub const fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(milliseconds(span)))
    }

    /// A time earlier by `span`.
    #[inline]
    #[must_use]
    pub const fn minus(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(milliseconds(span)))
    }
}

impl MonotonicNanos {
    /// A time later by `span`.
    #[inline]
    #[must_use]
    pub const fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(nanoseconds(span)))
    }

    /// How much later it is than `other`; zero if it is not.
    #[inline]
    #[must_use]
    pub const fn since(self, other: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(other.0))
    }

    /// The second that it is in.
    #[inline]
    #[must_use]
    pub fn to_seconds(self) -> MonotonicSeconds {
        MonotonicSeconds(u32::try_from(self.0 / SECOND).unwrap_or(u32::MAX))
    }
}

impl MonotonicSeconds {
    /// How many seconds later it is than `other`; 0 if it is not.
    #[inline]
    #[must_use]
    pub const fn since(self, other: Self) -> u32 {
        self.0.saturating_sub(other.0)
    }
}

/// All nanoseconds of a span.
#[inline]
#[must_use]
pub const fn nanoseconds(span: Duration) -> u64 {
    let nanoseconds = span.as_nanos();
    if nanoseconds > u64::MAX as u128 { u64::MAX } else { nanoseconds as u64 }
}

/// All milliseconds of a span.
#[inline]
const fn milliseconds(span: Duration) -> i64 {
    let milliseconds = span.as_millis();
    if milliseconds > i64::MAX as u128 { i64::MAX } else { milliseconds as i64 }
}
