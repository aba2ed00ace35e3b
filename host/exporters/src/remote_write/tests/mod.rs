mod encode;
mod expansion;
mod lanes;
mod pieces;
mod placement;
mod renew;
mod verdict;
