//! `match`: the user's word on what a viewing was.

use std::time::Duration;

use serde::Serialize;
use serde_json::json;

use super::args::MatchArguments;
use super::ask::{agrees, ask, can_ask};
use super::choices::{Choice, candidates, choices, listed};
use super::context::Context;
use super::error::{CliError, Exit};
use super::filed::what_is_done;
use super::history::{Entry, when};
use super::lookup::{Answers, identifier};
use super::output::Output;
use super::teaching::{Lesson, lesson};
use super::text::{line, local};
use super::titles::{cause, held_because, held_with, page, title, with_episodes};
use super::word::{self, Answer, Episodes, FORMS, Target};
use crate::clock::Clock;
use crate::config::Loaded;
use crate::identify::{
    Candidate, Confidence, Doubt, HeldReason, Identification, Identified, Identifier, Identity, MovieId,
    SeriesId, Subject, TitleWord, Word, WordError, media_label,
};
use crate::journal::{Journal, ViewingRow};

/// A held viewing in the listing's JSON.
#[derive(Debug, Serialize)]
struct Held<'a> {
    #[serde(flatten)]
    entry: Entry<'a>,
    candidates: Vec<Choice<'a>>,
}

pub(crate) async fn matching(
    context: &Context,
    arguments: &MatchArguments,
    output: &mut Output,
) -> Result<Exit, CliError> {
    let answer = given(arguments)?;
    let Some(viewing) = &arguments.viewing else {
        return list(context, arguments.json, output).await;
    };
    let journal = context.journal()?;
    let row = one(journal.find_viewings(viewing.clone()).await?, viewing)?;
    let desk = Desk::new(context, journal, row, arguments, output)?;
    let said = match answer {
        Some(answer) => desk.meant(&answer).await?,
        None if can_ask() && !arguments.json => match desk.ask(output).await? {
            Some(said) => said,
            None => return Ok(Exit::Done),
        },
        None => return desk.show(output),
    };
    desk.give(said, output).await
}

async fn list(context: &Context, json: bool, output: &mut Output) -> Result<Exit, CliError> {
    let Some(journal) = context.journal_if_any()? else { return output.no_journal(json) };
    let rows = journal.unidentified().await?;
    if json {
        output.json(&rows.iter().map(Held::from).collect::<Vec<_>>(), false)?;
        return Ok(Exit::Done);
    }
    if rows.is_empty() {
        output.print("Nothing is held: every viewing has its title.\n")?;
        return Ok(Exit::Done);
    }
    let texts: Vec<String> = rows.iter().map(|row| held(row, output)).collect();
    output.print(&texts.join("\n"))?;
    // An example with real numbers would do what it shows when it is pasted.
    let by_number = if rows.iter().any(|row| !candidates(row).is_empty()) {
        "  discovr-scrobbler match VIEWING CANDIDATE\n"
    } else {
        ""
    };
    let how = output.wrapped("Say what one is with a candidate's number, or with any id or address:");
    let always = output.wrapped("With --always, everything of that folder or series is that too.");
    output.print(&format!(
        "\n{how}{by_number}  discovr-scrobbler match VIEWING movie/603\n  \
         discovr-scrobbler match VIEWING tv/1396/s01e02\n{always}",
    ))?;
    Ok(Exit::Done)
}

/// A held viewing with its candidates.
fn held(row: &ViewingRow, output: &Output) -> String {
    let number = row.number.to_string();
    let indent = number.chars().count() + 2;
    let because = match &row.identification {
        Some(Identification::Held { reason: HeldReason::Ambiguous { candidates }, evidence, .. })
            if !candidates.is_empty() =>
        {
            let question = if candidates.len() > 1 { "which of these is it?" } else { "is it this?" };
            match cause(evidence) {
                Some(cause) => format!("held: {cause}; {question}"),
                None => format!("held: {question}"),
            }
        }
        Some(Identification::Held { reason, evidence, .. }) => {
            format!("held: {}", held_with(reason, evidence))
        }
        Some(Identification::Known(known)) => {
            format!("so far: {}", with_episodes(&page(&known.identity), &known.identity))
        }
        None => "it is not looked up yet".to_owned(),
    };
    let head = output.rows(0, [vec![number, title(row)]]);
    let end = if row.viewing.completed_at().is_some() { "completed" } else { "left" };
    // Of what was taken over from another program nobody here knows how long it is.
    let end = match row.viewing.duration {
        Duration::ZERO => end.to_owned(),
        _ => format!("{end} at {:.0} %", row.viewing.progress().get()),
    };
    let about = format!("{}, {end}, {because}", local(when(row)));
    let name = media_label(&row.viewing.media);
    let name = (name != row.label).then(|| vec![format!("its name: {name}")]);
    format!(
        "{}{}{}",
        output.paint(output.styles().head, head.trim_end()) + "\n",
        output.rows(indent, name.into_iter().chain([vec![about]])),
        listed(candidates(row), indent, output),
    )
}

