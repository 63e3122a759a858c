//! The questions that are asked of TMDB.

use std::time::Duration;

use super::answers::{Details, Found, GroupOrder, Hit, Page, SeasonTable};
use super::client::{KEEP, NoAnswer, Session};
use crate::identify::AnswerCache;
use crate::identify::clue::Id;
use crate::identify::titles::{self, SPELT_ALIKE};

/// How long the tables of seasons are kept, and how many seasons there are.
const KEEP_TABLES: Duration = Duration::from_secs(7 * 24 * 3600);

/// What is told of a series besides itself.
const OF_SERIES: [(&str, &str); 1] =
    [("append_to_response", "alternative_titles,translations,episode_groups")];

/// What a search is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sought {
    Movies,
    Series,
}

impl<C: AnswerCache> Session<'_, C> {
    pub(crate) async fn movie(&self, id: u64) -> Result<Option<Details>, NoAnswer> {
        let further = [("append_to_response", "alternative_titles,translations")];
        self.get(&["movie", &id.to_string()], &further, |_| Some(KEEP)).await
    }

    /// A series with its seasons and its other orders.
    pub(crate) async fn series(&self, id: u64) -> Result<Option<Details>, NoAnswer> {
        self.series_with(id, |_| true).await
    }

    /// The same, looked up anew when what is kept is not `enough`: a season may have begun since.
    pub(crate) async fn series_with(
        &self,
        id: u64,
        enough: impl Fn(&Details) -> bool + Send + Sync,
    ) -> Result<Option<Details>, NoAnswer> {
        let enough = |details: Option<&Details>| details.is_some_and(&enough);
        self.get_grown(&["tv", &id.to_string()], &OF_SERIES, KEEP_TABLES, enough).await
    }

    /// The episodes of a season, looked up anew when what is kept lacks one of `numbers`.
    pub(crate) async fn season(
        &self,
        series: u64,
        season: u32,
        numbers: &[u32],
    ) -> Result<Option<SeasonTable>, NoAnswer> {
        let (series, season) = (series.to_string(), season.to_string());
        let enough =
            |table: Option<&SeasonTable>| table.is_some_and(|table| numbers.iter().all(|&n| table.has(n)));
        self.get_grown(&["tv", &series, "season", &season], &[], KEEP_TABLES, enough).await
    }

    /// Whether what is kept of a series lacks the season, or one of `numbers` in it.
    pub(crate) async fn is_kept_without(&self, series: u64, season: u32, numbers: &[u32]) -> bool {
        let (series, number) = (series.to_string(), season.to_string());
        let details: Option<Option<Details>> = self.kept(&["tv", &series], &OF_SERIES).await;
        if details.flatten().is_some_and(|its| its.seasons.iter().all(|its| its.season_number != season)) {
            return true;
        }
        let table: Option<Option<SeasonTable>> = self.kept(&["tv", &series, "season", &number], &[]).await;
        table.flatten().is_some_and(|table| !numbers.iter().all(|&number| table.has(number)))
    }

    /// One of a series' other orders.
    pub(crate) async fn group(&self, id: &str) -> Result<Option<GroupOrder>, NoAnswer> {
        self.get_grown(&["tv", "episode_group", id], &[], KEEP_TABLES, |_| true).await
    }

    /// What an IMDb or TVDB id is. TMDB's own needs no such look-up and finds nothing.
    pub(crate) async fn find(&self, id: &Id) -> Result<Found, NoAnswer> {
        let (id, source) = match id {
            Id::Tmdb(_) => return Ok(Found::default()),
            Id::Imdb(id) => (id.clone(), "imdb_id"),
            Id::Tvdb(id) => (id.to_string(), "tvdb_id"),
        };
        let keep = |found: &Found| (*found != Found::default()).then_some(KEEP);
        Ok(self.get(&["find", &id], &[("external_source", source)], keep).await?.unwrap_or_default())
    }

    /// Works of this title: first those that began in that year; if none of them has the title itself, those of any
    /// year, and those that had a release or an episode in that year.
    pub(crate) async fn search(
        &self,
        sought: Sought,
        title: &str,
        year: Option<u16>,
    ) -> Result<Vec<Hit>, NoAnswer> {
        let first_year = match sought {
            Sought::Movies => "primary_release_year",
            Sought::Series => "first_air_date_year",
        };
        let named = |hit: &Hit| likeness(hit, title) >= SPELT_ALIKE;
        let mut found = Vec::new();
        if let Some(year) = year {
            found = self.page(sought, title, &[(first_year, &year.to_string())]).await?.results;
            if found.iter().any(named) {
                return Ok(found);
            }
        }
        let page = self.page(sought, title, &[]).await?;
        let more = page.total_pages > 1;
        add(&mut found, page.results);
        let near = |hit: &Hit| {
            named(hit) && year.zip(hit.year()).is_none_or(|(wanted, its)| wanted.abs_diff(its) <= 1)
        };
        if found.iter().any(near) {
            return Ok(found);
        }
        if let Some(year) = year {
            add(&mut found, self.page(sought, title, &[("year", &year.to_string())]).await?.results);
        }
        // TMDB ranks by popularity too: the title itself may come second.
        if more && !found.iter().any(near) {
            add(&mut found, self.page(sought, title, &[("page", "2")]).await?.results);
        }
        Ok(found)
    }

    async fn page(&self, sought: Sought, title: &str, further: &[(&str, &str)]) -> Result<Page, NoAnswer> {
        let mut query = vec![("query", title)];
        query.extend(further);
        // That nothing has this title may change tomorrow.
        let keep =
            |page: &Page| page.results.iter().any(|hit| likeness(hit, title) >= SPELT_ALIKE).then_some(KEEP);
        let what = match sought {
            Sought::Movies => "movie",
            Sought::Series => "tv",
        };
        let mut page: Page = self.get(&["search", what], &query, keep).await?.unwrap_or_default();
        page.results.retain(|hit| hit.id > 0 && !hit.title.is_empty());
        Ok(page)
    }
}

impl SeasonTable {
    pub(crate) fn has(&self, number: u32) -> bool {
        self.episodes.iter().any(|episode| episode.episode_number == number)
    }
}

/// How alike `title` and the nearer of a work's two titles are, 0 to 1.
fn likeness(hit: &Hit, title: &str) -> f64 {
    let original = hit.original_title.as_deref().map_or(0.0, |original| titles::likeness(original, title));
    titles::likeness(&hit.title, title).max(original)
}

fn add(found: &mut Vec<Hit>, more: Vec<Hit>) {
    for candidate in more {
        if found.iter().all(|known| known.id != candidate.id) {
            found.push(candidate);
        }
    }
}
