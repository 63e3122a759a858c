//! Where the episodes that a name means lie in a series as TMDB divides it.

use super::by_date;
use super::episode_names::{self, Named, is_counted};
use super::groups;
use super::running::{self, regular};
use super::wanted::Wanted;
use crate::identify::AnswerCache;
use crate::identify::titles::{self, SPELT_ALIKE};
use crate::identify::tmdb::{Details, EpisodeFacts, GroupOrder, NoAnswer, Season, SeasonTable, Session};

/// Some episodes that exist, where a name may mean.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Place {
    pub(crate) season: u32,
    /// Never empty.
    pub(crate) episodes: Vec<u32>,
    pub(crate) how: How,
    /// Of each episode, in order.
    pub(crate) facts: Vec<EpisodeFacts>,
}

/// How the numbers of a name lead to a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    /// They are the numbers of the place.
    Written,
    /// The series has only this season.
    OnlySeason,
    /// No season is written, and the first one has them.
    FirstSeason,
    /// No season is written, and this one began in the year of the name.
    SeasonOfYear,
    /// A season that is named by its year.
    YearSeason,
    /// A season whose own name is in the title.
    NamedSeason,
    /// They run through the whole series.
    Running,
    /// They run through the series, and another order of it says the same.
    RunningAgreed,
    /// They may also be this season's own.
    GoingOn,
    /// They run through the series although a season is written.
    Counted,
    /// Another order of the series has them there.
    Order,
    /// It was shown that day.
    Day,
    /// It was shown the day before or after.
    DayBeside,
    /// It is the one of that name.
    ByName,
    /// A special's number, which catalogues count differently.
    Special,
}

/// All places where the `wanted` episodes may be; none when they do not exist.
pub(crate) async fn places<C: AnswerCache>(
    session: &Session<'_, C>,
    series: &Details,
    wanted: &Wanted,
) -> Result<Vec<Place>, NoAnswer> {
    let atlas = Atlas { session, series, wanted };
    let mut places = match (wanted.date, wanted.season) {
        (Some(date), _) if wanted.episodes.is_empty() => atlas.by_date(date).await?,
        (_, Some(0)) if !wanted.episodes.is_empty() => atlas.special().await?,
        (_, Some(season)) if !wanted.episodes.is_empty() => atlas.in_season(season).await?,
        (_, None) if !wanted.episodes.is_empty() => atlas.without_season().await?,
        _ => Vec::new(),
    };
    if places.is_empty() && !wanted.absolute.is_empty() {
        places = atlas.running(&wanted.absolute).await?;
    }
    let mut found: Vec<Place> = Vec::new();
    for place in places {
        if found.iter().all(|known| (known.season, &known.episodes) != (place.season, &place.episodes)) {
            found.push(place);
        }
    }
    Ok(found)
}

struct Atlas<'a, C> {
    session: &'a Session<'a, C>,
    series: &'a Details,
    wanted: &'a Wanted,
}

