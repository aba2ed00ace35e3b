//! Why a stream is dropped: a group of rules says so. The names are announced to the host, which counts by them.

/// The name of the reason of a group.
pub(crate) fn name(group: usize) -> String {
    match group {
        0 => "filtered".into(),
        later => format!("filtered_{}", later + 1),
    }
}
