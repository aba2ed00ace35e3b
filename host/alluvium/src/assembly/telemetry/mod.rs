//! `service.telemetry`: the host's own metrics and logs.

mod block;

pub use block::Keys;

use ::telemetry::settings::Telemetry;

use super::listeners::Address;
use block::{Level, Metrics, PORT, PrometheusReader};
use config::address::Listen;
use config::node::Node;
use config::place::Place;
use config::report::Report;
use config::schema::{Declared as _, Site, Written};

/// Where the block stands.
const PATH: &str = "service.telemetry";

/// Where the block of the host's own metrics stands.
const METRICS: &str = "service.telemetry.metrics";

/// Where the port of their page stands in it.
const READER_PORT: &str = "readers.0.pull.exporter.prometheus.port";

/// Reads the block, which may be missing; the address is that of the host's own metrics. There is none where the block
/// is wrong.
pub fn read(block: Option<&Node>, report: &mut Report) -> (Telemetry, Option<Address>) {
    let site = block.map(|node| Site { node, path: PATH });
    let read = site.map_or(Some(Keys::default()), |site| Keys::read(site, report));
    let written = site.and_then(|site| Written::new(site).within("metrics"));
    let own = read.as_ref().and_then(|keys| address(&keys.metrics, written.as_ref()));
    let keys = read.unwrap_or_default();
    let metrics = own.as_ref().map(|own| own.listen.to_string());
    (Telemetry { metrics, level: keys.logs.level, encoding: keys.logs.encoding }, own)
}

fn address(metrics: &Metrics, written: Option<&Written<'_>>) -> Option<Address> {
    if metrics.level == Level::Off {
        return None;
    }
    let Some(readers) = &metrics.readers else {
        return Some(Address { path: METRICS.into(), place: Place::default(), listen: Listen::localhost(PORT) });
    };
    let prometheus = readers.first()?.pull.as_ref()?.exporter.prometheus.as_ref()?;
    let place = written.map_or(Place::default(), |written| written.place(READER_PORT));
    Some(Address { path: format!("{METRICS}.{READER_PORT}"), place, listen: listen(prometheus)? })
}

fn listen(PrometheusReader { host, port }: &PrometheusReader) -> Option<Listen> {
    let host = if host.contains(':') { format!("[{}]", host.trim_matches(['[', ']'])) } else { host.clone() };
    Listen::parse(&format!("{host}:{port}"), PORT).ok().map(Listen::with_host)
}
