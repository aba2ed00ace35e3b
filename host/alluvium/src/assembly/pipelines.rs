//! `service.pipelines`: from ids to pipelines, as meant.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::authenticators::Authenticators;
use super::components::{Components, Configured, Naming};
use super::doubts;
use super::id;
use super::listeners::{Address, Listeners};
use super::signals::{self, LeftOut};
use crate::build::{IN_FLIGHT_BYTES, Settings};
use component::endpoint::Endpoint;
use component::exporter::Batching;
use component::extension;
use component::processor;
use component::receiver;
use component::row::{Component, Section};
use config::block::{At, Block};
use config::guess::{guess, nearest};
use config::node::{Key, Node};
use config::quote::shown;
use config::report::Report;
use streams::table::STAGES;

/// A pipeline with the receivers that feed it. One that feeds several pipelines is the same in all of them.
pub type Fed = (Settings, Vec<Arc<dyn receiver::Settings>>);

/// An extension that runs, and its id.
pub type Running = (String, Arc<dyn extension::Settings>);

/// Puts pipelines together.
pub struct Assembly<'a> {
    /// The whole configuration, for places.
    root: &'a Node,
    components: &'a Components,
    left_out: &'a LeftOut,
    /// The first pipeline that uses a component, as messages name it.
    users: BTreeMap<(Section, String), String>,
    listeners: Listeners,
    /// The extensions that run.
    running: BTreeSet<String>,
}

/// A component in a pipeline's list.
struct Listed<'a> {
    id: At<String>,
    /// None if its block is wrong.
    component: Option<&'a Component>,
    /// Another pipeline that has it already.
    other: Option<String>,
}

impl<'a> Assembly<'a> {
    /// Nothing yet. `listeners` has the addresses that belong to no pipeline.
    pub fn new(root: &'a Node, components: &'a Components, left_out: &'a LeftOut, listeners: Listeners) -> Self {
        Self { root, components, left_out, users: BTreeMap::new(), listeners, running: BTreeSet::new() }
    }

    /// Reads all pipelines, and the list of extensions.
    pub fn read(mut self, service: &mut Block<'_>, report: &mut Report) -> (Vec<Fed>, Vec<Running>) {
        const HELP: &str = "write pipelines: {metrics: {receivers: [...], exporters: [...]}}";
        let mut read = Vec::new();
        let extensions = self.extensions(service, report);
        service.demand("pipelines", HELP, report);
        let siblings = ["pipelines", "telemetry", "extensions"];
        let pipelines = service.main_block("pipelines", &siblings, report);
        if let Some(pipelines) = pipelines {
            if service.lacks("pipelines") && pipelines.entries().next().is_none() {
                let message = "service must have at least one pipeline";
                report.error(pipelines.place(), "service.pipelines", message, HELP);
            }
            for (key, node) in pipelines.entries() {
                if self.left_out.has_pipeline(&key.text) {
                    continue;
                }
                let path = pipelines.path_of(&key.text);
                read.extend(self.pipeline(key, node, &path, report));
            }
            let mut pipelines_here = pipelines.entries().peekable();
            if pipelines_here.peek().is_some() && pipelines_here.all(|(key, _)| self.left_out.has_pipeline(&key.text)) {
                let message = "no pipeline of metrics is here, and all others are ignored";
                report.error(pipelines.place(), "service.pipelines", message, HELP);
            }
            pipelines.leave();
            // A list that cannot be read uses what nobody knows.
            if !report.has_errors() {
                self.report_unused(report);
            }
        }
        self.listeners.finish(report);
        (read, extensions)
    }

    fn extensions(&mut self, service: &mut Block<'_>, report: &mut Report) -> Vec<Running> {
        let mut extensions = Vec::new();
        for listed in self.listed("service", service, Section::Extensions, report) {
            self.running.insert(listed.id.value.clone());
            let Some(Component::Extension(extension)) = listed.component else { continue };
            self.listen(Section::Extensions, &listed.id.value, extension.endpoints());
            extensions.push((listed.id.value, Arc::clone(extension)));
        }
        extensions
    }

    fn pipeline(&mut self, key: &Key, node: &Node, path: &str, report: &mut Report) -> Option<Fed> {
        let signal = match id::split(&key.text) {
            Ok((signal, _)) => signal,
            Err((message, help)) => {
                let message = if key.expanded.is_some() { format!("{} holds no id", key.shown()) } else { message };
                report.error(key.place, path, message, help);
                // What is in it may be wrong as well.
                "metrics"
            }
        };
        match signal {
            "metrics" => return Some(self.metrics(key, Block::of(node, path, report), report)),
            other if signals::OTHERS.contains(&other) => {
                let help = "run with --metrics-only, which ignores the pipeline and what only it uses; or remove it";
                report.error(key.place, path, format!("this host processes metrics, not {other}"), help);
            }
            _ => {
                let message = format!("unknown signal {}", shown_id(key, &shown(signal)));
                report.error(key.place, path, message, guess(signal, &["metrics"]));
            }
        }
        None
    }

