//! The resolver `dns` against a name server.

use std::time::Duration;

use clock::{Clock, Hand, UnixNanos};

use super::name_server::{ADDRESSES, NameServer, Zone};
use super::suite::{self, Said, World, changed, members};
use crate::block::Records;
use crate::settings::Settings;
use crate::{Members, Watch};

const INTERVAL: Duration = Duration::from_secs(30);

struct Dns {
    server: NameServer,
    watch: Watch,
    hand: Hand,
}

impl Dns {
    async fn start(records: Records) -> Self {
        let server = NameServer::start().await;
        let settings = Settings::Dns {
            hostname: "workers.example.".into(),
            port: Some(4317),
            interval: INTERVAL,
            timeout: Duration::from_secs(3600),
            records,
            nameservers: vec![server.address],
        };
        server.set(Zone { fails: true, ..Zone::default() });
        let (clock, hand) = Clock::manual(UnixNanos(1));
        let watch = settings.build("load_balancing", &clock).expect("a resolver").watch();
        suite::answered(&watch, 0).await;
        Self { server, watch, hand }
    }

    async fn serve(&mut self, zone: Zone) {
        // No question is under way: the one before was answered, and nobody has let the time pass.
        let before = suite::answers(&self.watch);
        self.server.set(zone);
        self.hand.advance(INTERVAL);
        suite::answered(&self.watch, before).await;
    }

    /// Answers in which all of these are.
    async fn answer(&mut self, addresses: &[&str]) {
        self.say(Said::addresses(addresses)).await;
    }
}

impl World for Dns {
    async fn say(&mut self, said: Said) {
        let zone = match said {
            Said::Addresses(addresses) => {
                let addresses = addresses.iter().map(|address| address.parse().expect("an address")).collect();
                Zone { addresses, ttl: 600, ..Zone::default() }
            }
            Said::Nothing => Zone::default(),
            Said::Error => Zone { fails: true, ..Zone::default() },
        };
        self.serve(zone).await;
    }

    fn watch(&mut self) -> &mut Watch {
        &mut self.watch
    }
}

async fn addresses() -> Dns {
    Dns::start(Records::Addresses).await
}

#[tokio::test]
async fn what_is_not_news_is_not_told() {
    suite::what_is_not_news_is_not_told(&mut addresses().await).await;
}

#[tokio::test]
async fn a_server_that_comes_late_is_found() {
    suite::a_server_that_comes_late_is_found(&mut addresses().await).await;
}

#[tokio::test]
async fn addresses_of_version_6_are_members() {
    suite::addresses_of_version_6_are_members(&mut addresses().await).await;
}

/// Scenario: a member is missing from answers. Guarantee: it stays for two of them, and leaves with the third; one answer
/// with it begins anew.
#[tokio::test]
async fn a_member_leaves_with_the_third_answer_without_it() {
    let mut dns = addresses().await;
    dns.answer(&["10.0.0.1", "10.0.0.2"]).await;
    let both = members(&["10.0.0.1:4317", "10.0.0.2:4317"]);
    assert_eq!(changed(&mut dns).await, both);
    for addresses in [&["10.0.0.1"][..], &["10.0.0.1"], &["10.0.0.1", "10.0.0.2"], &["10.0.0.1"], &["10.0.0.1"]] {
        dns.answer(addresses).await;
        assert_eq!(dns.watch.members(), both);
    }
    dns.answer(&["10.0.0.1", "10.0.0.3"]).await;
    assert_eq!(changed(&mut dns).await, members(&["10.0.0.1:4317", "10.0.0.3:4317"]));
}

/// Scenario: a member that the last answer lacks refuses connections. Guarantee: it leaves at once; one that the answer has
/// stays.
#[tokio::test]
async fn a_missing_member_that_refuses_leaves() {
    let mut dns = addresses().await;
    dns.answer(&["10.0.0.1", "10.0.0.2"]).await;
    changed(&mut dns).await;
    dns.answer(&["10.0.0.1"]).await;
    dns.watch.refused("10.0.0.1:4317");
    dns.watch.refused("10.0.0.2:4317");
    assert_eq!(changed(&mut dns).await, members(&["10.0.0.1:4317"]));
}

/// Scenario: twelve workers, of which each answer has eight. Guarantee: members are those of the last ten answers; when an
/// answer has fewer, those that are missing leave as ever.
#[tokio::test]
async fn eight_addresses_may_not_be_all() {
    let mut dns = addresses().await;
    let all: Vec<String> = (1..=12).map(|number| format!("10.0.0.{number}")).collect();
    let some = |from: usize| -> Vec<&str> { (0..8).map(|index| all[(from + index) % 12].as_str()).collect() };
    dns.answer(&some(0)).await;
    assert_eq!(changed(&mut dns).await.len(), 8);
    dns.answer(&some(4)).await;
    assert_eq!(changed(&mut dns).await.len(), 12);
    // Four are missing from nine answers with the one above, and leave with the tenth.
    for _ in 0..8 {
        dns.answer(&some(4)).await;
        assert_eq!(dns.watch.members().len(), 12);
    }
    let eight: Vec<String> = some(4).iter().map(|address| format!("{address}:4317")).collect();
    dns.answer(&some(4)).await;
    assert_eq!(changed(&mut dns).await, Members::new(eight));
    for _ in 0..3 {
        dns.answer(&["10.0.0.5"]).await;
    }
    assert_eq!(changed(&mut dns).await, members(&["10.0.0.5:4317"]));
}

/// Scenario: records of type SRV, two of a lower priority. Guarantee: the others are members with their own ports.
#[tokio::test]
async fn services_have_their_own_ports() {
    let mut dns = Dns::start(Records::Services).await;
    let services = vec![(1, 4317, "a".to_owned()), (1, 5317, "b".to_owned()), (2, 6317, "c".to_owned())];
    let addresses = vec!["10.0.0.1".parse().expect("an address"), "fd00::1".parse().expect("an address")];
    dns.serve(Zone { services, addresses, ttl: 60, ..Zone::default() }).await;
    let expected = members(&["10.0.0.1:4317", "10.0.0.1:5317", "[fd00::1]:4317", "[fd00::1]:5317"]);
    assert_eq!(changed(&mut dns).await, expected);
}

/// Scenario: an answer holds for ten seconds, the interval is thirty. Guarantee: the next question comes after ten.
#[tokio::test]
async fn an_answer_that_ends_is_asked_for_again() {
    let mut dns = addresses().await;
    let zone =
        |address: &str| Zone { addresses: vec![address.parse().expect("an address")], ttl: 10, ..Zone::default() };
    dns.serve(zone("10.0.0.1")).await;
    changed(&mut dns).await;
    let number = dns.server.set(zone("10.0.0.2"));
    dns.hand.advance(Duration::from_secs(10));
    dns.server.answered(&ADDRESSES, number).await;
}