impl<'a> From<&'a ViewingRow> for Held<'a> {
    fn from(row: &'a ViewingRow) -> Self {
        Self { entry: Entry::from(row), candidates: choices(candidates(row)) }
    }
}

/// What an answer means.
struct Said {
    identity: Identity,
    /// What it is called.
    label: String,
    /// What the user should know about it.
    notes: Vec<String>,
}

/// One viewing, and what is needed to give it its title.
struct Desk<'a> {
    context: &'a Context,
    arguments: &'a MatchArguments,
    loaded: Loaded,
    journal: Journal,
    identifier: Identifier<Answers>,
    row: ViewingRow,
}

impl<'a> Desk<'a> {
    fn new(
        context: &'a Context,
        journal: Journal,
        row: ViewingRow,
        arguments: &'a MatchArguments,
        output: &mut Output,
    ) -> Result<Self, CliError> {
        // A rule can only be added to a file that can be read.
        let loaded = if arguments.always {
            context.settings()?
        } else {
            context.settings_without_broken_rules(output)?
        };
        let identifier = identifier(context, &loaded.settings, Answers::kept(&journal), false, output);
        Ok(Self { context, arguments, loaded, journal, identifier, row })
    }

    fn show(&self, output: &mut Output) -> Result<Exit, CliError> {
        if self.arguments.json {
            output.json(&Held::from(&self.row), false)?;
        } else {
            output.print(&held(&self.row, output))?;
            let number = self.row.number;
            return Err(CliError::new(Exit::Usage, "nobody is there to be asked what it is")
                .hint(format!("say it: `discovr-scrobbler match {number} ANSWER`"))
                .hint(format!("ANSWER can be {FORMS}")));
        }
        Ok(Exit::Done)
    }

    /// Asks until there is an answer that means something, or none.
    async fn ask(&self, output: &mut Output) -> Result<Option<Said>, CliError> {
        output.print(&held(&self.row, output))?;
        loop {
            let Some(text) = ask(output, "What is it? (a number, an id or an address; s skips) ")? else {
                return Ok(None);
            };
            match text.to_lowercase().as_str() {
                "" | "s" | "skip" | "q" => return Ok(None),
                _ => {}
            }
            match word::read(&text) {
                Some(answer) => match self.meant(&answer).await {
                    Ok(said) => return Ok(Some(said)),
                    Err(error) => error.show(output),
                },
                None => {
                    let forms = output.wrapped(&format!("That can be {FORMS}."));
                    output.print(&forms)?;
                }
            }
        }
    }

    async fn give(&self, said: Said, output: &mut Output) -> Result<Exit, CliError> {
        let Said { identity, label, mut notes } = said;
        let lesson = if self.arguments.always {
            let known = Identified {
                identity: identity.clone(),
                label: label.clone(),
                absolute: Vec::new(),
                evidence: Vec::new(),
                confidence: Confidence::CERTAIN,
            };
            let lesson = lesson(self.context, &self.loaded, &self.journal, &self.row, &known).await?;
            if !self.agreed(&known, &lesson, &notes, output)? {
                output.print("Nothing was changed.\n")?;
                return Ok(Exit::Done);
            }
            if !self.arguments.yes {
                notes.clear();
            }
            lesson.write(self.context)?;
            Some(lesson)
        } else {
            None
        };
        let identified = self.identifier.matched(identity, self.subject()).await;
        let identified = Identified { label, ..identified };
        let mut done = vec![self.file(&self.row, identified).await?];
        for (row, known) in lesson.iter().flat_map(|lesson| &lesson.others) {
            done.push(self.file(row, known.clone()).await?);
        }
        self.context.nudge().await;
        if self.arguments.json {
            self.tell_json(&done, lesson.as_ref(), output)?;
            return Ok(Exit::Done);
        }
        for note in notes {
            output.print(&format!("{}\n", line(&note)))?;
        }
        let texts: Vec<&str> = done.iter().map(|(_, text)| text.as_str()).collect();
        output.print(&texts.join("\n"))?;
        if let Some(lesson) = lesson {
            let path = line(&lesson.path.display().to_string());
            output.print(&format!(
                "\nThe rule is in {path}: delete it there to undo it for what is to come.\n"
            ))?;
        }
        Ok(Exit::Done)
    }

