//! Senders that mean harm, or know no better. Whatever they send, they are told what is wrong, and the host goes on.

use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::alluvium::{Alluvium, PATIENCE};
use crate::answers::{JSON, grpc_status, scraped, status_of};
use crate::raw::{self, EXPORT, framed};
use crate::support::compress::{self, gzip};
use crate::support::otlp::{BEGIN, SECOND, point, request};

const MIB: usize = 1 << 20;

/// A field of protobuf that holds bytes.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut field = vec![number << 3 | 2];
    let mut length = bytes.len();
    while length > 0x7f {
        field.push(length as u8 | 0x80);
        length >>= 7;
    }
    field.push(length as u8);
    field.extend_from_slice(bytes);
    field
}

/// A request whose only point has this as its attribute's value (an `AnyValue`).
fn with_value(value: &[u8]) -> Vec<u8> {
    let attribute = [field(1, b"key"), field(2, value)].concat();
    let point = [field(7, &attribute), vec![0x19], BEGIN.to_le_bytes().to_vec(), vec![0x31, 1, 0, 0, 0, 0, 0, 0, 0]];
    let sum = [field(1, &point.concat()), vec![0x10, 1, 0x18, 1]].concat();
    let metric = [field(1, b"requests"), field(7, &sum)].concat();
    field(1, &field(2, &field(2, &metric)))
}

/// Lists in lists, so deep that a decoder that calls itself would run out of stack.
fn nested(depth: usize) -> Vec<u8> {
    let mut value = field(1, b"x");
    for _ in 0..depth {
        value = field(5, &field(1, &value));
    }
    value
}

