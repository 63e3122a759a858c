//! The questions that are asked of TMDB.

use super::answers::{Details, EpisodeDetails, Found, Hit, OtherTitles, Page};
use super::client::{Client, KEEP, KEEP_BRIEFLY, NoAnswer};
use crate::identify::AnswerCache;
use crate::identify::clue::Id;

impl<C: AnswerCache> Client<C> {
    pub(crate) async fn movie(&self, id: u64) -> Result<Option<Details>, NoAnswer> {
        self.get(&["movie", &id.to_string()], &[], |_| KEEP).await
    }

    /// A series with how many episodes its seasons have, which may be more tomorrow.
    pub(crate) async fn series(&self, id: u64) -> Result<Option<Details>, NoAnswer> {
        self.get(&["tv", &id.to_string()], &[], |_| KEEP_BRIEFLY).await
    }

    pub(crate) async fn episode(
        &self,
        series: u64,
        season: u32,
        episode: u32,
    ) -> Result<Option<EpisodeDetails>, NoAnswer> {
        let (series, season, episode) = (series.to_string(), season.to_string(), episode.to_string());
        self.get(&["tv", &series, "season", &season, "episode", &episode], &[], |_| KEEP).await
    }

    /// What an IMDb or TVDB id is. TMDB's own needs no such look-up and finds nothing.
    pub(crate) async fn find(&self, id: &Id) -> Result<Found, NoAnswer> {
        let (id, source) = match id {
            Id::Tmdb(_) => return Ok(Found::default()),
            Id::Imdb(id) => (id.clone(), "imdb_id"),
            Id::Tvdb(id) => (id.to_string(), "tvdb_id"),
        };
        let keep = |found: &Found| if *found == Found::default() { KEEP_BRIEFLY } else { KEEP };
        Ok(self.get(&["find", &id], &[("external_source", source)], keep).await?.unwrap_or_default())
    }

    /// Movies of this title, first of that year; if none of these has the title itself, of any year.
    pub(crate) async fn search_movies(&self, title: &str, year: Option<u16>) -> Result<Vec<Hit>, NoAnswer> {
        self.search("movie", title, year.map(|year| ("primary_release_year", year))).await
    }

    /// Series of this title, in the same manner.
    pub(crate) async fn search_series(&self, title: &str, year: Option<u16>) -> Result<Vec<Hit>, NoAnswer> {
        self.search("tv", title, year.map(|year| ("first_air_date_year", year))).await
    }

    /// Other titles of a movie (`movie`) or a series (`tv`).
    pub(crate) async fn other_titles(&self, of: &str, id: u64) -> Result<Vec<String>, NoAnswer> {
        let answer: Option<OtherTitles> =
            self.get(&[of, &id.to_string(), "alternative_titles"], &[], |_| KEEP).await?;
        Ok(answer.unwrap_or_default().titles.into_iter().map(|other| other.title).collect())
    }

    async fn search(&self, what: &str, title: &str, year: Option<(&str, u16)>) -> Result<Vec<Hit>, NoAnswer> {
        let mut found = Vec::new();
        if let Some((name, year)) = year {
            found = self.page(what, title, &[(name, &year.to_string())]).await?.results;
            if found.iter().any(|candidate| candidate.likeness(title) >= 1.0) {
                return Ok(found);
            }
        }
        let page = self.page(what, title, &[]).await?;
        let exact = page.results.iter().any(|candidate| candidate.likeness(title) >= 1.0);
        let more = page.total_pages > 1;
        add(&mut found, page.results);
        // TMDB ranks by popularity too: the title itself may come second.
        if more && !exact {
            add(&mut found, self.page(what, title, &[("page", "2")]).await?.results);
        }
        Ok(found)
    }

    async fn page(&self, what: &str, title: &str, further: &[(&str, &str)]) -> Result<Page, NoAnswer> {
        let mut query = vec![("query", title)];
        query.extend(further);
        // That nothing has this title may change tomorrow.
        let keep = |page: &Page| {
            if page.results.iter().any(|candidate| candidate.likeness(title) >= 1.0) {
                KEEP
            } else {
                KEEP_BRIEFLY
            }
        };
        Ok(self.get(&["search", what], &query, keep).await?.unwrap_or_default())
    }
}

fn add(found: &mut Vec<Hit>, more: Vec<Hit>) {
    for candidate in more {
        if found.iter().all(|known| known.id != candidate.id) {
            found.push(candidate);
        }
    }
}
