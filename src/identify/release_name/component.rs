//! What one part of a path says: a file's stem or a folder's name.

use jiff::civil::Date;

use super::bare::{self, Scene};
use super::end::{self, Mark};
use super::numbers::{Form, Numbers};
use super::snag::{self, Snag};
use super::tokens::Name;
use super::variants::{self, Titles};
use super::words::{self, Class};
use super::years::{self, Year};
use super::{blocks, country, dates, edges, episodes, folders, junk, parts, spelled};

/// What one part says.
#[derive(Debug, Clone, Default)]
pub(super) struct Component {
    /// The words before the first mark.
    pub(super) titles: Option<Titles>,
    /// The title if its bare number, part or day is no episode's.
    pub(super) whole: Option<Titles>,
    pub(super) year: Option<u16>,
    pub(super) country: Option<&'static str>,
    pub(super) numbers: Option<Numbers>,
    /// The marks of its numbers as they are written.
    pub(super) written: String,
    pub(super) date: Option<Date>,
    pub(super) part: Option<u32>,
    /// Why its numbers are not to be relied upon.
    pub(super) snag: Option<Snag>,
    /// The words behind the numbers.
    pub(super) behind: Option<String>,
    /// A fansub group stands before it.
    pub(super) grouped: bool,
    /// It was recorded from television.
    pub(super) television: bool,
    /// A word that no title has is in it.
    pub(super) released: bool,
    /// It is nothing but a season, or the specials.
    pub(super) season: Option<u32>,
    /// It begins with its numbers.
    pub(super) numbered_first: bool,
    /// It is a sum or another identifier.
    pub(super) scrambled: bool,
}

impl Component {
    /// Whether it names an episode.
    pub(super) fn is_episode(&self) -> bool {
        self.is_unnumbered()
            || self.date.is_some()
            || self.numbers.as_ref().is_some_and(Numbers::says_episode)
    }

    /// Whether it names an episode that cannot be told.
    pub(super) fn is_unnumbered(&self) -> bool {
        self.snag.is_some_and(|snag| !snag.leaves_numbers())
    }

    pub(super) fn is_certain(&self) -> bool {
        self.numbers.as_ref().is_some_and(|numbers| numbers.is_certain() && numbers.says_episode())
    }

    /// Whether something besides a title is in it.
    pub(super) fn is_marked(&self) -> bool {
        self.released || self.year.is_some() || self.is_episode() || self.numbers.is_some()
    }

    pub(super) fn title(&self) -> Option<&str> {
        self.titles.as_ref().map(|titles| titles.main.as_str())
    }
}

/// How many bytes of one part are looked at; file systems allow no more than 255.
const LONGEST: usize = 384;

/// The beginning of a part that is too long, up to a character's end.
pub(super) fn head(text: &str) -> &str {
    let mut to = text.len().min(LONGEST);
    while !text.is_char_boundary(to) {
        to -= 1;
    }
    &text[..to]
}

