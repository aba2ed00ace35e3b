//! The messages of an `ExportMetricsServiceRequest` as tables (opentelemetry-proto 1.9): what a field is called in
//! JSON, its number, and what it holds.

/// A message.
#[derive(Debug)]
pub struct Message {
    pub fields: &'static [Field],
}

/// A field of a message.
#[derive(Debug)]
pub struct Field {
    /// In lowerCamelCase, as JSON has it.
    pub name: &'static str,
    pub number: u32,
    pub kind: Kind,
    pub place: Place,
}

/// What a field holds.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    One(Scalar),
    Packed(Scalar),
    Message(&'static Message),
    Messages(&'static Message),
}

/// Whether a field stands for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Own,
    /// One of the message's `oneof`; no message here has two.
    Choice,
}

/// What stands between the commas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scalar {
    Text,
    Bool,
    /// In base64.
    Bytes,
    /// Bytes in hexadecimal: OTLP's own rule for the ids of traces and spans.
    Id,
    Int32,
    Int64,
    Uint32,
    Uint64,
    Sint32,
    Fixed64,
    Sfixed64,
    Double,
    Temporality,
}

/// The values of `AggregationTemporality`, by number.
pub const TEMPORALITIES: [&str; 3] =
    ["AGGREGATION_TEMPORALITY_UNSPECIFIED", "AGGREGATION_TEMPORALITY_DELTA", "AGGREGATION_TEMPORALITY_CUMULATIVE"];

const fn one(name: &'static str, number: u32, scalar: Scalar) -> Field {
    Field { name, number, kind: Kind::One(scalar), place: Place::Own }
}

const fn packed(name: &'static str, number: u32, scalar: Scalar) -> Field {
    Field { name, number, kind: Kind::Packed(scalar), place: Place::Own }
}

const fn message(name: &'static str, number: u32, message: &'static Message) -> Field {
    Field { name, number, kind: Kind::Message(message), place: Place::Own }
}

const fn messages(name: &'static str, number: u32, message: &'static Message) -> Field {
    Field { name, number, kind: Kind::Messages(message), place: Place::Own }
}

const fn choice(name: &'static str, number: u32, kind: Kind) -> Field {
    Field { name, number, kind, place: Place::Choice }
}

pub static REQUEST: Message = Message { fields: &[messages("resourceMetrics", 1, &RESOURCE_METRICS)] };

static RESOURCE_METRICS: Message = Message {
    fields: &[
        message("resource", 1, &RESOURCE),
        messages("scopeMetrics", 2, &SCOPE_METRICS),
        one("schemaUrl", 3, Scalar::Text),
    ],
};

static RESOURCE: Message =
    Message { fields: &[messages("attributes", 1, &KEY_VALUE), one("droppedAttributesCount", 2, Scalar::Uint32)] };

static SCOPE_METRICS: Message = Message {
    fields: &[message("scope", 1, &SCOPE), messages("metrics", 2, &METRIC), one("schemaUrl", 3, Scalar::Text)],
};

static SCOPE: Message = Message {
    fields: &[
        one("name", 1, Scalar::Text),
        one("version", 2, Scalar::Text),
        messages("attributes", 3, &KEY_VALUE),
        one("droppedAttributesCount", 4, Scalar::Uint32),
    ],
};

static METRIC: Message = Message {
    fields: &[
        one("name", 1, Scalar::Text),
        one("description", 2, Scalar::Text),
        one("unit", 3, Scalar::Text),
        choice("gauge", 5, Kind::Message(&GAUGE)),
        choice("sum", 7, Kind::Message(&SUM)),
        choice("histogram", 9, Kind::Message(&HISTOGRAM)),
        choice("exponentialHistogram", 10, Kind::Message(&EXPONENTIAL_HISTOGRAM)),
        choice("summary", 11, Kind::Message(&SUMMARY)),
        messages("metadata", 12, &KEY_VALUE),
    ],
};

static GAUGE: Message = Message { fields: &[messages("dataPoints", 1, &NUMBER_POINT)] };

static SUM: Message = Message {
    fields: &[
        messages("dataPoints", 1, &NUMBER_POINT),
        one("aggregationTemporality", 2, Scalar::Temporality),
        one("isMonotonic", 3, Scalar::Bool),
    ],
};

static HISTOGRAM: Message = Message {
    fields: &[messages("dataPoints", 1, &HISTOGRAM_POINT), one("aggregationTemporality", 2, Scalar::Temporality)],
};