    fn metrics(&mut self, key: &Key, mut block: Block<'_>, report: &mut Report) -> Fed {
        let mut settings = Settings {
            id: key.text.clone(),
            limiter: None,
            stages: Vec::new(),
            exporters: Vec::new(),
            forwarders: Vec::new(),
            shards: 1,
            in_flight_bytes: IN_FLIGHT_BYTES,
        };
        let user = shown_id(key, &key.text);
        let receivers = self.receivers(&user, &mut block, report);
        let batching = self.processors(&user, &mut settings, &mut block, report);
        self.exporters(&user, &mut settings, &mut block, report);
        for exporter in &mut settings.exporters {
            if let Some(batched) = batching.and_then(|batching| exporter.batched(batching)) {
                *exporter = batched;
            }
        }
        for forwarder in &mut settings.forwarders {
            if let Some(batching) = batching {
                *forwarder = forwarder.batched(batching);
            }
        }
        let place = block.has("exporters").unwrap_or(block.place());
        let listed = At { place, value: block.path_of("exporters") };
        block.finish(report);
        // What is wrong may be what is missed.
        if !report.has_errors() {
            doubts::warn(&settings, &listed, report);
        }
        (settings, receivers)
    }

    fn receivers(
        &mut self,
        user: &str,
        block: &mut Block<'_>,
        report: &mut Report,
    ) -> Vec<Arc<dyn receiver::Settings>> {
        let mut receivers = Vec::new();
        for listed in self.listed(user, block, Section::Receivers, report) {
            let receiver = match listed.component {
                Some(Component::Receiver(receiver)) => Some(receiver),
                _ => None,
            };
            // One that feeds several pipelines is one receiver, and listens once.
            if listed.other.is_none() {
                let endpoints = receiver.map(|receiver| receiver.endpoints());
                self.listen(Section::Receivers, &listed.id.value, endpoints.unwrap_or_default());
            }
            receivers.extend(receiver.cloned());
        }
        receivers
    }

    fn processors(
        &mut self,
        user: &str,
        settings: &mut Settings,
        block: &mut Block<'_>,
        report: &mut Report,
    ) -> Option<Batching> {
        let mut batching = None;
        let path = block.path_of("processors");
        for listed in self.listed(user, block, Section::Processors, report) {
            let Some(Component::Processor(processor)) = listed.component else { continue };
            match processor {
                processor::Settings::Limiter(_) if settings.limiter.is_some() => {
                    let message = "a pipeline has one memory_limiter; this is another";
                    report.error(listed.id.place, &path, message, "keep the one with the smaller limit");
                }
                processor::Settings::Limiter(limiter) => settings.limiter = Some(Arc::clone(limiter)),
                processor::Settings::Batching(batch) => {
                    if batching.replace(*batch).is_some() {
                        let message =
                            "a pipeline fills its requests in one way; this batch takes the place of the one before";
                        report.warning(listed.id.place, &path, message, "keep the one that is meant");
                    }
                }
                processor::Settings::Stage(_) if settings.stages.len() == STAGES => {
                    let message = format!("a pipeline has at most {STAGES} guests; this is one more");
                    report.error(listed.id.place, &path, message, "let one guest do the work of several");
                    break;
                }
                processor::Settings::Stage(stage) => settings.stages.push(Arc::clone(stage)),
            }
        }
        batching
    }

    fn exporters(&mut self, user: &str, settings: &mut Settings, block: &mut Block<'_>, report: &mut Report) {
        for listed in self.listed(user, block, Section::Exporters, report) {
            let reference = match listed.component {
                Some(Component::Exporter(exporter)) => exporter.authenticator(),
                Some(Component::Forwarder(forwarder)) => forwarder.authenticator(),
                _ => continue,
            };
            if let Some(reference) = reference.filter(|_| listed.other.is_none()) {
                let Self { root, components, running, .. } = &*self;
                Authenticators { root, components, running }.check(&listed.id.value, &reference, report);
            }
            if let Some(Component::Forwarder(forwarder)) = listed.component {
                if !settings.stages.is_empty() {
                    let message = format!(
                        "{} hands on requests as they came, and can only stand in pipelines without processors that look \
                         at points; memory_limiter and batch are none",
                        listed.id.value
                    );
                    let help = "move the other processors behind the receiver at the other end, or give this exporter a \
                                pipeline of its own";
                    report.error(listed.id.place, &block.path_of("exporters"), message, help);
                }
                settings.forwarders.push(Arc::clone(forwarder));
            }
            let Some(Component::Exporter(exporter)) = listed.component else { continue };
            let endpoints = exporter.endpoints();
            if let Some(other) = listed.other.filter(|_| !endpoints.is_empty()) {
                let message = format!("{} shows the pipeline {other} already", listed.id.value);
                let help = "give this pipeline an exporter of its own, on another port";
                report.error(listed.id.place, &block.path_of("exporters"), message, help);
                continue;
            }
            self.listen(Section::Exporters, &listed.id.value, endpoints);
            settings.exporters.push(Arc::clone(exporter));
        }
    }

