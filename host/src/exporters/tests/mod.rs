mod prometheus;
mod series;
