//! The resolver `k8s` against a server that lists and watches as the API server does (Kubernetes, "API concepts").

use std::sync::{Arc, Mutex};
use std::time::Duration;

use clock::{Clock, Hand, UnixNanos};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::http_server::{Asked, HttpServer, Reply};
use super::suite::{self, Said, World, changed, members};
use crate::kubernetes::access::Access;
use crate::kubernetes::service::Service;
use crate::kubernetes::watching::{Kubernetes, Names, Question};
use crate::{Resolver, Watch};

/// Longer than the pause after the few failures of a test, and shorter than the patience with an answer that is on its way.
const PAUSE: Duration = Duration::from_secs(10);

/// What the server lists; none if it fails.
type Listed = Arc<Mutex<Option<Vec<Value>>>>;

struct Cluster {
    listed: Listed,
    opened: mpsc::Receiver<mpsc::Sender<String>>,
    /// The watch that is open.
    events: Option<mpsc::Sender<String>>,
    asked: Arc<Mutex<Vec<Asked>>>,
    version: u64,
    hand: Hand,
    watch: Watch,
}

fn question(ports: &[u16], names: Names) -> Question {
    let (service, namespace) = ("workers".into(), "monitoring".into());
    Question { service, namespace, ports: ports.to_vec(), timeout: Duration::from_secs(3600), names }
}

impl Cluster {
    async fn start(question: Question) -> Self {
        let (listed, asked) = (Listed::default(), Arc::<Mutex<Vec<Asked>>>::default());
        let (opening, opened) = mpsc::channel(8);
        let (of_server, seen) = (Arc::clone(&listed), Arc::clone(&asked));
        let server = HttpServer::start(move |asked| {
            let is_watch = asked.line.contains("watch=true");
            seen.lock().expect("questions").push(asked);
            let Some(items) = of_server.lock().expect("a list").clone() else {
                return Reply::Whole(503, json!({ "kind": "Status", "code": 503, "message": "no" }).to_string());
            };
            if is_watch {
                let (events, pieces) = mpsc::channel(8);
                opening.try_send(events).expect("room");
                return Reply::Pieces(pieces);
            }
            let list = json!({ "kind": "EndpointSliceList", "metadata": { "resourceVersion": "100" }, "items": items });
            Reply::Whole(200, list.to_string())
        })
        .await;
        let (clock, hand) = Clock::manual(UnixNanos(1));
        let access = Access::to(&server.url(), None);
        let resolver: Box<dyn Resolver> = Box::new(Kubernetes { question, access, clock });
        let watch = resolver.watch();
        suite::answered(&watch, 0).await;
        Self { listed, opened, events: None, asked, version: 100, hand, watch }
    }

    /// The server lists these slices, and the resolver finds it.
    async fn list(&mut self, slices: Vec<Value>) {
        let before = suite::answers(&self.watch);
        *self.listed.lock().expect("a list") = Some(slices);
        self.hand.advance(PAUSE);
        suite::answered(&self.watch, before).await;
        self.events = self.opened.recv().await;
    }

    /// Something happens to a slice.
    async fn event(&mut self, kind: &str, slice: Value) {
        let before = suite::answers(&self.watch);
        self.send(kind, slice).await;
        suite::answered(&self.watch, before).await;
    }

    async fn send(&mut self, kind: &str, mut object: Value) {
        self.version += 1;
        if object["metadata"].is_object() {
            object["metadata"]["resourceVersion"] = self.version.to_string().into();
        }
        let line = format!("{}\n", json!({ "type": kind, "object": object }));
        // In two pieces, as networks do it.
        let (first, second) = line.split_at(line.len() / 2);
        let events = self.events.as_ref().expect("a watch");
        for piece in [first, second] {
            events.send(piece.to_owned()).await.expect("the server runs");
        }
    }

    fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("questions").clone()
    }
}

/// A slice with ready endpoints of these addresses.
fn slice(name: &str, addresses: &[&str]) -> Value {
    let endpoint = |address: &&str| json!({ "addresses": [address], "conditions": { "ready": true } });
    with_endpoints(name, &addresses.iter().map(endpoint).collect::<Vec<_>>())
}

fn with_endpoints(name: &str, endpoints: &[Value]) -> Value {
    json!({ "metadata": { "name": name, "resourceVersion": "90" }, "addressType": "IPv4", "endpoints": endpoints })
}

