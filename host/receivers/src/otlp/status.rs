//! `google.rpc.Status`: how errors are told over gRPC, and over HTTP in the request's own encoding.

use prost::Message;

/// Codes of gRPC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub enum Code {
    /// Done.
    Ok = 0,
    /// The sender's fault.
    InvalidArgument = 3,
    /// Too large.
    ResourceExhausted = 8,
    /// No such method, or no such compression.
    Unimplemented = 12,
    /// Come again later.
    Unavailable = 14,
}

/// Seconds after which a refused sender shall come again. SDKs give up after ten seconds in all, so that more than a few
/// would be as good as a refusal.
pub const RETRY_AFTER_SECONDS: i64 = 1;

const RETRY_INFO: &str = "type.googleapis.com/google.rpc.RetryInfo";

#[derive(Clone, PartialEq, Message)]
struct Status {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
    #[prost(message, repeated, tag = "3")]
    details: Vec<Any>,
}

#[derive(Clone, PartialEq, Message)]
struct Any {
    #[prost(string, tag = "1")]
    type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    value: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    retry_delay: Option<Duration>,
}

#[derive(Clone, PartialEq, Message)]
struct Duration {
    #[prost(int64, tag = "1")]
    seconds: i64,
}

/// The protobuf form. A status that asks to come again says when.
#[must_use]
pub fn encode(code: Code, message: &str) -> Vec<u8> {
    let details = if code == Code::Unavailable { vec![retry_info()] } else { Vec::new() };
    Status { code: code as i32, message: message.to_owned(), details }.encode_to_vec()
}

/// The JSON form.
#[must_use]
pub fn json(code: Code, message: &str) -> String {
    let mut status = serde_json::json!({ "code": code as i32, "message": message });
    if code == Code::Unavailable {
        let delay = format!("{RETRY_AFTER_SECONDS}s");
        status["details"] = serde_json::json!([{ "@type": RETRY_INFO, "retryDelay": delay }]);
    }
    status.to_string()
}

fn retry_info() -> Any {
    let info = RetryInfo { retry_delay: Some(Duration { seconds: RETRY_AFTER_SECONDS }) };
    Any { type_url: RETRY_INFO.into(), value: info.encode_to_vec() }
}
