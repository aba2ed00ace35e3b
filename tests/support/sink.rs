//! A remote-write back-end that keeps what it gets and answers as it is told.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use clock::Clock;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Either, Full};
use hyper::body::{Body, Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use prost::Message;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::head::Head;

/// `prometheus.WriteRequest` of the remote-write 1.0 specification.
#[derive(Clone, PartialEq, Message)]
pub struct WriteRequest {
    #[prost(message, repeated, tag = "1")]
    pub timeseries: Vec<TimeSeries>,
    #[prost(message, repeated, tag = "3")]
    pub metadata: Vec<Metadata>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Metadata {
    /// 1 counter, 2 gauge, 3 histogram, 5 summary.
    #[prost(int32, tag = "1")]
    pub kind: i32,
    #[prost(string, tag = "2")]
    pub family: String,
    #[prost(string, tag = "4")]
    pub help: String,
    #[prost(string, tag = "5")]
    pub unit: String,
}

#[derive(Clone, PartialEq, Message)]
pub struct TimeSeries {
    #[prost(message, repeated, tag = "1")]
    pub labels: Vec<Label>,
    #[prost(message, repeated, tag = "2")]
    pub samples: Vec<WireSample>,
    #[prost(message, repeated, tag = "3")]
    pub exemplars: Vec<WireExemplar>,
}

#[derive(Clone, PartialEq, Message)]
pub struct WireExemplar {
    #[prost(message, repeated, tag = "1")]
    pub labels: Vec<Label>,
    #[prost(double, tag = "2")]
    pub value: f64,
    #[prost(int64, tag = "3")]
    pub timestamp: i64,
}

#[derive(Clone, PartialEq, Message)]
pub struct Label {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(string, tag = "2")]
    pub value: String,
}

#[derive(Clone, PartialEq, Message)]
pub struct WireSample {
    #[prost(double, tag = "1")]
    pub value: f64,
    #[prost(int64, tag = "2")]
    pub timestamp: i64,
}

/// A sample that was taken.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    pub labels: BTreeMap<String, String>,
    pub value: f64,
    /// Milliseconds.
    pub time: i64,
    /// Labels, value and time of each exemplar.
    pub exemplars: Vec<(BTreeMap<String, String>, f64, i64)>,
}

impl Sample {
    fn is(&self, other: &Self) -> bool {
        self.time == other.time && self.value.to_bits() == other.value.to_bits() && self.labels == other.labels
    }

    pub fn label(&self, name: &str) -> &str {
        self.labels.get(name).map_or("", String::as_str)
    }
}

/// A request that came.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// All samples in it.
    pub samples: Vec<Sample>,
    /// Whether they were taken.
    pub taken: bool,
}