/// Reads a file's stem, or a folder's name.
pub(super) fn read(raw: &str) -> Component {
    let trimmed = head(raw.trim());
    if junk::is_scrambled(trimmed) {
        return Component { scrambled: true, ..Component::default() };
    }
    let body = edges::body(trimmed);
    let name = Name::new(body.text);
    if name.tokens.is_empty() {
        return Component::default();
    }
    let mut component = Component {
        grouped: body.group.is_some(),
        television: name.tokens.iter().any(|token| words::is_television(token.lower())),
        season: folders::season(&name),
        ..Component::default()
    };
    if let Some(blocks) = blocks::read(&name) {
        read_blocks(&name, blocks, &mut component);
        return component;
    }
    let leading_year = leading_year(&name);
    let from = if leading_year.is_some() { 1 } else { start(&name) };
    let strong = (from + 1..name.tokens.len()).find(|&index| {
        name.tokens[index].class == Class::Strong
            || begins_square(&name, from, index)
            || is_bonus(&name, index)
    });
    component.released = strong.is_some() || from > 0;
    let strong = strong.unwrap_or(name.tokens.len());
    let mut found = find_numbers(&name, from, strong, body.group.is_some(), &mut component);
    let dated = dates::find(&name, from).is_some();
    if let Some((snag, first, next)) = snag::find(&name, from, found.as_ref(), body.group.is_some(), dated) {
        component.snag = Some(snag);
        if !snag.leaves_numbers() {
            // The words stay, for the title ends before them.
            found = Some(Numbers::new(Form::Full, first, next));
            component.part = None;
        }
    }
    let mut taken: Vec<(usize, usize)> = found.iter().map(|found| (found.first, found.next)).collect();
    let day = day(&name, from, found.as_ref(), &mut component);
    taken.extend(day);
    let year = years::find(&name, from, &taken, strong);
    component.year = year.map(|year| year.year).or(leading_year);
    read_titles(&name, from, strong, found.as_ref(), day, year, &mut component);
    if let (Some(year), Some(titles)) = (leading_year.filter(|_| year.is_none()), &mut component.titles) {
        // `2001 - A Title`: the number may be the title's own.
        let with_year = format!("{year} {}", titles.main);
        titles.add(with_year);
    }
    // `[Title].2009.1080p`: the brackets hold no group.
    let only_year = component
        .titles
        .as_ref()
        .filter(|_| component.year.is_none())
        .and_then(|titles| years::plausible(&titles.main));
    if (component.titles.is_none() || (only_year.is_some() && body.group.is_some()))
        && !component.numbered_first
    {
        component.year = component.year.or(only_year);
        component.titles =
            body.group.map(|group| Titles { main: variants::clean(group, true), others: Vec::new() });
    }
    if let Some(found) = &found {
        component.written = written(&name, found.first, found.next);
        component.behind = behind(&name, found.next.max(day.map_or(0, |(_, next)| next)));
    } else if let Some((first, next)) = day {
        component.written = written(&name, first, next);
        component.behind = behind(&name, next);
    }
    component.numbers = found;
    if component.is_unnumbered() {
        component.numbers = None;
        component.date = None;
        component.whole = None;
        return component;
    }
    // `210810 Title ep05`: shows that are named by their day count within one season.
    if let Some(numbers) = component.numbers.as_mut().filter(|numbers| numbers.form == Form::Episode)
        && name.tokens.first().and_then(dates::six_digits).is_some()
    {
        numbers.season = numbers.season.or(Some(1));
    }
    component
}

/// `[2009] Title`, `2009 - Title`: a year before the title, where no other stands behind it.
fn leading_year(name: &Name<'_>) -> Option<u16> {
    let [first, second, ..] = &name.tokens[..] else { return None };
    let year = years::plausible(first.text).filter(|&year| year >= 1900)?;
    let bracketed = first.group.is_some() && second.group != first.group;
    let dashed = second.after_lone_dash() && first.group.is_none();
    let other = years::find(name, 1, &[], name.tokens.len()).is_some()
        || dates::find(name, 0).is_some_and(|day| day.first == 0);
    let titled = second.class != Class::Strong && second.text.chars().all(char::is_alphabetic);
    ((bracketed || dashed) && !other && titled).then_some(year)
}

/// `Title-x02-Making_Of`: what comes beside a movie.
fn is_bonus(name: &Name<'_>, index: usize) -> bool {
    let token = &name.tokens[index];
    let numbered = token
        .lower()
        .strip_prefix('x')
        .is_some_and(|number| number.len() == 2 && words::digits(number).is_some());
    numbered && token.after_tight_dash() && name.gap_after(index).starts_with('-')
}

/// Whether square brackets open before the word at `index`, behind words of a title: no title has them.
fn begins_square(name: &Name<'_>, from: usize, index: usize) -> bool {
    let square = name.group_of(index).is_some_and(|group| matches!(group.open, '[' | '【' | '{'));
    square && name.tokens[index].group != name.tokens[index - 1].group && name.tokens[from].group.is_none()
}

/// The first word of the title: behind words of the release at the beginning, if a title follows them.
fn start(name: &Name<'_>) -> usize {
    let release = name.tokens.iter().take_while(|token| matches!(token.class, Class::Strong | Class::Mark));
    let strong = release.clone().filter(|token| token.class == Class::Strong).count();
    let release = release.count();
    match name.tokens.get(release) {
        Some(next) if next.class == Class::Plain && strong > 0 => release,
        _ => 0,
    }
}

