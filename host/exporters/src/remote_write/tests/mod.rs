mod encode;
mod expansion;
mod lanes;
mod placement;
mod sent;
mod split;
mod zeros;
