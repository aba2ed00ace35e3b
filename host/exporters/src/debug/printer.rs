//! Writes text to a stream that may be slow, on a thread of its own.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread;

use tokio::sync::oneshot;

/// Texts that wait to be written; each is a batch, some hundred KB at most.
const WAITING: usize = 64;

/// Where text goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Target {
    /// Standard error, where the host's log goes too.
    #[default]
    Errors,
    /// Standard output.
    Output,
}

/// Hands text to the thread that writes it, and leaves out what comes faster than it is read. Cheap to clone; when the
/// last clone has gone, the thread writes what waits and ends.
#[derive(Debug, Clone)]
pub struct Printer {
    queue: SyncSender<String>,
    lost: Arc<AtomicU64>,
}

impl Printer {
    /// Starts the thread; the receiver is told when it has ended.
    ///
    /// # Errors
    /// If the system has no more threads.
    pub fn start(target: Target) -> io::Result<(Self, oneshot::Receiver<()>)> {
        let (queue, texts) = mpsc::sync_channel(WAITING);
        let (ended, end) = oneshot::channel();
        thread::Builder::new().name("debug".into()).spawn(move || {
            write_all(target, &texts);
            ended.send(()).ok();
        })?;
        Ok((Self { queue, lost: Arc::default() }, end))
    }

    /// Hands over a text; drops it if too many wait.
    pub fn print(&self, text: String) {
        if self.queue.try_send(text).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How many texts were dropped.
    #[must_use]
    pub fn lost(&self) -> &Arc<AtomicU64> {
        &self.lost
    }
}

fn write_all(target: Target, texts: &Receiver<String>) {
    for text in texts {
        // Whoever read it has gone.
        let _ = match target {
            Target::Errors => io::stderr().lock().write_all(text.as_bytes()),
            Target::Output => io::stdout().lock().write_all(text.as_bytes()),
        };
    }
}
