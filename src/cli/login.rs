//! `login`: a code is approved, the token is kept, a profile is chosen.

use std::cell::Cell;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::args::LoginArguments;
use super::ask::{ask_interruptibly, can_ask, wants};
use super::context::Context;
use super::error::{CliError, Exit, START_HINT};
use super::keyring::{chosen_store, others_forgotten};
use super::output::Output;
use super::profiles::{find, listed, named};
use super::sign_in_screen;
use super::sign_in_status::{SKEW_TO_TELL, skew_words};
use super::text::{day, line};
use crate::clock::Clock;
use crate::config::{self, SecretPlaces, Settings, StoreError, StoreKind, TokenStore};
use crate::journal::{Journal, NewSignIn, ProfileId};
use crate::keyring::SignInTo;
use crate::service::discovr::{Approval, DISCOVR, Grant, NoAccess, Profile, Requested, SignIn};

/// How long the end of a sign-in that is not needed may take.
const FAREWELL: Duration = Duration::from_secs(5);
/// How often, and how far apart, the profiles are asked for before that is left for later.
const TRIES: u32 = 3;
const AGAIN: Duration = Duration::from_secs(2);
/// The longest client id, in characters.
const MAX_CLIENT_ID: usize = 200;

/// How far a sign-in is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The code is not approved.
    Before,
    /// There is a token, and it is not kept yet.
    Keeping,
    /// It is kept.
    Kept,
}

pub(crate) async fn login(
    context: &Context,
    arguments: &LoginArguments,
    output: &mut Output,
) -> Result<Exit, CliError> {
    let stage = Cell::new(Stage::Before);
    let ended = {
        let mut signing_in = std::pin::pin!(sign_in(context, arguments, output, &stage));
        loop {
            tokio::select! {
                // Listened to before anything is done.
                biased;
                // A token is given only once: nothing interrupts its keeping, which takes seconds at most.
                _ = tokio::signal::ctrl_c() => if stage.get() != Stage::Keeping { break None },
                ended = &mut signing_in => break Some(ended),
            }
        }
    };
    ended.unwrap_or_else(|| {
        output.progress_done();
        Err(if stage.get() == Stage::Kept {
            CliError::new(Exit::Failed, "stopped. You are signed in, perhaps without a profile")
                .hint("`discovr-scrobbler profile` shows your profiles and chooses one")
        } else {
            CliError::new(Exit::Failed, "stopped: nothing has changed")
        })
    })
}

async fn sign_in(
    context: &Context,
    arguments: &LoginArguments,
    output: &mut Output,
    stage: &Cell<Stage>,
) -> Result<Exit, CliError> {
    let settings = context.settings()?.settings;
    if let (Some(wanted), Some(named)) = (&arguments.profile, &settings.discovr.profile)
        && wanted != named
    {
        return Err(CliError::new(
            Exit::Usage,
            format!("discovr.profile in the configuration says {named:?}, and goes over --profile"),
        )
        .hint("change it there, or take it out to choose here"));
    }
    // What would fail at the end fails now, before the user has done anything.
    let store =
        chosen_store(SignInTo::Discovr, arguments.store, &settings, &context.secret_places(), output).await?;
    let journal = context.journal_to_keep()?;
    let mut discovr = context.discovr(&settings);

    // Asked for now: between the approval and the keeping nothing else is done.
    let earlier = store.token().await;

    let grant = approved(&settings, arguments, &journal, &mut discovr, output).await?;
    stage.set(Stage::Keeping);
    let is_free = arguments.store.is_none();
    let store = match keep(store, &grant.refresh_token, is_free, &settings, &context.secret_places()).await {
        Ok(store) => store,
        Err(error) => {
            stage.set(Stage::Before);
            // A token that nobody has is not left behind at the service.
            revoke(&mut discovr, &grant.refresh_token).await;
            return Err(error.into());
        }
    };
    stage.set(Stage::Kept);
    let new = NewSignIn {
        public_id: grant.public_id.clone(),
        signed_in_at: Clock::system().now().wall,
        expires_at: grant.expires_at,
    };
    journal.keep_sign_in(DISCOVR, new).await.map_err(|error| {
        CliError::from(error).hint("you are signed in all the same; `login` again once this is mended")
    })?;
    context.nudge().await;
    let others =
        others_forgotten(SignInTo::Discovr, &store, &settings, &context.secret_places(), output).await?;
    for earlier in earlier.into_iter().chain(others) {
        if !is_same(&earlier, &grant.refresh_token) {
            revoke(&mut discovr, &earlier).await;
        }
    }
    output.print("Approved.\n")?;

    let profile = Choice { settings: &settings, arguments, journal: &journal, token: &grant.refresh_token }
        .profile(&mut discovr, output)
        .await?;
    let daemon_knows = context.nudge().await;
    let later = later(&settings, &journal, None).await;
    let words = Words { context, settings: &settings, grant: &grant, later, daemon_knows };
    output.print(&words.text(profile.as_ref(), discovr.skew().ahead()).await)?;
    Ok(Exit::Done)
}

