//! Exact texts, globs and regexes, in keys.

use crate::scenario::{attributes, text};

/// Which of `keys` a pattern matches, by deleting all others. `zz` is there so that something always goes.
fn matching<'a>(pattern: &str, keys: &[&'a str]) -> Vec<&'a str> {
    let mut sorted = keys.to_vec();
    sorted.extend(["zz"]);
    sorted.sort_unstable();
    let before: Vec<_> = sorted.iter().map(|key| text(key, "")).collect();
    let rules = serde_json::json!([{ "keep": [pattern] }]).to_string();
    let after = attributes(&rules, &before);
    keys.iter().copied().filter(|key| after.iter().any(|attribute| attribute.key == *key)).collect()
}

#[test]
fn exact() {
    assert_eq!(matching("user.id", &["user.id", "user.ids", "xuser.id", "userxid", "User.id"]), ["user.id"]);
}

#[test]
fn star_is_any_run() {
    assert_eq!(matching("user.*", &["user.id", "user.", "user", "a.user.id", "User.id"]), ["user.id", "user."]);
    assert_eq!(matching("*.id", &["user.id", ".id", "id", "user.id.x"]), ["user.id", ".id"]);
    assert_eq!(matching("a*b*c", &["abc", "axbxc", "abcbc", "acb", "abca"]), ["abc", "axbxc", "abcbc"]);
    assert_eq!(matching("a**b", &["ab", "axxb", "b"]), ["ab", "axxb"]);
    assert_eq!(matching("a*", &["a\nb", "ab"]), ["a\nb", "ab"]);
}

#[test]
fn question_mark_is_one_character() {
    assert_eq!(matching("a?c", &["abc", "aäc", "a😀c", "a?c", "ac", "abbc"]), ["abc", "aäc", "a😀c", "a?c"]);
    assert_eq!(matching("?*", &["a", "ab", ""]), ["a", "ab"]);
    assert_eq!(matching("*?b", &["ab", "bb", "b", "xab"]), ["ab", "bb", "xab"]);
}

/// What means something in a regex means nothing in a glob.
#[test]
fn globs_know_two_signs() {
    assert_eq!(matching("a.[b]*", &["a.[b]", "a.[b]c", "axb", "a.b"]), ["a.[b]", "a.[b]c"]);
    assert_eq!(matching(r"\*", &[r"\", r"\a", "*", "a"]), [r"\", r"\a"]);
}

#[test]
fn regexes_are_not_anchored() {
    assert_eq!(matching("/id/", &["user.id", "identity", "ID", "i.d"]), ["user.id", "identity"]);
    assert_eq!(
        matching(r"/^user\.(id|email)$/", &["user.id", "user.email", "user.ids", "userxid"]),
        ["user.id", "user.email"]
    );
    assert_eq!(matching("/(?i)ID/", &["ID", "id", "i"]), ["ID", "id"]);
}

/// A slash at one end alone is a slash.
#[test]
fn slashes() {
    assert_eq!(matching("/", &["/", "//", "a"]), ["/"]);
    assert_eq!(matching("/a", &["/a", "a"]), ["/a"]);
    assert_eq!(matching("a/", &["a/", "a"]), ["a/"]);
    assert_eq!(matching("/a/b/", &["a/b", "xa/by", "ab"]), ["a/b", "xa/by"]);
}

/// Many stars in a long text: a search that tries every way to share the text out would not end.
#[test]
fn globs_do_not_explode() {
    let key = "a".repeat(5000);
    let glob = "a*".repeat(500) + "b";
    assert_eq!(matching(&glob, &[&key, "ab"]), Vec::<&str>::new());
    assert_eq!(matching(&"*a".repeat(500), &[&key]), [&key]);
}
