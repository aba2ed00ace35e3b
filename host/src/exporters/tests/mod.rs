mod debug;
mod prometheus;
mod series;
