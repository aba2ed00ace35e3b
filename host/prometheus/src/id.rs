//! Numbers of what an exporter's part keeps. They stand in tables with an entry for each stream, so that an optional one takes
//! no more room.

use std::num::NonZeroU32;

macro_rules! id {
    ($(#[$documentation:meta])* $name:ident) => {
        $(#[$documentation])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(transparent)]
        pub struct $name(NonZeroU32);

        impl $name {
            /// The one at `index` in its table.
            pub(crate) fn at(index: usize) -> Self {
                // Memory ends long before these numbers do.
                Self(NonZeroU32::MIN.saturating_add(index as u32))
            }

            /// Its place in its table.
            #[inline]
            pub(crate) const fn index(self) -> usize {
                self.0.get() as usize - 1
            }
        }

        const _: () = assert!(size_of::<Option<$name>>() == 4, "there is one for each stream");
    };
}

id! {
    /// The number of a series.
    SeriesId
}

id! {
    /// The number of a family of series.
    FamilyId
}

id! {
    /// The number of a resource's target.
    TargetId
}