/// Keeps `token` in `store` and says where it is then. The keyring may have been locked while the code was approved: whoever
/// `is_free` in the choice of the place takes a file.
async fn keep(
    store: TokenStore,
    token: &SecretString,
    is_free: bool,
    settings: &Settings,
    places: &SecretPlaces,
) -> Result<TokenStore, StoreError> {
    let Err(error) = store.keep(token).await else { return Ok(store) };
    match TokenStore::of(SignInTo::Discovr, StoreKind::File, settings, places) {
        Some(file) if is_free && matches!(store, TokenStore::Keyring(_)) => {
            tracing::debug!(%error, "the token is kept in a file");
            file.keep(token).await?;
            Ok(file)
        }
        _ => Err(error),
    }
}

/// Ends a sign-in that is not needed any more. It ends by itself if this does not work.
pub(crate) async fn revoke(discovr: &mut SignIn, token: &SecretString) {
    let revoked = tokio::time::timeout(FAREWELL, discovr.revoke(token)).await;
    tracing::debug!(?revoked, "a sign-in is ended");
}

pub(crate) fn is_same(one: &SecretString, other: &SecretString) -> bool {
    one.expose_secret() == other.expose_secret()
}

/// Has a code approved, starting again as often as the user likes.
async fn approved(
    settings: &Settings,
    arguments: &LoginArguments,
    journal: &Journal,
    discovr: &mut SignIn,
    output: &mut Output,
) -> Result<Grant, CliError> {
    let remembered = journal.sign_in(DISCOVR).await?.client_id;
    let known = [&arguments.client_id, &settings.discovr.client_id, &remembered];
    let client_id = match known.into_iter().flatten().next() {
        Some(id) => id.clone(),
        None => ask_for_client_id(output).await?,
    };
    let mut is_new = remembered.as_ref() != Some(&client_id);
    loop {
        let code = match discovr.request(&client_id).await {
            Requested::Code(code) => code,
            Requested::Refused { why } => {
                return Err(CliError::new(
                    Exit::Failed,
                    format!("Discovr gives no code to the client id {client_id:?}: {why}"),
                )
                .hint(
                    "get a client id from Discovr's dashboard or support, and give it with --client-id ID",
                ));
            }
            Requested::Later { why } => {
                let no_code = format!("there is no code now: {why}");
                if can_ask() {
                    output.print(&format!("{}.\n", line(&no_code)))?;
                    if wants(output, "Try again?").await? {
                        continue;
                    }
                }
                return Err(CliError::new(Exit::Failed, no_code).hint("try again later"));
            }
        };
        if is_new {
            journal.remember_client(DISCOVR, client_id.clone()).await?;
            is_new = false;
        }
        sign_in_screen::show_code(output, &code, !arguments.no_qr)?;
        let over = match sign_in_screen::wait(output, discovr, &code).await {
            Approval::Given(grant) => return Ok(grant),
            Approval::Over => "Discovr ended this sign-in: the code was denied, or is not good any more",
            Approval::TimedOut => "nobody approved the code in time",
        };
        if can_ask() {
            output.print(&format!("{over}.\n"))?;
            if wants(output, "Start again with a new code?").await? {
                continue;
            }
        }
        return Err(CliError::new(Exit::SignInNeeded, over).hint("`discovr-scrobbler login` starts again"));
    }
}

async fn ask_for_client_id(output: &mut Output) -> Result<String, CliError> {
    let missing = || {
        CliError::new(Exit::Usage, "the client id is not known: the id that this program is registered under")
            .hint("it comes from Discovr's dashboard or support: give it with --client-id ID, or as discovr.client_id in the configuration")
    };
    if !can_ask() {
        return Err(missing());
    }
    output.print(
        "Discovr wants to know which program signs in. Its dashboard or support gives you a client id; it is asked for once.\n",
    )?;
    let given = ask_interruptibly(output, "Client id: ").await?.unwrap_or_default();
    let is_one =
        !given.is_empty() && given.chars().count() <= MAX_CLIENT_ID && !given.chars().any(char::is_control);
    if is_one { Ok(given) } else { Err(missing()) }
}