impl World for Cluster {
    async fn say(&mut self, said: Said) {
        let slices = match said {
            Said::Addresses(addresses) => {
                let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
                Some(slice("workers-abc", &addresses))
            }
            // What a service without endpoints has.
            Said::Nothing => Some(json!({ "metadata": { "name": "workers-abc" }, "endpoints": null })),
            Said::Error => None,
        };
        let before = suite::answers(&self.watch);
        match slices {
            Some(slice) if self.events.is_some() => self.event("MODIFIED", slice).await,
            Some(slice) => self.list(vec![slice]).await,
            None => {
                *self.listed.lock().expect("a list") = None;
                self.hand.advance(PAUSE);
                self.events = None;
                suite::answered(&self.watch, before).await;
            }
        }
    }

    fn watch(&mut self) -> &mut Watch {
        &mut self.watch
    }
}

async fn cluster() -> Cluster {
    Cluster::start(question(&[4317], Names::Addresses)).await
}

#[tokio::test]
async fn what_is_not_news_is_not_told() {
    suite::what_is_not_news_is_not_told(&mut cluster().await).await;
}

#[tokio::test]
async fn a_server_that_comes_late_is_found() {
    suite::a_server_that_comes_late_is_found(&mut cluster().await).await;
}

#[tokio::test]
async fn addresses_of_version_6_are_members() {
    suite::addresses_of_version_6_are_members(&mut cluster().await).await;
}

/// Scenario: slices come, change and go. Guarantee: members are those of all slices together.
#[tokio::test]
async fn members_are_those_of_all_slices() {
    let mut cluster = cluster().await;
    cluster.list(vec![slice("a", &["10.0.0.1"]), slice("b", &["10.0.0.2"])]).await;
    assert_eq!(changed(&mut cluster).await, members(&["10.0.0.1:4317", "10.0.0.2:4317"]));
    cluster.event("ADDED", slice("c", &["10.0.0.3", "10.0.0.1"])).await;
    assert_eq!(changed(&mut cluster).await, members(&["10.0.0.1:4317", "10.0.0.2:4317", "10.0.0.3:4317"]));
    cluster.event("DELETED", slice("b", &["10.0.0.2"])).await;
    assert_eq!(changed(&mut cluster).await, members(&["10.0.0.1:4317", "10.0.0.3:4317"]));
    cluster.event("MODIFIED", slice("c", &["10.0.0.4"])).await;
    assert_eq!(changed(&mut cluster).await, members(&["10.0.0.1:4317", "10.0.0.4:4317"]));
}

/// Guarantee: an endpoint that says it is not ready is no member; one that does not say is.
#[tokio::test]
async fn endpoints_that_are_not_ready_are_no_members() {
    let mut cluster = cluster().await;
    let endpoints = [
        json!({ "addresses": ["10.0.0.1"], "conditions": { "ready": false, "serving": true } }),
        json!({ "addresses": ["10.0.0.2"], "conditions": {} }),
        json!({ "addresses": ["10.0.0.3"], "conditions": { "ready": null } }),
        json!({ "addresses": ["10.0.0.4"] }),
    ];
    cluster.list(vec![with_endpoints("a", &endpoints)]).await;
    assert_eq!(changed(&mut cluster).await, members(&["10.0.0.2:4317", "10.0.0.3:4317", "10.0.0.4:4317"]));
}

/// Guarantee: host names stand in front of service and namespace; an endpoint without one is left out alone.
#[tokio::test]
async fn members_may_be_named_by_hosts() {
    let mut cluster = Cluster::start(question(&[4317, 55690], Names::Hosts)).await;
    let endpoints = [
        json!({ "addresses": ["10.0.0.1"], "hostname": "worker-0" }),
        json!({ "addresses": ["10.0.0.2"], "hostname": "" }),
        json!({ "addresses": ["10.0.0.3"] }),
    ];
    cluster.list(vec![with_endpoints("a", &endpoints)]).await;
    let expected = ["worker-0.workers.monitoring:4317", "worker-0.workers.monitoring:55690"];
    assert_eq!(changed(&mut cluster).await, members(&expected));
}

/// Guarantee: without ports a member is an address, as the Collector's ring has it.
#[tokio::test]
async fn without_ports_a_member_is_an_address() {
    let mut cluster = Cluster::start(question(&[], Names::Addresses)).await;
    cluster.list(vec![slice("a", &["10.0.0.1", "fd00::1"])]).await;
    assert_eq!(changed(&mut cluster).await, members(&["10.0.0.1", "fd00::1"]));
}