    fn tell_json(
        &self,
        done: &[(ViewingRow, String)],
        lesson: Option<&Lesson>,
        output: &mut Output,
    ) -> Result<(), CliError> {
        let Some((first, others)) = done.split_first() else { return Ok(()) };
        match lesson {
            None => output.json(&Entry::from(&first.0), false)?,
            Some(lesson) => {
                let others: Vec<_> = others.iter().map(|(row, _)| Entry::from(row)).collect();
                let mut shown = lesson.shown();
                shown["viewing"] = json!(Entry::from(&first.0));
                shown["others"] = json!(others);
                output.json(&shown, false)?;
            }
        }
        Ok(())
    }

    /// Whether the rule is to be written. Who cannot be asked is shown what it would do, and must say so.
    fn agreed(
        &self,
        known: &Identified,
        lesson: &Lesson,
        notes: &[String],
        output: &mut Output,
    ) -> Result<bool, CliError> {
        let said = self.arguments.yes;
        if self.arguments.json {
            if !said {
                let others: Vec<_> = lesson.others.iter().map(|(row, _)| Entry::from(row)).collect();
                let mut shown = lesson.shown();
                shown["would_change"] = json!(others);
                output.json(&shown, false)?;
            }
        } else {
            if !said {
                for note in notes {
                    output.print(&format!("{}\n", line(note)))?;
                }
                let name = line(&with_episodes(&known.label, &known.identity));
                let page = page(&known.identity);
                output.print(&format!("Viewing {} would be {name}: {page}\n", self.row.number))?;
            }
            output.print(&format!("{}\n", lesson.text(output)))?;
        }
        match said {
            true => Ok(true),
            false if can_ask() && !self.arguments.json => Ok(agrees(output, "Write it, and change them?")?),
            false => Err(CliError::new(Exit::Usage, "nothing was changed: nobody is there to agree to it")
                .hint("add `--yes` to write the rule")),
        }
    }

    /// Files what a viewing is. With the viewing as it is then, and what was done.
    async fn file(&self, row: &ViewingRow, identified: Identified) -> Result<(ViewingRow, String), CliError> {
        let now = Clock::system().now().wall;
        let identification = Identification::Known(identified.clone());
        let filed = self.journal.identify(row.viewing.id, identification, now).await?;
        let row = self.journal.viewing(row.viewing.id).await?.unwrap_or_else(|| row.clone());
        let text = what_is_done(&row, &identified, &filed);
        Ok((row, text))
    }

    /// What the answer means.
    async fn meant(&self, answer: &Answer) -> Result<Said, CliError> {
        let counted = answer.season.is_some() || !answer.episodes.is_empty();
        let title = match &answer.target {
            Target::Title(title) => title.clone(),
            Target::Number(number) => {
                let candidate = self.candidate(*number)?;
                match &candidate.identity {
                    Identity::Episodes { tmdb, .. } if counted => TitleWord::Series(*tmdb),
                    // It is TMDB's own: it need not be checked again.
                    identity if !counted => {
                        return Ok(Said {
                            identity: identity.clone(),
                            label: name_of(candidate),
                            notes: Vec::new(),
                        });
                    }
                    _ => return Err(wrong_word(&WordError::NumbersOfMovie)),
                }
            }
        };
        let word = Word { title, season: answer.season, episodes: answer.episodes.clone() };
        let meant = self.identifier.meant(&word, self.subject()).await.map_err(|error| wrong_word(&error))?;
        let name = || match &meant.identity {
            Identity::Movie { .. } => page(&meant.identity),
            Identity::Episodes { .. } => {
                format!("{} of {}", numbers(&meant.identity).trim_start(), page(&meant.identity))
            }
        };
        let mut notes = Vec::new();
        match &meant.doubt {
            Some(Doubt::NotThere) if !self.arguments.force => {
                return Err(CliError::new(Exit::Failed, format!("TMDB does not have {}", name()))
                    .hint("check the numbers; `--force` keeps them all the same"));
            }
            Some(Doubt::NotThere) => notes.push(format!("TMDB does not have {}, but you insist.", name())),
            Some(Doubt::NotAsked(reason)) => {
                notes.push(format!("It was not checked: {}.", held_because(reason)));
            }
            None => {}
        }
        if meant.by_name && matches!(meant.identity, Identity::Episodes { .. }) {
            let which = if answer.episodes.is_empty() { "episode" } else { "season" };
            notes.push(format!("Its name says which {which}:{}.", numbers(&meant.identity)));
        }
        Ok(Said { identity: meant.identity, label: meant.label, notes })
    }

