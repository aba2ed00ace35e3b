//! The processor's block.

use std::path::PathBuf;
use std::time::Duration;

use config::report::Report;
use config::scalar::Wrong;
use config::schema::{Rules, Written};
use wasm::{Limits, Sha256, Source};

use crate::guest::settings::{Bounds, GuestSettings, MODULE, as_json, beside, module};

/// The key of the guest's own settings.
const CONFIG: &str = "config";

config::block! {
    /// A processor of your own. Several are told apart by their names: `wasm/spike_guard`.
    pub struct Keys {
        /// The component: a file. A relative path begins in the folder of the configuration.
        module: Option<PathBuf> = required("write the path of a WebAssembly component", parsed(module, PathBuf::new)),
        /// The guest's own settings. It checks them itself, and what it finds is shown with its line.
        config: () = anything(""),
        /// The SHA-256 digest that the file must have, in hexadecimal. Any other file is refused.
        sha256: Option<Sha256> = maybe(parsed(digest, || Sha256::of(&[]))),
        /// Streams that it may keep state for, in place of what it asks for itself. Points of further streams are dropped,
        /// reason `limit`.
        max_streams: Option<u64> = maybe(integer(1..=u64::MAX, 1)),
        /// How long a stream may be silent before it is forgotten with its state, in place of what it asks for itself.
        max_idle: Option<Duration> = maybe(duration("5m")),
        /// What it may use up.
        limits: GuestLimits = block(),
    }
    check Keys::check_idle;
}

config::block! {
    /// What a guest may use up. A call that exceeds it has failed; nothing of it is used.
    pub struct GuestLimits {
        /// Time of one call, for some 2,000 points.
        call_timeout: Duration = duration("250ms"),
        /// Time in which an instance starts and reads its settings.
        configure_timeout: Duration = duration("2s"),
        /// Time in which the component is compiled.
        compile_timeout: Duration = duration("30s"),
        /// Memory of an instance, of which there is one for each shard and each thread that decides about new streams.
        memory_mib: u64 = integer(1..=4096, 64),
    }
}

/// A digest in hexadecimal.
fn digest(text: &str) -> Result<Sha256, Wrong> {
    let help = "write the 64 hexadecimal digits that sha256sum shows";
    Sha256::parse(text).ok_or_else(|| Wrong { message: "this is no SHA-256 digest".into(), help: help.into() })
}

impl Keys {
    fn check_idle(&self, rules: &mut Rules<'_>) {
        if self.max_idle.is_some_and(|idle| idle.is_zero()) {
            let help = "remove the key, or write how long a stream may be silent, such as 5m";
            rules.error("max_idle", "must be greater than zero", help);
        }
    }

    /// What the block means. `written` is the block, which has the guest's own settings.
    #[must_use]
    pub fn settings(&self, id: &str, written: &Written<'_>, report: &Report) -> GuestSettings {
        let path = beside(&self.module.clone().unwrap_or_default(), written.place(MODULE), report);
        let settings = written.get(CONFIG).map(|(_, node)| as_json(node)).filter(|settings| !settings.is_null());
        GuestSettings {
            id: id.to_owned(),
            source: Source::File { path, sha256: self.sha256 },
            settings: settings.map_or_else(|| "{}".into(), |settings| settings.to_string()),
            within: CONFIG,
            bounds: Bounds {
                limits: Some(self.limits.limits()),
                max_streams: self.max_streams,
                max_idle: self.max_idle,
            },
        }
    }
}

impl GuestLimits {
    fn limits(&self) -> Limits {
        Limits {
            call: self.call_timeout,
            configure: self.configure_timeout,
            compile: self.compile_timeout,
            memory: (self.memory_mib as usize) << 20,
            ..Limits::default()
        }
    }
}
