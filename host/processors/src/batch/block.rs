//! The processor's block: keys and defaults are the Collector's.

use std::time::Duration;

use component::exporter::Batching;
use config::schema::Rules;

/// The Collector's sizes are numbers of 32 bits.
const MOST: u64 = u32::MAX as u64;

config::block! {
    /// When exporters close a request.
    pub struct Keys {
        /// A request is closed when its first sample has waited so long.
        timeout: Duration = duration("200ms"),
        /// It is closed when it has so many samples; 0 closes it at once.
        send_batch_size: u64 = integer(0..=MOST, 8_192),
        /// A request never has more samples. Not smaller than `send_batch_size`; 0 is no limit.
        send_batch_max_size: u64 = integer(0..=MOST, 0),
    }
    no_effect "senders are not told apart" { metadata_cardinality_limit: "1000" }
    refused "remove it; requests are not told apart by what their senders are" { metadata_keys }
    check Keys::check_sizes;
}

impl Keys {
    fn check_sizes(&self, rules: &mut Rules<'_>) {
        const KEY: &str = "send_batch_max_size";
        let (size, most) = (self.send_batch_size, self.send_batch_max_size);
        if most > 0 && most < size {
            let message = format!("must not be smaller than send_batch_size: {most} against {size}");
            let help = format!("write send_batch_size: {most} as well, or less");
            rules.error(KEY, message, help);
            rules.beside("send_batch_size", "the size is here");
        }
    }

    /// What the block means.
    #[must_use]
    pub fn batching(&self) -> Batching {
        let most_samples = Some(self.send_batch_max_size as usize).filter(|most| *most > 0);
        match self.send_batch_size {
            // The Collector then sends on whatever comes, at once.
            0 => Batching { samples: None, most_samples, wait: Duration::ZERO },
            size => Batching { samples: Some(size as usize), most_samples, wait: self.timeout },
        }
    }
}
