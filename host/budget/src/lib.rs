//! Budget, in bytes, that is reserved before work begins: what has been accepted can then no longer be refused.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A bound on bytes held somewhere. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Budget(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    used: AtomicUsize,
    limit: usize,
}

/// Bytes of a budget. They are given back when this is dropped.
#[derive(Debug)]
pub struct Reservation {
    budget: Budget,
    bytes: usize,
    /// The same bytes of other budgets.
    also: Vec<Reservation>,
}

impl Budget {
    /// Budget for `limit` bytes.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self(Arc::new(Inner { used: AtomicUsize::new(0), limit }))
    }

    /// Reserves `bytes`; none if they do not fit. A reservation in an empty budget always fits, so that nothing is refused
    /// for ever.
    #[must_use]
    pub fn reserve(&self, bytes: usize) -> Option<Reservation> {
        self.0
            .used
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
                let after = used.saturating_add(bytes);
                (used == 0 || after <= self.0.limit).then_some(after)
            })
            .ok()?;
        Some(Reservation { budget: self.clone(), bytes, also: Vec::new() })
    }

    /// A reservation of no bytes, which can grow.
    #[must_use]
    pub fn empty_reservation(&self) -> Reservation {
        Reservation { budget: self.clone(), bytes: 0, also: Vec::new() }
    }

    /// Bytes in use.
    #[must_use]
    pub fn used(&self) -> usize {
        self.0.used.load(Ordering::Relaxed)
    }

    /// The bound, bytes.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.0.limit
    }
}

impl Reservation {
    /// This reservation, and from now on the same of the others, which are still empty.
    #[must_use]
    pub fn with(mut self, also: Vec<Self>) -> Self {
        self.also = also;
        self
    }

    /// Reserves `bytes` more; says whether they fit.
    #[must_use]
    pub fn grow(&mut self, bytes: usize) -> bool {
        let Some(mut more) = self.budget.reserve(bytes) else { return false };
        for (index, also) in self.also.iter_mut().enumerate() {
            if !also.grow(bytes) {
                self.also[..index].iter_mut().for_each(|also| also.settle(also.bytes - bytes));
                return false;
            }
        }
        self.bytes += std::mem::take(&mut more.bytes);
        true
    }

    /// Changes the reservation to what is really held, whether it fits or not.
    pub fn settle(&mut self, bytes: usize) {
        let used = &self.budget.0.used;
        if bytes >= self.bytes {
            used.fetch_add(bytes - self.bytes, Ordering::Relaxed);
        } else {
            used.fetch_sub(self.bytes - bytes, Ordering::Relaxed);
        }
        self.bytes = bytes;
        self.also.iter_mut().for_each(|also| also.settle(bytes));
    }

    /// Takes over what `other` has reserved of the same budgets.
    pub fn absorb(&mut self, mut other: Self) {
        self.bytes += std::mem::take(&mut other.bytes);
        for (own, also) in self.also.iter_mut().zip(std::mem::take(&mut other.also)) {
            own.absorb(also);
        }
    }

    /// An empty reservation in the same budgets.
    #[must_use]
    pub fn another(&self) -> Self {
        let also = self.also.iter().map(Self::another).collect();
        Self { budget: self.budget.clone(), bytes: 0, also }
    }

    /// Bytes reserved.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.settle(0);
    }
}
