//! A row of the registry: a kind of component, in the section of a configuration that it belongs into.

use std::sync::Arc;

use config::report::Report;
use config::schema::{Schema, Site};

use crate::{exporter, extension, forwarder, processor, receiver};

/// What a component does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// Takes data in.
    Receivers,
    /// Changes data.
    Processors,
    /// Sends data on.
    Exporters,
    /// Stands beside the data.
    Extensions,
}

/// All of them, in the order of the data.
pub const SECTIONS: [Section; 4] = [Section::Receivers, Section::Processors, Section::Exporters, Section::Extensions];

/// A kind of component.
#[derive(Debug, Clone, Copy)]
pub enum Row {
    /// A receiver.
    Receiver(&'static receiver::Kind),
    /// A processor.
    Processor(&'static processor::Kind),
    /// An exporter.
    Exporter(&'static exporter::Kind),
    /// An exporter that hands on requests as they came.
    Forwarder(&'static forwarder::Kind),
    /// An extension.
    Extension(&'static extension::Kind),
}

/// A component, as meant.
#[derive(Debug, Clone, PartialEq)]
pub enum Component {
    /// A receiver.
    Receiver(Arc<dyn receiver::Settings>),
    /// A processor.
    Processor(processor::Settings),
    /// An exporter.
    Exporter(Arc<dyn exporter::Settings>),
    /// An exporter that hands on requests as they came.
    Forwarder(Arc<dyn forwarder::Settings>),
    /// An extension.
    Extension(Arc<dyn extension::Settings>),
}

impl Section {
    /// The section's key.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Receivers => "receivers",
            Self::Processors => "processors",
            Self::Exporters => "exporters",
            Self::Extensions => "extensions",
        }
    }

    /// One of its components.
    #[must_use]
    pub fn noun(self) -> &'static str {
        self.key().trim_end_matches('s')
    }
}

impl Row {
    /// Where it is configured.
    #[must_use]
    pub fn section(self) -> Section {
        match self {
            Self::Receiver(_) => Section::Receivers,
            Self::Processor(_) => Section::Processors,
            Self::Exporter(_) | Self::Forwarder(_) => Section::Exporters,
            Self::Extension(_) => Section::Extensions,
        }
    }

    /// See [`crate::kind::Kind::names`].
    #[must_use]
    pub fn names(self) -> &'static [&'static str] {
        match self {
            Self::Receiver(kind) => kind.names,
            Self::Processor(kind) => kind.names,
            Self::Exporter(kind) => kind.names,
            Self::Forwarder(kind) => kind.names,
            Self::Extension(kind) => kind.names,
        }
    }

    /// See [`crate::kind::Kind::summary`].
    #[must_use]
    pub fn summary(self) -> &'static str {
        match self {
            Self::Receiver(kind) => kind.summary,
            Self::Processor(kind) => kind.summary,
            Self::Exporter(kind) => kind.summary,
            Self::Forwarder(kind) => kind.summary,
            Self::Extension(kind) => kind.summary,
        }
    }

    /// See [`crate::kind::Kind::example`].
    #[must_use]
    pub fn example(self) -> &'static str {
        match self {
            Self::Receiver(kind) => kind.example,
            Self::Processor(kind) => kind.example,
            Self::Exporter(kind) => kind.example,
            Self::Forwarder(kind) => kind.example,
            Self::Extension(kind) => kind.example,
        }
    }

    /// See [`crate::kind::Kind::page`].
    #[must_use]
    pub fn page(self) -> &'static str {
        match self {
            Self::Receiver(kind) => kind.page,
            Self::Processor(kind) => kind.page,
            Self::Exporter(kind) => kind.page,
            Self::Forwarder(kind) => kind.page,
            Self::Extension(kind) => kind.page,
        }
    }

    /// See [`crate::kind::Kind::schema`].
    #[must_use]
    pub fn schema(self) -> &'static Schema {
        match self {
            Self::Receiver(kind) => (kind.schema)(),
            Self::Processor(kind) => (kind.schema)(),
            Self::Exporter(kind) => (kind.schema)(),
            Self::Forwarder(kind) => (kind.schema)(),
            Self::Extension(kind) => (kind.schema)(),
        }
    }

    /// See [`crate::kind::Kind::read`].
    pub fn read(self, id: &str, site: Site<'_>, report: &mut Report) -> Option<Component> {
        match self {
            Self::Receiver(kind) => (kind.read)(id, site, report).map(Component::Receiver),
            Self::Processor(kind) => (kind.read)(id, site, report).map(Component::Processor),
            Self::Exporter(kind) => (kind.read)(id, site, report).map(Component::Exporter),
            Self::Forwarder(kind) => (kind.read)(id, site, report).map(Component::Forwarder),
            Self::Extension(kind) => (kind.read)(id, site, report).map(Component::Extension),
        }
    }
}