impl<C: AnswerCache> Atlas<'_, C> {
    async fn table(&self, season: u32, numbers: &[u32]) -> Result<Option<SeasonTable>, NoAnswer> {
        self.session.season(self.series.id, season, numbers).await
    }

    /// The table of a season that what is kept of it does not suffice for.
    async fn grown(&self, season: u32) -> Result<Option<SeasonTable>, NoAnswer> {
        self.table(season, &[u32::MAX]).await
    }

    /// The place of `episodes` in `season`, if all of them exist.
    async fn at(&self, season: u32, episodes: &[u32], how: How) -> Result<Option<Place>, NoAnswer> {
        let table = self.table(season, episodes).await?;
        Ok(table.and_then(|table| place_in(&table, season, episodes, how)))
    }

    async fn in_season(&self, season: u32) -> Result<Vec<Place>, NoAnswer> {
        let wanted = &self.wanted.episodes;
        let listed = self.series.seasons.is_empty()
            || self.series.seasons.iter().any(|its| its.season_number == season);
        if listed && let Some(place) = self.at(season, wanted, How::Written).await? {
            let mut places = self.named_elsewhere(season, &place).await?;
            places.insert(0, place);
            return Ok(places);
        }
        let mut places = self.year_seasons(season).await?;
        if places.is_empty() && listed {
            places.extend(self.counted(season).await?);
        }
        if places.is_empty() {
            places = self.in_orders(false, |order| groups::by_season(order, season, wanted)).await?;
        }
        if places.is_empty() {
            places.extend(self.by_name(season).await?);
        }
        Ok(places)
    }

    /// Where an episode of the wanted name is, when the one that is written there has another: TMDB may divide the series
    /// otherwise.
    async fn named_elsewhere(&self, season: u32, written: &Place) -> Result<Vec<Place>, NoAnswer> {
        let title = self.wanted.title.as_deref();
        let Some(fact) = written.facts.first().filter(|_| written.facts.len() == 1) else {
            return Ok(Vec::new());
        };
        let named = episode_names::compare(title, &fact.name);
        let has_orders = !groups::worth_a_look(&self.series.groups, false, 0).is_empty();
        if title.is_none() || named == Named::Same || (named == Named::Unsaid && !has_orders) {
            return Ok(Vec::new());
        }
        let is_named = |place: &Place| {
            let mut names = place.facts.iter().map(|fact| episode_names::compare(title, &fact.name));
            names.any(|named| named == Named::Same)
        };
        let wanted = &self.wanted.episodes;
        let mut places = self.in_orders(false, |order| groups::by_season(order, season, wanted)).await?;
        places.retain(is_named);
        if places.is_empty() {
            places.extend(self.by_name(season).await?);
        }
        Ok(places)
    }

    /// `S2016E04` where seasons are counted, and `S14E03` where they are named by years.
    async fn year_seasons(&self, season: u32) -> Result<Vec<Place>, NoAnswer> {
        let regular = regular(&self.series.seasons);
        let numbers: Vec<u32> = if season >= 1900 {
            let of_year = regular.iter().filter(|its| its.year().map(u32::from) == Some(season));
            of_year.map(|its| its.season_number).collect()
        } else if regular.iter().all(|its| its.season_number >= 1900) {
            let index = usize::try_from(season).ok().and_then(|season| season.checked_sub(1));
            index.and_then(|index| regular.get(index)).map(|its| its.season_number).into_iter().collect()
        } else {
            Vec::new()
        };
        let mut places = Vec::new();
        for number in numbers.into_iter().take(2) {
            places.extend(self.at(number, &self.wanted.episodes, How::YearSeason).await?);
        }
        Ok(places)
    }

    /// `S02E27` that counts on from the first season, and `S02E01` where TMDB counts on.
    async fn counted(&self, season: u32) -> Result<Option<Place>, NoAnswer> {
        let wanted = &self.wanted.episodes;
        let before = running::before(&self.series.seasons, season);
        let Some(table) = self.table(season, &[]).await? else { return Ok(None) };
        let counts_on = table.episodes.iter().map(|its| its.episode_number).min() > Some(before.max(1));
        let numbers: Option<Vec<u32>> = if counts_on && before > 0 {
            wanted.iter().map(|number| number.checked_add(before)).collect()
        } else if before > 0 {
            wanted.iter().map(|number| number.checked_sub(before).filter(|&number| number > 0)).collect()
        } else {
            None
        };
        Ok(numbers.and_then(|numbers| place_in(&table, season, &numbers, How::Counted)))
    }

    /// A name that is found where the number is not, in a series that TMDB divides otherwise.
    async fn by_name(&self, season: u32) -> Result<Option<Place>, NoAnswer> {
        if self.wanted.title.is_none() || self.wanted.episodes.len() != 1 {
            return Ok(None);
        }
        let regular = regular(&self.series.seasons);
        let seasons = regular.iter().map(|its| its.season_number);
        let near = seasons.filter(|&its| its.abs_diff(season) <= 1 || regular.len() == 1).take(3);
        let mut found = None;
        for number in near {
            let Some(table) = self.table(number, &[]).await? else { continue };
            if let Some(place) = self.named_in(&table, number) {
                if found.is_some() {
                    return Ok(None);
                }
                found = Some(place);
            }
        }
        Ok(found)
    }

    /// The one episode of the wanted name.
    fn named_in(&self, table: &SeasonTable, season: u32) -> Option<Place> {
        let title = self.wanted.title.as_deref();
        let mut named =
            table.episodes.iter().filter(|its| episode_names::compare(title, &its.name) == Named::Same);
        let one = named.next().filter(|_| named.next().is_none())?;
        place_in(table, season, &[one.episode_number], How::ByName)
    }

    async fn special(&self) -> Result<Vec<Place>, NoAnswer> {
        let wanted = &self.wanted.episodes;
        let Some(table) = self.table(0, wanted).await? else { return Ok(Vec::new()) };
        if wanted.len() == 1
            && let Some(place) = self.named_in(&table, 0)
        {
            return Ok(vec![place]);
        }
        Ok(place_in(&table, 0, wanted, How::Special).into_iter().collect())
    }

    /// `Harbour - The Second Tide - 05` in a series whose second season is called so.
    async fn named_season(&self, numbers: &[u32]) -> Result<Option<Place>, NoAnswer> {
        let wanted = &self.wanted.titles;
        let ends_with = |title: &String, name: &str| {
            let (title, name) = (titles::normal(title), titles::normal(name));
            title == name || title.strip_suffix(&name).is_some_and(|rest| rest.ends_with(' '))
        };
        let named = |season: &&&Season| {
            let own = !season.name.trim().is_empty() && !is_counted(&season.name);
            let is_series = titles::likeness(&season.name, &self.series.title) >= SPELT_ALIKE;
            own && !is_series && wanted.iter().any(|title| ends_with(title, &season.name))
        };
        let regular = regular(&self.series.seasons);
        let Some(season) = regular.iter().find(named).map(|season| season.season_number) else {
            return Ok(None);
        };
        self.at(season, numbers, How::NamedSeason).await
    }

    async fn without_season(&self) -> Result<Vec<Place>, NoAnswer> {
        let wanted = &self.wanted.episodes;
        let regular = regular(&self.series.seasons);
        if let Some(place) = self.named_season(wanted).await? {
            return Ok(vec![place]);
        }
        let mut places = Vec::new();
        let how = if regular.len() <= 1 { How::OnlySeason } else { How::FirstSeason };
        let first = regular.first().map_or(1, |its| its.season_number);
        places.extend(self.of_year().await?);
        places.extend(self.at(first, wanted, how).await?);
        if places.is_empty() {
            places = self.running(wanted).await?;
        }
        Ok(places)
    }

    /// A later season that began in the year that the name has.
    async fn of_year(&self) -> Result<Option<Place>, NoAnswer> {
        let Some(year) = self.wanted.year.filter(|&year| self.series.year() != Some(year)) else {
            return Ok(None);
        };
        let regular = regular(&self.series.seasons);
        let of_year = regular.iter().skip(1).find(|its| its.year() == Some(year));
        let Some(season) = of_year.map(|its| its.season_number) else { return Ok(None) };
        let numbers =
            if self.wanted.episodes.is_empty() { &self.wanted.absolute } else { &self.wanted.episodes };
        self.at(season, numbers, How::SeasonOfYear).await
    }

    async fn running(&self, numbers: &[u32]) -> Result<Vec<Place>, NoAnswer> {
        if let Some(place) = self.named_season(numbers).await? {
            return Ok(vec![place]);
        }
        let mut places: Vec<Place> = self.of_year().await?.into_iter().collect();
        let seasons = &self.series.seasons;
        let counted = if seasons.iter().any(|its| its.season_number > 0) {
            running::count(seasons, numbers)
        } else {
            Some((1, numbers.to_vec()))
        };
        if let Some((season, nth)) = counted {
            let mut table = self.table(season, &[]).await?;
            if table.as_ref().is_none_or(|table| nth_of(table, &nth).is_none()) {
                table = self.grown(season).await?;
            }
            if let Some(table) = table {
                let episodes = nth_of(&table, &nth);
                places.extend(episodes.and_then(|its| place_in(&table, season, &its, How::Running)));
                if table.has(1) {
                    places.extend(place_in(&table, season, numbers, How::GoingOn));
                }
            }
        }
        let orders = self.in_orders(true, |order| groups::by_running(order, numbers)).await?;
        for place in orders {
            let same = places
                .iter_mut()
                .find(|known| known.season == place.season && known.episodes == place.episodes);
            match same {
                Some(known) if known.how == How::Running => known.how = How::RunningAgreed,
                Some(_) => {}
                None => places.push(place),
            }
        }
        Ok(places)
    }

    /// The places that other orders of the series lead to.
    async fn in_orders(
        &self,
        absolute: bool,
        find: impl Fn(&GroupOrder) -> Option<(u32, Vec<u32>)>,
    ) -> Result<Vec<Place>, NoAnswer> {
        let episodes = self.series.seasons.iter().filter(|its| its.season_number > 0);
        let episodes = episodes.fold(0_u32, |sum, its| sum.saturating_add(its.episode_count));
        let mut places = Vec::new();
        for group in groups::worth_a_look(&self.series.groups, absolute, episodes) {
            let order = self.session.group(&group.id).await?;
            if let Some((season, episodes)) = order.as_ref().and_then(&find) {
                places.extend(self.at(season, &episodes, How::Order).await?);
            }
        }
        Ok(places)
    }

    async fn by_date(&self, date: jiff::civil::Date) -> Result<Vec<Place>, NoAnswer> {
        let mut beside = Vec::new();
        for (index, season) in by_date::seasons_around(&self.series.seasons, date).into_iter().enumerate() {
            let Some(mut table) = self.table(season, &[]).await? else { continue };
            let reaches = table.episodes.iter().any(|its| its.date().is_some_and(|its| its >= date));
            if index == 0
                && !reaches
                && let Some(grown) = self.grown(season).await?
            {
                table = grown;
            }
            let Some((found, exact)) = by_date::find(&table.episodes, date, self.wanted) else { continue };
            let how = if exact { How::Day } else { How::DayBeside };
            let places =
                found.iter().filter_map(|its| place_in(&table, season, &[its.episode_number], how)).collect();
            if exact {
                return Ok(places);
            }
            if beside.is_empty() {
                beside = places;
            }
        }
        Ok(beside)
    }
}

/// The numbers of a season's nth episodes, counted from 1: some seasons go on counting where the one before ended.
fn nth_of(table: &SeasonTable, nth: &[u32]) -> Option<Vec<u32>> {
    let mut row: Vec<u32> = table.episodes.iter().map(|its| its.episode_number).collect();
    row.sort_unstable();
    nth.iter().map(|&n| row.get(usize::try_from(n).ok()?.checked_sub(1)?).copied()).collect()
}

fn place_in(table: &SeasonTable, season: u32, episodes: &[u32], how: How) -> Option<Place> {
    let find = |&number: &u32| table.episodes.iter().find(|its| its.episode_number == number).cloned();
    let facts: Vec<EpisodeFacts> = episodes.iter().map(find).collect::<Option<_>>()?;
    (!facts.is_empty()).then(|| Place { season, episodes: episodes.to_vec(), how, facts })
}
