//! Requests in parts, so that one bad sample does not cost the good ones around it.
//!
//! A part is made of time series as they stand in the whole. A sample that comes again with the same time and value is the
//! same sample to a receiver; only one that is older than what has been stored of its series meanwhile is refused again.

use std::hash::BuildHasher as _;
use std::ops::Range;

use bytes::Bytes;
use delivery::Pieces;
use foldhash::quality::FixedState;

use super::feedback::KnownPart;
use super::request::{Contents, WriteRequest};
use super::truthful::repeated::without_zeros;
use otlp::wire::{Fields, Malformed};

/// `WriteRequest.timeseries`.
const TIMESERIES: u32 = 1;

/// `TimeSeries.labels`.
const LABELS: u32 = 1;

/// `TimeSeries.samples`.
const SAMPLES: u32 = 2;

/// Any number but those of other hashes of labels.
const SEED: u64 = 2;

/// Time series of a request, not compressed, one after another.
#[derive(Debug, Clone)]
pub struct SeriesPieces {
    bytes: Bytes,
    /// Where each begins, and how many samples stand before it; at the end, those of the whole.
    begins: Vec<(usize, usize)>,
    contents: Contents,
    known: Option<KnownPart>,
}

impl SeriesPieces {
    /// The time series of a request in Snappy's block format; none if it is not one of ours.
    #[must_use]
    pub fn read(body: &[u8], contents: Contents) -> Option<Self> {
        Self::of(Bytes::from(snap::raw::Decoder::new().decompress_vec(body).ok()?), contents).ok()
    }

    fn of(bytes: Bytes, contents: Contents) -> Result<Self, Malformed> {
        let mut begins = Vec::with_capacity(contents.series + 1);
        let (mut begin, mut count) = (0, 0);
        let mut fields = Fields::of(&bytes);
        while let Some(field) = fields.next()? {
            if field.number == TIMESERIES {
                let series = field.bytes()?;
                begins.push((begin, count));
                begin = series.as_ptr_range().end.addr() - bytes.as_ptr().addr();
                count += samples(series)?;
            }
        }
        begins.push((begin, count));
        Ok(Self { bytes, begins, contents, known: None })
    }

    /// The same, of which this is known.
    #[must_use]
    pub fn known_as(self, known: Option<KnownPart>) -> Self {
        Self { known, ..self }
    }

    /// The bytes of some of them.
    fn slice(&self, pieces: Range<usize>) -> Bytes {
        self.bytes.slice(self.begins[pieces.start].0..self.begins[pieces.end].0)
    }
}

impl Pieces for SeriesPieces {
    type Item = WriteRequest;

    fn count(&self) -> usize {
        self.begins.len() - 1
    }

    fn bytes(&self) -> usize {
        self.bytes.len() + self.begins.len() * size_of::<(usize, usize)>()
    }

    fn item(&self, pieces: Range<usize>) -> WriteRequest {
        let contents = self.contents.part(pieces.len(), self.points(pieces.clone()));
        let known = self.known.as_ref().map(|known| known.from(pieces.start));
        // Only more than 4 GiB fail, and the whole request was less.
        let body = snap::raw::Encoder::new().compress_vec(&self.slice(pieces)).unwrap_or_default();
        WriteRequest { known, ..WriteRequest::new(body.into(), contents) }
    }

    fn points(&self, pieces: Range<usize>) -> usize {
        self.begins[pieces.end].1 - self.begins[pieces.start].1
    }

    /// A hash of its labels, the same in all requests.
    fn key(&self, piece: usize) -> u64 {
        FixedState::with_seed(SEED).hash_one(labels(&self.slice(piece..piece + 1)).unwrap_or_default())
    }

    fn single(&self, piece: usize) -> Self {
        let bytes = Bytes::copy_from_slice(&self.slice(piece..piece + 1));
        let samples = self.points(piece..piece + 1);
        let begins = vec![(0, 0), (bytes.len(), samples)];
        Self {
            bytes,
            begins,
            contents: self.contents.part(1, samples),
            known: self.known.as_ref().map(|known| known.from(piece)),
        }
    }

    /// A first total behind its zeros.
    fn witness(&self, among: Range<usize>) -> Option<usize> {
        let mut among = among;
        among.find(|piece| self.points(*piece..piece + 1) > 1)
    }

    fn omit_repeated(&mut self, among: Range<usize>) {
        let Ok(without) = without_zeros(&self.slice(among.clone())) else { return };
        let (begin, end) = (self.begins[among.start].0, self.begins[among.end].0);
        let all = [&self.bytes[..begin], &without, &self.bytes[end..]].concat();
        if let Ok(pieces) = Self::of(all.into(), self.contents) {
            let contents = self.contents.part(pieces.count(), pieces.points(0..pieces.count()));
            *self = Self { contents, known: self.known.take(), ..pieces };
        }
    }

    fn join(parts: Vec<Self>) -> Option<Self> {
        let contents = parts.first()?.contents;
        let all: Vec<u8> = parts.iter().flat_map(|part| part.bytes.iter().copied()).collect();
        let (series, samples) = parts
            .iter()
            .fold((0, 0), |(series, samples), part| (series + part.contents.series, samples + part.contents.samples));
        let known = KnownPart::join(parts.iter().map(|part| (part.known.as_ref(), part.count())));
        Some(Self::of(all.into(), contents.part(series, samples)).ok()?.known_as(known))
    }
}

fn samples(series: &[u8]) -> Result<usize, Malformed> {
    let mut samples = 0;
    let mut fields = Fields::of(series);
    while let Some(field) = fields.next()? {
        samples += usize::from(field.number == SAMPLES);
    }
    Ok(samples)
}

/// The labels of a time series that stands in a request, encoded.
fn labels(request: &[u8]) -> Option<&[u8]> {
    let series = Fields::of(request).next().ok()??.bytes().ok()?;
    let mut end = 0;
    let mut fields = Fields::of(series);
    while let Some(field) = fields.next().ok()?.filter(|field| field.number == LABELS) {
        end = field.bytes().ok()?.as_ptr_range().end.addr() - series.as_ptr().addr();
    }
    Some(&series[..end])
}
