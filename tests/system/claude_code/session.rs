//! Sessions, and what they have used by those who know it: the stand-in for the model's API, and for the cost what Claude
//! Code itself prints.

use std::collections::BTreeMap;
use std::path::Path;

use tempfile::TempDir;

use super::api::Api;
use super::client::Client;
use super::counted::{By, Counted};
use crate::alluvium::Alluvium;

pub const PROTOCOLS: [&str; 3] = ["http/protobuf", "http/json", "grpc"];

/// A kind of session; the label `kind` of its series has the name.
pub struct Kind {
    pub name: &'static str,
    /// Milliseconds between two exports; there is one more at the end.
    interval: &'static str,
    /// All but the first continue the session.
    processes: usize,
}

/// A single question: one point a stream.
pub const SINGLE: Kind = Kind { name: "single", interval: "60000", processes: 1 };
pub const KINDS: [Kind; 3] = [
    SINGLE,
    Kind { name: "continued", interval: "60000", processes: 2 },
    Kind { name: "frequent", interval: "100", processes: 2 },
];

/// A session that has ended.
pub struct Session {
    pub protocol: &'static str,
    pub kind: &'static str,
    id: String,
    /// By counter.
    used: BTreeMap<&'static str, f64>,
}

impl Session {
    /// Plays one of each kind.
    pub async fn of_all_kinds(program: &Path, api: &Api, alluvium: &Alluvium, protocol: &'static str) -> Vec<Self> {
        let mut sessions = Vec::new();
        for kind in &KINDS {
            sessions.push(Self::play(program, api, alluvium, protocol, kind).await);
        }
        sessions
    }

    async fn play(program: &Path, api: &Api, alluvium: &Alluvium, protocol: &'static str, kind: &Kind) -> Self {
        let home = TempDir::new().expect("a folder");
        let address = if protocol == "grpc" { &alluvium.grpc } else { &alluvium.http };
        let client = Client {
            program,
            home: home.path(),
            protocol,
            endpoint: format!("http://{address}"),
            interval: kind.interval,
            // On the resource, and on each point as well.
            attributes: format!("protocol={protocol},kind={}", kind.name),
        };
        let mut session = Self { protocol, kind: kind.name, id: String::new(), used: BTreeMap::new() };
        for process in 0..kind.processes {
            let name = format!("{}-{}-{process}", protocol.replace('/', "-"), kind.name);
            let said = client.ask(&api.url(&name), process > 0).await;
            assert!(process == 0 || said.session == session.id, "another session was continued");
            session.id = said.session;
            for (what, count) in api.handed_out(&name).named() {
                *session.used.entry(what).or_default() += count;
            }
            *session.used.entry(if process > 0 { "continued" } else { "fresh" }).or_default() += 1.0;
            // Of the whole session: a process that continues it knows what it cost before.
            session.used.insert("cost", said.cost);
        }
        session
    }

    pub fn used(&self, counted: &Counted) -> Option<f64> {
        self.used.get(counted.what).copied()
    }

    /// The labels `protocol` and `kind`, and `session_id` where it is known.
    pub fn labels(&self, counted: &Counted) -> [String; 3] {
        let id = if counted.by == By::Session { self.id.as_str() } else { "" };
        [self.protocol, self.kind, id].map(str::to_owned)
    }
}
