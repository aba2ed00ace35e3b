//! The configuration: what it means, and what is said of one that is wrong.

mod attempt;

mod at_once;
mod binary;
mod expansion;
mod hostile;
mod keys;
mod meaning;
mod rendering;
mod service;
mod spellings;
mod values;
mod yaml;
