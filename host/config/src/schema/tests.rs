use std::collections::BTreeMap;
use std::time::Duration;

use super::{Declared, Preset, Printer, Rules, Shape, Site};
use crate::report::{Report, Severity};
use crate::secret::Secret;
use crate::yaml;

crate::block! {
    /// A block that has
    /// everything.
    struct Everything {
        /// A key that is a word of Rust.
        #[key = "type"]
        sort: String = text("plain"),
        /// Renamed.
        #[old = "pause"]
        #[old = "delay"]
        wait: Duration = duration("5s"),
        /// Must be there.
        name: Option<String> = required("write name: something", text("")),
        /// Secrets.
        tokens: BTreeMap<String, Secret> = map(secret()),
        /// May be there.
        inner: Option<Inner> = optional(),
        /// Several.
        inners: Vec<Inner> = list(block_with(&[("size", "7")])),
    }
    parts {
        /// Keys of another block.
        part: Part = &[("depth", "9")],
    }
    no_effect "it tunes what is not there" { buffer: "64", shape: choice(&[("round", ())], ()) }
    off "leave it off" { risky }
    refused "remove it" { proxy }
    check Everything::check_name;
}

crate::block! {
    /// Inside.
    struct Inner {
        /// How large.
        size: u64 = integer(1..=10, 3),
    }
}

crate::block! {
    /// A part.
    struct Part {
        /// How deep.
        depth: u64 = integer(0..=10, 1),
    }
}

impl Everything {
    fn check_name(&self, rules: &mut Rules<'_>) {
        if self.name.as_deref() == Some("bad") {
            rules.error("name", "a bad name", "");
        }
    }
}

/// Severity, line, path and message of a problem.
type Said = (Severity, usize, String, String);

/// The block, and what is said of it.
fn read(text: &str) -> (Option<Everything>, Vec<Said>) {
    let mut report = Report::new("test.yaml", text);
    let node = yaml::parse(text, &mut report).expect("YAML");
    let block = Everything::read(Site { node: &node, path: "a" }, &mut report);
    let said = report.problems();
    let said = said.iter().map(|said| (said.severity, said.place.line, said.path.clone(), said.message.clone()));
    (block, said.collect())
}

#[track_caller]
fn says(text: &str, line: usize, path: &str, message: &str) {
    let (block, said) = read(text);
    assert_eq!(block, None, "{said:?}");
    assert_eq!(said, [(Severity::Error, line, path.to_owned(), message.to_owned())]);
}

/// Scenario: nothing but what is required. Guarantee: everything else has its default, and a part those of its use.
#[test]
fn defaults() {
    let (block, said) = read("name: x");
    assert_eq!(said, []);
    let block = block.expect("a block");
    assert_eq!(block, Everything { name: Some("x".into()), ..Everything::default() });
    assert_eq!((block.sort.as_str(), block.wait, block.inner), ("plain", Duration::from_secs(5), None));
    assert_eq!((block.part.depth, Part::default().depth), (9, 1));
}

/// Scenario: the same key under each of its names. Guarantee: it means the same, and two of them are one too many.
#[test]
fn names() {
    for name in ["wait", "pause", "delay"] {
        let (block, said) = read(&format!("name: x\ntype: round\n{name}: 1s"));
        assert_eq!(said, []);
        let block = block.expect("a block");
        assert_eq!((block.sort.as_str(), block.wait), ("round", Duration::from_secs(1)));
    }
    says("name: x\nwait: 1s\npause: 2s", 3, "a.pause", "the old name of wait, which is set too");
    says("name: x\nsort: round", 2, "a.sort", "unknown key");
}