fn find_numbers(
    name: &Name<'_>,
    from: usize,
    strong: usize,
    grouped: bool,
    component: &mut Component,
) -> Option<Numbers> {
    if let Some(full) = episodes::find(name, 0, name.tokens.len()) {
        return Some(with_running_number(name, from, full, grouped));
    }
    let said = spelled::find(name, 0);
    if let Some(said) = said.as_ref().filter(|said| said.form == Form::Full) {
        return Some(said.clone());
    }
    let first_year = years::find(name, from, &[], strong);
    let of_row = |found: &Numbers| {
        // `Space Wars Episode 4 A Name 1999`: a movie of a row, as its year comes behind.
        let word = name.tokens[found.first].lower().len() > 3;
        let roman = name.tokens.get(found.next - 1).is_some_and(|last| {
            last.number().is_none() && last.text.bytes().all(|byte| matches!(byte, b'I' | b'V' | b'X'))
        });
        word && (first_year.is_some_and(|year| year.index >= found.next) && !component.television || roman)
    };
    let day = dates::find(name, from).filter(|day| !day.short);
    let said = said.filter(|said| said.form != Form::Episode || !of_row(said));
    if let Some(episode) = said.as_ref().filter(|said| said.form == Form::Episode) {
        return Some(episode.clone());
    }
    if day.is_some() {
        component.part = parts::part(name, from).and_then(|part| part.episodes.first().copied());
        return None;
    }
    if let Some(of) = parts::of(name, from) {
        return Some(of_season(name, from, of));
    }
    let season = said.filter(|said| said.form == Form::Season);
    let part = parts::part(name, from);
    let year = first_year.map(|year| year.index);
    // A number of the season or of a part is no episode's.
    let scene = Scene { from, strong, grouped, television: component.television, year };
    let mut bare = bare::find(name, scene);
    let short_day = dates::find(name, from).filter(|day| day.first > from && year.is_none());
    if short_day.is_some()
        && bare.as_ref().is_some_and(|bare| matches!(bare.form, Form::Bare | Form::Compact))
    {
        bare = None;
    }
    for mark in season.iter().chain(&part) {
        bare = bare.filter(|bare| bare.next <= mark.first || bare.first >= mark.next);
    }
    if let Some(season) = season {
        let follows = bare.or_else(|| behind_season(name, &season, strong));
        return Some(match follows {
            Some(found) => bound(found, &season),
            None => season,
        });
    }
    let Some(part) = part else { return bare };
    let several = part.episodes.len() > 1;
    if several || (component.television && year.is_none() && bare.is_none()) {
        return Some(part);
    }
    component.part = part.episodes.first().copied();
    bare
}

/// `Series 2 5of6`: the season that stands before.
fn of_season(name: &Name<'_>, from: usize, of: Numbers) -> Numbers {
    let before = of.first.checked_sub(2).filter(|&before| before > from);
    let said = before.filter(|&before| matches!(name.tokens[before].lower(), "series" | "season" | "s"));
    let season =
        said.and_then(|said| Some((said, name.tokens[said + 1].number().filter(|&season| season < 100)?)));
    match season.or_else(|| {
        spelled::season(name, from)
            .filter(|season| season.next == of.first)
            .map(|season| (season.first, season.season))
    }) {
        Some((first, season)) => Numbers { first, form: Form::Full, ..of }.with_season(Some(season)),
        None => of,
    }
}

/// `Season 2 - 05`, `S02 05`: a number directly behind the season.
fn behind_season(name: &Name<'_>, season: &Numbers, strong: usize) -> Option<Numbers> {
    let token =
        name.tokens.get(season.next).filter(|token| token.class == Class::Number && season.next < strong)?;
    let number = token
        .number()
        .filter(|_| token.text.len() <= 3 && (token.text.len() > 1 || token.after_lone_dash()))?;
    let (episodes, next) = bare::numbers_at(name, season.next).unwrap_or((vec![number], season.next + 1));
    Some(Numbers::new(Form::Apart, season.next, next).with_absolute(episodes))
}

/// A bare number within the season that is said beside it.
fn bound(found: Numbers, season: &Numbers) -> Numbers {
    let episodes = if found.episodes.is_empty() { found.absolute } else { found.episodes };
    let compact = found.form == Form::Compact;
    Numbers {
        first: found.first.min(season.first),
        next: found.next.max(season.next),
        season: season.season,
        absolute: if compact || found.form == Form::Leading { Vec::new() } else { episodes.clone() },
        episodes,
        form: found.form,
        inner: None,
    }
}

