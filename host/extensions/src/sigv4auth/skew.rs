//! How wrong the clock of this machine is, as servers say: a signature is good for five minutes of their time.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clock::UnixNanos;
use http::header::DATE;
use http::{HeaderMap, Uri};

/// Less is the time that an answer takes, and the second that a `Date` is rounded to.
const NOTICEABLE: u64 = 60;

/// Nobody's clock is this wrong, and certificates would have run out: the server's is.
const IMPLAUSIBLE: u64 = 30 * 24 * 3_600;

/// What is known of the clock.
#[derive(Debug, Default)]
pub struct Skew {
    /// Seconds by which servers are ahead of this machine.
    seconds: AtomicI64,
    warned: AtomicBool,
}

impl Skew {
    /// Learns from the headers of an answer that came at `now`. Only a server that has proved who it is may say what time
    /// it is: one that is asked over TLS.
    pub fn learn(&self, id: &str, uri: &Uri, headers: &HeaderMap, now: UnixNanos) {
        let Some(date) = headers.get(DATE).and_then(|date| date.to_str().ok()) else { return };
        let Some(theirs) = httpdate::parse_http_date(date).ok() else { return };
        if uri.scheme_str() != Some("https") {
            return;
        }
        let seconds = |time: Duration| time.as_secs().cast_signed();
        let theirs = theirs.duration_since(UNIX_EPOCH).map_or(0, seconds);
        let ahead = theirs - seconds(Duration::from_nanos(now.0));
        if ahead.unsigned_abs() > IMPLAUSIBLE {
            return;
        }
        self.seconds.store(ahead, Ordering::Relaxed);
        if ahead.unsigned_abs() > NOTICEABLE && !self.warned.swap(true, Ordering::Relaxed) {
            let extension = id;
            tracing::warn!(
                extension,
                seconds = -ahead,
                "the clock of this machine is ahead of the server's, or behind; requests are signed for the server's time"
            );
        }
    }

    /// Seconds by which servers are ahead of this machine.
    #[must_use]
    pub fn seconds(&self) -> i64 {
        self.seconds.load(Ordering::Relaxed)
    }

    /// The time that a request of `now` is signed for.
    #[must_use]
    pub fn corrected(&self, now: UnixNanos) -> SystemTime {
        let own = UNIX_EPOCH + Duration::from_nanos(now.0);
        let seconds = self.seconds();
        let by = Duration::from_secs(seconds.unsigned_abs());
        match by.as_secs() > NOTICEABLE {
            true if seconds > 0 => own + by,
            true => own.checked_sub(by).unwrap_or(UNIX_EPOCH),
            false => own,
        }
    }
}
