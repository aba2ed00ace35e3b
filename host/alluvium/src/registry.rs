//! The components of this build, a line each. Nothing else in the host names one.

use component::row::Row;

/// All components, in the order of the data.
pub static REGISTRY: &[Row] = &[
    Row::Receiver(&receivers::otlp::KIND),
    Row::Receiver(&receivers::nop::KIND),
    Row::Processor(&processors::memory_limiter::KIND),
    Row::Processor(&processors::batch::KIND),
    Row::Processor(&processors::resource_detection::KIND),
    Row::Processor(&processors::attribute_filter::KIND),
    Row::Processor(&processors::attributes::KIND),
    Row::Processor(&processors::resource::KIND),
    Row::Processor(&processors::filter::KIND),
    Row::Processor(&processors::delta_to_cumulative::KIND),
    Row::Processor(&processors::wasm::KIND),
    Row::Exporter(&exporters::remote_write::KIND),
    Row::Forwarder(&exporters::otlp_grpc::KIND),
    Row::Forwarder(&exporters::otlp_http::KIND),
    Row::Forwarder(&exporters::load_balancing::KIND),
    Row::Exporter(&exporters::scrape::KIND),
    Row::Exporter(&exporters::debug::KIND),
    Row::Exporter(&exporters::nop::KIND),
    Row::Extension(&extensions::health_check::KIND),
    Row::Extension(&extensions::sigv4auth::KIND),
    Row::Extension(&extensions::pprof::KIND),
    Row::Extension(&extensions::zpages::KIND),
];
