//! The Collector's rings (contrib `exporter/loadbalancingexporter/consistent_hashing.go` and what it was before): each
//! member has virtual nodes, and a position belongs to the next of them.

use crate::position::Position;

/// Numbers of a ring.
#[derive(Debug)]
pub(crate) struct Shape {
    /// Positions that there are.
    pub(crate) positions: u32,
    /// Virtual nodes of a member.
    pub(crate) nodes: u32,
    pub(crate) rules: Rules,
}

/// What differs besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rules {
    /// Nodes are numbered by one byte; one whose position is taken is left out.
    Byte,
    /// Nodes are numbered by four bytes; one whose position is taken goes on, member by member.
    InOrder,
    /// The same, but those of all members together, by position and hash.
    ByHash,
}

pub(crate) const A: Shape = Shape { positions: 36_000, nodes: 100, rules: Rules::Byte };
pub(crate) const B: Shape = Shape { positions: 36_000, nodes: 100, rules: Rules::InOrder };
pub(crate) const C: Shape = Shape { positions: 131_071, nodes: 200, rules: Rules::ByHash };

/// So many steps a node goes on from a position that is taken; what it reaches with the last one it does not take.
const PROBES: u32 = 10;

/// A virtual node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) position: u32,
    /// The member as an index into those that stand once.
    pub(crate) member: u16,
}

/// A node before it has a place.
struct Candidate {
    position: u32,
    hash: u32,
    member: u16,
}

impl Shape {
    #[inline]
    pub(crate) fn place(&self, Position(position): Position) -> usize {
        (position % self.positions) as usize
    }

    /// How far a node goes on.
    fn probes(&self) -> u32 {
        if self.rules == Rules::Byte { 1 } else { PROBES }
    }

    /// The virtual nodes of members that are sorted, in the order of the ring.
    pub(crate) fn nodes(&self, listed: &[Box<str>]) -> Vec<Node> {
        let mut candidates = self.candidates(listed);
        if self.rules == Rules::ByHash {
            // Members are sorted, so that their numbers are in the order of their names.
            candidates.sort_by_key(|candidate| (candidate.position, candidate.hash, candidate.member));
        }
        let mut taken = vec![false; self.positions as usize];
        let mut nodes = Vec::with_capacity(candidates.len());
        for Candidate { position, member, .. } in candidates {
            let probed = (0..self.probes()).map(|step| (position + step) % self.positions);
            if let Some(position) = { probed }.find(|position| !taken[*position as usize]) {
                taken[position as usize] = true;
                nodes.push(Node { position, member });
            }
        }
        nodes.sort_unstable_by_key(|node| node.position);
        nodes
    }

    fn candidates(&self, listed: &[Box<str>]) -> Vec<Candidate> {
        let mut candidates = Vec::with_capacity(listed.len() * self.nodes as usize);
        let mut member = 0;
        for (index, name) in listed.iter().enumerate() {
            if index > 0 && listed[index - 1] != *name {
                member += 1;
            }
            let mut hasher = crc32fast::Hasher::new();
            hasher.update(name.as_bytes());
            for node in 0..self.nodes {
                let mut hasher = hasher.clone();
                match self.rules {
                    Rules::Byte => hasher.update(&[node as u8]),
                    Rules::InOrder | Rules::ByHash => hasher.update(&node.to_le_bytes()),
                }
                let hash = hasher.finalize();
                candidates.push(Candidate { position: hash % self.positions, hash, member });
            }
        }
        candidates
    }
}

/// The member of each position: that of the first node at it or behind it, and behind the last one that of the first.
pub(crate) fn table(shape: &Shape, listed: &[Box<str>]) -> Box<[u16]> {
    let nodes = shape.nodes(listed);
    let first = nodes.first().map_or(0, |node| node.member);
    let mut table = vec![first; shape.positions as usize];
    let mut from = 0;
    for node in nodes {
        table[from..=node.position as usize].fill(node.member);
        from = node.position as usize + 1;
    }
    table.into()
}
