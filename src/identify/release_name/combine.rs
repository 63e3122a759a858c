//! A file's name with the folders above it: who gives the title, the season and the year.

use jiff::civil::Date;

use super::component::{self, Component};
use super::numbers::{Form, Numbers, leading};
use super::snag::Snag;
use super::variants::Titles;
use super::{folders, junk, path};
use crate::identify::titles::normal;

/// What file and folders say together.
#[derive(Debug, Clone, Default)]
pub(super) struct Whole {
    pub(super) episode: bool,
    pub(super) titles: Option<Titles>,
    /// The title if what is taken for an episode's number is part of it.
    pub(super) whole: Option<Titles>,
    /// What the folder's title is, when the file has one, too.
    pub(super) folder_titles: Option<Titles>,
    pub(super) year: Option<u16>,
    pub(super) country: Option<&'static str>,
    pub(super) season: Option<u32>,
    pub(super) episodes: Vec<u32>,
    pub(super) absolute: Vec<u32>,
    pub(super) form: Option<Form>,
    pub(super) date: Option<Date>,
    pub(super) part: Option<u32>,
    pub(super) behind: Option<String>,
    pub(super) certain: bool,
    pub(super) snag: Option<Snag>,
    pub(super) released: bool,
    pub(super) grouped: bool,
    pub(super) marked: bool,
    /// The title is what stands behind the numbers.
    pub(super) titled_behind: bool,
    pub(super) evidence: Vec<String>,
}

/// Reads a path, a file's name or a player's title.
pub(super) fn read(name: &str) -> Option<Whole> {
    let (file, above) = path::split(name)?;
    let stem = path::without_extension(file);
    let mut folders: Vec<Component> = above
        .iter()
        .map(|folder| {
            if folders::is_disc_folder(folder.trim()) {
                Component::default()
            } else {
                component::read(folder)
            }
        })
        .collect();
    let disc = junk::is_of_disc(stem.trim());
    let mut file = if disc { Component::default() } else { component::read(stem) };
    let mut from_folder = false;
    if let Some(at) = folders
        .iter()
        .position(|folder| folder.titles.is_some() || folder.season.is_some())
        .filter(|&at| at < 2)
        && speaks_for(&folders[at], &file)
    {
        file = folders.remove(at);
        from_folder = true;
    }
    Some(combine(stem, file, &folders, from_folder))
}

/// Whether a folder names the one file in it better than the file itself does.
fn speaks_for(folder: &Component, file: &Component) -> bool {
    if folder.titles.is_none() || folder.season.is_some() || file.is_unnumbered() {
        return false;
    }
    let one = folder.is_certain()
        && folder.numbers.as_ref().is_some_and(|numbers| numbers.episodes.len() == 1)
        || (folder.date.is_some() && folder.numbers.is_none());
    let dumb = file.scrambled || (file.titles.is_none() && !file.is_episode());
    if one {
        return dumb || !(file.is_certain() || file.date.is_some());
    }
    // What only has a number lies in a folder of a series.
    file.scrambled
        && (folder.is_marked() || folder.released)
        && folder.numbers.as_ref().is_none_or(|numbers| numbers.form != Form::Season)
}

