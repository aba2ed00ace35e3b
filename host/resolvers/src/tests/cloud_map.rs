//! The resolver `aws_cloud_map` against a server that answers as AWS' documents say ("DiscoverInstances").

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_credential_types::Credentials;
use clock::{Clock, Hand, UnixNanos};
use component::authenticator::Pending;
use extensions::sigv4auth::credentials::source::{Failure, Source};
use serde_json::{Value, json};

use super::http_server::{Asked, HttpServer, Reply};
use super::suite::{self, Said, World, changed, members};
use crate::block::Health;
use crate::cloud_map::discover::{CloudMap, Question};
use crate::http::Client;
use crate::polling::Polling;
use crate::{Resolver, Watch};

const INTERVAL: Duration = Duration::from_secs(30);

/// 2025-08-05, so that a signature's day is known.
const NOW: UnixNanos = UnixNanos(1_754_400_000_000_000_000);

/// Credentials with a number, another one each time.
struct Numbered(AtomicU64);

impl Source for Numbered {
    fn fetch(&self) -> Pending<'_, Result<Credentials, Failure>> {
        let number = self.0.fetch_add(1, Ordering::Relaxed);
        Box::pin(async move { Ok(Credentials::new(format!("key{number}"), "secret", None, None, "test")) })
    }
}

type Answers = Arc<Mutex<(u16, String)>>;

struct Map {
    answers: Answers,
    asked: Arc<Mutex<Vec<Asked>>>,
    hand: Hand,
    watch: Watch,
}

impl Map {
    async fn start(port: Option<u16>) -> Self {
        Self::answering(port, error("InternalFailure")).await
    }

    async fn answering(port: Option<u16>, first: (u16, String)) -> Self {
        let (answers, asked) = (Arc::new(Mutex::new(first)), Arc::<Mutex<Vec<Asked>>>::default());
        let (of_server, seen) = (Arc::clone(&answers), Arc::clone(&asked));
        let server = HttpServer::start(move |asked| {
            let expired = asked.head.contains("credential=key0/") && of_server.lock().expect("answers").1.is_empty();
            seen.lock().expect("questions").push(asked);
            if expired {
                return Reply::Whole(400, error("ExpiredTokenException").1);
            }
            let (status, body) = of_server.lock().expect("answers").clone();
            let body = if body.is_empty() { instances(&[]) } else { body };
            Reply::Whole(status, body)
        })
        .await;
        let question = Question {
            namespace: "example.internal".into(),
            service: "workers".into(),
            health: Health::HealthyOrElseAll,
            owner: Some("123456789012".into()),
            port,
            region: Some("eu-central-1".into()),
            endpoint: Some(server.url().parse().expect("an address")),
        };
        let (clock, hand) = Clock::manual(NOW);
        let source = Box::new(Numbered(AtomicU64::new(0)));
        let client = Client::of_the_system().expect("certificates");
        let lookup = CloudMap::new("load_balancing", question, client, source, clock.clone());
        let timeout = Duration::from_secs(3600);
        let polling: Box<dyn Resolver> = Box::new(Polling { lookup, interval: INTERVAL, timeout, clock });
        let watch = polling.watch();
        suite::answered(&watch, 0).await;
        Self { answers, asked, hand, watch }
    }

    async fn answer(&mut self, answer: (u16, String)) {
        let before = suite::answers(&self.watch);
        *self.answers.lock().expect("answers") = answer;
        self.hand.advance(INTERVAL);
        suite::answered(&self.watch, before).await;
    }
}

impl World for Map {
    async fn say(&mut self, said: Said) {
        let answer = match said {
            Said::Addresses(addresses) => {
                let instance = |address: &String| {
                    let key = if address.contains(':') { "AWS_INSTANCE_IPV6" } else { "AWS_INSTANCE_IPV4" };
                    json!({ key: address, "AWS_INSTANCE_PORT": "4317" })
                };
                (200, instances(&addresses.iter().map(instance).collect::<Vec<_>>()))
            }
            Said::Nothing => (200, instances(&[])),
            Said::Error => error("ServiceNotFound"),
        };
        self.answer(answer).await;
    }

    fn watch(&mut self) -> &mut Watch {
        &mut self.watch
    }
}

/// An answer with instances of these attributes.
fn instances(attributes: &[Value]) -> String {
    let instance = |(number, attributes): (usize, &Value)| {
        json!({
            "InstanceId": format!("task-{number}"), "NamespaceName": "example.internal", "ServiceName": "workers",
            "HealthStatus": "HEALTHY", "Attributes": attributes,
        })
    };
    let instances: Vec<Value> = attributes.iter().enumerate().map(instance).collect();
    json!({ "Instances": instances, "InstancesRevision": 7 }).to_string()
}

fn error(kind: &str) -> (u16, String) {
    (400, json!({ "__type": kind, "message": "as it is" }).to_string())
}

#[tokio::test]
async fn what_is_not_news_is_not_told() {
    suite::what_is_not_news_is_not_told(&mut Map::start(None).await).await;
}

