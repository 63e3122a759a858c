//! Which episodes of a series are meant, before it is known where they lie in it.

use jiff::civil::Date;

use crate::identify::release_name::Reading;

/// Episodes as a name, a tag or a rule counts them.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Wanted {
    pub(crate) season: Option<u32>,
    /// Within the season, or in a series that has none.
    pub(crate) episodes: Vec<u32>,
    /// Through the whole series.
    pub(crate) absolute: Vec<u32>,
    pub(crate) date: Option<Date>,
    pub(crate) part: Option<u32>,
    pub(crate) year: Option<u16>,
    /// What may be the episode's own title.
    pub(crate) title: Option<String>,
    /// The numbers are beyond doubt.
    pub(crate) certain: bool,
    /// They may be no episodes' numbers at all.
    pub(crate) guessed: bool,
    /// The titles of the series, one of which may be a season's.
    pub(crate) titles: Vec<String>,
}

impl Wanted {
    /// What `reading` says.
    pub(crate) fn of(reading: &Reading) -> Self {
        Self {
            season: reading.season,
            episodes: reading.episodes.clone(),
            absolute: reading.absolute.clone(),
            date: reading.date,
            part: reading.part,
            year: reading.year,
            title: reading.episode_title.clone(),
            certain: reading.certain,
            guessed: reading.snag.is_some(),
            titles: std::iter::once(&reading.title).chain(&reading.other_titles).cloned().collect(),
        }
    }

    /// Episodes of one season.
    pub(crate) fn in_season(season: u32, episodes: Vec<u32>) -> Self {
        Self { season: Some(season), episodes, certain: true, ..Self::default() }
    }

    /// Numbers that run through the whole series.
    pub(crate) fn running(absolute: Vec<u32>) -> Self {
        Self { absolute, ..Self::default() }
    }

    /// The season's numbers, or else those that run through the series.
    pub(crate) fn numbers(&self) -> &[u32] {
        if self.episodes.is_empty() { &self.absolute } else { &self.episodes }
    }

    /// That the series `label` does not have them, for people.
    pub(crate) fn missing_from(&self, label: &str) -> String {
        const SHOWN: usize = 4;
        if let Some(date) = self.date.filter(|_| self.numbers().is_empty()) {
            return format!("TMDB has no episode of {label} for {date}");
        }
        let mut numbers: String =
            self.numbers().iter().take(SHOWN).map(|number| format!("E{number:02}")).collect();
        if self.numbers().len() > SHOWN {
            numbers.push('…');
        }
        let season = self.season.map(|season| format!("S{season:02}")).unwrap_or_default();
        format!("TMDB has {label}, but no {season}{numbers} of it")
    }

    /// Whether nothing says which episodes.
    pub(crate) fn is_empty(&self) -> bool {
        self.episodes.is_empty() && self.absolute.is_empty() && self.date.is_none()
    }
}