fn combine(stem: &str, mut file: Component, folders: &[Component], from_folder: bool) -> Whole {
    let mut whole = Whole { released: file.released, grouped: file.grouped, ..Whole::default() };
    let place = if from_folder { "the folder's name" } else { "the file's name" };
    let season_folder = folders.first().filter(|folder| says_season(folder) && !file.is_unnumbered());
    if let Some(folder) = season_folder
        && !file.is_certain()
        && file.date.is_none()
    {
        bind(stem, &mut file, folder, &folders[1..], &mut whole);
    }
    if season_folder.is_none() && !file.is_unnumbered() {
        number_in_folder(stem, &mut file, folders);
    }
    let unnumbered = season_folder.is_some_and(|folder| folder.season.is_some())
        && file.numbers.is_none()
        && file.date.is_none()
        && file.year.is_none()
        && folders
            .iter()
            .skip(1)
            .any(|folder| folder.title().is_some_and(|title| !junk::says_nothing(title)));
    if unnumbered {
        let season = season_folder.and_then(|folder| folder.season);
        file.numbers = Some(Numbers::new(Form::Season, 0, 0).with_season(season));
        file.behind = file.titles.take().map(|titles| titles.main);
        file.numbered_first = true;
        whole.evidence.push(String::from("a season's folder above"));
    }
    whole.episode =
        file.is_episode() || file.numbers.as_ref().is_some_and(|numbers| numbers.form == Form::Season);
    if let Some(numbers) = &file.numbers {
        let named = numbers.says_episode() || !unnumbered;
        whole.season = numbers.season;
        whole.episodes = numbers.episodes.clone();
        whole.absolute = numbers.absolute.clone();
        whole.form = Some(numbers.form);
        whole.certain |= file.is_certain();
        if named {
            whole.evidence.push(format!("{} from `{}` in {place}", said(&whole), file.written));
        }
    }
    if let Some(snag) = file.snag.filter(|_| !whole.certain) {
        whole.snag = Some(snag);
        whole.evidence.push(snag.says().to_owned());
    }
    if let Some(date) = file.date {
        whole.evidence.push(format!("the day {date} in {place}"));
    }
    whole.date = file.date;
    whole.part = file.part;
    whole.country = file.country;
    whole.year = file.year;
    whole.marked = file.is_marked() || whole.episode;
    whole.behind = file.behind.take();
    whole.whole = file.whole.take();
    if whole.episode {
        title_of_episode(&mut file, folders, &mut whole);
    } else {
        title_of_movie(&mut file, folders, &mut whole);
    }
    whole
}

/// Whether a folder says a season and no episode.
fn says_season(folder: &Component) -> bool {
    folder.season.is_some() || folder.numbers.as_ref().is_some_and(|numbers| numbers.form == Form::Season)
}

/// Gives the bare numbers of a file the season of its folder.
fn bind(stem: &str, file: &mut Component, folder: &Component, above: &[Component], whole: &mut Whole) {
    let season = folder.season.or_else(|| folder.numbers.as_ref().and_then(|numbers| numbers.season));
    let own = file.numbers.as_ref().and_then(|numbers| numbers.season);
    let begins = leading_number(stem).filter(|_| folder.season.is_some() && own.is_none());
    let series = above.iter().find_map(Component::title);
    // `24/Season 1/24 - 05`: the number is the series' own.
    let named_so = |number: u32| {
        series.is_some_and(|title| leading(title, 4).is_some_and(|(title, ..)| title == number))
    };
    if let Some((number, rest)) = begins.filter(|&(number, _)| !named_so(number)) {
        let strong = file.numbers.as_ref().is_some_and(|numbers| {
            matches!(numbers.form, Form::Episode | Form::Of)
                || (numbers.form == Form::Apart
                    && numbers.first > 0
                    && file.titles.is_some()
                    && !rest.trim_start().starts_with(['-', '.']))
        });
        if !strong {
            let several = file
                .numbers
                .take()
                .filter(|numbers| numbers.form == Form::Leading && numbers.episodes.first() == Some(&number));
            let episodes = several.map_or_else(|| vec![number], |numbers| numbers.episodes);
            file.numbers = Some(Numbers::new(Form::Leading, 0, 0).with_episodes(episodes));
            file.written = number.to_string();
            let behind = component::read(rest);
            file.behind = behind.titles.map(|titles| titles.main);
            file.titles = None;
            file.numbered_first = true;
            file.year = None;
        }
    }
    if file.numbers.is_none()
        && let Some(episode) = season.and_then(|season| glued(stem, season))
    {
        // `hl105` in the folder of season 1
        file.numbers =
            Some(Numbers::new(Form::Compact, 0, 0).with_season(season).with_episodes(vec![episode]));
        file.written = episode.to_string();
        file.titles = None;
    }
    let Some(numbers) = &mut file.numbers else {
        if let Some(part) = file.part.take() {
            file.numbers = Some(Numbers::new(Form::Part, 0, 0).with_season(season).with_episodes(vec![part]));
        }
        return;
    };
    if numbers.season.is_some() && !(numbers.form == Form::Compact && numbers.season == season) {
        if numbers.form != Form::Compact {
            return;
        }
        // `Season 3/Title 104`: not its number 104 of season 1.
        let (first, episode) = (numbers.season.unwrap_or(0), numbers.episodes.first().copied().unwrap_or(0));
        numbers.episodes = vec![first * 100 + episode];
    }
    if numbers.episodes.is_empty() {
        numbers.episodes = std::mem::take(&mut numbers.absolute);
    }
    if let ([number], Some(season)) = (&mut numbers.episodes[..], season)
        && *number >= 100
        && *number / 100 == season
    {
        *number %= 100;
    }
    numbers.season = season;
    whole.certain = numbers.episodes.iter().all(|&number| number < 100);
    if !whole.certain {
        numbers.absolute = numbers.episodes.clone();
    }
    whole.evidence.push(match season {
        Some(season) => format!("season {season} from the folder above"),
        None => String::from("a season's folder above"),
    });
}