/// What the sink says to one request.
#[derive(Debug, Clone)]
pub enum Say {
    Status(u16),
    RetryAfter(u16, &'static str),
    Text(u16, &'static str),
    /// Nothing, until the host gives up.
    Nothing,
    /// That it has the request, and then a text that never comes.
    Drip,
    /// Nothing: it has the request and closes the connection.
    Cut,
}

/// A text that never comes.
pub struct Never;

impl Body for Never {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Pending
    }
}

type Answer = Result<Response<Either<Full<Bytes>, Never>>, io::Error>;

#[derive(Default)]
struct Shared {
    script: VecDeque<Say>,
    /// Values of the label `stream` for which requests are refused, and what to say.
    poison: Vec<(String, Say)>,
    /// What is good in a request that is refused is taken, as Cortex does.
    takes_parts: bool,
    /// So many series there may be.
    most_series: Option<usize>,
    samples: Vec<Sample>,
    metadata: Vec<Metadata>,
    arrivals: Vec<Arrival>,
    headers: Vec<HeaderMap>,
    head: Head,
    /// What had to be refused although the test asked for no refusal.
    refused: Vec<String>,
    /// Open connections.
    connections: usize,
}

pub struct Sink {
    pub address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
    /// Requests that came, and requests that were taken.
    requests: watch::Receiver<(usize, usize)>,
}

impl Say {
    /// Whether it has the request.
    fn takes(&self) -> bool {
        matches!(self, Self::Status(200..=299) | Self::Drip | Self::Cut)
    }
}

impl Shared {
    /// Whether these would make more series than there may be.
    fn is_over_limit(&self, samples: &[Sample]) -> bool {
        let Some(most) = self.most_series else { return false };
        let known: BTreeSet<_> = self.samples.iter().map(|sample| &sample.labels).collect();
        let new: BTreeSet<_> =
            samples.iter().map(|sample| &sample.labels).filter(|labels| !known.contains(labels)).collect();
        !new.is_empty() && known.len() + new.len() > most
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        let refused = self.shared.lock().map(|mut shared| std::mem::take(&mut shared.refused)).unwrap_or_default();
        if !std::thread::panicking() {
            assert!(refused.is_empty(), "a back-end refuses these: {refused:#?}");
        }
    }
}

impl Sink {
    /// A back-end that has the time from `clock`.
    pub async fn start_at(clock: Clock) -> Self {
        let sink = Self::start().await;
        sink.shared.lock().expect("nobody panics").head.clock = Some(clock);
        sink
    }

    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let shared: Arc<Mutex<Shared>> = Arc::default();
        let (counter, requests) = watch::channel((0, 0));
        let counter = Arc::new(counter);
        let state = Arc::clone(&shared);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (shared, counter) = (Arc::clone(&state), Arc::clone(&counter));
                tokio::spawn(async move {
                    shared.lock().expect("nobody panics").connections += 1;
                    let service = service_fn(|request| answer(request, &shared, &counter));
                    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
                    shared.lock().expect("nobody panics").connections -= 1;
                });
            }
        });
        Self { address, shared, requests }
    }

    pub fn url(&self) -> String {
        format!("http://{}/api/v1/write", self.address)
    }

    /// What to say to the next requests; after that all are taken.
    pub fn script(&self, says: impl IntoIterator<Item = Say>) {
        self.shared.lock().expect("nobody panics").script.extend(says);
    }

    /// From now on requests that hold a sample with this value of the label `stream` are answered so, and nothing of them
    /// is taken.
    pub fn poison(&self, stream: &str, say: Say) {
        self.shared.lock().expect("nobody panics").poison.push((stream.to_owned(), say));
    }

    /// From now on what is good in a request that is refused is taken.
    pub fn take_parts(&self) {
        self.shared.lock().expect("nobody panics").takes_parts = true;
    }

    /// From now on there may be so many series.
    pub fn limit_series(&self, most: Option<usize>) {
        self.shared.lock().expect("nobody panics").most_series = most;
    }

    /// A test that sets the host's clock wrong: what is refused for its time is what has to be expected.
    pub fn expect_refusals(&self) {
        self.shared.lock().expect("nobody panics").head.clock = None;
    }

    /// What had to be refused until now: the test asked for it.
    pub fn take_refusals(&self) -> Vec<String> {
        std::mem::take(&mut self.shared.lock().expect("nobody panics").refused)
    }

    /// From now on what was said of a stream is forgotten.
    pub fn heal(&self) {
        self.shared.lock().expect("nobody panics").poison.clear();
    }

    /// How many samples each request held, taken or not.
    pub fn sizes(&self) -> Vec<usize> {
        self.arrivals().iter().map(|request| request.samples.len()).collect()
    }

    /// All requests that came, taken or not, in order.
    pub fn arrivals(&self) -> Vec<Arrival> {
        self.shared.lock().expect("nobody panics").arrivals.clone()
    }

    /// From now on all are taken.
    pub fn forget_script(&self) {
        self.shared.lock().expect("nobody panics").script.clear();
    }

    /// All samples taken so far but those of `target_info`.
    pub fn samples(&self) -> Vec<Sample> {
        let all = self.all_samples();
        all.into_iter().filter(|sample| sample.label("__name__") != "target_info").collect()
    }

    pub fn all_samples(&self) -> Vec<Sample> {
        self.shared.lock().expect("nobody panics").samples.clone()
    }

    /// Connections that are open.
    pub fn connections(&self) -> usize {
        self.shared.lock().expect("nobody panics").connections
    }

    /// What has been said of families, in order.
    pub fn metadata(&self) -> Vec<Metadata> {
        self.shared.lock().expect("nobody panics").metadata.clone()
    }

    pub fn headers(&self) -> Vec<HeaderMap> {
        self.shared.lock().expect("nobody panics").headers.clone()
    }

    /// Waits until so many requests have come, taken or not.
    pub async fn wait_for_requests(&self, count: usize) {
        let mut requests = self.requests.clone();
        let came = tokio::time::timeout(PATIENCE, requests.wait_for(|(came, _)| *came >= count)).await;
        came.unwrap_or_else(|_| panic!("{count} requests do not come")).expect("the sink runs");
    }

    /// Waits until so many samples have been taken, not counting `target_info`.
    pub async fn wait_for_samples(&self, count: usize) {
        let mut requests = self.requests.clone();
        let enough = async {
            while self.samples().len() < count {
                requests.changed().await.expect("the sink runs");
            }
        };
        let came = tokio::time::timeout(PATIENCE, enough).await;
        came.unwrap_or_else(|_| panic!("{count} samples do not come; there are {}", self.samples().len()));
    }
}

