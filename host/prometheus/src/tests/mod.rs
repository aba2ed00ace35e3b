//! Expected values are those of `prometheus/otlptranslator` 1.0.0 and of the Collector's exporter (0.161 and 0.164.1), run
//! or in their own tests; where the two label rules differ both are listed.

mod classic;
mod families;
mod labels;
mod names;
mod series;
mod targets;
