//! Calls of workers; who cannot be connected to is told about.

use std::sync::Arc;

use delivery::{Attempt, Outcome};
use forward::batch::Batch;
use forward::destination::Counts;
use forward::forwarder::Connect;
use tokio::sync::mpsc;

use crate::forwarding::sending::SendError;
use crate::forwarding::transport::TransportError;
use crate::otlp_grpc::client::{CallError, Client};
use crate::otlp_grpc::kind::Calls;

/// Makes clients for the lanes of workers.
pub struct WorkerCalls {
    /// How they are called.
    pub calls: Calls,
    /// Addresses that could not be connected to.
    pub unreachable: mpsc::Sender<Box<str>>,
}

/// The client of a lane to a worker.
pub struct WorkerClient {
    client: Client,
    endpoint: Box<str>,
    unreachable: mpsc::Sender<Box<str>>,
}

impl Connect for WorkerCalls {
    type Client = WorkerClient;

    fn client(&self, endpoint: &str, counts: &Arc<Counts>) -> WorkerClient {
        let client = self.calls.client(endpoint, counts);
        WorkerClient { client, endpoint: endpoint.into(), unreachable: self.unreachable.clone() }
    }
}

impl Attempt for WorkerClient {
    type Item = Batch;
    type Pieces = Batch;
    type Error = CallError;

    async fn attempt(&self, batch: &Batch) -> Outcome<CallError> {
        let outcome = self.client.attempt(batch).await;
        if let Outcome::Failed { error, .. } = &outcome
            && let CallError::Unanswered(SendError::Transport(TransportError::Connect(_))) = error
        {
            // Where nobody listens now, the next attempt will say it again.
            let _ = self.unreachable.try_send(self.endpoint.clone());
        }
        outcome
    }
}
