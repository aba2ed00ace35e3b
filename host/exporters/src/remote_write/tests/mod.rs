mod encode;
mod expansion;
mod lanes;
mod split;