/// Scenario: blocks within. Guarantee: an empty one is there with its defaults, one that is switched off is not, and
/// defaults are those of the place.
#[test]
fn blocks() {
    let inner = |text: &str| read(&format!("name: x\n{text}")).0.expect("a block").inner.map(|inner| inner.size);
    assert_eq!(inner(""), None);
    assert_eq!(inner("inner:"), Some(3));
    assert_eq!(inner("inner: {size: 4}"), Some(4));
    assert_eq!(inner("inner: {size: 4, enabled: false}"), None);
    says(
        "name: x\ninner: {size: 40, enabled: false}",
        2,
        "a.inner.size",
        "expected a whole number from 1 to 10, found 40",
    );
    says("name: x\ninner: {enabled: 'no'}", 2, "a.inner.enabled", "expected true or false, found \"no\"");
    let (block, said) = read("name: x\ninners: [{size: 1}, {}, ]");
    assert_eq!(said, []);
    assert_eq!(block.expect("a block").inners, [Inner { size: 1 }, Inner { size: 7 }]);
    says(
        "name: x\ninners: [{size: 1}, {size: 0}]",
        2,
        "a.inners.1.size",
        "expected a whole number from 1 to 10, found 0",
    );
}

/// Scenario: keys that this host does not honour. Guarantee: those that only tune are taken in silence.
#[test]
fn statuses() {
    assert_eq!(read("name: x\nbuffer: [whatever]\nrisky: false\nproxy:\nshape: round").1, []);
    says("name: x\nshape: square", 2, "a.shape", "expected round, found \"square\"");
    says("name: x\nrisky: true", 2, "a.risky", "this version cannot do that");
    says("name: x\nproxy: {}", 2, "a.proxy", "a key of the Collector that this version does not have");
}

/// Scenario: what has to be there is not. Guarantee: that is said once, and rules across keys wait until all is there.
#[test]
fn required() {
    says("type: round", 1, "a.name", "required");
    says("name:", 1, "a.name", "required");
    says("nam: bad", 1, "a.nam", "unknown key");
    says("name: bad", 1, "a.name", "a bad name");
    says("name: bad\nwait: soon", 2, "a.wait", "\"soon\" is no duration");
}

/// Scenario: secrets of the wrong kind. Guarantee: no message has them.
#[test]
fn secrets() {
    says("name: x\ntokens: {a: 12345}", 2, "a.tokens.a", "expected text, found a number");
    says("name: x\ntokens: {a: [12345]}", 2, "a.tokens.a", "expected text, found a list");
    says("name: x\ntokens: hush", 2, "a.tokens", "expected a map, found text");
    let (block, _) = read("name: x\ntokens: {a: hush}");
    assert!(!format!("{block:?}").contains("hush"));
    assert_eq!(block.expect("a block").tokens["a"].expose(), "hush");
}

/// Scenario: the declaration as data. Guarantee: it says what the reader does.
#[test]
fn schema() {
    let schema = Everything::schema();
    assert_eq!(schema.about.concat(), " A block that has everything.");
    let preset = |path: &str| schema.paths().into_iter().find(|(known, _)| known == path).map(|(_, key)| &key.preset);
    assert_eq!(preset("type"), Some(&Preset::Value("plain".into())));
    assert_eq!(preset("name"), Some(&Preset::Required));
    assert_eq!(preset("inner.size"), Some(&Preset::Value("3".into())));
    assert_eq!(preset("inner.enabled"), Some(&Preset::Value("true".into())));
    assert_eq!(preset("depth"), Some(&Preset::Value("9".into())));
    assert!(matches!(schema.key("delay").map(|key| &key.shape), Some(Shape::Duration)));
}

/// Scenario: a block is printed. Guarantee: values and defaults show, old names under the new one, and no secret.
#[test]
fn printed() {
    let text = "name: $x\ndelay: 5\ntokens: {a: hush}\nbuffer: {key: hush}\ninners: [{size: 2}]";
    let node = yaml::parse(text, &mut Report::default()).expect("YAML");
    let origin = |place: crate::place::Place| place.line.to_string();
    let mut printer = Printer::new(&origin);
    printer.block(0, "a", Some(&node), Everything::schema());
    let expected = "\
a: # 1
  type: plain # default
  wait: 5ns # 2
  name: \"$$x\" # 1
  tokens: # 3
    a: \"****\" # 3
  # inner is not set
  inners: # 5
    - size: 2 # 5
  depth: 9 # default
  buffer: \"****\" # 4; no effect: it tunes what is not there
";
    assert_eq!(printer.finish(), expected);
}
