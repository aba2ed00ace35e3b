//! Answers of the model's API as it streams them: server-sent events, input counted in the first, output in the last but one.

use serde_json::{Value, json};

/// How many lines a file has that is written.
const LINES: u64 = 3;

/// One answer.
#[derive(Debug, Clone, Copy)]
pub struct Answer {
    /// No two have the same, nor the same tokens.
    pub number: u64,
    pub turn: Turn,
}

/// What an answer asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// The client writes a file and comes again.
    Write,
    /// Nothing more.
    End,
}

/// What answers come to.
#[derive(Debug, Clone, Copy, Default)]
pub struct HandedOut {
    input: u64,
    output: u64,
    cache_read: u64,
    cache_creation: u64,
    /// How often the client was told to write a file, and how many lines.
    edits: u64,
    lines: u64,
}

impl Turn {
    /// A question is answered by a tool, and the tool's result by a text.
    pub fn of(question: &Value) -> Self {
        let newest = question["messages"].as_array().and_then(|messages| messages.last());
        let parts = newest.and_then(|message| message["content"].as_array());
        let is_result = parts.is_some_and(|parts| parts.iter().any(|part| part["type"] == "tool_result"));
        if is_result { Self::End } else { Self::Write }
    }
}

impl HandedOut {
    pub fn add(&mut self, other: Self) {
        self.input += other.input;
        self.output += other.output;
        self.cache_read += other.cache_read;
        self.cache_creation += other.cache_creation;
        self.edits += other.edits;
        self.lines += other.lines;
    }

    /// By what the test calls them; tokens by the names of Claude Code.
    pub fn named(self) -> [(&'static str, f64); 6] {
        [
            ("input", self.input),
            ("output", self.output),
            ("cacheRead", self.cache_read),
            ("cacheCreation", self.cache_creation),
            ("decisions", self.edits),
            ("lines added", self.lines),
        ]
        .map(|(name, count)| (name, count as f64))
    }
}

impl Answer {
    pub fn handed_out(self) -> HandedOut {
        let edits = u64::from(self.turn == Turn::Write);
        HandedOut {
            input: 101 + 7 * self.number,
            output: 407 + 11 * self.number,
            cache_read: 30_011 + 13 * self.number,
            cache_creation: 2_003 + 17 * self.number,
            edits,
            lines: edits * LINES,
        }
    }

    /// The body of the answer.
    pub fn events(self, model: &Value) -> String {
        let (handed_out, number) = (self.handed_out(), self.number);
        let (part, delta, reason) = match self.turn {
            Turn::Write => {
                let lines = vec!["line"; LINES as usize].join("\n");
                let file = json!({"file_path": format!("{number}.txt"), "content": lines}).to_string();
                (
                    json!({"type": "tool_use", "id": format!("toolu_{number}"), "name": "Write", "input": {}}),
                    json!({"type": "input_json_delta", "partial_json": file}),
                    "tool_use",
                )
            }
            Turn::End => {
                (json!({"type": "text", "text": ""}), json!({"type": "text_delta", "text": "Written."}), "end_turn")
            }
        };
        let usage = json!({
            "input_tokens": handed_out.input,
            "cache_creation_input_tokens": handed_out.cache_creation,
            "cache_read_input_tokens": handed_out.cache_read,
            "output_tokens": 1,
        });
        let message = json!({
            "id": format!("msg_{number}"), "type": "message", "role": "assistant", "model": model, "content": [],
            "stop_reason": null, "stop_sequence": null, "usage": usage,
        });
        let events = [
            json!({"type": "message_start", "message": message}),
            json!({"type": "content_block_start", "index": 0, "content_block": part}),
            json!({"type": "content_block_delta", "index": 0, "delta": delta}),
            json!({"type": "content_block_stop", "index": 0}),
            json!({
                "type": "message_delta",
                "delta": {"stop_reason": reason, "stop_sequence": null},
                "usage": {"output_tokens": handed_out.output},
            }),
            json!({"type": "message_stop"}),
        ];
        let event = |event: &Value| format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap_or_default());
        events.iter().map(event).collect()
    }
}
