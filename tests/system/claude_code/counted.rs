//! Claude Code's counters, as far as somebody else knows what they must say.

/// One of them, or the part of it that has these labels.
pub struct Counted {
    pub what: &'static str,
    /// As Prometheus calls it.
    pub name: &'static str,
    pub labels: &'static str,
    pub by: By,
}

/// What is known.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// What it comes to in a session.
    Session,
    /// That each process counts once. One that continues a session does so under an id that nobody else knows.
    Process,
}

const TOKENS: &str = "claude_code_token_usage_tokens_total";
const COST: &str = "claude_code_cost_usage_USD_total";
const LINES: &str = "claude_code_lines_of_code_count_total";
const DECISIONS: &str = "claude_code_code_edit_tool_decision_total";
const SESSIONS: &str = "claude_code_session_count_total";

pub const COUNTED: [Counted; 9] = [
    Counted { what: "input", name: TOKENS, labels: "type=\"input\"", by: By::Session },
    Counted { what: "output", name: TOKENS, labels: "type=\"output\"", by: By::Session },
    Counted { what: "cacheRead", name: TOKENS, labels: "type=\"cacheRead\"", by: By::Session },
    Counted { what: "cacheCreation", name: TOKENS, labels: "type=\"cacheCreation\"", by: By::Session },
    Counted { what: "cost", name: COST, labels: "", by: By::Session },
    Counted { what: "lines added", name: LINES, labels: "type=\"added\"", by: By::Session },
    Counted { what: "decisions", name: DECISIONS, labels: "decision=\"accept\"", by: By::Session },
    Counted { what: "fresh", name: SESSIONS, labels: "start_type=\"fresh\"", by: By::Process },
    Counted { what: "continued", name: SESSIONS, labels: "start_type=\"continue\"", by: By::Process },
];
