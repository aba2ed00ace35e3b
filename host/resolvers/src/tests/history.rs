//! Members of the last answers.

use super::suite::members;
use crate::history::History;

fn answered(history: &mut History, names: &[&str], kept: u64) -> crate::Members {
    history.answered(names.iter().map(|name| (*name).to_owned()), kept)
}

#[test]
fn members_are_those_of_the_last_answers() {
    let mut history = History::default();
    assert_eq!(answered(&mut history, &["b", "a", "a"], 3), members(&["a", "b"]));
    assert_eq!(answered(&mut history, &["a"], 3), members(&["a", "b"]));
    assert_eq!(answered(&mut history, &["a"], 3), members(&["a", "b"]));
    assert_eq!(answered(&mut history, &["a"], 3), members(&["a"]));
    assert_eq!(answered(&mut history, &["c"], 1), members(&["c"]));
}

#[test]
fn who_refuses_leaves_if_the_last_answer_lacks_it() {
    let mut history = History::default();
    answered(&mut history, &["a", "b"], 3);
    answered(&mut history, &["a"], 3);
    assert_eq!(history.refused("a"), members(&["a", "b"]));
    assert_eq!(history.refused("unknown"), members(&["a", "b"]));
    assert_eq!(history.refused("b"), members(&["a"]));
}