fn malformed() -> Vec<(&'static str, Vec<u8>)> {
    let valid = request(vec![point("a", BEGIN, BEGIN + SECOND, 1)]);
    vec![
        ("truncated", valid[..valid.len() - 3].to_vec()),
        ("a number where a message belongs", vec![0x08, 0x01]),
        ("an unknown wire type", vec![0x0f, 0x01]),
        ("the end of a group that never began", vec![0x0c]),
        ("a length beyond the end", vec![0x0a, 0x7f, 0x00]),
        ("a length of four gigabytes", vec![0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f]),
        ("a length of 2^63", [&[0x0a][..], &[0xff; 8], &[0x7f]].concat()),
        ("a varint without an end", [&[0x0a][..], &[0xff; 11]].concat()),
        ("field number zero", vec![0x02, 0x00]),
        ("text that is not UTF-8", with_value(&field(1, &[0xff, 0xfe]))),
        ("lists 1,000 deep", with_value(&nested(1_000))),
        ("lists 100,000 deep", with_value(&nested(100_000))),
        ("noise", (0..5_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect()),
    ]
}

/// Both protocols refuse what is no OTLP, say why, and take the next request.
#[tokio::test]
async fn malformed_requests() {
    let alluvium = Alluvium::start(&scraped("{}")).await;
    // The test's own encoder is right.
    let answer = raw::post(&alluvium.http, &[], with_value(&nested(3)).into()).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    for (what, body) in malformed() {
        let answer = raw::post(&alluvium.http, &[], body.clone().into()).await;
        assert_eq!(answer.status, 400, "{what}");
        let (code, message) = status_of(&answer);
        assert_eq!(code, 3, "{what}: {message}");
        assert!(message.contains("malformed OTLP"), "{what}: {message}");
        let (code, message) = grpc_status(&raw::call(&alluvium.grpc, EXPORT, &[], framed(0, &body)).await);
        assert_eq!(code, 3, "{what}: {message}");
        assert!(message.contains("malformed OTLP"), "{what}: {message}");
    }
    lives(alluvium).await;
}

/// Bodies that are not what their encoding says.
#[tokio::test]
async fn malformed_compression() {
    let alluvium = Alluvium::start(&scraped("{}")).await;
    let valid = gzip(&request(vec![point("a", BEGIN, BEGIN + SECOND, 1)]));
    let mut wrong_sum = valid.to_vec();
    let length = wrong_sum.len();
    wrong_sum[length - 8] ^= 1;
    let mut wrong_length = valid.to_vec();
    wrong_length[length - 2] = 0xff;
    let trailing = [&valid[..], b"more"].concat();
    for body in [
        Bytes::from("not gzip at all"),
        valid.slice(..length / 2),
        wrong_sum.into(),
        wrong_length.into(),
        trailing.into(),
    ] {
        let answer = raw::post(&alluvium.http, &[("content-encoding", "gzip")], body.clone()).await;
        assert_eq!(answer.status, 400);
        assert!(status_of(&answer).1.contains("gzip"));
        let call = raw::call(&alluvium.grpc, EXPORT, &[("grpc-encoding", "gzip")], framed(1, &body)).await;
        assert_eq!(grpc_status(&call).0, 3);
    }
    for (encoding, compress) in compress::HTTP {
        let valid = compress(&request(vec![point("a", BEGIN, BEGIN + SECOND, 1)]));
        for body in [Bytes::from("not compressed at all"), Bytes::new(), valid.slice(..valid.len() - 1)] {
            let answer = raw::post(&alluvium.http, &[("content-encoding", encoding)], body).await;
            assert_eq!(answer.status, 400, "{encoding}");
            assert!(status_of(&answer).1.contains("is not valid"), "{encoding}: {}", answer.text());
        }
    }
    lives(alluvium).await;
}

/// A gigabyte in a megabyte is not inflated beyond the limit, not even by many senders at once, in whatever encoding.
#[tokio::test]
async fn bombs() {
    const SENDERS: usize = 8;
    /// Each may fill the limit of a body, 20 MiB, twice while its buffer grows.
    const GROWTH: usize = SENDERS * 2 * 20 * MIB;
    let gigabyte = vec![0; 1024 * MIB];
    let mut bombs = Vec::new();
    for (encoding, compress) in compress::HTTP {
        match encoding {
            // A block of snappy is no bomb: it cannot say a length beyond the limit.
            "snappy" => {}
            // Snappy makes no less than a twentieth of it, and the limit is that of the compressed body, too.
            "x-snappy-framed" => bombs.push((encoding, compress(&gigabyte[..256 * MIB]))),
            _ => bombs.push((encoding, compress(&gigabyte))),
        }
    }
    drop(gigabyte);
    let alluvium = Alluvium::start(&scraped("{}")).await;
    let before = peak_memory(alluvium.process());
    for (encoding, bomb) in &bombs {
        let mut senders = tokio::task::JoinSet::new();
        for _ in 0..SENDERS {
            let (http, bomb, encoding) = (alluvium.http.clone(), bomb.clone(), *encoding);
            senders
                .spawn(async move { raw::post(&http, &[("content-encoding", encoding)], bomb).await.status.as_u16() });
        }
        while let Some(status) = senders.join_next().await {
            // All at once may be more than the host holds, and then the rest may come again.
            let status = status.expect("an answer");
            assert!(matches!(status, 400 | 503), "{encoding}: {status}");
        }
        let alone = raw::post(&alluvium.http, &[("content-encoding", encoding)], bomb.clone()).await;
        assert_eq!(alone.status, 400, "{encoding}");
        if let "gzip" | "zstd" = *encoding {
            let call = raw::call(&alluvium.grpc, EXPORT, &[("grpc-encoding", encoding)], framed(1, bomb)).await;
            assert_eq!(grpc_status(&call).0, 8, "{encoding}");
        }
        let grown = peak_memory(alluvium.process()) - before;
        assert!(grown < GROWTH, "{encoding}: grown by {} MiB", grown / MIB);
    }
    lives(alluvium).await;
}

/// Millions of points of two bytes each, whole or in pieces, fill no tables.
#[tokio::test]
async fn points_of_nothing() {
    let metric = field(7, &[0x0a, 0x00].repeat(5_000_000));
    let once = field(1, &field(2, &field(2, &metric)));
    // The metric's data a second time: legal, but only a full decoder can put it together.
    let twice = field(1, &field(2, &field(2, &[metric, field(7, &[])].concat())));
    let alluvium = Alluvium::start(&scraped("{}")).await;
    let before = peak_memory(alluvium.process());
    for body in [once, twice] {
        let answer = raw::post(&alluvium.http, &[("content-encoding", "gzip")], gzip(&body)).await;
        assert_eq!(answer.status, 400);
        assert!(!status_of(&answer).1.is_empty());
    }
    let grown = peak_memory(alluvium.process()) - before;
    assert!(grown < 200 * MIB, "grown by {} MiB", grown / MIB);
    lives(alluvium).await;
}

/// JSON that would be much more than it is, or has no end.
#[tokio::test]
async fn malformed_json() {
    let around = |points: &str| {
        let sum = format!(r#"{{"sum":{{"dataPoints":[{points}],"aggregationTemporality":1,"isMonotonic":true}}}}"#);
        format!(r#"{{"resourceMetrics":[{{"scopeMetrics":[{{"metrics":[{sum}]}}]}}]}}"#)
    };
    let value = |value: &str| around(&format!(r#"{{"attributes":[{{"key":"k","value":{value}}}]}}"#));
    let nested = |open: &str, close: &str, times: usize| format!("{}{}", open.repeat(times), close.repeat(times));
    let long = "x".repeat(10 * MIB);
    let cases = [
        ("lists 100,000 deep", value(&nested(r#"{"arrayValue":{"values":["#, "]}}", 100_000))),
        ("lists of values 20 deep", value(&nested(r#"{"arrayValue":{"values":["#, "]}}", 20))),
        ("lists without an end", value(&r#"{"arrayValue":{"values":["#.repeat(100_000))),
        ("brackets without an end", "[".repeat(5 * MIB)),
        ("unknown brackets without an end", format!(r#"{{"someday":{}"#, "[".repeat(5 * MIB))),
        ("five million points of nothing", around(&format!("{{}}{}", ",{}".repeat(5_000_000)))),
        (
            "a list of five million where a number belongs",
            around(&format!(r#"{{"asInt":[0{}]}}"#, ",0".repeat(5_000_000))),
        ),
        ("a long number", around(&format!(r#"{{"asDouble":{}}}"#, "9".repeat(5 * MIB)))),
        ("a long text where none belongs", around(&format!(r#""{long}""#))),
        ("a long number as text", around(&format!(r#"{{"asInt":"{long}"}}"#))),
        ("a long text without an end", format!(r#"{{"{long}\\"#)),
        ("truncated", value("{}")[..60].to_owned()),
    ];
    let alluvium = Alluvium::start(&scraped("{}")).await;
    let before = peak_memory(alluvium.process());
    for (what, json) in cases {
        let json = Bytes::from(json);
        let answer = raw::post(&alluvium.http, &[JSON, ("content-encoding", "gzip")], gzip(&json)).await;
        let told = answer.text();
        assert_eq!(answer.status, 400, "{what}: {told}");
        assert!(told.starts_with(r#"{"code":3,"message":"malformed OTLP: "#) && told.len() < 1_000, "{what}: {told}");
    }
    // What nobody knows is passed over.
    let unknown = format!(r#"{{"someday":{}}}"#, nested("[", "]", 100_000));
    assert_eq!(raw::post(&alluvium.http, &[JSON], unknown.into()).await.status, 200);
    let grown = peak_memory(alluvium.process()) - before;
    assert!(grown < 200 * MIB, "grown by {} MiB", grown / MIB);
    lives(alluvium).await;
}

/// Lengths in front that lie do not make the host wait for ever, set memory aside, or fall over.
#[tokio::test]
async fn lying_lengths() {
    const HEAD: &str = "POST /v1/metrics HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-protobuf\r\n";
    let alluvium = Alluvium::start(&scraped("{}")).await;
    let before = peak_memory(alluvium.process());
    let cases = [
        // More than comes, more than may come, more than there is, less than nothing, and two that differ.
        ("Content-Length: 20000000\r\n\r\nshort", ""),
        ("Content-Length: 900000000\r\n\r\nshort", " 400 "),
        ("Content-Length: 99999999999999999999999999\r\n\r\n", " 400 "),
        ("Content-Length: -1\r\n\r\n", " 400 "),
        ("Content-Length: 4\r\nContent-Length: 5\r\n\r\nshort", " 400 "),
        // Chunks that are none, or larger than what follows.
        ("Transfer-Encoding: chunked\r\n\r\nnonsense\r\n", ""),
        ("Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nshort", ""),
    ];
    for (rest, expected) in cases {
        let request = format!("{HEAD}{rest}");
        let talk = raw::talk(&alluvium.http, request.as_bytes());
        let answer = tokio::time::timeout(PATIENCE, talk).await.expect("the connection ends");
        assert!(answer.contains(expected) && !answer.contains(" 200 "), "{rest:?}: {answer}");
    }
    for length in [u32::MAX, 5 << 20, 100] {
        let body = [&[0][..], &length.to_be_bytes(), b"short"].concat();
        let call = raw::call(&alluvium.grpc, EXPORT, &[], body.into());
        let (code, message) = grpc_status(&tokio::time::timeout(PATIENCE, call).await.expect("an answer"));
        assert!(matches!(code, 3 | 8), "{length}: {code} {message}");
    }
    let grown = peak_memory(alluvium.process()) - before;
    assert!(grown < 40 * MIB, "grown by {} MiB", grown / MIB);
    lives(alluvium).await;
}

/// A length that is declared sets no memory aside; what comes is charged. Connections are counted with what they may hold.
#[tokio::test]
async fn declared_bodies_that_do_not_come() {
    const SENDERS: usize = 300;
    const HEAD: &str = "POST /v1/metrics HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-protobuf\r\n";
    let alluvium = Alluvium::start(&scraped("{}")).await;
    let before = virtual_memory(alluvium.process());
    let mut open = Vec::new();
    for _ in 0..SENDERS {
        let mut stream = TcpStream::connect(&alluvium.http).await.expect("a connection");
        let request = format!("{HEAD}Content-Length: {}\r\n\r\nshort", 20 * MIB);
        stream.write_all(request.as_bytes()).await.expect("written");
        open.push(stream);
    }
    // 64 KiB for each, and no more: until all have come.
    let wanted = format!(" {}", SENDERS * (64 << 10));
    let mut page = own_page(&alluvium).await;
    while !line(&page, "alluvium_pipeline_in_flight_bytes").ends_with(&wanted) {
        assert!(!line(&page, "alluvium_pipeline_refused_requests_total").is_empty(), "{page}");
        tokio::task::yield_now().await;
        page = own_page(&alluvium).await;
    }
    assert!(line(&page, "alluvium_receiver_connections{receiver=\"otlp\",transport=\"http\"}").ends_with(" 300"));
    // 64 wide ones of 544 KiB, the others 64 KiB.
    let most = 64 * (544 << 10) + 236 * (64 << 10);
    let bytes = line(&page, "alluvium_receiver_connections_limit_bytes{receiver=\"otlp\",transport=\"http\"}");
    assert!(bytes.ends_with(&format!(" {most}")), "{bytes}");
    let grown = virtual_memory(alluvium.process()) - before;
    assert!(grown < SENDERS * 10 * MIB, "{} MiB set aside", grown / MIB);
    drop(open);
    lives(alluvium).await;
}

/// What HTTP/2 tells a sender when it connects (RFC 9113, 6.5.2): the first may send much at once, those behind them little.
#[tokio::test]
async fn windows_become_narrow() {
    let alluvium = Alluvium::start(&scraped("{}")).await;
    let mut open = Vec::new();
    for number in 0..66 {
        let (stream, settings) = settings(&alluvium.grpc).await;
        open.push(stream);
        let [calls, window, frame] = if number < 64 { [100, 1 << 20, 256 << 10] } else { [8, 65_535, 16 << 10] };
        // Calls at once, the window of a call, the largest frame, the largest header. What is as the protocol has it is
        // not said.
        for (setting, value, default) in [(3, calls, 0), (4, window, 65_535), (5, frame, 16 << 10), (6, 16 << 10, 0)] {
            let said = settings.iter().find(|(said, _)| *said == setting).map_or(default, |(_, value)| *value);
            assert_eq!(said, value, "connection {number}, setting {setting}");
        }
    }
    drop(open);
    lives(alluvium).await;
}

/// Connects over HTTP/2, and reads the settings of the other side.
async fn settings(address: &str) -> (TcpStream, Vec<(u16, u32)>) {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    let preface = [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", &[0, 0, 0, 4, 0, 0, 0, 0, 0][..]].concat();
    stream.write_all(&preface).await.expect("written");
    let mut head = [0; 9];
    stream.read_exact(&mut head).await.expect("a frame");
    assert_eq!((head[3], head[4]), (4, 0), "settings come first");
    let mut body = vec![0; usize::from(head[1]) << 8 | usize::from(head[2])];
    stream.read_exact(&mut body).await.expect("settings");
    let settings = body
        .chunks(6)
        .map(|setting| {
            let value = u32::from_be_bytes([setting[2], setting[3], setting[4], setting[5]]);
            (u16::from_be_bytes([setting[0], setting[1]]), value)
        })
        .collect();
    (stream, settings)
}

/// A header that never ends is not kept, and what an answer repeats of it is short.
#[tokio::test]
async fn long_headers() {
    let alluvium = Alluvium::start(&scraped("{}")).await;
    let long = "x".repeat(20_000);
    let request = format!("POST /v1/metrics HTTP/1.1\r\nHost: x\r\nX-Long: {long}");
    let answer = raw::talk(&alluvium.http, request.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    let long = "x".repeat(5_000);
    let answer = raw::post(&alluvium.http, &[("content-encoding", &long)], Bytes::new()).await;
    assert_eq!(answer.status, 400);
    assert!(answer.text().contains("xxx") && answer.body.len() < 500, "{}", answer.text());
    for (path, encoding) in [(format!("/{long}"), "gzip"), (EXPORT.to_owned(), long.as_str())] {
        let call = raw::call(&alluvium.grpc, &path, &[("grpc-encoding", encoding)], framed(1, b"")).await;
        let (code, message) = grpc_status(&call);
        assert!(code == 12 && message.contains("xxx") && message.len() < 300, "{code} {message}");
    }
    lives(alluvium).await;
}

/// A line of a page.
fn line<'a>(page: &'a str, begin: &str) -> &'a str {
    page.lines().find(|line| line.starts_with(begin)).unwrap_or_default()
}

async fn own_page(alluvium: &Alluvium) -> String {
    raw::get(&alluvium.own, "/metrics").await.text()
}

/// Speakers of other protocols.
#[tokio::test]
async fn wrong_protocols() {
    let alluvium = Alluvium::start(&scraped("{}")).await;
    let tls_hello = [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03];
    for address in [&alluvium.http, &alluvium.grpc, &alluvium.scrape, &alluvium.own] {
        for bytes in
            [&tls_hello[..], b"\r\n\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\xff\xff\xff\xff\xff\xff\xff\xff\xff"]
        {
            let talk = tokio::time::timeout(Duration::from_secs(60), raw::talk(address, bytes));
            talk.await.expect("the connection ends");
        }
    }
    lives(alluvium).await;
}

/// It takes a good request, and ends well.
async fn lives(alluvium: Alluvium) {
    let answer = raw::post(&alluvium.http, &[], request(vec![point("z", BEGIN, BEGIN + SECOND, 7)])).await;
    assert_eq!(answer.status, 200);
    let page = raw::get(&alluvium.scrape, "/metrics").await;
    assert!(page.text().contains("stream=\"z\""), "{}", page.text());
    assert!(alluvium.stop().await.success());
}

/// The most memory a process has held, bytes.
fn peak_memory(process: u32) -> usize {
    status_line(process, "VmHWM:")
}

/// The memory that a process has set aside, used or not, bytes.
fn virtual_memory(process: u32) -> usize {
    status_line(process, "VmSize:")
}

fn status_line(process: u32, name: &str) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("a process");
    let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("a line");
    line.split_whitespace().next().expect("a number").parse::<usize>().expect("a number") * 1024
}
