//! The header of a metric: its message without the data points. It is read once, however many points there are.

use super::attributes;
use super::unknown::Unknown;
use super::wire::{Fault, Fields, Malformed};
use model::Kind;

/// What a `Metric` message says beside its points.
pub(super) struct Header<'a> {
    pub(super) name: &'a str,
    pub(super) description: &'a str,
    pub(super) unit: &'a str,
    /// The data message, if there is one.
    pub(super) data: Option<(Kind, &'a [u8])>,
    /// The bytes before the data field and those behind it.
    pub(super) around: (&'a [u8], &'a [u8]),
}

impl<'a> Header<'a> {
    #[inline]
    pub(super) fn read(message: &'a [u8], unknown: &mut Unknown) -> Result<Self, Malformed> {
        let mut header = Self { name: "", description: "", unit: "", data: None, around: (message, &[]) };
        let mut fields = Fields::of(message);
        while let Some(field) = fields.next()? {
            let kind = match field.number {
                1 => {
                    header.name = field.text()?;
                    continue;
                }
                2 => {
                    header.description = field.text()?;
                    continue;
                }
                3 => {
                    header.unit = field.text()?;
                    continue;
                }
                12 => {
                    attributes::read(field.bytes()?)?;
                    continue;
                }
                5 => Kind::Gauge,
                7 => Kind::Sum,
                9 => Kind::Histogram,
                10 => Kind::ExponentialHistogram,
                11 => Kind::Summary,
                _ => {
                    unknown.add(&field)?;
                    continue;
                }
            };
            if header.data.is_some() {
                return Err(field.fault(Fault::Split));
            }
            header.data = Some((kind, field.bytes()?));
            header.around = field.around(message);
        }
        Ok(header)
    }
}
