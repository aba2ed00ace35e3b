use std::path::PathBuf;
use std::time::Duration;

use super::super::{Compiler, child};
use crate::error::LoadError;
use crate::{Embedded, Engine, Limits, Module, Source};

fn shell(script: &str) -> Vec<PathBuf> {
    ["/bin/sh", "-c", script].map(PathBuf::from).to_vec()
}

fn compile(script: &str, compile: Duration) -> Result<Vec<u8>, LoadError> {
    child::compile(&shell(script), b"a component", &Limits { compile, ..Limits::default() })
}

const LONG: Duration = Duration::from_secs(60);

/// Scenario: the process hands back what it got. Guarantee: nothing is added or lost, and it has none of our variables.
#[test]
fn bytes_pass_unchanged() {
    assert_eq!(compile("cat", LONG).expect("it answers"), b"a component");
    let variables = String::from_utf8(compile("cat >/dev/null; env", LONG).expect("it answers")).expect("text");
    assert!(
        std::env::vars().any(|(name, _)| name.starts_with("CARGO_")) && !variables.contains("CARGO_"),
        "{variables}"
    );
}

/// Scenario: the process says what is wrong, says nothing, or is ended by the system. Guarantee: the error says so, and what
/// it says is shown on one line.
#[test]
fn its_end_is_explained() {
    let said = |script| compile(script, LONG).expect_err("there is no code").to_string();
    assert!(said("cat >/dev/null; printf 'bad\\nmagic' >&2; exit 1").ends_with("compile: bad\\nmagic"));
    assert!(said("kill -KILL $$").contains("it may have needed more memory or time"));
}

/// Scenario: the process does not come to an end, whether it reads or not. Guarantee: it is given up, and is gone.
#[test]
fn a_process_that_does_not_end_is_ended() {
    let short = Duration::from_millis(50);
    for script in ["cat >/dev/null; exec sleep 1000", "exec sleep 1000"] {
        assert!(matches!(compile(script, short), Err(LoadError::CompileTime(limit)) if limit == short));
    }
}

/// Scenario: the process answers with what is no code. Guarantee: the guest is not loaded, and the host lives.
#[test]
fn what_is_no_code_is_not_loaded() {
    let compiler = Compiler::Child { command: shell("cat"), cache: None };
    let engine = Engine::with(compiler).expect("the engine starts");
    let source = Source::Embedded(Embedded { name: "none", bytes: b"no code" });
    assert!(matches!(Module::load(&engine, &source, Limits::default()), Err(LoadError::Engine(_))));
}