static EXPONENTIAL_HISTOGRAM: Message = Message {
    fields: &[messages("dataPoints", 1, &EXPONENTIAL_POINT), one("aggregationTemporality", 2, Scalar::Temporality)],
};

static SUMMARY: Message = Message { fields: &[messages("dataPoints", 1, &SUMMARY_POINT)] };

static NUMBER_POINT: Message = Message {
    fields: &[
        one("startTimeUnixNano", 2, Scalar::Fixed64),
        one("timeUnixNano", 3, Scalar::Fixed64),
        choice("asDouble", 4, Kind::One(Scalar::Double)),
        messages("exemplars", 5, &EXEMPLAR),
        choice("asInt", 6, Kind::One(Scalar::Sfixed64)),
        messages("attributes", 7, &KEY_VALUE),
        one("flags", 8, Scalar::Uint32),
    ],
};

static HISTOGRAM_POINT: Message = Message {
    fields: &[
        one("startTimeUnixNano", 2, Scalar::Fixed64),
        one("timeUnixNano", 3, Scalar::Fixed64),
        one("count", 4, Scalar::Fixed64),
        one("sum", 5, Scalar::Double),
        packed("bucketCounts", 6, Scalar::Fixed64),
        packed("explicitBounds", 7, Scalar::Double),
        messages("exemplars", 8, &EXEMPLAR),
        messages("attributes", 9, &KEY_VALUE),
        one("flags", 10, Scalar::Uint32),
        one("min", 11, Scalar::Double),
        one("max", 12, Scalar::Double),
    ],
};

static EXPONENTIAL_POINT: Message = Message {
    fields: &[
        messages("attributes", 1, &KEY_VALUE),
        one("startTimeUnixNano", 2, Scalar::Fixed64),
        one("timeUnixNano", 3, Scalar::Fixed64),
        one("count", 4, Scalar::Fixed64),
        one("sum", 5, Scalar::Double),
        one("scale", 6, Scalar::Sint32),
        one("zeroCount", 7, Scalar::Fixed64),
        message("positive", 8, &BUCKETS),
        message("negative", 9, &BUCKETS),
        one("flags", 10, Scalar::Uint32),
        messages("exemplars", 11, &EXEMPLAR),
        one("min", 12, Scalar::Double),
        one("max", 13, Scalar::Double),
        one("zeroThreshold", 14, Scalar::Double),
    ],
};

static BUCKETS: Message =
    Message { fields: &[one("offset", 1, Scalar::Sint32), packed("bucketCounts", 2, Scalar::Uint64)] };

static SUMMARY_POINT: Message = Message {
    fields: &[
        one("startTimeUnixNano", 2, Scalar::Fixed64),
        one("timeUnixNano", 3, Scalar::Fixed64),
        one("count", 4, Scalar::Fixed64),
        one("sum", 5, Scalar::Double),
        messages("quantileValues", 6, &QUANTILE),
        messages("attributes", 7, &KEY_VALUE),
        one("flags", 8, Scalar::Uint32),
    ],
};

static QUANTILE: Message = Message { fields: &[one("quantile", 1, Scalar::Double), one("value", 2, Scalar::Double)] };

static EXEMPLAR: Message = Message {
    fields: &[
        one("timeUnixNano", 2, Scalar::Fixed64),
        choice("asDouble", 3, Kind::One(Scalar::Double)),
        one("spanId", 4, Scalar::Id),
        one("traceId", 5, Scalar::Id),
        choice("asInt", 6, Kind::One(Scalar::Sfixed64)),
        messages("filteredAttributes", 7, &KEY_VALUE),
    ],
};

static KEY_VALUE: Message = Message {
    fields: &[one("key", 1, Scalar::Text), message("value", 2, &ANY_VALUE), one("keyStrindex", 3, Scalar::Int32)],
};

static ANY_VALUE: Message = Message {
    fields: &[
        choice("stringValue", 1, Kind::One(Scalar::Text)),
        choice("boolValue", 2, Kind::One(Scalar::Bool)),
        choice("intValue", 3, Kind::One(Scalar::Int64)),
        choice("doubleValue", 4, Kind::One(Scalar::Double)),
        choice("arrayValue", 5, Kind::Message(&ARRAY)),
        choice("kvlistValue", 6, Kind::Message(&MAP)),
        choice("bytesValue", 7, Kind::One(Scalar::Bytes)),
        choice("stringValueStrindex", 8, Kind::One(Scalar::Int32)),
    ],
};

static ARRAY: Message = Message { fields: &[messages("values", 1, &ANY_VALUE)] };

static MAP: Message = Message { fields: &[messages("values", 1, &KEY_VALUE)] };
