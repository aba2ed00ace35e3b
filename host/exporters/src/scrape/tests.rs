//! What a page shows, so that `increase()` over its scrapes is what was counted while it was scraped.

use std::collections::HashMap;

use opentelemetry_proto::tonic::metrics::v1::NumberDataPoint;
use prost::Message as _;

use crate::scrape::{Scraped, ScrapedLabels};
use clock::{Moment, MonotonicNanos, UnixNanos};
use model::MetricTraits;
use model::Origin::{self, Accumulated, PassedThrough};
use model::{CUMULATIVE, Kind, NO_RECORDED_VALUE, Number};
use pipeline::batch::{Batch, NewPoint};
use pipeline::output::{Label as _, Output as _};
use pipeline::shard::outside::Live;
use prometheus::exposition::Visitor::{self, Person, Scraper};
use prometheus::labels::Labelling;
use prometheus::targets::Registry;
use streams::dedup::PointFingerprint;
use streams::describe::{Descriptions, MetricTexts, Places, WireDescription};
use streams::{InputStream, OutputStream};

const SECOND: u64 = 1_000_000_000;

/// So many seconds after the beginning.
fn at(second: u64) -> UnixNanos {
    UnixNanos((1_790_000_000 + second) * SECOND)
}

/// A page with the counter `n_total`.
struct Page(Scraped);

impl Page {
    fn of(origin: Origin) -> Self {
        let mut descriptions = Descriptions::default();
        let metric = MetricTexts { name: b"n", ..MetricTexts::default() };
        let point = NumberDataPoint::default().encode_to_vec();
        let traits = MetricTraits { kind: Kind::Sum, temporality: CUMULATIVE, monotonic: true };
        let places = Places::default();
        let written = WireDescription { places, resource: &[], scope: &[], metric, traits, point: &point };
        let stream = descriptions.take(&written).expect("a description");
        let mut page = Scraped::new(&Labelling::default(), Registry::default(), 0);
        let view = descriptions.view(stream);
        let labels = ScrapedLabels::new(&Labelling::default()).label(view).expect("it has a name");
        page.describe(OutputStream(0), view, origin, &labels).expect("it is taken in");
        Self(page)
    }

    fn write_flagged(&mut self, second: u64, value: u64, flags: u32) {
        let mut batch = Batch::default();
        let (start, time) = (at(0), at(second));
        let code = Number::Int as u8;
        let fingerprint = PointFingerprint::new(start, time, code, value, time);
        batch.push(NewPoint {
            output: OutputStream(0),
            slot: None,
            input: InputStream(0),
            job: 0,
            fingerprint,
            code,
            start,
            time,
            value,
            flags,
        });
        let now = Moment { wall: at(second), monotonic: MonotonicNanos(second * SECOND) };
        self.0.write(&batch, now, &mut Live);
    }

    fn write(&mut self, second: u64, value: u64) {
        self.write_flagged(second, value, 0);
    }

    fn show(&mut self, visitor: Visitor, second: u64) -> Option<f64> {
        let mut lines = Vec::new();
        self.0.scrape(visitor, at(second), &mut lines, &mut HashMap::new());
        let value = |line: &str| line.trim_end().rsplit(' ').next().and_then(|value| value.parse().ok());
        lines.iter().find(|line| line.text.starts_with("n_total")).and_then(|line| value(&line.text))
    }
}

/// A counter that begins here shows zero to Prometheus once, then its value.
#[test]
fn what_begins_here_shows_zero_first() {
    let mut page = Page::of(Accumulated);
    assert_eq!(page.show(Scraper, 0), None);
    page.write(1, 5);
    assert_eq!(page.show(Scraper, 60), Some(0.0));
    assert_eq!(page.show(Scraper, 120), Some(5.0));
}

/// A counter whose totals are made elsewhere is older than its first point here: its value is shown at once, also after
/// a gap.
#[test]
fn what_began_elsewhere_shows_its_value() {
    let mut page = Page::of(PassedThrough);
    page.write(1, 1_000_000);
    assert_eq!(page.show(Scraper, 2), Some(1_000_000.0));
    page.write_flagged(3, 0, NO_RECORDED_VALUE);
    assert_eq!(page.show(Scraper, 4), None);
    page.write(5, 1_000_001);
    assert_eq!(page.show(Scraper, 6), Some(1_000_001.0));
}

/// After its end a counter made here begins anew.
#[test]
fn a_new_run_shows_zero_first() {
    let mut page = Page::of(Accumulated);
    page.write(1, 5);
    assert_eq!((page.show(Scraper, 2), page.show(Scraper, 3)), (Some(0.0), Some(5.0)));
    page.write_flagged(4, 0, NO_RECORDED_VALUE);
    assert_eq!(page.show(Scraper, 5), None);
    page.write(6, 2);
    assert_eq!((page.show(Scraper, 7), page.show(Scraper, 8)), (Some(0.0), Some(2.0)));
}

/// A late point, or a late end, of a counter from elsewhere changes nothing: a page that falls would be read as a reset.
#[test]
fn late_points_do_not_show() {
    let mut page = Page::of(PassedThrough);
    page.write(10, 100);
    page.write(5, 90);
    page.write_flagged(6, 0, NO_RECORDED_VALUE);
    assert_eq!(page.show(Scraper, 11), Some(100.0));
}

/// A person's look takes no zero away from a Prometheus that has yet to come; the person finds the value after a few
/// seconds, or at the second look.
#[test]
fn a_look_takes_no_zero_away() {
    let mut page = Page::of(Accumulated);
    page.write(1, 5);
    assert_eq!((page.show(Person, 2), page.show(Person, 3)), (Some(0.0), Some(5.0)));
    assert_eq!((page.show(Scraper, 4), page.show(Scraper, 5)), (Some(0.0), Some(5.0)));
    let mut page = Page::of(Accumulated);
    page.write(1, 5);
    assert_eq!(page.show(Person, 30), Some(5.0));
    assert_eq!(page.show(Scraper, 31), Some(0.0));
}