/// The number that a file's name begins with, and what follows it.
fn leading_number(stem: &str) -> Option<(u32, &str)> {
    let stem = stem.trim_start();
    let (number, _, rest) = leading(stem, 3)?;
    let ended =
        !rest.starts_with(|char: char| char.is_alphanumeric() || matches!(char, '\'' | '’' | '%' | ','));
    (ended && number > 0).then_some((number, rest))
}

/// The episode in a short name that ends with season and episode, if it is `season`.
fn glued(stem: &str, season: u32) -> Option<u32> {
    let letters = stem.trim_end_matches(|char: char| char.is_ascii_digit());
    let digits = &stem[letters.len()..];
    let number = super::words::digits(digits).filter(|_| (3..=4).contains(&digits.len()))?;
    let glued = letters.ends_with(|char: char| char.is_alphabetic()) && !letters.contains(' ');
    (glued && number / 100 == season && number % 100 > 0).then_some(number % 100)
}

/// A file that is only a number, in a folder that is not of that name: it counts the folder's episodes.
fn number_in_folder(stem: &str, file: &mut Component, folders: &[Component]) {
    let Some((number, _, "")) = leading(stem.trim(), 4) else { return };
    let Some(folder) = folders.first() else { return };
    let year = super::years::plausible(stem.trim()).is_some_and(|year| year >= 1900);
    let of_series = folder.year.is_none()
        && folder.title().is_some_and(|title| !junk::says_nothing(title) && title != stem.trim());
    if of_series && !year && file.numbers.is_none() && number > 0 {
        file.numbers = Some(Numbers::new(Form::Leading, 0, 0).with_absolute(vec![number]));
        file.written = stem.trim().to_owned();
        file.titles = None;
        file.numbered_first = true;
    }
}

fn said(whole: &Whole) -> String {
    let list = |numbers: &[u32]| {
        let shown: Vec<String> = numbers.iter().take(4).map(u32::to_string).collect();
        let more = if numbers.len() > 4 { ", …" } else { "" };
        format!("{}{more}", shown.join(", "))
    };
    let mut parts = Vec::new();
    if let Some(season) = whole.season {
        parts.push(format!("season {season}"));
    }
    if !whole.episodes.is_empty() {
        parts.push(format!("episode {}", list(&whole.episodes)));
    }
    if !whole.absolute.is_empty() && whole.absolute != whole.episodes {
        parts.push(format!("number {} of the series", list(&whole.absolute)));
    }
    parts.join(", ")
}

