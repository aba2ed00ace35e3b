mod encode;
mod expansion;
mod lanes;
mod placement;
mod split;
