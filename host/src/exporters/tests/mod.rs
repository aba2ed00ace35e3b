mod classic;
mod debug;
mod prometheus;
mod series;