fn title_of_episode(file: &mut Component, folders: &[Component], whole: &mut Whole) {
    // A folder of one year's episodes is no series.
    let dated = file.date.map(|date| i64::from(date.year())).or_else(|| whole.season.map(i64::from));
    let of_year = |title: &str| title.parse().ok() == dated && dated.is_some();
    // `24/1x05`: the number is no season's when the season is another.
    let is_number = |folder: &Component| {
        let number = folder
            .title()
            .is_some_and(|title| !title.starts_with('0') && title.bytes().all(|byte| byte.is_ascii_digit()));
        number && whole.certain && whole.season.is_some() && folder.season != whole.season
    };
    let above = folders.iter().filter(|folder| !folder.title().is_some_and(of_year)).find(|folder| {
        is_number(folder)
            || folder.title().is_some_and(|title| !junk::says_nothing(title))
                && (folder.season.is_none() || folder.titles.is_some())
                && folder.season.is_none()
    });
    let own = file.titles.take().filter(|titles| {
        !junk::is_of_disc(&titles.main)
            && (file.is_certain()
                || file.date.is_some()
                || file.released
                || !junk::says_nothing(&titles.main))
    });
    let above_titles = above.and_then(|folder| folder.titles.clone());
    let own = own.map(|own| without_prefix(own, above_titles.as_ref()));
    if let Some(own) = own.filter(|_| !file.numbered_first) {
        let same = above_titles.as_ref().filter(|titles| agree(&own.main, &titles.main));
        if let (Some(_), Some(folder)) = (same, above) {
            whole.year = whole.year.or(folder.year);
            whole.country = whole.country.or(folder.country);
        }
        whole.folder_titles = above_titles.filter(|titles| !titles.main.eq_ignore_ascii_case(&own.main));
        whole.titles = Some(own);
    } else if let (Some(titles), Some(folder)) = (above_titles, above) {
        whole.evidence.push(String::from("the title from a folder above"));
        whole.year = folder.year.or(whole.year);
        whole.country = folder.country;
        whole.titles = Some(titles);
        whole.whole = None;
    } else if file.numbered_first && !(file.is_certain() || whole.certain) {
        whole.titled_behind = true;
        whole.titles = whole
            .behind
            .take()
            .map(|main| Titles { main, others: Vec::new() })
            .filter(|titles| !junk::says_nothing(&titles.main));
        // `003. Series - Name`
        if let Some(titles) = &mut whole.titles
            && let Some((series, episode)) = titles
                .main
                .split_once(" - ")
                .map(|(series, episode)| (series.trim().to_owned(), episode.trim().to_owned()))
            && !series.is_empty()
        {
            let both = std::mem::replace(&mut titles.main, series);
            titles.add(both);
            whole.behind = Some(episode);
        }
    }
}

fn title_of_movie(file: &mut Component, folders: &[Component], whole: &mut Whole) {
    let own = file.titles.take().filter(|titles| {
        !junk::is_of_disc(&titles.main) && (file.is_marked() || !junk::says_nothing(&titles.main))
    });
    let folder = folders.iter().find(|folder| folder.titles.is_some());
    let named = folder.filter(|folder| {
        folder.title().is_some_and(|title| !junk::says_nothing(title))
            && !folder.is_episode()
            && !says_season(folder)
    });
    let Some(folder) = named else {
        whole.titles = own;
        return;
    };
    // A shortened name goes by its folder's; a name of its own, such as an extra's, does not.
    let Some(own) = own else {
        whole.titles = folder.titles.clone();
        whole.year = folder.year.or(whole.year);
        whole.marked |= folder.is_marked();
        whole.evidence.push(String::from("the title from a folder above"));
        return;
    };
    let alike = folder.title().is_some_and(|title| agree(&own.main, title));
    // `Title.DVDRip-GRP/grp-title.avi`
    if !file.is_marked() && folder.released && !own.main.contains(' ') && !alike {
        whole.titles = folder.titles.clone();
        whole.year = folder.year;
        whole.marked = true;
        whole.evidence.push(String::from("the title from a folder above"));
        return;
    }
    let bare = whole.year.is_none() && folder.year.is_some();
    if bare && (alike || file.is_marked()) {
        let mut titles =
            if alike || !file.released { folder.titles.clone().unwrap_or_default() } else { own.clone() };
        titles.add(own.main);
        if !alike {
            folder.titles.iter().for_each(|folder| titles.add(folder.main.clone()));
        }
        whole.titles = Some(titles);
        whole.year = folder.year;
        whole.marked |= folder.is_marked();
        whole.evidence.push(String::from("the year from a folder above"));
    } else {
        whole.folder_titles = folder
            .titles
            .clone()
            .filter(|titles| folder.year.is_some() && !titles.main.eq_ignore_ascii_case(&own.main));
        whole.titles = Some(own);
    }
}

/// `grp-title` in the folder of that title goes by the folder's.
fn without_prefix(own: Titles, folder: Option<&Titles>) -> Titles {
    match (own.main.split_once('-'), folder) {
        (Some((_, rest)), Some(folder)) if normal(rest) == normal(&folder.main) => folder.clone(),
        _ => own,
    }
}

/// Whether one title is the other or its beginning.
fn agree(own: &str, folder: &str) -> bool {
    let (own, folder) = (normal(own), normal(folder));
    own.starts_with(&folder) || folder.starts_with(&own)
}