#[tokio::test]
async fn a_server_that_comes_late_is_found() {
    suite::a_server_that_comes_late_is_found(&mut Map::start(None).await).await;
}

#[tokio::test]
async fn addresses_of_version_6_are_members() {
    suite::addresses_of_version_6_are_members(&mut Map::start(None).await).await;
}

/// Guarantee: the question is the one of the documents, for all instances that there can be, and signed for the service.
#[tokio::test]
async fn the_question_is_signed_and_asks_for_all() {
    let map = Map::start(None).await;
    let asked = map.asked.lock().expect("questions").first().expect("a question").clone();
    assert_eq!(asked.line, "POST / HTTP/1.1");
    assert!(asked.head.contains("x-amz-target: route53autonaming_v20170314.discoverinstances"));
    assert!(asked.head.contains("content-type: application/x-amz-json-1.1"));
    let scope = "authorization: aws4-hmac-sha256 credential=key0/20250805/eu-central-1/servicediscovery/aws4_request,";
    assert!(asked.head.contains(scope), "{}", asked.head);
    let expected = json!({
        "NamespaceName": "example.internal", "ServiceName": "workers", "HealthStatus": "HEALTHY_OR_ELSE_ALL",
        "MaxResults": 1000, "OwnerAccount": "123456789012",
    });
    assert_eq!(serde_json::from_str::<Value>(&asked.body).expect("JSON"), expected);
}

/// Scenario: instances with and without a port, with a name in place of an address, and with neither. Guarantee: each has its
/// own port, or the one that is configured.
#[tokio::test]
async fn ports_are_those_of_the_instances() {
    let attributes = [
        json!({ "AWS_INSTANCE_IPV4": "10.0.0.1", "AWS_INSTANCE_PORT": "5317", "AVAILABILITY_ZONE": "eu-central-1a" }),
        json!({ "AWS_INSTANCE_IPV4": "10.0.0.2" }),
        json!({ "AWS_INSTANCE_CNAME": "worker.example", "AWS_INSTANCE_PORT": "1" }),
        json!({ "AWS_INSTANCE_PORT": "4317" }),
        json!({ "AWS_INSTANCE_IPV4": "not an address" }),
    ];
    let mut map = Map::start(None).await;
    map.answer((200, instances(&attributes))).await;
    assert_eq!(changed(&mut map).await, members(&["10.0.0.1:5317", "10.0.0.2", "worker.example:1"]));
    let mut map = Map::start(Some(4317)).await;
    map.answer((200, instances(&attributes))).await;
    assert_eq!(changed(&mut map).await, members(&["10.0.0.1:4317", "10.0.0.2:4317", "worker.example:4317"]));
}

/// Scenario: a member is missing from one answer. Guarantee: it leaves; Cloud Map says all of them.
#[tokio::test]
async fn a_member_leaves_with_the_first_answer_without_it() {
    let mut map = Map::start(None).await;
    map.say(Said::addresses(&["10.0.0.1", "10.0.0.2"])).await;
    changed(&mut map).await;
    map.say(Said::addresses(&["10.0.0.2"])).await;
    assert_eq!(changed(&mut map).await, members(&["10.0.0.2:4317"]));
}

/// Scenario: too many questions. Guarantee: the next one is late, and the list stays.
#[tokio::test]
async fn too_many_questions_make_the_next_one_late() {
    let mut map = Map::start(None).await;
    map.say(Said::addresses(&["10.0.0.1"])).await;
    changed(&mut map).await;
    map.answer(error("RequestLimitExceeded")).await;
    let before = suite::answers(&map.watch);
    map.hand.advance(INTERVAL - Duration::from_millis(1));
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
    assert_eq!(suite::answers(&map.watch), before);
    map.hand.advance(INTERVAL + Duration::from_millis(1));
    suite::answered(&map.watch, before).await;
    assert_eq!(map.watch.members(), members(&["10.0.0.1:4317"]));
}

/// Scenario: credentials have run out before they said so. Guarantee: the question is asked again at once with others.
#[tokio::test]
async fn credentials_that_are_refused_are_replaced() {
    let map = Map::answering(None, (200, String::new())).await;
    let asked = map.asked.lock().expect("questions").clone();
    let keys: Vec<bool> = asked.iter().map(|asked| asked.head.contains("credential=key1/")).collect();
    assert_eq!(keys, [false, true]);
}

/// Scenario: answers that are none. Guarantee: an error, and the list stays.
#[tokio::test]
async fn what_is_no_answer_changes_nothing() {
    let mut map = Map::start(None).await;
    map.say(Said::addresses(&["10.0.0.1"])).await;
    changed(&mut map).await;
    for body in
        ["[]", "{\"Instances\": 7}", "<html>", "{\"Instances\": [{\"Attributes\": {\"AWS_INSTANCE_IPV4\": 1}}]}"]
    {
        map.answer((200, body.to_owned())).await;
        assert_eq!(map.watch.members(), members(&["10.0.0.1:4317"]));
    }
}