/// `S01E03 - 103` and `103 S01E03`: the number that runs through the series beside the season's.
fn with_running_number(name: &Name<'_>, from: usize, mut full: Numbers, grouped: bool) -> Numbers {
    let before = full.first.checked_sub(1).filter(|&before| before > from);
    if let Some(before) = before {
        let token = &name.tokens[before];
        let dashed = token.after_lone_dash()
            || (token.gap == "."
                && token.text == "5"
                && before > 1
                && name.tokens[before - 1].after_lone_dash());
        let number = token
            .number()
            .filter(|_| (2..=4).contains(&token.text.len()) && years::plausible(token.text).is_none());
        // `Title - 313-315 - S16E03-05`
        let start =
            before.checked_sub(1).filter(|_| token.after_tight_dash()).map(|start| &name.tokens[start]);
        let mut range: Vec<u32> = start
            .filter(|start| start.after_lone_dash() || grouped)
            .and_then(|start| start.number())
            .into_iter()
            .collect();
        if let Some(last) = number.filter(|_| range.len() == 1 && before > from + 1)
            && super::numbers::extend_to(&mut range, last)
            && range.len() == full.episodes.len()
        {
            full.absolute = range;
            full.first = before - 1;
        } else if dashed && token.gap == "." {
            full.first = before - 1;
        } else if let Some(number) = number.filter(|_| dashed || (grouped && token.text.len() > 2)) {
            full.absolute = vec![number];
            full.first = before;
        }
    }
    if let Some(token) = name.tokens.get(full.next) {
        let apart = token.after_lone_dash() || token.after_bracket() || token.gap == " ";
        let narrow = if grouped { 2 } else { 3 };
        let wide = (narrow..=4).contains(&token.text.len()) && years::plausible(token.text).is_none();
        let mut running = token.number().into_iter().collect::<Vec<u32>>();
        let mut next = full.next + 1;
        if apart && wide && !running.is_empty() && token.class == Class::Number {
            if let Some(last) =
                name.tokens.get(next).filter(|last| last.after_tight_dash()).and_then(|last| last.number())
                && super::numbers::extend_to(&mut running, last)
            {
                next += 1;
            }
            let same = running.len() == full.episodes.len();
            let ended = name.tokens.get(next).is_none_or(|next| {
                next.after_lone_dash() || next.after_bracket() || next.class == Class::Strong
            });
            if same && ended && full.absolute.is_empty() {
                full.absolute = running;
                full.next = next;
            }
        }
    }
    full
}

/// The day that the name is of; its words when it is what makes it an episode.
fn day(
    name: &Name<'_>,
    from: usize,
    found: Option<&Numbers>,
    component: &mut Component,
) -> Option<(usize, usize)> {
    if let Some(found) = found {
        if let Some(date) = name.tokens.get(found.next).and_then(dates::six_digits) {
            component.date = Some(date);
            return Some((found.next, found.next + 1));
        }
        let day = dates::find(name, 0)
            .filter(|day| !day.short && (day.first >= found.next || day.next <= found.first))?;
        if found.says_episode() {
            component.date = Some(day.date);
            return Some((day.first, day.next));
        }
        return None;
    }
    let day = dates::find(name, from)?;
    let titled = years::find(name, from, &[(day.first, day.next)], name.tokens.len());
    if day.short && (titled.is_some() || day.first == from) {
        return None;
    }
    component.date = Some(day.date);
    Some((day.first, day.next))
}

