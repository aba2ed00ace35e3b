//! A name server of a few lines (RFC 1035; SRV: RFC 2782), over UDP.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};

use tokio::net::UdpSocket;
use tokio::sync::mpsc;

const A: u16 = 1;
const AAAA: u16 = 28;
const SRV: u16 = 33;
const SERVFAIL: u8 = 2;

/// What it answers.
#[derive(Debug, Clone, Default)]
pub struct Zone {
    pub addresses: Vec<IpAddr>,
    /// Priority, port and the first label of the target.
    pub services: Vec<(u16, u16, String)>,
    pub ttl: u32,
    pub fails: bool,
    /// Counted up by a test, so that it sees when a question was answered from this zone.
    pub number: u64,
}

pub struct NameServer {
    pub address: SocketAddr,
    zone: Arc<Mutex<Zone>>,
    answered: mpsc::Receiver<(u16, u64)>,
}

impl NameServer {
    pub async fn start() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a port");
        let address = socket.local_addr().expect("an address");
        let zone = Arc::<Mutex<Zone>>::default();
        let (sender, answered) = mpsc::channel(1_000);
        let shared = Arc::clone(&zone);
        tokio::spawn(async move {
            let mut buffer = [0; 512];
            while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
                let zone = shared.lock().expect("a zone").clone();
                let (answer, kind) = answer(&buffer[..length], &zone);
                if socket.send_to(&answer, from).await.is_err() || sender.send((kind, zone.number)).await.is_err() {
                    return;
                }
            }
        });
        Self { address, zone, answered }
    }

    /// Answers from another zone from now on.
    pub fn set(&self, mut zone: Zone) -> u64 {
        let mut current = self.zone.lock().expect("a zone");
        zone.number = current.number + 1;
        *current = zone;
        current.number
    }

    /// Waits until a question of each of these types was answered from zone `number`.
    pub async fn answered(&mut self, kinds: &[u16], number: u64) {
        let mut missing = kinds.to_vec();
        while !missing.is_empty() {
            let (kind, of) = self.answered.recv().await.expect("the server runs");
            if of == number {
                missing.retain(|wanted| *wanted != kind);
            }
        }
    }
}

/// Questions for addresses.
pub const ADDRESSES: [u16; 2] = [A, AAAA];

fn answer(question: &[u8], zone: &Zone) -> (Vec<u8>, u16) {
    let name_end = 12 + question[12..].iter().position(|byte| *byte == 0).expect("a name") + 1;
    let kind = u16::from_be_bytes([question[name_end], question[name_end + 1]]);
    let mut records = Vec::new();
    for address in zone.addresses.iter().filter(|_| !zone.fails) {
        match address {
            IpAddr::V4(address) if kind == A => records.push(address.octets().to_vec()),
            IpAddr::V6(address) if kind == AAAA => records.push(address.octets().to_vec()),
            _ => {}
        }
    }
    for (priority, port, label) in zone.services.iter().filter(|_| kind == SRV && !zone.fails) {
        let mut data = [priority.to_be_bytes(), [0, 1], port.to_be_bytes()].concat();
        data.push(label.len() as u8);
        data.extend(label.as_bytes());
        data.extend(b"\x07example\x00");
        records.push(data);
    }
    let mut answer = question[..2].to_vec();
    // An answer with recursion, desired and to be had; or a failure.
    answer.extend([0x85, if zone.fails { 0x80 | SERVFAIL } else { 0x80 }, 0, 1]);
    answer.extend((records.len() as u16).to_be_bytes());
    answer.extend([0, 0, 0, 0]);
    answer.extend(&question[12..name_end + 4]);
    for record in records {
        // The name of the question.
        answer.extend([0xC0, 12]);
        answer.extend(kind.to_be_bytes());
        answer.extend([0, 1]);
        answer.extend(zone.ttl.to_be_bytes());
        answer.extend((record.len() as u16).to_be_bytes());
        answer.extend(record);
    }
    (answer, kind)
}