    fn candidate(&self, number: u64) -> Result<&Candidate, CliError> {
        let candidates = candidates(&self.row);
        let found = usize::try_from(number).ok().and_then(|number| candidates.get(number.checked_sub(1)?));
        found.ok_or_else(|| {
            let viewing = self.row.number;
            let there_are = match candidates.len() {
                0 => format!("viewing {viewing} has no candidates"),
                1 => format!("viewing {viewing} has one candidate only"),
                count => format!("viewing {viewing} has {count} candidates only"),
            };
            CliError::new(Exit::Failed, format!("{there_are}, so {number} is none of them")).hint(format!(
                "if that is a number on TMDB, write movie/{number} or tv/{number}: they are numbered apart"
            ))
        })
    }

    fn subject(&self) -> Subject<'_> {
        let viewing = &self.row.viewing;
        Subject { media: &viewing.media, duration: Some(viewing.duration) }
    }
}

/// What a candidate is called when it is it: a series goes by its name, without the year that tells it from others.
fn name_of(candidate: &Candidate) -> String {
    let label = &candidate.label;
    match (&candidate.identity, label.rsplit_once(" (")) {
        (Identity::Episodes { .. }, Some((name, year))) if year.len() == 5 => name.to_owned(),
        _ => label.clone(),
    }
}

/// ` S01E02`; nothing for a movie.
fn numbers(identity: &Identity) -> String {
    with_episodes("", identity)
}

/// The answer on the command line.
fn given(arguments: &MatchArguments) -> Result<Option<Answer>, CliError> {
    let counted = arguments.season.is_some() || !arguments.episode.is_empty();
    let mut answer = match (&arguments.answer, arguments.tmdb) {
        (None, None) if counted || arguments.movie => {
            return Err(CliError::new(Exit::Usage, "of which title?").hint(format!("say it: {FORMS}")));
        }
        (None, None) => return Ok(None),
        (None, Some(tmdb)) => {
            Answer { target: Target::Title(TitleWord::Tmdb(tmdb)), season: None, episodes: Vec::new() }
        }
        (Some(text), _) => word::read(text).ok_or_else(|| {
            CliError::new(Exit::Usage, format!("{text:?} does not say what it is"))
                .hint(format!("it can be {FORMS}"))
        })?,
    };
    // Said to be a movie or a series, a number is TMDB's.
    answer.target = match answer.target {
        Target::Number(id) | Target::Title(TitleWord::Tmdb(id)) if arguments.movie => {
            Target::Title(TitleWord::Movie(MovieId(id)))
        }
        Target::Number(id) | Target::Title(TitleWord::Tmdb(id)) if counted => {
            Target::Title(TitleWord::Series(SeriesId(id)))
        }
        Target::Title(TitleWord::Series(_)) if arguments.movie => {
            return Err(CliError::new(Exit::Usage, "is it a movie or a series?").hint("leave `--movie` out"));
        }
        target => target,
    };
    answer.season = arguments.season.or(answer.season);
    if !arguments.episode.is_empty() {
        answer.episodes = arguments.episode.iter().flat_map(|Episodes(these)| these.clone()).collect();
        answer.episodes.sort_unstable();
        answer.episodes.dedup();
    }
    Ok(Some(answer))
}

fn wrong_word(error: &WordError) -> CliError {
    let message = error.to_string();
    match error {
        WordError::MovieOrSeries(number) => {
            CliError::new(Exit::Usage, message).hint(format!("write movie/{number} or tv/{number}"))
        }
        WordError::NoSeason => CliError::new(Exit::Usage, message).hint("add `--season`; 0 are the specials"),
        WordError::NoNumbers | WordError::NoPlace(_) => {
            CliError::new(Exit::Usage, message).hint("add `--season` and `--episode`")
        }
        WordError::NumbersOfMovie => {
            CliError::new(Exit::Usage, message).hint("leave them out, or name a series: tv/1396")
        }
        WordError::Unknown(_) => CliError::new(Exit::Failed, message)
            .hint("TMDB may know it without that id: look for it on themoviedb.org, and give its address"),
        WordError::CannotAsk(reason) => {
            CliError::new(Exit::Failed, format!("{message}: {}", held_because(reason)))
                .hint("give a movie as movie/603, and an episode as tv/1396 with `--season` and `--episode`")
        }
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
