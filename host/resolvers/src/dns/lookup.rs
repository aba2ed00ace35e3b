//! Look-ups by hickory. Nothing is cached here: how long an answer holds is known from its records, and the next question is
//! a question.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use component::authenticator::Pending;
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, LookupIpStrategy, NameServerConfig, ResolverConfig, ResolverOpts};
use hickory_resolver::lookup::Lookup as Records;
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::rdata::SRV;
use hickory_resolver::proto::rr::{Name, RData, RecordType};
use tokio::task::JoinSet;

use super::block;
use crate::endpoint;
use crate::polling::{Answer, Failure, Lookup};

/// A member leaves that was in none of so many last answers.
const KEPT: u64 = 3;

/// So many addresses are the most that AWS Cloud Map puts into an answer, chosen at random (Route 53, multivalue answers).
const MOST_ANSWERED: usize = 8;

/// Where that many come, the members are those of so many last answers.
const KEPT_OF_MANY: u64 = 10;

/// Why an answer with that many may lack some.
const DOUBT: &str = "the answer has eight addresses, the most that AWS Cloud Map gives: members are those of the last \
                     ten answers; for more than eight workers use the resolver aws_cloud_map";

/// Targets of SRV records whose addresses are looked up, where the answer has them not.
const TARGETS: usize = 256;

/// What to look up.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    pub(crate) hostname: String,
    pub(crate) port: Option<u16>,
    pub(crate) records: block::Records,
}

/// Asks name servers.
pub(crate) struct Dns {
    question: Question,
    resolver: TokioResolver,
}

impl Dns {
    /// Asks these servers, or those of the system if there are none.
    ///
    /// # Errors
    /// If it cannot be said which servers the system has.
    pub(crate) fn new(question: Question, servers: &[SocketAddr], timeout: Duration) -> Result<Self, NetError> {
        let mut builder = if servers.is_empty() {
            TokioResolver::builder_tokio()?
        } else {
            let servers = servers.iter().copied().map(server).collect();
            let config = ResolverConfig::from_parts(None, Vec::new(), servers);
            TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
        };
        let options: &mut ResolverOpts = builder.options_mut();
        options.timeout = timeout;
        options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
        options.cache_size = 0;
        Ok(Self { question, resolver: builder.build()? })
    }

    async fn addresses(&self) -> Result<Answer, Failure> {
        let found = self.resolver.lookup_ip(self.question.hostname.as_str()).await.map_err(failure)?;
        // A set: a record that a server repeats is one.
        let addresses: BTreeSet<IpAddr> = found.iter().collect();
        let members = addresses.iter().map(|address| endpoint::name(*address, self.question.port)).collect();
        let of_version_4 = addresses.iter().filter(|address| address.is_ipv4()).count();
        Ok(answer(members, [of_version_4, addresses.len() - of_version_4], holds(found.as_lookup())))
    }

    async fn services(&self) -> Result<Answer, Failure> {
        let found = self.resolver.lookup(self.question.hostname.as_str(), RecordType::SRV).await.map_err(failure)?;
        let services = || found.answers().iter().filter_map(|record| srv(&record.data));
        // RFC 2782: others are for when none of these can be reached. Weights are left to the ring.
        let priority = services().map(|service| service.priority).min();
        let services: Vec<&SRV> =
            services().filter(|service| Some(service.priority) == priority && !service.target.is_root()).collect();
        let mut members = BTreeSet::new();
        let mut unknown = JoinSet::new();
        for service in &services {
            let known = addresses_of(&found, &service.target);
            if known.is_empty() && unknown.len() < TARGETS {
                let (resolver, target, port) = (self.resolver.clone(), service.target.clone(), service.port);
                unknown.spawn(async move { (resolver.lookup_ip(target).await, port) });
            }
            members.extend(known.into_iter().map(|address| endpoint::name(address, Some(service.port))));
        }
        while let Some(joined) = unknown.join_next().await {
            // One that has no address now is missing from this answer.
            if let Ok((Ok(found), port)) = joined {
                members.extend(found.iter().map(|address| endpoint::name(address, Some(port))));
            }
        }
        Ok(answer(members.into_iter().collect(), [services.len(), 0], holds(&found)))
    }
}

impl Lookup for Dns {
    fn name(&self) -> &'static str {
        "dns"
    }

    fn look_up(&mut self) -> Pending<'_, Result<Answer, Failure>> {
        Box::pin(async {
            // A cache without room may hold on to an answer for a moment.
            self.resolver.clear_cache();
            match self.question.records {
                block::Records::Addresses => self.addresses().await,
                block::Records::Services => self.services().await,
            }
        })
    }
}

/// An answer with so many records of each type.
fn answer(members: Vec<String>, records: [usize; 2], holds: Option<Duration>) -> Answer {
    let is_full = records.contains(&MOST_ANSWERED);
    let (kept, doubt) = if is_full { (KEPT_OF_MANY, Some(DOUBT)) } else { (KEPT, None) };
    Answer { members, kept, doubt, holds }
}

/// A name server, over UDP and, for long answers, TCP.
fn server(address: SocketAddr) -> NameServerConfig {
    let at = |mut connection: ConnectionConfig| {
        connection.port = address.port();
        connection
    };
    NameServerConfig::new(address.ip(), true, vec![at(ConnectionConfig::udp()), at(ConnectionConfig::tcp())])
}

/// For how long an answer says that it holds: its shortest record. One of 0 seconds says nothing.
fn holds(found: &Records) -> Option<Duration> {
    let seconds = found.answers().iter().map(|record| record.ttl).min()?;
    (seconds > 0).then(|| Duration::from_secs(seconds.into()))
}

/// The addresses of a name among the additional records of an answer.
fn addresses_of(found: &Records, name: &Name) -> Vec<IpAddr> {
    let records = found.additionals().iter().filter(|record| record.name == *name);
    records.filter_map(|record| record.data.ip_addr()).collect()
}

fn srv(data: &RData) -> Option<&SRV> {
    match data {
        RData::SRV(service) => Some(service),
        _ => None,
    }
}

fn failure(error: NetError) -> Failure {
    if error.is_no_records_found() { Failure::Empty } else { Failure::Other(error.to_string()) }
}
