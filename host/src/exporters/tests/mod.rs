mod classic;
mod debug;
mod families;
mod prometheus;
mod series;