/// A test that waits longer waits for something that does not come.
const PATIENCE: Duration = Duration::from_secs(60);

async fn answer(request: Request<Incoming>, shared: &Mutex<Shared>, counter: &watch::Sender<(usize, usize)>) -> Answer {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.expect("a whole body").to_bytes();
    let say = {
        let mut shared = shared.lock().expect("nobody panics");
        shared.headers.push(parts.headers);
        let (samples, metadata) = decode(&body);
        shared.metadata.extend(metadata);
        let poison =
            shared.poison.iter().find(|(stream, _)| samples.iter().any(|sample| sample.label("stream") == stream));
        let mut say = match poison {
            Some((_, say)) => say.clone(),
            None => shared.script.pop_front().unwrap_or(Say::Status(204)),
        };
        if shared.is_over_limit(&samples) {
            say = Say::Text(400, "per-user series limit of 1 exceeded");
        }
        if say.takes()
            && let Err(why) = shared.head.append(&samples)
        {
            shared.refused.push(why);
            say = Say::Text(400, "as Prometheus does");
        }
        let taken = say.takes();
        shared.arrivals.push(Arrival { samples: samples.clone(), taken });
        if taken || shared.takes_parts && matches!(say, Say::Status(400) | Say::Text(400, _)) {
            for sample in samples {
                let is_bad = |(stream, _): &(String, Say)| sample.label("stream") == stream;
                if shared.poison.iter().any(is_bad) || shared.is_over_limit(std::slice::from_ref(&sample)) {
                    continue;
                }
                // As Prometheus does: what comes again exactly as it was is taken for the same.
                if !shared.samples.iter().rev().any(|known| known.is(&sample)) {
                    shared.samples.push(sample);
                }
            }
        }
        say
    };
    let taken = say.takes();
    counter.send_modify(|(came, took)| {
        *came += 1;
        *took += usize::from(taken);
    });
    let mut response = Response::new(Either::Left(Full::from("as told")));
    match say {
        Say::Status(status) => *response.status_mut() = StatusCode::from_u16(status).expect("a status"),
        Say::Text(status, text) => {
            *response.status_mut() = StatusCode::from_u16(status).expect("a status");
            *response.body_mut() = Either::Left(Full::from(text));
        }
        Say::RetryAfter(status, after) => {
            *response.status_mut() = StatusCode::from_u16(status).expect("a status");
            response.headers_mut().insert("retry-after", after.parse().expect("a header"));
        }
        Say::Nothing => std::future::pending().await,
        Say::Drip => *response.body_mut() = Either::Right(Never),
        Say::Cut => return Err(io::ErrorKind::ConnectionAborted.into()),
    }
    Ok(response)
}

/// Samples and metadata of a body, by the snappy and protobuf libraries.
fn decode(body: &[u8]) -> (Vec<Sample>, Vec<Metadata>) {
    let bytes = snap::raw::Decoder::new().decompress_vec(body).expect("snappy, block format");
    let request = WriteRequest::decode(&*bytes).expect("a WriteRequest");
    let mut samples = Vec::new();
    for series in request.timeseries {
        let names: Vec<&String> = series.labels.iter().map(|label| &label.name).collect();
        assert!(names.is_sorted(), "labels are sorted: {names:?}");
        let labels: BTreeMap<String, String> =
            series.labels.into_iter().map(|label| (label.name, label.value)).collect();
        let map = |labels: Vec<Label>| labels.into_iter().map(|label| (label.name, label.value)).collect();
        let exemplar = |own: WireExemplar| (map(own.labels), own.value, own.timestamp);
        let exemplars: Vec<_> = series.exemplars.into_iter().map(exemplar).collect();
        for WireSample { value, timestamp } in series.samples {
            samples.push(Sample { labels: labels.clone(), value, time: timestamp, exemplars: exemplars.clone() });
        }
    }
    (samples, request.metadata)
}