/// Scenario: the server ends a watch. Guarantee: the next one goes on behind the last event, a bookmark included; nothing is
/// listed again.
#[tokio::test]
async fn a_watch_that_ends_goes_on() {
    let mut cluster = cluster().await;
    cluster.list(vec![slice("a", &["10.0.0.1"])]).await;
    cluster.send("BOOKMARK", json!({ "metadata": {} })).await;
    cluster.event("MODIFIED", slice("a", &["10.0.0.2"])).await;
    cluster.send("BOOKMARK", json!({ "metadata": {} })).await;
    cluster.hand.advance(PAUSE);
    cluster.events = None;
    cluster.events = cluster.opened.recv().await;
    let lines: Vec<String> = cluster.asked().into_iter().map(|asked| asked.line).collect();
    let [_, list, first, second] = lines.as_slice() else { panic!("{lines:?}") };
    let path = "GET /apis/discovery.k8s.io/v1/namespaces/monitoring/endpointslices\
                ?labelSelector=kubernetes.io%2Fservice-name%3Dworkers&timeoutSeconds=3600";
    let watch = format!("{path}&watch=true&allowWatchBookmarks=true&resourceVersion=");
    assert_eq!(*list, format!("{path} HTTP/1.1"));
    assert_eq!(*first, format!("{watch}100 HTTP/1.1"));
    assert_eq!(*second, format!("{watch}103 HTTP/1.1"));
}

/// Scenario: the server has forgotten where the watch was. Guarantee: all slices are read again.
#[tokio::test]
async fn a_watch_that_is_forgotten_begins_anew() {
    let mut cluster = cluster().await;
    cluster.list(vec![slice("a", &["10.0.0.1"])]).await;
    changed(&mut cluster).await;
    *cluster.listed.lock().expect("a list") = Some(vec![slice("b", &["10.0.0.2"])]);
    cluster.hand.advance(PAUSE);
    cluster.send("ERROR", json!({ "kind": "Status", "code": 410, "message": "too old resource version" })).await;
    assert_eq!(changed(&mut cluster).await, members(&["10.0.0.2:4317"]));
}

/// Scenario: lines that are no events. Guarantee: the list stays, and all slices are read again after a pause.
#[tokio::test]
async fn what_is_no_event_changes_nothing() {
    for line in
        ["{}\n", "nonsense\n", "{\"type\": \"MODIFIED\", \"object\": []}\n", "{\"type\": \"ERROR\", \"object\": {}}\n"]
    {
        let mut cluster = cluster().await;
        cluster.list(vec![slice("a", &["10.0.0.1"])]).await;
        changed(&mut cluster).await;
        let before = suite::answers(&cluster.watch);
        cluster.events.take().expect("a watch").send(line.to_owned()).await.expect("the server runs");
        suite::answered(&cluster.watch, before).await;
        assert_eq!(cluster.watch.members(), members(&["10.0.0.1:4317"]));
        cluster.list(vec![slice("a", &["10.0.0.2"])]).await;
        assert_eq!(changed(&mut cluster).await, members(&["10.0.0.2:4317"]));
    }
}

/// Scenario: the token of the service account is replaced. Guarantee: each request has the one that is there.
#[tokio::test]
async fn the_token_is_read_anew() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    let heads = Arc::<Mutex<Vec<String>>>::default();
    let seen = Arc::clone(&heads);
    let server = HttpServer::start(move |asked| {
        seen.lock().expect("heads").push(asked.head);
        Reply::Whole(200, String::new())
    })
    .await;
    let access = Access::to(&server.url(), Some(file.path().to_owned()));
    for token in ["first", "second\n"] {
        std::fs::write(file.path(), token).expect("a token");
        access.get("/").await.expect("an answer");
    }
    let heads = heads.lock().expect("heads");
    assert!(heads[0].contains("authorization: bearer first") && heads[1].contains("authorization: bearer second"));
}

/// The Collector's rules for names of services.
#[test]
fn names_of_services() {
    let service = |name: &str, namespace: Option<&str>| {
        Ok(Service { name: name.into(), namespace: namespace.map(str::to_owned) })
    };
    assert_eq!(Service::parse("lb"), service("lb", None));
    assert_eq!(Service::parse("lb."), service("lb", None));
    assert_eq!(Service::parse("lb.ns"), service("lb", Some("ns")));
    assert_eq!(Service::parse("lb.ns.svc.cluster.local"), service("lb", Some("ns")));
    for wrong in
        ["", ".ns", "lb.ns.svc", "lb.ns.svc.", "lb.ns.pod.cluster.local", "lb..svc.cluster.local", "lb/x", "lb.n&s"]
    {
        assert!(Service::parse(wrong).is_err(), "{wrong}");
    }
}
