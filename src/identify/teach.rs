//! What the user says something is, looked up: from a number or an id to an identity.

use super::AnswerCache;
use super::chain::Identifier;
use super::clue::Id;
use super::follow::{Around, Step, in_series, own_label};
use super::identity::{HeldReason, Identity, MovieId, SeriesId};
use super::release_name::{Reading, ReadingKind};
use super::resolve::Wanted;
use super::subject::{self, Subject};

/// What the user says something is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// Which title.
    pub title: TitleWord,
    /// The season, if it was said.
    pub season: Option<u32>,
    /// The episodes, if they were said, in order.
    pub episodes: Vec<u32>,
}

/// Which title the user means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TitleWord {
    /// This movie.
    Movie(MovieId),
    /// This series.
    Series(SeriesId),
    /// What has this number on TMDB; movies and series are numbered apart.
    Tmdb(u64),
    /// What has this id at IMDb: `tt` and digits.
    Imdb(String),
    /// What has this number at TVDB.
    Tvdb(u64),
}

/// What the user's word means.
#[derive(Debug, Clone, PartialEq)]
pub struct Meant {
    /// What it is.
    pub identity: Identity,
    /// A name to show for it.
    pub label: String,
    /// Whether the season or the episodes are what the name says.
    pub by_name: bool,
    /// Why it may be wrong all the same.
    pub doubt: Option<Doubt>,
}

/// Why an identity that the user gave may be wrong.
#[derive(Debug, Clone, PartialEq)]
pub enum Doubt {
    /// TMDB was asked and has no such thing.
    NotThere,
    /// TMDB could not be asked.
    NotAsked(HeldReason),
}

/// A word that means nothing yet.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum WordError {
    /// A number that may be a movie's or a series'.
    #[error("{0} may be a movie or a series: they are numbered apart on TMDB")]
    MovieOrSeries(u64),
    /// A series without numbers, and the name has none.
    #[error("its name does not say which episode it is")]
    NoNumbers,
    /// Episodes of a series that has not one season alone, and nothing says which.
    #[error("nothing says of which season that is")]
    NoSeason,
    /// Numbers that run through the series lead nowhere, or to two places.
    #[error("number {0} of its name has no clear place in that series")]
    NoPlace(u32),
    /// A season or an episode of a movie.
    #[error("a movie has no season and no episode")]
    NumbersOfMovie,
    /// Another catalogue's id that TMDB does not know.
    #[error("TMDB knows nothing with the id {0}")]
    Unknown(String),
    /// TMDB must be asked and cannot.
    #[error("TMDB has to be asked what that is, and cannot be")]
    CannotAsk(HeldReason),
}

/// Where episodes are.
enum Placed {
    At(Identity, String),
    /// At one of these places, if any are named.
    OneOf(Vec<Identity>),
    Nowhere,
    NotAsked(HeldReason),
}

impl<C: AnswerCache> Identifier<C> {
    /// What `word` says that `subject` is. Season and episodes that it leaves out are taken from the name; whether it
    /// exists is looked up.
    ///
    /// # Errors
    /// When that is no whole identity.
    pub async fn meant(&self, word: &Word, subject: Subject<'_>) -> Result<Meant, WordError> {
        let readings = subject::readings(subject.media).1;
        let reading = readings.iter().find(|reading| reading.kind == ReadingKind::Episode);
        let reading = reading.or(readings.first());
        let path = subject.media.location.path();
        let around = Around { path, reading, duration: subject.duration };
        match &word.title {
            TitleWord::Movie(tmdb) => self.movie_meant(*tmdb, word, around).await,
            TitleWord::Series(tmdb) => self.series_meant(*tmdb, word, around).await,
            TitleWord::Tmdb(number) => {
                let counted = word.season.is_some() || !word.episodes.is_empty();
                let named =
                    reading.is_some_and(|reading| reading.kind == ReadingKind::Episode && reading.certain);
                if counted || named {
                    self.series_meant(SeriesId(*number), word, around).await
                } else {
                    Err(WordError::MovieOrSeries(*number))
                }
            }
            TitleWord::Imdb(id) => self.found_meant(Id::Imdb(id.clone()), id, word, around).await,
            TitleWord::Tvdb(id) => self.found_meant(Id::Tvdb(*id), &format!("tvdb:{id}"), word, around).await,
        }
    }

    async fn movie_meant(&self, tmdb: MovieId, word: &Word, around: Around<'_>) -> Result<Meant, WordError> {
        if word.season.is_some() || !word.episodes.is_empty() {
            return Err(WordError::NumbersOfMovie);
        }
        let (label, doubt) = match self.client.session().movie(tmdb.0).await {
            Ok(Some(details)) => {
                let year = details.year().map(|year| format!(" ({year})")).unwrap_or_default();
                (Some(format!("{}{year}", details.title)), None)
            }
            Ok(None) => (None, Some(Doubt::NotThere)),
            Err(error) => (None, Some(Doubt::NotAsked(error.into()))),
        };
        let label = label.unwrap_or_else(|| own_label(around));
        Ok(Meant { identity: Identity::Movie { tmdb }, label, by_name: false, doubt })
    }

