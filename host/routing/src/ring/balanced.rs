//! A ring with equal shares: rendezvous hashing (Thaler and Ravishankar, 1998) of places, with a bound on how many places a
//! member has (as Mirrokni, Thorup and Zadimoghaddam bound the load of consistent hashing, 2016).
//!
//! Each member has a score for each place, and the highest score has it, among the members whose share is not full. A
//! member that goes leaves its places to the others, and one that comes takes its share from all of them; what moves
//! besides is little, as few places are decided by the bound. The members alone decide, not their order nor what was before,
//! so that all gateways with the same list have the same ring.

use crate::position::Position;

/// Bits of a place. 65,536 places are 1,310 each for 50 members.
const PLACE_BITS: u32 = 16;
const PLACES: usize = 1 << PLACE_BITS;

/// A member has at most so many hundredths of a fair share more than that.
const SLACK_PERCENT: usize = 1;

/// Positions are CRCs, which are no good hashes: similar keys differ in few ways. A product mixes them (Knuth, section 6.4).
const MIXER: u64 = 0x9E37_79B9_7F4A_7C15;

#[inline]
pub(super) fn place(Position(position): Position) -> usize {
    (mix(position.into()) >> (u64::BITS - PLACE_BITS)) as usize
}

/// The finalizer of SplitMix64 (Steele, Lea and Flood, 2014).
#[inline]
fn mix(value: u64) -> u64 {
    let value = value.wrapping_mul(MIXER);
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

/// The member of each place. There is at least one member, and each stands there once.
pub(super) fn table(members: &[Box<str>]) -> Box<[u16]> {
    let seeds: Vec<u64> = members.iter().map(|name| xxhash_rust::xxh64::xxh64(name.as_bytes(), 0)).collect();
    let share = PLACES.div_ceil(members.len());
    let most = share + (share * SLACK_PERCENT).div_ceil(100);
    let mut held = vec![0; members.len()];
    let mut table = vec![0; PLACES];
    for (place, owner) in table.iter_mut().enumerate() {
        let score = |member: &usize| mix(seeds[*member] ^ mix(place as u64 + 1));
        let free = (0..members.len()).filter(|member| held[*member] < most);
        if let Some(member) = free.max_by_key(score) {
            held[member] += 1;
            *owner = member as u16;
        }
    }
    table.into()
}
