//! Who the sessions are, and what they count: Claude Code's eight counters with their units and attributes.

use fastrand::Rng;

/// The name of Claude Code's meter.
pub const SCOPE: &str = "com.anthropic.claude_code";

/// The client's version, as scope and resource have it.
pub const VERSION: &str = "2.1.240";

/// A counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// Its unit; most have none.
    pub unit: &'static str,
    /// What it counts.
    pub description: &'static str,
}

/// `claude_code.session.count`.
pub const SESSIONS: Metric =
    Metric { name: "claude_code.session.count", unit: "", description: "Count of CLI sessions started" };
/// `claude_code.lines_of_code.count`.
pub const LINES: Metric =
    Metric { name: "claude_code.lines_of_code.count", unit: "", description: "Count of lines of code modified" };
/// `claude_code.pull_request.count`.
pub const PULL_REQUESTS: Metric =
    Metric { name: "claude_code.pull_request.count", unit: "", description: "Number of pull requests created" };
/// `claude_code.commit.count`.
pub const COMMITS: Metric =
    Metric { name: "claude_code.commit.count", unit: "", description: "Number of git commits created" };
/// `claude_code.cost.usage`.
pub const COST: Metric =
    Metric { name: "claude_code.cost.usage", unit: "USD", description: "Cost of the Claude Code session" };
/// `claude_code.token.usage`.
pub const TOKENS: Metric =
    Metric { name: "claude_code.token.usage", unit: "tokens", description: "Number of tokens used" };
/// `claude_code.code_edit_tool.decision`.
pub const DECISIONS: Metric = Metric {
    name: "claude_code.code_edit_tool.decision",
    unit: "",
    description: "Count of code editing tool permission decisions",
};
/// `claude_code.active_time.total`.
pub const ACTIVE_TIME: Metric =
    Metric { name: "claude_code.active_time.total", unit: "s", description: "Total active time in seconds" };

/// Attributes of one kind of point.
pub type Attributes = Vec<(&'static str, String)>;

/// How much a point says of its session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Detail {
    /// Session, user, terminal: some 230 bytes a point.
    Lean,
    /// Everything that Claude Code can send: some 475 bytes a point.
    Full,
}

/// A session: who runs it, and where.
#[derive(Debug, Clone)]
pub struct Session {
    /// `session.id`.
    pub id: String,
    /// The resource's attributes.
    pub resource: Attributes,
    /// What every point of the session carries.
    pub common: Attributes,
    /// The models it uses.
    pub model: &'static str,
    /// `effort` and `query_source` of its requests, in full detail.
    pub detail: Detail,
}

const TERMINALS: [&str; 5] = ["vscode", "iTerm.app", "tmux", "ghostty", "WarpTerminal"];
const MODELS: [&str; 3] = ["claude-opus-4-6", "claude-sonnet-4-6", "claude-haiku-4-5"];
const SYSTEMS: [(&str, &str, &str); 4] = [
    ("darwin", "25.1.0", "arm64"),
    ("linux", "6.8.0-49-generic", "amd64"),
    ("linux", "6.12.9", "arm64"),
    ("windows", "10.0.26100", "amd64"),
];

impl Session {
    /// A session of a person and a machine that `random` picks.
    #[must_use]
    pub fn new(random: &mut Rng, detail: Detail) -> Self {
        let id = uuid(random);
        let (os, os_version, arch) = SYSTEMS[random.usize(..SYSTEMS.len())];
        let resource = vec![
            ("service.name", "claude-code".to_owned()),
            ("service.version", VERSION.to_owned()),
            ("os.type", os.to_owned()),
            ("os.version", os_version.to_owned()),
            ("host.arch", arch.to_owned()),
        ];
        let mut common = vec![("user.id", hex(random, 64)), ("session.id", id.clone())];
        if detail == Detail::Full {
            let person = random.u16(..);
            common.extend([
                ("organization.id", uuid(random)),
                ("user.email", format!("engineer-{person}@example.com")),
                ("user.account_uuid", uuid(random)),
                ("user.account_id", format!("user_{}", hex(random, 24))),
                ("app.version", VERSION.to_owned()),
            ]);
        }
        common.push(("terminal.type", TERMINALS[random.usize(..TERMINALS.len())].to_owned()));
        let model = MODELS[random.usize(..MODELS.len())];
        Self { id, resource, common, model, detail }
    }

    /// Attributes of a point about a model: cost, and with `kind` tokens.
    #[must_use]
    pub fn model_attributes(&self, kind: Option<&'static str>) -> Attributes {
        let mut attributes = Attributes::new();
        if let Some(kind) = kind {
            attributes.push(("type", kind.to_owned()));
        }
        attributes.push(("model", self.model.to_owned()));
        if self.detail == Detail::Full {
            attributes.push(("query_source", "main".to_owned()));
            attributes.push(("effort", "high".to_owned()));
        }
        attributes
    }
}

fn hex(random: &mut Rng, digits: usize) -> String {
    (0..digits).map(|_| char::from(b"0123456789abcdef"[random.usize(..16)])).collect()
}

fn uuid(random: &mut Rng) -> String {
    let digits = hex(random, 32);
    format!("{}-{}-{}-{}-{}", &digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..])
}

/// Sums are exact in any order if all values are multiples of this: a double holds 2^33 of them exactly.
const STEP: f64 = 1.0 / (1 << 20) as f64;

/// `value`, as the nearest multiple of 2^-20.
#[must_use]
pub fn exact(value: f64) -> f64 {
    (value / STEP).round() * STEP
}

/// Kinds of token.
pub const TOKEN_KINDS: [&str; 4] = ["input", "output", "cacheRead", "cacheCreation"];

/// What one request to a model adds: tokens of each kind, and their price.
#[must_use]
pub fn model_request(random: &mut Rng) -> ([f64; 4], f64) {
    let tokens = [
        f64::from(random.u32(3..4_000)),
        f64::from(random.u32(20..2_000)),
        f64::from(random.u32(0..120_000)),
        f64::from(random.u32(0..8_000)),
    ];
    let prices = [3e-6, 15e-6, 0.3e-6, 3.75e-6];
    let cost = tokens.iter().zip(prices).map(|(tokens, price)| tokens * price).sum();
    (tokens, exact(cost))
}