    async fn series_meant(
        &self,
        tmdb: SeriesId,
        word: &Word,
        around: Around<'_>,
    ) -> Result<Meant, WordError> {
        let named = around.reading.filter(|reading| reading.kind == ReadingKind::Episode);
        let by_name = word.season.is_none() || word.episodes.is_empty();
        let mut season = word.season.or_else(|| named.and_then(|reading| reading.season));
        let by_name = by_name && (season.is_some() || word.episodes.is_empty());
        if season.is_none() && !word.episodes.is_empty() {
            season = Some(self.only_season(tmdb).await?);
        }
        let mut episodes = word.episodes.clone();
        if episodes.is_empty() {
            episodes = named.map_or_else(Vec::new, |reading: &Reading| reading.numbers().to_vec());
        }
        let Some(&first) = episodes.first() else { return Err(WordError::NoNumbers) };
        let placed = self.placed(tmdb, season, episodes.clone(), around).await;
        let said = season.map(|season| Identity::Episodes { tmdb, season, episodes });
        let (identity, label, doubt) = match (placed, said) {
            (Placed::At(identity, label), None) => (identity, Some(label), None),
            // What the name says may be counted otherwise there; what the user said counts as it stands.
            (Placed::At(identity, label), Some(_)) if by_name => (identity, Some(label), None),
            (Placed::At(identity, label), Some(said)) => {
                let doubt = (identity != said).then_some(Doubt::NotThere);
                (said, Some(label), doubt)
            }
            (Placed::OneOf(places), Some(said)) => {
                let doubt = (!places.contains(&said)).then_some(Doubt::NotThere);
                (said, None, doubt)
            }
            (Placed::OneOf(_) | Placed::Nowhere, None) => return Err(WordError::NoPlace(first)),
            (Placed::Nowhere, Some(said)) => (said, None, Some(Doubt::NotThere)),
            (Placed::NotAsked(reason), Some(said)) => (said, None, Some(Doubt::NotAsked(reason))),
            (Placed::NotAsked(reason), None) => return Err(WordError::CannotAsk(reason)),
        };
        let label = match label {
            Some(label) => label,
            None => {
                let known = self.client.session().series(tmdb.0).await.ok().flatten();
                known.map_or_else(|| own_label(around), |details| details.title)
            }
        };
        Ok(Meant { identity, label, by_name, doubt })
    }

    /// The one season of a series that has no other beside its specials.
    async fn only_season(&self, tmdb: SeriesId) -> Result<u32, WordError> {
        let series = self.client.session().series(tmdb.0).await;
        let series = series.map_err(|error| WordError::CannotAsk(HeldReason::from(error)))?;
        let seasons = series.map(|series| series.seasons).unwrap_or_default();
        let mut numbers = seasons.iter().map(|season| season.season_number).filter(|&number| number > 0);
        match (numbers.next(), numbers.next()) {
            (Some(only), None) => Ok(only),
            _ => Err(WordError::NoSeason),
        }
    }

    /// Where TMDB has these episodes; without a season their numbers run through the series.
    async fn placed(
        &self,
        tmdb: SeriesId,
        season: Option<u32>,
        episodes: Vec<u32>,
        around: Around<'_>,
    ) -> Placed {
        let wanted = match season {
            Some(season) => Wanted { season: Some(season), episodes, ..Wanted::default() },
            None => Wanted::running(episodes),
        };
        match in_series(&self.client.session(), tmdb.0, &wanted, around).await {
            Ok(Step::Found(found)) => Placed::At(found.identity, found.label),
            Ok(Step::Hold(stop) | Step::Pass(stop)) => match stop.reason {
                reason @ (HeldReason::NoToken | HeldReason::LookupFailed { .. }) => Placed::NotAsked(reason),
                HeldReason::Ambiguous { candidates } => {
                    Placed::OneOf(candidates.into_iter().map(|candidate| candidate.identity).collect())
                }
                HeldReason::Unreadable | HeldReason::NotFound => Placed::Nowhere,
            },
            Err(error) => Placed::NotAsked(error.into()),
        }
    }

    /// By way of what TMDB knows another catalogue's id as.
    async fn found_meant(
        &self,
        id: Id,
        shown: &str,
        word: &Word,
        around: Around<'_>,
    ) -> Result<Meant, WordError> {
        let found = self
            .client
            .session()
            .find(&id)
            .await
            .map_err(|error| WordError::CannotAsk(HeldReason::from(error)))?;
        if let Some(series) = found.tv_results.first() {
            return self.series_meant(SeriesId(series.id), word, around).await;
        }
        if let Some(movie) = found.movie_results.first() {
            return self.movie_meant(MovieId(movie.id), word, around).await;
        }
        let Some(episode) = found.tv_episode_results.first() else {
            return Err(WordError::Unknown(shown.to_owned()));
        };
        let its = Word {
            title: TitleWord::Series(SeriesId(episode.show_id)),
            season: word.season.or(Some(episode.season_number)),
            episodes: match word.episodes.is_empty() {
                true => vec![episode.episode_number],
                false => word.episodes.clone(),
            },
        };
        self.series_meant(SeriesId(episode.show_id), &its, around).await
    }
}
