//! Guests, tried out before anything starts.

use std::sync::Arc;

use super::{BuildError, GuestSettings, Host};
use model::Needs;
use pipeline::drops::{BUILT_IN, Drops, Reason};
use pipeline::population::Population;
use processors::guest::Processor;
use wasm::{Module, Source};

/// Loads and configures the guests once, which shows whether they will work, and lays out all drop reasons.
pub(super) fn load(guests: &[GuestSettings], host: &Host) -> Result<(Vec<Processor>, Drops), BuildError> {
    let mut processors = Vec::new();
    let mut errors = Vec::new();
    let mut reasons: Vec<(Arc<str>, String)> = Vec::new();
    for guest in guests {
        let (id, module, needs) = match try_out(guest, host) {
            Ok(parts) => parts,
            Err(error) => {
                errors.push(error);
                continue;
            }
        };
        let limit_reason = Reason((BUILT_IN.len() + reasons.len()) as u16);
        reasons.push((Arc::clone(&id), "limit".into()));
        reasons.extend(needs.drop_reasons.iter().map(|reason| (Arc::clone(&id), reason.clone())));
        processors.push(Processor {
            id,
            module,
            settings: Arc::from(&*guest.settings),
            population: Arc::new(Population::new(needs.max_streams)),
            needs: Arc::new(needs),
            health: Arc::default(),
            limit_reason,
        });
    }
    match errors.pop() {
        None => Ok((processors, Drops::new(reasons))),
        Some(error) if errors.is_empty() => Err(error),
        Some(error) => {
            errors.push(error);
            Err(BuildError::Several(errors))
        }
    }
}

fn try_out(guest: &GuestSettings, host: &Host) -> Result<(Arc<str>, Module, Needs), BuildError> {
    let source = match &guest.module {
        Some(path) => Source::File(path.clone()),
        None => Source::Embedded(guest.embedded),
    };
    let id: Arc<str> = Arc::from(&*guest.id);
    let module = Module::load(&host.engine, &source, host.limits)
        .map_err(|error| BuildError::Load { id: guest.id.clone(), error })?;
    let (_, needs) = module
        .instantiate(&id, &guest.settings, &host.clock)
        .map_err(|error| BuildError::Configure { id: guest.id.clone(), error })?;
    Ok((id, module, needs))
}