fn read_titles(
    name: &Name<'_>,
    from: usize,
    strong: usize,
    found: Option<&Numbers>,
    day: Option<(usize, usize)>,
    year: Option<Year>,
    component: &mut Component,
) {
    let total = name.tokens.len();
    let numbers = found.map(|found| found.first);
    let year_at = year.map_or(total, |year| year.index);
    component.numbered_first = numbers.is_some_and(|first| first <= from && cut(name, first) == Some(0))
        || (numbers.is_none() && day.is_some_and(|(first, _)| first <= from));
    let (from, numbers, day_at) = if component.numbered_first {
        let next = found.map_or(0, |found| found.next).max(day.map_or(0, |(_, next)| next));
        (next, total, total)
    } else {
        (from, numbers.unwrap_or(total), day.map_or(total, |(first, _)| first))
    };
    if let Some((first, next)) = found.and_then(|found| found.inner).filter(|_| component.numbered_first) {
        component.titles = variants::of(name, first, next, None);
        component.numbered_first = false;
        return;
    }
    if from >= total {
        return;
    }
    let from =
        if found.is_none() && day.is_none() && year.is_some() { after_list_number(name, from) } else { from };
    let from = after_leading_day(name, from, year);
    let strong = if strong > from {
        strong
    } else {
        (from..total).find(|&at| name.tokens[at].class == Class::Strong).unwrap_or(total)
    };
    let marks = [(numbers.min(day_at), Mark::Numbers), (strong, Mark::Strong), (year_at, Mark::Year)];
    let first = |marks: &[(usize, Mark)]| {
        marks
            .iter()
            .copied()
            .filter(|&(at, _)| at >= from && at < total)
            .min_by_key(|&(at, _)| at)
            .unwrap_or((total, Mark::Nothing))
    };
    let (mark, kind) = first(&marks);
    let byte = (kind == Mark::Numbers)
        .then(|| cut(name, mark).filter(|&cut| cut > 0).map(|cut| name.tokens[mark].start + cut))
        .flatten();
    let mut to = if byte.is_some() { mark + 1 } else { end::find(name, from, mark, kind) };
    let of_series = found.is_some() || day.is_some();
    if byte.is_none() && of_series && mark > from + 1 {
        // `Title UK 2019 S01E01`: what may be a word of the release is a country's here.
        let before = end::before_group(name, from, mark);
        let before = if country_before(name, from, before).is_some() { before } else { to };
        component.country = if before > from + 1 { country_before(name, from, before) } else { None };
        to = if component.country.is_some() { before - 1 } else { to };
    }
    component.titles = variants::of(name, from, to, byte);
    if let Some(other) = found.and_then(|found| twin(name, found)) {
        let own = component.titles.take().unwrap_or_default();
        let latin = |titles: &Titles| titles.main.chars().any(|char| char.is_ascii_alphabetic());
        let (mut main, other) = if latin(&other) && !latin(&own) { (other, own) } else { (own, other) };
        main.add(other.main);
        component.titles = Some(main);
    }
    if let Some(titles) = &mut component.titles {
        if component.country.is_some() {
            let with_country = format!("{} {}", titles.main, name.tokens[to].text);
            titles.add(with_country);
        }
        if let Some(year) =
            year.filter(|year| year.index >= to && kind == Mark::Year && (!year.bracketed || found.is_some()))
        {
            let with_year = format!("{} {}", titles.main, year.year);
            titles.add(with_year);
        }
        let longer = variants::of(name, from, mark, None).filter(|_| byte.is_none() && mark > to);
        longer.into_iter().for_each(|longer| titles.add(longer.main));
    }
    let weak_numbers =
        found.is_some_and(|found| !found.is_certain()) || component.part.is_some() || day.is_some();
    if weak_numbers {
        let (mark, kind) = first(&marks[1..]);
        component.whole = variants::of(
            name,
            if component.numbered_first { 0 } else { from },
            end::find(name, from, mark, kind),
            None,
        );
    }
}

/// `Title (S2E1) / Other Title (S2E1)`: the title in another language behind the numbers.
fn twin(name: &Name<'_>, found: &Numbers) -> Option<Titles> {
    // `題 第二季 / Title S2 - 07`
    let inner = (found.first + 1..found.next).find(|&index| name.tokens[index].gap.contains('/'));
    if let Some(inner) = inner {
        let until =
            spelled::season(name, inner).map_or(found.next - 1, |season| season.first.min(found.next - 1));
        return variants::of(name, inner, until, None);
    }
    let next = name.tokens.get(found.next).filter(|next| next.gap.contains('/') && found.is_certain())?;
    let again = episodes::find(name, found.next, name.tokens.len())
        .filter(|again| again.episodes == found.episodes && again.first > found.next)?;
    variants::of(name, found.next, again.first, None).filter(|_| next.class == Class::Plain)
}

/// Where numbers begin within the word at `index`, in bytes: Chinese and its like write them without a gap, and what
/// `EX01` is of belongs to the title.
fn cut(name: &Name<'_>, index: usize) -> Option<usize> {
    let token = name.tokens.get(index)?;
    if let Some(at) = bare::extra_kind(token).or_else(|| episodes::glued(token)) {
        return Some(at);
    }
    Some(super::cjk::start(token.text).unwrap_or(0))
}

/// `09.03.08.Title.(1991)`, `210810 Title E05`: when it was recorded or shown.
fn after_leading_day(name: &Name<'_>, from: usize, year: Option<Year>) -> usize {
    let titled = |index: usize| {
        name.tokens.get(index).is_some_and(|next| next.class == Class::Plain && next.gap == " ")
    };
    if name.tokens.get(from).and_then(dates::six_digits).is_some() && titled(from + 1) {
        return from + 1;
    }
    let day = dates::find(name, from)
        .filter(|day| day.first == from && day.short && year.is_some_and(|year| year.index > day.next));
    day.map_or(from, |day| day.next)
}

