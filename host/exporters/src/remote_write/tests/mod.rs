mod encode;
mod expansion;
mod lanes;
mod placement;
mod repeats;
mod sent;
mod split;
mod zeros;
