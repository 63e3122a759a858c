//! From readings to an identity by asking TMDB: searches, candidates, their episodes, their scores, a verdict.

mod by_date;
mod candidates;
mod episode_names;
mod groups;
mod memory;
mod numbering;
mod queries;
mod resolver;
mod running;
mod score;
mod verdict;
mod wanted;

pub(crate) use candidates::titled;
pub(crate) use memory::{
    Remembered, file_key, remember_file, remember_series, remembered_file, remembered_series,
};
pub(crate) use numbering::{Place, places};
pub(crate) use resolver::{Known, resolve};
pub(crate) use score::runtime;
pub(crate) use verdict::Verdict;
pub(crate) use wanted::Wanted;
