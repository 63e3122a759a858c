//! `match`: the user's word on what a viewing was.

use super::args::MatchArguments;
use super::context::Context;
use super::error::{CliError, Exit};
use super::history::{Entry, when};
use super::output::Output;
use super::repairs::what_is_repaired;
use super::text::{line, local};
use super::titles::{held_because, page, title, with_episodes};
use crate::clock::Clock;
use crate::daemon;
use crate::identify::{Identification, Identity, MemoryCache, MovieId, SeriesId, Subject};
use crate::journal::ViewingRow;

pub(crate) async fn matching(
    context: &Context,
    arguments: &MatchArguments,
    output: &mut Output,
) -> Result<Exit, CliError> {
    match (&arguments.viewing, arguments.tmdb) {
        (Some(viewing), Some(tmdb)) => give(context, viewing, tmdb, arguments, output).await,
        _ => list(context, arguments.json, output).await,
    }
}

async fn list(context: &Context, json: bool, output: &mut Output) -> Result<Exit, CliError> {
    let rows = context.journal()?.unidentified().await?;
    if json {
        output.json(&rows.iter().map(Entry::from).collect::<Vec<_>>(), false)?;
        return Ok(Exit::Done);
    }
    if rows.is_empty() {
        output.print("Nothing is held: every viewing has its title.\n")?;
        return Ok(Exit::Done);
    }
    let table = output.table(
        &["#", "WHEN", "NAME", "WATCHED", "HELD BECAUSE"],
        rows.iter().map(|row| {
            vec![
                row.number.to_string(),
                local(when(row)),
                title(row),
                format!("{:.0} %", row.viewing.progress().get()),
                match &row.identification {
                    Some(Identification::Held { reason, .. }) => held_because(reason),
                    _ => "it is not looked up yet".to_owned(),
                },
            ]
        }),
    );
    output.print(&table)?;
    let number = rows.first().map_or(1, |row| row.number);
    output.print(&format!(
        "\nGive one its title with its number on TMDB, such as:\n  \
         discovr-scrobbler match {number} --tmdb 603 --movie\n  \
         discovr-scrobbler match {number} --tmdb 1396 --season 1 --episode 2\n",
    ))?;
    Ok(Exit::Done)
}

async fn give(
    context: &Context,
    viewing: &str,
    tmdb: u64,
    arguments: &MatchArguments,
    output: &mut Output,
) -> Result<Exit, CliError> {
    let identity = identity(tmdb, arguments)?;
    let journal = context.journal()?;
    let row = one(journal.find_viewings(viewing.to_owned()).await?, viewing)?;
    let settings = context.settings()?.settings;
    let (identifier, _) = daemon::identifier(&settings, &context.secret_places(), MemoryCache::default());
    let subject = Subject { media: &row.viewing.media, duration: Some(row.viewing.duration) };
    let identified = identifier.matched(identity.clone(), subject).await;
    let name = line(&with_episodes(&identified.label, &identity));
    let identification = Identification::Known(identified);
    let now = Clock::system().now().wall;
    let filed = journal.identify(row.viewing.id, identification, now).await?;
    let row = journal.viewing(row.viewing.id).await?.unwrap_or(row);
    context.nudge().await;
    if arguments.json {
        output.json(&Entry::from(&row), false)?;
        return Ok(Exit::Done);
    }
    let page = page(&identity);
    let mut text = if filed.changed {
        format!("Viewing {} is {name}: {page}\n", row.number)
    } else {
        format!("Viewing {} was {name} already: {page}\n", row.number)
    };
    match filed.queued {
        0 => {}
        1 => text.push_str("One delivery is due for it.\n"),
        count => text.push_str(&format!("{count} deliveries are due for it.\n")),
    }
    if matches!(&identity, Identity::Episodes { season, episodes, .. } if *season == 0 || episodes.contains(&0))
    {
        text.push_str(
            "Discovr has no specials (season 0, episode 0): there it will be refused, and kept here.\n",
        );
    }
    text.push_str(&what_is_repaired(&filed.repairs));
    output.print(&text)?;
    Ok(Exit::Done)
}

fn identity(tmdb: u64, arguments: &MatchArguments) -> Result<Identity, CliError> {
    match (arguments.movie, arguments.season) {
        (true, _) => Ok(Identity::Movie { tmdb: MovieId(tmdb) }),
        (false, Some(season)) if !arguments.episode.is_empty() => {
            let mut episodes = arguments.episode.clone();
            episodes.sort_unstable();
            episodes.dedup();
            Ok(Identity::Episodes { tmdb: SeriesId(tmdb), season, episodes })
        }
        (false, _) => Err(CliError::new(Exit::Usage, "is it a movie or an episode?").hint(
            "add `--movie`, or `--season` and `--episode`: movies and series are numbered apart on TMDB",
        )),
    }
}

/// The one that is meant.
fn one(mut found: Vec<ViewingRow>, name: &str) -> Result<ViewingRow, CliError> {
    match (found.pop(), found.len()) {
        (Some(row), 0) => Ok(row),
        (None, _) => Err(CliError::new(Exit::Failed, format!("there is no viewing {name:?}"))
            .hint("`discovr-scrobbler match` lists what is held, `history` everything")),
        (Some(_), _) => Err(CliError::new(Exit::Failed, format!("several viewings begin with {name:?}"))
            .hint("give more of the id, or the number from `discovr-scrobbler history`")),
    }
}