    /// Notes where a component listens. An address that is a default stands where its block does.
    fn listen(&mut self, section: Section, id: &str, endpoints: Vec<Endpoint>) {
        for Endpoint { key, listen, .. } in endpoints {
            let path = format!("{}.{id}.{key}", section.key());
            let place = self.root.find(&path).node.place;
            self.listeners.add(Address { path, place, listen });
        }
    }

    /// What `user`, a pipeline or `service`, lists of a section, each once.
    fn listed(&mut self, user: &str, block: &mut Block<'_>, section: Section, report: &mut Report) -> Vec<Listed<'a>> {
        let path = block.path_of(section.key());
        let ids = block.texts(section.key(), report);
        let is_needed = matches!(section, Section::Receivers | Section::Exporters);
        if is_needed && block.lacks(section.key()) && !block.is_misspelt(section.key()) {
            let message = format!("must have at least one {}", section.noun());
            report.error(block.place(), &path, message, format!("write {}: [...]", section.key()));
        }
        let mut listed: Vec<Listed<'_>> = Vec::new();
        for id in ids {
            let Some(Configured { component, .. }) = self.components.get(&(section, id.value.clone())) else {
                let (message, help) = self.unknown(section, &id.value);
                report.error(id.place, &path, message, help);
                continue;
            };
            if let Some(first) = listed.iter().find(|first| first.id.value == id.value) {
                twice(section, &id, &path, report);
                report.beside(first.id.place, "the first is here");
                continue;
            }
            let used = (section, id.value.clone());
            let other = self.users.get(&used).cloned();
            self.users.entry(used).or_insert_with(|| user.to_owned());
            listed.push(Listed { id, component: component.as_ref(), other });
        }
        listed
    }

    /// What to say of an id that its section does not have.
    fn unknown(&self, section: Section, id: &str) -> (String, String) {
        let message = format!("{} is not configured", shown(id));
        let here = self.components.iter().filter(|((other, _), _)| *other == section);
        let named = here.filter(|(_, configured)| configured.naming == Naming::Open);
        let known: Vec<&str> = named.map(|((_, known), _)| known.as_str()).collect();
        let help = if let Some(other) = known.iter().find(|known| id::is_same(section, id, known)) {
            format!("it is configured as {other}; both places must use one spelling")
        } else if let Some(near) = nearest(id, &known) {
            format!("did you mean {near}?")
        } else if known.is_empty() {
            format!("there are no {} in this file; add {}: {{{id}: {{...}}}}", section.key(), section.key())
        } else {
            format!("configured are {}; add it to the section {}", known.join(", "), section.key())
        };
        (message, help)
    }

    /// A component that nobody uses is not started; often somebody forgot to list it.
    fn report_unused(&self, report: &mut Report) {
        for ((section, id), configured) in self.components {
            if configured.component.is_some() && !self.users.contains_key(&(*section, id.clone())) {
                let path = format!("{}.{id}", section.key());
                let (message, list) = match section {
                    Section::Extensions => ("service.extensions does not list it; it will not run", "of service"),
                    _ => ("no pipeline uses it; it will not run", "of a pipeline"),
                };
                let help = format!("list it under {} {list}, or remove it", section.key());
                report.warning(configured.place, &path, message, help);
            }
        }
    }
}

/// An id, or a part of it, as messages name it: one that was looked up is not shown.
fn shown_id(key: &Key, part: &str) -> String {
    if key.expanded.is_some() { key.shown() } else { part.to_owned() }
}

/// The Collector takes receivers and exporters once, and refuses processors.
fn twice(section: Section, id: &At<String>, path: &str, report: &mut Report) {
    let message = format!("{} is listed twice", id.value);
    if section == Section::Processors {
        let help = format!("remove it here; a second one needs a name of its own, such as {}/2", id.value);
        report.error(id.place, path, message, help);
    } else {
        report.warning(id.place, path, message + "; it is used once", "remove it here");
    }
}
