mod encode;
mod expansion;
mod split;