/// What is needed to choose a profile.
struct Choice<'a> {
    settings: &'a Settings,
    arguments: &'a LoginArguments,
    journal: &'a Journal,
    token: &'a SecretString,
}

impl Choice<'_> {
    /// The profile that new viewings belong to from now on; `None` when none is wanted.
    async fn profile(&self, discovr: &mut SignIn, output: &mut Output) -> Result<Option<Profile>, CliError> {
        if self.arguments.no_profile {
            return Ok(None);
        }
        let profiles = self.listed(discovr).await?;
        let profile = match &self.settings.discovr.profile {
            Some(id) => self.configured(&profiles, id, output)?,
            None => self.chosen(profiles, discovr, output).await?,
        };
        self.journal.choose_profile(DISCOVR, ProfileId(profile.id.clone()), profile.name.clone()).await?;
        Ok(Some(profile))
    }

    async fn listed(&self, discovr: &mut SignIn) -> Result<Vec<Profile>, CliError> {
        let mut tries = 1;
        loop {
            match discovr.profiles(self.token).await {
                Ok(profiles) => return Ok(profiles),
                Err(NoAccess::Unclear(_)) if tries < TRIES => {
                    tries += 1;
                    tokio::time::sleep(AGAIN).await;
                }
                Err(error) => {
                    let later = later(self.settings, self.journal, None).await;
                    return Err(CliError::new(
                        Exit::Failed,
                        format!("you are signed in, but your profiles could not be read: {error}"),
                    )
                    .hint(later));
                }
            }
        }
    }

    fn configured(&self, profiles: &[Profile], id: &str, output: &mut Output) -> Result<Profile, CliError> {
        if let Some(profile) = profiles.iter().find(|profile| profile.id == id) {
            return Ok(profile.clone());
        }
        output.print(&listed(output, profiles, None))?;
        Err(CliError::new(
            Exit::Usage,
            format!("you are signed in, but discovr.profile in the configuration is none of your profiles: {id:?}"),
        )
        .hint("give the id of one of these there, or take it out and choose with `discovr-scrobbler profile NAME`"))
    }

    async fn chosen(
        &self,
        mut profiles: Vec<Profile>,
        discovr: &mut SignIn,
        output: &mut Output,
    ) -> Result<Profile, CliError> {
        if let Some(which) = &self.arguments.profile {
            let not_found = match find(&profiles, which) {
                Ok(profile) => return Ok(profile.clone()),
                Err(not_found) => not_found,
            };
            output.print(&listed(output, &profiles, None))?;
            let wrong = format!("you are signed in, but {}", not_found.words(which));
            let later = later(self.settings, self.journal, Some(&profiles)).await;
            return Err(CliError::new(Exit::Usage, wrong).hint(later));
        }
        if profiles.len() == 1 {
            return Ok(profiles.remove(0));
        }
        if profiles.is_empty() {
            return self.made(discovr, output).await;
        }
        // Whoever signs in again means the same profile as before.
        let before = self.journal.sign_in(DISCOVR).await?.profile;
        if let Some(same) =
            profiles.iter().find(|profile| Some(&profile.id) == before.as_ref().map(|id| &id.0))
        {
            return Ok(same.clone());
        }
        output.print(&format!("\nYour profiles:\n{}\n", listed(output, &profiles, None)))?;
        while can_ask() {
            let question = format!("Which one is yours? [1-{}, or its name] ", profiles.len());
            let Some(which) = ask_interruptibly(output, &question).await? else { break };
            if let Ok(profile) = find(&profiles, &which) {
                return Ok(profile.clone());
            }
        }
        Err(CliError::new(Exit::Usage, "you are signed in, and have several profiles: choose one of them")
            .hint(CHOOSE_LATER))
    }

    async fn made(&self, discovr: &mut SignIn, output: &mut Output) -> Result<Profile, CliError> {
        let none = || {
            CliError::new(
                Exit::SignInNeeded,
                "you are signed in, but your account has no profile yet: Discovr keeps a history per profile",
            )
            .hint("make one in a Discovr app, then choose it with `discovr-scrobbler profile NAME`")
        };
        if !can_ask() {
            return Err(none());
        }
        output.print(
            "\nYour account has no profile yet, and Discovr keeps a history per profile. You can make one here or in a Discovr app.\n",
        )?;
        if !wants(output, "Make one here?").await? {
            return Err(none());
        }
        loop {
            let name = ask_interruptibly(output, "Its name: ").await?.ok_or_else(none)?;
            let avatar = ask_interruptibly(output, "The address of a picture for it (https://…): ").await?;
            let avatar = Url::parse(&avatar.ok_or_else(none)?).ok();
            let Some(avatar) =
                avatar.filter(|url| matches!(url.scheme(), "http" | "https") && !name.is_empty())
            else {
                output.print("Discovr wants both, a name and an address that begins with https://.\n")?;
                continue;
            };
            match discovr.add_profile(self.token, &name, &avatar).await {
                Ok(id) => return Ok(Profile { id, name, created_at: None }),
                Err(error) => {
                    output.print(&format!("It could not be made: {}.\n", line(&error.to_string())))?;
                    if !wants(output, "Try again?").await? {
                        return Err(none());
                    }
                }
            }
        }
    }
}

