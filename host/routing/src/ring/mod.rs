//! The ring: which member has which position.

mod balanced;
pub(crate) mod collector;

use crate::position::Position;
use crate::profile::RingGeneration;

/// Members that a ring may have; those beyond are left out. Four times as many as Amazon lets a service have instances.
pub const MEMBERS: usize = 4_096;

/// A list of members, and which has which position. It never changes; another list makes another ring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ring {
    generation: RingGeneration,
    /// Sorted, each once.
    members: Box<[Box<str>]>,
    /// The member of each place, as an index; empty without members.
    table: Box<[u16]>,
}

impl Ring {
    /// The ring of these members, in any order. A member may stand there more than once, as a list of addresses may have
    /// one twice: with the Collector's rings it has more of the ring then, as there.
    pub fn new<Name: AsRef<str>>(generation: RingGeneration, members: impl IntoIterator<Item = Name>) -> Self {
        let mut listed: Vec<Box<str>> = members.into_iter().map(|name| name.as_ref().into()).collect();
        listed.sort_unstable();
        listed.truncate(MEMBERS);
        let table = match generation {
            _ if listed.is_empty() => Box::default(),
            RingGeneration::A => collector::table(&collector::A, &listed),
            RingGeneration::B => collector::table(&collector::B, &listed),
            RingGeneration::C => collector::table(&collector::C, &listed),
            RingGeneration::Balanced => {
                listed.dedup();
                balanced::table(&listed)
            }
        };
        listed.dedup();
        Self { generation, members: listed.into(), table }
    }

    /// Its members, sorted.
    #[must_use]
    pub fn members(&self) -> &[Box<str>] {
        &self.members
    }

    /// The member that has `position`, as an index into [`Self::members`]; none if there are no members.
    #[inline]
    #[must_use]
    pub fn member(&self, position: Position) -> Option<usize> {
        let place = match self.generation {
            RingGeneration::A => collector::A.place(position),
            RingGeneration::B => collector::B.place(position),
            RingGeneration::C => collector::C.place(position),
            RingGeneration::Balanced => balanced::place(position),
        };
        self.table.get(place).map(|member| usize::from(*member))
    }
}