/// `01 - Title (2009)`, `1. Title (2009)`: the place in someone's list.
fn after_list_number(name: &Name<'_>, from: usize) -> usize {
    let [first, second, third, ..] = &name.tokens[from..] else { return from };
    let listed = first.number().is_some()
        && first.text.len() <= 2
        && matches!(second.gap, " - " | ". " | ") " | "_-_" | ".-.");
    if listed && second.class != Class::Number && third.text.len() < 40 { from + 1 } else { from }
}

fn country_before(name: &Name<'_>, from: usize, to: usize) -> Option<&'static str> {
    let last = name.tokens.get(to - 1).filter(|_| to - 1 > from)?;
    if name.group_of(to - 1).is_some() {
        let alone = name.group_end(to - 1) == to && name.tokens[to - 2].group != last.group;
        return country::in_brackets(last.text).filter(|_| alone);
    }
    let shouting = name.tokens[from..to - 1].iter().all(|token| !token.text.chars().any(char::is_lowercase));
    country::bare(last.text).filter(|_| !shouting)
}

/// The words behind the numbers, as far as they may be the episode's title.
fn behind(name: &Name<'_>, next: usize) -> Option<String> {
    let total = name.tokens.len();
    let first = name.tokens.get(next)?;
    if first.class == Class::Strong || (first.after_bracket() && first.group.is_some()) {
        return None;
    }
    let stop = (next..total).find(|&index| {
        let token = &name.tokens[index];
        token.class == Class::Strong
            || (token.group.is_some()
                && matches!(name.group_of(index).map(|group| group.open), Some('[' | '【')))
    });
    let mut to = stop.unwrap_or(total);
    while to > next
        && (name.tokens[to - 1].class == Class::Mark
            || (stop.is_some() && years::plausible(name.tokens[to - 1].text).is_some()))
    {
        to -= 1;
    }
    if stop.is_some()
        && name.tokens[next..to].iter().all(|token| matches!(token.class, Class::Weak | Class::Mark))
    {
        return None;
    }
    // `Name-GRP`
    if stop.is_none()
        && to > next + 1
        && name.tokens[to - 1].after_tight_dash()
        && name.tokens[to - 1].is_shouted()
    {
        to -= 1;
    }
    variants::of(name, next, to, None).map(|titles| titles.main)
}

fn written(name: &Name<'_>, first: usize, next: usize) -> String {
    const LONGEST: usize = 40;
    let (Some(first), Some(last)) = (name.tokens.get(first), name.tokens.get(next.saturating_sub(1))) else {
        return String::new();
    };
    name.text.get(first.start..last.end()).unwrap_or("").chars().take(LONGEST).collect()
}

fn read_blocks(name: &Name<'_>, blocks: blocks::Blocks, component: &mut Component) {
    component.grouped = true;
    component.released = true;
    component.year = blocks.year;
    let mut season = None;
    let mut titles = blocks.titles.iter().filter_map(|&(from, to)| {
        let found = spelled::season(name, from).filter(|found| found.first > from && found.next <= to);
        let strong = (from..to)
            .find(|&at| name.tokens[at].class == Class::Strong)
            .filter(|&at| at > from)
            .unwrap_or(to);
        let strong = end::find(name, from, strong, if strong < to { Mark::Strong } else { Mark::Nothing });
        season = season.or(found.map(|found| found.season));
        let cut = found.and_then(|found| {
            cut(name, found.first)
                .filter(|&cut| cut > 0)
                .map(|cut| (found.first, name.tokens[found.first].start + cut))
        });
        match cut {
            Some((index, byte)) => variants::of(name, from, index + 1, Some(byte)),
            None => variants::of(name, from, found.map_or(strong, |found| found.first), None),
        }
    });
    let main = titles.next();
    let others: Vec<String> =
        titles.flat_map(|titles| std::iter::once(titles.main).chain(titles.others)).collect();
    component.titles = main.map(|mut main| {
        others.into_iter().for_each(|other| main.add(other));
        main
    });
    component.numbers = blocks.numbers.map(|numbers| match season.filter(|_| numbers.season.is_none()) {
        Some(season) => {
            let said = Numbers::new(Form::Season, numbers.first, numbers.next).with_season(Some(season));
            bound(numbers, &said)
        }
        None => numbers,
    });
    if let Some(numbers) = &component.numbers {
        component.written = written(name, numbers.first, numbers.next);
    }
}
