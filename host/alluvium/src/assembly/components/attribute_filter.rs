//! `processors.attribute_filter`: rules that the guest reads itself.

use super::guest;
use crate::build::GuestSettings;
use config::block::Block;
use config::report::Report;
use wasm::ATTRIBUTE_FILTER;

pub fn read(id: &str, block: Block<'_>, report: &mut Report) -> GuestSettings {
    guest::read(id, block, ATTRIBUTE_FILTER, |block, _| guest::as_written(block), report)
}
