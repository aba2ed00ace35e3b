//! What exporters have in common that hand on requests: how batches are compressed ([`compression`]) and sent ([`body`])
//! over the connection of a lane ([`transport`]), who sends them ([`authentication`]), what an answer says ([`answer`]), the keys
//! of queue and retries ([`keys`]), and the component itself ([`running`]).

pub mod answer;
pub mod authentication;
pub mod body;
pub mod compression;
pub mod connector;
pub mod keys;
pub mod metrics;
pub mod running;
pub mod sending;
pub mod transport;

#[cfg(test)]
mod tests;
