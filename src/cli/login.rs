//! `login` to Discovr: a code is approved, the token is kept, a profile is chosen.

use std::cell::Cell;
use std::time::Duration;

use secrecy::SecretString;
use url::Url;

use super::args::LoginArguments;
use super::ask::{ask_interruptibly, can_ask, wants};
use super::context::Context;
use super::error::{CliError, Exit};
use super::keyring::{chosen_store, others_forgotten};
use super::output::Output;
use super::profiles::{find, listed, named};
use super::sign_in_status::{SKEW_TO_TELL, skew_words};
use super::signing_in::{
    ByCode, Stage, approved, ask_for_client_id, is_same, keep, unless_interrupted, what_follows, where_it_is,
};
use super::text::{day, line};
use crate::clock::Clock;
use crate::config::Settings;
use crate::journal::{Journal, NewSignIn, ProfileId};
use crate::keyring::SignInTo;
use crate::service::discovr::{DISCOVR, Grant, NoAccess, Profile, SignIn};
use crate::service::{DeviceCode, Polled, Requested};

/// How long the end of a sign-in that is not needed may take.
const FAREWELL: Duration = Duration::from_secs(5);
/// How often, and how far apart, the profiles are asked for before that is left for later.
const TRIES: u32 = 3;
const AGAIN: Duration = Duration::from_secs(2);
pub(crate) async fn login(
    context: &Context,
    arguments: &LoginArguments,
    output: &mut Output,
) -> Result<Exit, CliError> {
    let stage = Cell::new(Stage::Before);
    let ended = unless_interrupted(&stage, sign_in(context, arguments, output, &stage)).await;
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

    let grant = {
        let remembered = journal.sign_in(DISCOVR).await?.client_id;
        let client_id = client_id(&settings, arguments, remembered.as_ref(), output).await?;
        let is_new = remembered.as_ref() != Some(&client_id);
        let mut code = Code { discovr: &mut discovr, journal: &journal, client_id, is_new };
        approved(&mut code, !arguments.no_qr, output).await?
    };
    stage.set(Stage::Keeping);
    let is_free = arguments.store.is_none();
    let places = context.secret_places();
    let kept = keep(SignInTo::Discovr, store, &grant.refresh_token, is_free, &settings, &places).await;
    let store = match kept {
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
    let others = others_forgotten(SignInTo::Discovr, &store, &settings, &places, output).await?;
    for earlier in earlier.into_iter().chain(others) {
        if !is_same(&earlier, &grant.refresh_token) {
            revoke(&mut discovr, &earlier).await;
        }
    }
    output.print("Approved.\n")?;

    let profile = Choice { settings: &settings, arguments, journal: &journal, token: &grant.refresh_token }
        .profile(&mut discovr, output)
        .await?;
    context.nudge().await;
    let later = later(&settings, &journal, None).await;
    let words = Words { context, settings: &settings, grant: &grant, later };
    output.print(&words.text(profile.as_ref(), discovr.skew().ahead()).await)?;
    Ok(Exit::Done)
}

/// Ends a sign-in that is not needed any more. It ends by itself if this does not work.
pub(crate) async fn revoke(discovr: &mut SignIn, token: &SecretString) {
    let revoked = tokio::time::timeout(FAREWELL, discovr.revoke(token)).await;
    tracing::debug!(?revoked, "a sign-in is ended");
}

/// Discovr, as it has a code approved.
struct Code<'a> {
    discovr: &'a mut SignIn,
    journal: &'a Journal,
    client_id: String,
    /// Whether the client id is not the one that is remembered.
    is_new: bool,
}

impl ByCode for Code<'_> {
    type Grant = Grant;

    const SIGN_IN: SignInTo = SignInTo::Discovr;

    async fn request(&mut self) -> Requested {
        self.discovr.request(&self.client_id).await
    }

    async fn poll(&mut self, code: &DeviceCode) -> Polled<Grant> {
        self.discovr.poll(code).await
    }

    fn refused(&self, why: &str) -> CliError {
        CliError::new(
            Exit::Failed,
            format!("Discovr gives no code to the client id {:?}: {why}", self.client_id),
        )
        .hint("get a client id from Discovr's dashboard or support, and give it with --client-id ID")
    }

    async fn is_accepted(&mut self) -> Result<(), CliError> {
        if std::mem::take(&mut self.is_new) {
            self.journal.remember_client(DISCOVR, self.client_id.clone()).await?;
        }
        Ok(())
    }
}

async fn client_id(
    settings: &Settings,
    arguments: &LoginArguments,
    remembered: Option<&String>,
    output: &mut Output,
) -> Result<String, CliError> {
    let known = [arguments.client_id.as_ref(), settings.discovr.client_id.as_ref(), remembered];
    if let Some(id) = known.into_iter().flatten().next() {
        return Ok(id.clone());
    }
    let asked = ask_for_client_id(
        output,
        "Discovr wants to know which program signs in. Its dashboard or support gives you a client id; it is asked for once.\n",
    );
    asked.await?.ok_or_else(|| {
        CliError::new(Exit::Usage, "the client id is not known: the id that this program is registered under")
            .hint("it comes from Discovr's dashboard or support: give it with --client-id ID, or as discovr.client_id in the configuration")
    })
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
        let places = self.context.secret_places();
        let token = &self.grant.refresh_token;
        text.push_str(&where_it_is(SignInTo::Discovr, token, self.settings, &places).await);
        if let Some(off) = ahead.filter(|ahead| ahead.unsigned_abs() > SKEW_TO_TELL) {
            text.push_str(&format!("The clock: {}.\n", skew_words("Discovr", off)));
        }
        let is_off =
            (!self.settings.discovr.enabled).then_some("discovr.enabled is false in the configuration");
        text.push_str(&what_follows(self.context, is_off).await);
        text
    }
}