const CHOOSE_LATER: &str = "`discovr-scrobbler profile NAME` chooses one; until then viewings wait";

/// What becomes of viewings when no profile was chosen: those of the one before go on, if it is one of `profiles` or these
/// are not known.
async fn later(settings: &Settings, journal: &Journal, profiles: Option<&[Profile]>) -> String {
    if settings.discovr.profile.is_some() {
        return "the profile that discovr.profile in the configuration names stays in force".to_owned();
    }
    // What is wrong with the journal is told by whoever needs it.
    let before = journal.sign_in(DISCOVR).await.ok();
    let before = before.and_then(|sign_in| {
        let id = sign_in.profile?.0;
        Some(Profile { name: sign_in.profile_name.unwrap_or_default(), id, created_at: None })
    });
    let is_there =
        |before: &Profile| profiles.is_none_or(|listed| listed.iter().any(|profile| profile.id == before.id));
    match before.filter(is_there) {
        Some(before) => format!(
            "the profile {} stays active; `discovr-scrobbler profile NAME` chooses another",
            named(&before)
        ),
        None => CHOOSE_LATER.to_owned(),
    }
}

/// The last words.
struct Words<'a> {
    context: &'a Context,
    settings: &'a Settings,
    grant: &'a Grant,
    /// What becomes of viewings when no profile was chosen.
    later: String,
    daemon_knows: bool,
}

impl Words<'_> {
    async fn text(&self, profile: Option<&Profile>, ahead: Option<i64>) -> String {
        let sign_in = self.grant.public_id.as_deref().map(|id| format!(" (sign-in {})", line(id)));
        let with = match profile {
            Some(profile) => format!("with the profile {}", named(profile)),
            None => "without choosing a profile".to_owned(),
        };
        let until = self.grant.expires_at.map(|at| format!(", until {}", day(at)));
        let mut text = format!(
            "Signed in to Discovr{} {with}{}.\n",
            sign_in.unwrap_or_default(),
            until.unwrap_or_default()
        );
        if profile.is_none() {
            text.push_str(&format!("{}.\n", self.later));
        }
        match config::refresh_token(self.settings, &self.context.secret_places()).await {
            Ok(Some((token, origin))) if is_same(&token, &self.grant.refresh_token) => {
                text.push_str(&format!("The token is kept in {}.\n", line(&origin.to_string())));
            }
            Ok(Some((_, origin))) => {
                text.push_str(&format!(
                    "But another token goes over this one: {}. Take it out, or it stays in force.\n",
                    line(&origin.to_string())
                ));
            }
            Ok(None) => {}
            Err(error) => {
                text.push_str(&format!("But it cannot be used yet: {}.\n", line(&error.to_string())));
            }
        }
        if let Some(off) = ahead.filter(|ahead| ahead.unsigned_abs() > SKEW_TO_TELL) {
            text.push_str(&format!("The clock: {}.\n", skew_words("Discovr", off)));
        }
        if !self.settings.discovr.enabled {
            text.push_str("Nothing is sent yet: discovr.enabled is false in the configuration.\n");
        } else if self.daemon_knows {
            text.push_str("The daemon knows it already: what waited is sent now.\n");
        } else {
            text.push_str(&format!("The daemon is not running: {START_HINT}.\n"));
        }
        text
    }
}
