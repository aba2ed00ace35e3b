//! Conditions, right and wrong.

mod hostile;
mod meaning;
mod mistakes;
mod words;
