//! What somebody may have meant.

/// A word that contains the other is near, unless it is as short as this.
const SHORT: usize = 3;

/// The known word that is nearest to `word`, if one is near enough.
#[must_use]
pub fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let word = word.to_lowercase();
    let slip = known.iter().filter_map(|known| Some((distance(&word, &known.to_lowercase())?, *known))).min();
    let part = || {
        known
            .iter()
            .copied()
            .filter(|known| word.len() > SHORT && known.len() > SHORT)
            .filter(|known| known.contains(&word) || word.contains(known))
            .min_by_key(|known| known.len().abs_diff(word.len()))
    };
    slip.map(|(_, known)| known).or_else(part)
}

/// Whether `word` is `known`, misspelt.
#[must_use]
pub fn is_slip(word: &str, known: &str) -> bool {
    distance(&word.to_lowercase(), known).is_some()
}

/// How far apart two words are; none if further than a slip of the finger: a third of the longer one.
fn distance(word: &str, known: &str) -> Option<usize> {
    let most = word.len().max(known.len()).div_ceil(3);
    // Also keeps a word of megabytes from being compared letter by letter.
    if word.len().abs_diff(known.len()) > most {
        return None;
    }
    Some(strsim::osa_distance(word, known)).filter(|distance| *distance <= most)
}

/// A help text for a word that is none of `known`.
#[must_use]
pub fn guess(word: &str, known: &[&str]) -> String {
    match nearest(word, known) {
        Some(near) => format!("did you mean {near}?"),
        None if known.is_empty() => "nothing is expected here; remove it".into(),
        None => format!("known here: {}", known.join(", ")),
    }
}

/// The beginning of a help text for a key below one that has nothing in it.
#[must_use]
pub fn not_indented(above: &str) -> String {
    format!("indent it further if it belongs to {above}; ")
}
